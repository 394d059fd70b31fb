/* SPDX-License-Identifier: ISC */
/* The pieces of the HTTP engine: heads, paths, ranges, dates, chunks, codings. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/http/accept.h"
#include "lib/http/chunked.h"
#include "lib/http/date.h"
#include "lib/http/mime.h"
#include "lib/http/path.h"
#include "lib/http/range.h"
#include "lib/http/request.h"
#include "tests/support/check.h"

static struct http_request request;

static int read_head(const char *text)
{
	size_t len = http_head_length((const uint8_t *)text, strlen(text));

	ck_assert_uint_gt(len, 0);
	return http_request_read(&request, (const uint8_t *)text, len);
}

static const struct {
	const char *text;
	int status;
} heads[] = {
	{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
	{"\r\n\r\nGET / HTTP/1.1\r\nhost:a:443\r\n\r\n", 0},
	{"GET / HTTP/1.0\r\n\r\n", 0},
	{"GET /?q HTTP/1.1\r\nHost: [::1]:8\r\n\r\n", 0},
	{"GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", 0},
	{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0},
	{"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 0},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", 0},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa9\r\n\r\n", 0},
	/* the line */
	{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
	{"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
	{"GET /\r\n\r\n", 400},
	{"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
	{"GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 400},
	{"GET http:///x HTTP/1.1\r\nHost: a/\r\n\r\n", 400},
	/* fields */
	{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\r\nX\x01: b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 400},
	/* hosts */
	{"GET / HTTP/1.1\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
	/* framing: what a request could be smuggled by */
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		400},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
	 "chunked\r\n\r\n",
		400},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 501},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 501},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
	 "chunked\r\n\r\n",
		400},
	{"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
	{"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\n\r\n", 417},
};

START_TEST(head_verdicts)
{
	ck_assert_msg(read_head(heads[_i].text) == heads[_i].status, "%s: expected %d, got %d",
		heads[_i].text, heads[_i].status, read_head(heads[_i].text));
}
END_TEST

static void ck_text(struct http_text text, const char *expected)
{
	ck_assert_msg(http_text_is(text, expected), "expected '%s', got '%.*s'", expected,
		(int)text.len, text.at);
}

START_TEST(head_meaning)
{
	struct http_text value;

	ck_assert_int_eq(read_head("POST /a/b?c=d HTTP/1.1\r\nHost:  Example.ORG.:8443 \r\n"
				   "Content-Length: 12\r\nConnection: foo, Close\r\n"
				   "Expect: 100-Continue\r\n\r\nrest"),
		0);
	ck_assert_int_eq(request.method, HTTP_POST);
	ck_text(request.path, "/a/b");
	ck_text(request.query, "c=d");
	ck_text(request.target, "/a/b?c=d");
	ck_text(request.host, "Example.ORG");
	ck_assert(request.has_length && !request.chunked && request.length == 12);
	ck_assert(!request.keep_alive && request.expects);
	ck_assert(http_request_field(&request, "host", &value));
	ck_text(value, "Example.ORG.:8443");
	ck_assert_int_eq(read_head("GET HTTPS://B:1 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
	ck_text(request.host, "B");
	ck_text(request.path, "/");
	ck_assert(request.keep_alive);
	ck_assert_int_eq(read_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), 0);
	ck_assert(request.keep_alive);
	ck_assert_int_eq(read_head("GET / HTTP/1.0\r\n\r\n"), 0);
	ck_assert(!request.keep_alive);
}
END_TEST

START_TEST(head_ends)
{
	static const char text[] = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nmore";
	const size_t whole = sizeof(text) - 5;

	for (size_t len = 0; len < sizeof(text); len++)
		ck_assert_uint_eq(
			http_head_length((const uint8_t *)text, len), len < whole ? 0 : whole);
}
END_TEST

START_TEST(head_too_large)
{
	static char text[HTTP_HEAD_MAX + 100] = "GET / HTTP/1.1\r\nHost: a\r\n";
	size_t len = strlen(text);

	for (int i = 0; i < HTTP_FIELDS_MAX; i++, len += 6)
		memcpy(text + len, "x: y\r\n", 6);
	memcpy(text + len, "\r\n", 3);
	ck_assert_int_eq(read_head(text), 431);
	memset(text + len, 'x', sizeof(text) - len - 1);
	memcpy(text + sizeof(text) - 6, ":\r\n\r\n", 6);
	ck_assert_int_eq(read_head(text), 431);
}
END_TEST

static const struct {
	const char *path, *name;
	int status;
} paths[] = {
	{"/", "", 0},
	{"/a/b.html", "a/b.html", 0},
	{"/a/", "a/", 0},
	{"//a///b", "a/b", 0},
	{"/./a/./", "a/", 0},
	{"/a/../b", "b", 0},
	{"/a/..", "", 0},
	{"/a/b/../../c/", "c/", 0},
	{"/%61%2e%2E", "a..", 0},
	{"/a%20b", "a b", 0},
	{"/%C3%A9", "\xc3\xa9", 0},
	{"/.well-known/x", ".well-known/x", 0},
	{"/..", NULL, 400},
	{"/a/../../b", NULL, 400},
	{"/%2e%2e/b", NULL, 400},
	{"/a/%2e%2e/%2e./b", NULL, 400},
	{"/a%2fb", NULL, 400},
	{"/a%00b", NULL, 400},
	{"/a%0ab", NULL, 400},
	{"/a%7f", NULL, 400},
	{"/a%5cb", NULL, 400},
	{"/a\\b", NULL, 400},
	{"/%", NULL, 400},
	{"/%4", NULL, 400},
	{"/%zz", NULL, 400},
	{"a", NULL, 400},
	{"", NULL, 400},
	{"/.git/config", NULL, 404},
	{"/a/.hidden", NULL, 404},
	{"/%2egit", NULL, 404},
	{"/...", NULL, 404},
};

START_TEST(path_table)
{
	char name[HTTP_PATH_MAX];
	struct http_text path = {paths[_i].path, strlen(paths[_i].path)};

	ck_assert_int_eq(http_path_map(path, name), paths[_i].status);
	if (paths[_i].name)
		ck_assert_str_eq(name, paths[_i].name);
}
END_TEST

START_TEST(path_lengths)
{
	char path[HTTP_PATH_MAX + 10], name[HTTP_PATH_MAX], out[64];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	ck_assert_int_eq(http_path_map((struct http_text){path, HTTP_PATH_MAX}, name), 0);
	ck_assert_uint_eq(strlen(name), HTTP_PATH_MAX - 1);
	ck_assert_int_eq(http_path_map((struct http_text){path, HTTP_PATH_MAX + 1}, name), 404);
	path[HTTP_PATH_MAX - 1] = '/';
	ck_assert_int_eq(http_path_map((struct http_text){path, HTTP_PATH_MAX}, name), 0);
	path[HTTP_PATH_MAX] = '/';
	path[HTTP_PATH_MAX - 1] = 'a';
	ck_assert_int_eq(http_path_map((struct http_text){path, HTTP_PATH_MAX + 1}, name), 404);
	ck_assert(http_path_encode("a b/\xc3\xa9", out, sizeof(out)));
	ck_assert_str_eq(out, "/a%20b/%C3%A9");
	ck_assert(!http_path_encode("abcdef", out, 8));
}
END_TEST

static const struct {
	const char *value;
	int status;
	size_t count;
	struct http_range first;
} ranges[] = {
	{"bytes=0-", 206, 1, {0, 100}},
	{"bytes=0-0", 206, 1, {0, 1}},
	{"bytes=99-99", 206, 1, {99, 1}},
	{"Bytes=10-19", 206, 1, {10, 10}},
	{"bytes=90-1000", 206, 1, {90, 10}},
	{"bytes=-10", 206, 1, {90, 10}},
	{"bytes=-1000", 206, 1, {0, 100}},
	{"bytes= 1-2 , 5-6,", 206, 2, {1, 2}},
	{"bytes=200-,5-6", 206, 1, {5, 2}},
	{"bytes=100-", 416, 0, {0, 0}},
	{"bytes=-0", 416, 0, {0, 0}},
	{"bytes=18446744073709551615-", 416, 0, {0, 0}},
	{"bytes=5-4", 200, 0, {0, 0}},
	{"bytes=", 200, 0, {0, 0}},
	{"bytes=a-b", 200, 0, {0, 0}},
	{"bytes=-", 200, 0, {0, 0}},
	{"bytes=1", 200, 0, {0, 0}},
	{"bytes=1-2-3", 200, 0, {0, 0}},
	{"bytes=0-18446744073709551616", 200, 0, {0, 0}},
	{"lines=1-2", 200, 0, {0, 0}},
	{"bytes=0-,0-", 200, 0, {0, 0}},
	{"bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8", 200, 0, {0, 0}},
};

START_TEST(range_table)
{
	struct http_range got[HTTP_RANGES_MAX];
	struct http_text value = {ranges[_i].value, strlen(ranges[_i].value)};
	size_t count;

	ck_assert_int_eq(http_ranges_read(value, 100, got, &count), ranges[_i].status);
	if (ranges[_i].status != 206)
		return;
	ck_assert_uint_eq(count, ranges[_i].count);
	ck_assert_uint_eq(got[0].start, ranges[_i].first.start);
	ck_assert_uint_eq(got[0].length, ranges[_i].first.length);
}
END_TEST

START_TEST(range_of_nothing)
{
	struct http_range got[HTTP_RANGES_MAX];
	size_t count;

	ck_assert_int_eq(http_ranges_read(HTTP_TEXT("bytes=0-"), 0, got, &count), 416);
	ck_assert_int_eq(http_ranges_read(HTTP_TEXT("bytes=-5"), 0, got, &count), 416);
}
END_TEST

START_TEST(dates)
{
	char text[HTTP_DATE_LEN + 1];
	uint64_t seconds;

	http_date_write(784111777, text);
	ck_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	http_date_write(0, text);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	http_date_write(951782400, text);
	ck_assert_str_eq(text, "Tue, 29 Feb 2000 00:00:00 GMT");
	for (uint64_t at = 0; at < 8000000000; at += 86400 * 13 + 4321) {
		http_date_write(at, text);
		ck_assert(http_date_read((struct http_text){text, HTTP_DATE_LEN}, &seconds));
		ck_assert_uint_eq(seconds, at);
	}
	ck_assert(!http_date_read(HTTP_TEXT("Mon, 06 Nov 1994 08:49:37 GMT"), &seconds));
	ck_assert(!http_date_read(HTTP_TEXT("Sun, 31 Nov 1994 08:49:37 GMT"), &seconds));
	ck_assert(!http_date_read(HTTP_TEXT("Sun, 06 Nov 1994 08:49:37 UTC"), &seconds));
	ck_assert(!http_date_read(HTTP_TEXT("Sunday, 06-Nov-94 08:49:37 GMT"), &seconds));
	ck_assert(!http_date_read(HTTP_TEXT(""), &seconds));
}
END_TEST

static const struct {
	const char *in;
	enum http_chunked_result result;
	const char *out;
} chunk_rows[] = {
	{"0\r\n\r\n", HTTP_CHUNKED_DONE, ""},
	{"3\r\nabc\r\n0\r\n\r\n", HTTP_CHUNKED_DONE, "abc"},
	{"03;a=b;c=\"d\"\r\nabc\r\nA\r\n0123456789\r\n000\r\nX: y\r\n\r\n", HTTP_CHUNKED_DONE,
		"abc0123456789"},
	{"3\r\nabc\r\n", HTTP_CHUNKED_MORE, "abc"},
	{"3\nabc\r\n0\r\n\r\n", HTTP_CHUNKED_BAD, ""},
	{"3\r\nabcd\r\n", HTTP_CHUNKED_BAD, "abc"},
	{"3\r\nabc\n", HTTP_CHUNKED_BAD, "abc"},
	{"\r\n", HTTP_CHUNKED_BAD, ""},
	{" 3\r\nabc", HTTP_CHUNKED_BAD, ""},
	{"3 \r\nabc", HTTP_CHUNKED_BAD, ""},
	{"0x3\r\nabc", HTTP_CHUNKED_BAD, ""},
	{"-1\r\n", HTTP_CHUNKED_BAD, ""},
	{"1234567890abcdef\r\n", HTTP_CHUNKED_BAD, ""},
	{"0\r\n fold\r\n\r\n", HTTP_CHUNKED_BAD, ""},
	{"0\r\nX: a\rb\r\n\r\n", HTTP_CHUNKED_BAD, ""},
	{"3;\x01\r\nabc", HTTP_CHUNKED_BAD, ""},
};

START_TEST(chunks)
{
	const char *in = chunk_rows[_i].in;

	for (size_t piece = 1; piece < 20; piece++) {
		struct http_chunked c = {0};
		enum http_chunked_result result = HTTP_CHUNKED_MORE;
		uint8_t out[64];
		size_t at = 0, len = 0, used, got;

		while (at < strlen(in) && result == HTTP_CHUNKED_MORE) {
			result = http_chunked_read(&c, (const uint8_t *)in + at,
				MIN(piece, strlen(in) - at), &used, out + len, 2, &got);
			at += used;
			len += got;
		}
		ck_assert_int_eq(result, chunk_rows[_i].result);
		ck_assert_uint_eq(len, strlen(chunk_rows[_i].out));
		ck_assert_mem_eq(out, chunk_rows[_i].out, len);
	}
}
END_TEST

START_TEST(chunk_lines_end)
{
	static uint8_t text[HTTP_TRAILER_MAX + 100];
	struct http_chunked c = {0};
	uint8_t out[8];
	size_t used, got;

	memset(text, ';', sizeof(text));
	text[0] = '1';
	ck_assert_int_eq(
		http_chunked_read(&c, text, sizeof(text), &used, out, 8, &got), HTTP_CHUNKED_BAD);
	ck_assert_uint_eq(used, HTTP_CHUNK_LINE_MAX + 1);
	memset(text, 'x', sizeof(text));
	memcpy(text, "0\r\n", 3);
	c = (struct http_chunked){0};
	ck_assert_int_eq(
		http_chunked_read(&c, text, sizeof(text), &used, out, 8, &got), HTTP_CHUNKED_BAD);
	ck_assert_uint_eq(used, 3 + HTTP_TRAILER_MAX + 1);
}
END_TEST

static const struct {
	const char *accept;
	unsigned br, gzip;
} accepts[] = {
	{"gzip, deflate, br", 1000, 1000},
	{"GZIP;q=0.5, br;q=0.123", 123, 500},
	{"*", 1000, 1000},
	{"*;q=0, gzip", 0, 1000},
	{"br;q=0, *", 0, 1000},
	{"br;q=2, gzip;q=x", 0, 0},
	{"br ; q=1.000, gzip;q=0.1234", 1000, 0},
	{"", 0, 0},
	{"identity", 0, 0},
};

START_TEST(codings)
{
	char text[200];

	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %s\r\n\r\n",
		accepts[_i].accept);
	ck_assert_int_eq(read_head(text), 0);
	ck_assert_uint_eq(http_accept_coding(&request, "br"), accepts[_i].br);
	ck_assert_uint_eq(http_accept_coding(&request, "gzip"), accepts[_i].gzip);
}
END_TEST

START_TEST(types)
{
	ck_assert_str_eq(http_mime_type("a/b.HTML"), "text/html; charset=utf-8");
	ck_assert_str_eq(http_mime_type("a.b/c"), "application/octet-stream");
	ck_assert_str_eq(http_mime_type("x.tar.gz"), "application/gzip");
	ck_assert_str_eq(http_mime_type(""), "application/octet-stream");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, head_verdicts, 0, ARRAY_SIZE(heads));
	tcase_add_test(all, head_meaning);
	tcase_add_test(all, head_ends);
	tcase_add_test(all, head_too_large);
	tcase_add_loop_test(all, path_table, 0, ARRAY_SIZE(paths));
	tcase_add_test(all, path_lengths);
	tcase_add_loop_test(all, range_table, 0, ARRAY_SIZE(ranges));
	tcase_add_test(all, range_of_nothing);
	tcase_add_test(all, dates);
	tcase_add_loop_test(all, chunks, 0, ARRAY_SIZE(chunk_rows));
	tcase_add_test(all, chunk_lines_end);
	tcase_add_loop_test(all, codings, 0, ARRAY_SIZE(accepts));
	tcase_add_test(all, types);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
