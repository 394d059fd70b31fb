/* SPDX-License-Identifier: ISC */
/* Connections of HTTP/1: what answers whole requests, and that no way of cutting them up matters.
 */
#include "tests/unit/http_ask.h"

#include <check.h>

#include "tests/support/check.h"
#include "tests/support/panic.h"

#define HEAD      " HTTP/1.1\r\nHost: a\r\n"
#define GET(path) "GET " path HEAD "\r\n"

static void run(const char *in)
{
	ask_run(in, strlen(in), 0);
}

static int status(void)
{
	return ask.out_len > 12 ? atoi(ask.out + 9) : 0;
}

static bool says(const char *text)
{
	return strstr(ask.out, text) != NULL;
}

static const char *body(void)
{
	const char *end = strstr(ask.out, "\r\n\r\n");

	return end ? end + 4 : "";
}

static unsigned answers(void)
{
	unsigned n = 0;

	for (const char *p = ask.out; (p = strstr(p, "HTTP/1.1 ")); p++)
		n++;
	return n;
}

static const struct {
	const char *in;
	int status;
	const char *has[3];
	const char *body;
} rows[] = {
	{GET("/"), 200,
		{"content-type: text/html", "etag: \"tag-0\"\r\n",
			"last-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
		"<p>home</p>"},
	{GET("/"), 200,
		{"strict-transport-security: max-age=1000", "x-content-type-options: nosniff",
			"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
		"<p>home</p>"},
	{"HEAD /" HEAD "\r\n", 200, {"content-length: 11\r\n"}, ""},
	{GET("/dir/"), 200, {"content-length: 11\r\n"}, "in a folder"},
	{GET("/dir?x=y"), 301, {"location: /dir/?x=y\r\n"}, NULL},
	{GET("/dir/index.html/"), 404, {"content-type: text/html"}, "no such page"},
	{GET("/no"), 404, {"content-type: text/html"}, "no such page"},
	{GET("/sp%20ace"), 200, {NULL}, "blank"},
	{GET("/%2e%2e/x"), 400, {NULL}, NULL},
	{GET("/.errors/404.html"), 404, {NULL}, NULL},
	{"POST /" HEAD "Content-Length: 3\r\n\r\nabc", 405, {"allow: GET, HEAD, OPTIONS"}, NULL},
	{"BREW /" HEAD "\r\n", 501, {"allow: "}, NULL},
	{"OPTIONS *" HEAD "\r\n", 204, {"allow: "}, ""},
	{"GET / HTTP/1.1\r\nHost: nobody\r\n\r\n", 421, {NULL}, NULL},
	{"GET / HTTP/3.0\r\n\r\n", 505, {"connection: close\r\n"}, NULL},
	{"GET / HTTP/1.0\r\n\r\n", 200, {"connection: close\r\n"}, "<p>home</p>"},
	{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, {"connection: keep-alive\r\n"},
		"<p>home</p>"},
	/* conditions */
	{"GET /" HEAD "If-None-Match: \"x\", W/\"tag-0\"\r\n\r\n", 304, {"etag: \"tag-0\""}, ""},
	{"GET /" HEAD "If-None-Match: *\r\n\r\n", 304, {NULL}, ""},
	{"GET /" HEAD "If-None-Match: \"x\"\r\n\r\n", 200, {NULL}, NULL},
	{"GET /" HEAD "If-Match: \"x\"\r\n\r\n", 412, {NULL}, NULL},
	{"GET /" HEAD "If-Match: W/\"tag-0\"\r\n\r\n", 412, {NULL}, NULL},
	{"GET /" HEAD "If-Match: \"tag-0\"\r\n\r\n", 200, {NULL}, NULL},
	{"GET /" HEAD "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", 304, {NULL}, ""},
	{"GET /" HEAD "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n\r\n", 200, {NULL},
		NULL},
	{"GET /" HEAD "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n\r\n", 412, {NULL},
		NULL},
	{"GET /" HEAD "If-None-Match: \"x\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 "
	 "GMT\r\n\r\n",
		200, {NULL}, NULL},
	/* ranges */
	{"GET /a.txt" HEAD "Range: bytes=2-4\r\n\r\n", 206, {"content-range: bytes 2-4/10\r\n"},
		"234"},
	{"GET /a.txt" HEAD "Range: bytes=-1\r\n\r\n", 206, {"content-length: 1\r\n"}, "9"},
	{"GET /a.txt" HEAD "Range: bytes=10-\r\n\r\n", 416, {"content-range: bytes */10\r\n"},
		NULL},
	{"GET /a.txt" HEAD "Range: bytes=1-2,4-5\r\n\r\n", 206,
		{"content-type: multipart/byteranges; boundary=",
			"\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes "
			"1-2/10\r\n\r\n12\r\n--",
			"content-range: bytes 4-5/10\r\n\r\n45\r\n--"},
		NULL},
	{"GET /a.txt" HEAD "Range: bytes=1-2\r\nIf-Range: \"tag-1\"\r\n\r\n", 206, {NULL}, "12"},
	{"GET /a.txt" HEAD "Range: bytes=1-2\r\nIf-Range: \"x\"\r\n\r\n", 200, {NULL},
		"0123456789"},
	{"HEAD /a.txt" HEAD "Range: bytes=1-2\r\n\r\n", 200, {"content-length: 10\r\n"}, ""},
	/* codings */
	{"GET /a.txt" HEAD "Accept-Encoding: gzip, br\r\n\r\n", 200,
		{"content-encoding: br\r\n", "vary: accept-encoding\r\n", "etag: \"tag-2\"\r\n"},
		"brbrbr"},
	{"GET /a.txt" HEAD "Accept-Encoding: gzip, br;q=0.5\r\n\r\n", 200,
		{"content-encoding: gzip\r\n", "content-type: text/plain"}, "gzgz"},
	{GET("/a.txt"), 200, {"vary: accept-encoding\r\n"}, "0123456789"},
	/* handlers */
	{"POST /echo" HEAD "Content-Length: 5\r\n\r\nhello", 200, {"transfer-encoding: chunked"},
		"5\r\nhello\r\n0\r\n\r\n"},
	{"POST /echo" HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		200, {"transfer-encoding: chunked"}, "5\r\nabcde\r\n0\r\n\r\n"},
	{"POST /echo" HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n", 200, {"BROKEN"}, NULL},
	{"POST /echo" HEAD "Content-Length: 1001\r\n\r\n", 413, {"connection: close"}, NULL},
	{"POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", 200, {"connection: close"}, "hi"},
	{"HEAD /echo" HEAD "\r\n", 200, {"transfer-encoding: chunked"}, ""},
	{GET("/nothing/at/all"), 500, {NULL}, NULL},
	{GET("/short"), 200, {"content-length: 10\r\n"}, "123"},
};

START_TEST(table)
{
	const char *in = rows[_i].in;

	for (size_t piece = 0; piece < 70; piece++) {
		ask_run(in, strlen(in), piece);
		ck_assert_msg(status() == rows[_i].status, "%s: expected %d, got %s", in,
			rows[_i].status, ask.out);
		for (size_t i = 0; i < 3 && rows[_i].has[i]; i++)
			ck_assert_msg(says(rows[_i].has[i]), "%s: expected '%s', got %s", in,
				rows[_i].has[i], ask.out);
		/* A handler that echoes makes chunks of what came at once. */
		if (rows[_i].body && (piece == 0 || !says("chunked")))
			ck_assert_str_eq(body(), rows[_i].body);
		ck_assert_uint_eq(answers(), 1);
	}
}
END_TEST

/* Every verdict on a head ends the connection: nothing after it is read as a request. */
START_TEST(bad_ends)
{
	run("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n" GET("/"));
	ck_assert_int_eq(status(), 400);
	ck_assert_uint_eq(answers(), 1);
	ck_assert_uint_eq(ask.stats.bad, 1);
	run("POST /nothing/" HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nx" GET("/"));
	ck_assert_uint_eq(answers(), 1);
	run("POST /" HEAD "Expect: 100-continue\r\nContent-Length: 50\r\n\r\n" GET("/"));
	ck_assert_uint_eq(answers(), 1);
	run(GET("/short") GET("/"));
	ck_assert_uint_eq(answers(), 1);
}
END_TEST

START_TEST(pipelines)
{
	static const char in[] = GET("/") "POST /echo" HEAD "Content-Length: 3\r\n\r\nabc" GET(
		"/no") "POST /nothing/" HEAD
		       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" GET(
			       "/a.txt") "GET /" HEAD "Connection: close\r\n\r\n" GET("/");

	for (size_t piece = 0; piece < 300; piece += 7) {
		ask_run(in, sizeof(in) - 1, piece);
		ck_assert_uint_eq(answers(), 6);
		ck_assert_uint_eq(ask.stats.requests, 6);
		ck_assert(says("0123456789HTTP/1.1 200"));
	}
	ask_run(in, sizeof(in) - 1, 0);
	ck_assert_uint_eq(ask.writes, 1); /* all answers leave together */
}
END_TEST

/* More than the buffer holds, so that heads lie at every place in it. */
START_TEST(long_pipeline)
{
	static const char one[] =
		"POST /echo" HEAD "X: 0123456789\r\nContent-Length: 7\r\n\r\nabcdefg";
	const size_t count = 700;
	char *in = malloc(sizeof(one) * count);
	size_t len = 0;

	for (size_t i = 0; i < count; i++, len += sizeof(one) - 1)
		memcpy(in + len, one, sizeof(one) - 1);
	ask_run(in, len, 0);
	ck_assert_uint_eq(answers(), count);
	ck_assert_uint_eq(ask.stats.bytes, 7 * count);
	free(in);
}
END_TEST

START_TEST(large_file)
{
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 23);
	run(GET("/big"));
	ck_assert(says("content-length: 100000\r\n"));
	ck_assert_mem_eq(body(), big, sizeof(big));
	run("GET /big" HEAD "Range: bytes=50000-50099\r\n\r\n");
	ck_assert_mem_eq(body(), big + 50000, 100);
}
END_TEST

START_TEST(continues)
{
	run("POST /echo" HEAD "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	ck_assert(says("HTTP/1.1 100 Continue\r\n\r\n"));
	ask_run("POST /echo" HEAD "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
		strlen("POST /echo" HEAD "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
		0);
	ck_assert(!says("100 Continue"));
	ck_assert(says("3\r\nabc\r\n"));
}
END_TEST

START_TEST(large_heads)
{
	char *in = malloc(20000);

	memset(in, 'a', 20000);
	memcpy(in, "GET /", 5);
	ask_run(in, 20000, 0);
	ck_assert_int_eq(status(), 414);
	memcpy(in, "GET / HTTP/1.1\r\nHost: a\r\nX:", 27);
	ask_run(in, 20000, 100);
	ck_assert_int_eq(status(), 431);
	memcpy(in + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	ask_run(in, HTTP_HEAD_MAX, 0);
	ck_assert_int_eq(status(), 200);
	memset(in + HTTP_HEAD_MAX - 4, 'a', 4);
	memcpy(in + HTTP_HEAD_MAX - 3, "\r\n\r\n", 4);
	ask_run(in, HTTP_HEAD_MAX + 1, 0);
	ck_assert_int_eq(status(), 431);
	free(in);
}
END_TEST

START_TEST(slow_ends)
{
	ask.end = -ETIMEDOUT;
	run("GET / HTTP/1.1\r\nHo");
	ck_assert_int_eq(status(), 408);
	run("");
	ck_assert_uint_eq(ask.out_len, 0);
	ck_assert_int_eq(ask.phase, HTTP_PHASE_IDLE);
	run("POST /echo" HEAD "Content-Length: 9\r\n\r\nabc");
	ck_assert_int_eq(ask.phase, HTTP_PHASE_BODY);
	ck_assert_int_eq(status(), 200); /* what the handler gave before it waited for more */
	ck_assert_ptr_null(strstr(ask.out, "0\r\n\r\n"));
	ask.end = 0;
	run("GET / HTTP/1.1\r\nHo");
	ck_assert_uint_eq(ask.out_len, 0);
}
END_TEST

/* A client may wait for an answer before it sends the next request's body. */
START_TEST(answers_do_not_wait_for_bodies)
{
	ask.end = -ETIMEDOUT;
	run("GET /a.txt" HEAD "\r\nPOST /nothing/" HEAD "Content-Length: 9\r\n\r\nabc");
	ask.end = 0;
	ck_assert_int_eq(status(), 200);
	ck_assert_ptr_nonnull(strstr(ask.out, "0123456789"));
}
END_TEST

START_TEST(redirects)
{
	ask_server.redirect = 8443;
	run("GET /a%20b?c HTTP/1.1\r\nHost: www.example.org:80\r\n\r\n");
	ck_assert_int_eq(status(), 308);
	ck_assert(says("location: https://www.example.org:8443/a%20b?c\r\n"));
	run("GET / HTTP/1.0\r\n\r\n");
	ck_assert_int_eq(status(), 400);
	run("OPTIONS *" HEAD "\r\n");
	ck_assert_int_eq(status(), 400);
	ask_server.redirect = 0;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http1");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, table, 0, ARRAY_SIZE(rows));
	tcase_add_test(all, bad_ends);
	tcase_add_test(all, pipelines);
	tcase_add_test(all, long_pipeline);
	tcase_add_test(all, large_file);
	tcase_add_test(all, continues);
	tcase_add_test(all, large_heads);
	tcase_add_test(all, slow_ends);
	tcase_add_test(all, answers_do_not_wait_for_bodies);
	tcase_add_test(all, redirects);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
