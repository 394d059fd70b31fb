/* SPDX-License-Identifier: ISC */
/*
 * HTTP/2 served to nghttp2 as a client, in one process: files, handlers, bodies, many requests at a
 * time, flow control; and to frames written by hand, which no client would send: each flood and
 * each error ends the connection, with the code of RFC 9113 where it has one.
 */
#include "tests/unit/http_ask.h"
#include "tests/unit/machine.h"

#include "lib/http2/http2.h"
#include "lib/sched/sched.h"
#include "tests/support/check.h"
#include <nghttp2/nghttp2.h>

#define STACK   ((size_t)128 * 1024) /* instrumented */
#define REPLIES 128u

/* ---- the server's side ---- */

static bool wake_wanted;

static void wake_up(void *ctx)
{
	(void)ctx;
	wake_wanted = true;
}

static long (*source)(void *data, size_t len); /* what the client sends */
static void (*sink)(const uint8_t *data, size_t len);

static long read_client(void *ctx, void *data, size_t len)
{
	(void)ctx;
	for (unsigned turns = 0; turns < 200; turns++) {
		long n;

		thread_yield();
		if (wake_wanted) {
			wake_wanted = false;
			return -EINTR;
		}
		n = source(data, len);
		if (n)
			return n;
	}
	return 0;
}

static int write_client(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	sink(data, len);
	return 0;
}

static bool ended;

static void serve(void *arg)
{
	static const struct http2_wake by = {.wake = wake_up};
	const struct http_connection conn = {.server = &ask_server,
		.io = {read_client, write_client, ask_phase, NULL},
		.stats = &ask.stats,
		.peer = "::1",
		.secure = true};

	(void)arg;
	http2_serve(&conn, &by);
	ended = true;
}

static void run(void)
{
	wake_wanted = ended = false;
	ask.stats = (struct http_stats){0};
	machine_forget();
	sched_init();
	ck_assert_int_eq(thread_create("connection", STACK, serve, NULL), 0);
	sched_run_until_idle();
	ck_assert(ended);
}

/* ---- a client ---- */

struct reply {
	int status;
	char etag[64], length[32], range[64];
	char body[150000];
	size_t len;
	bool closed, had_data; /* HAD_DATA: a DATA frame */
	uint32_t error;
	size_t to_send, sent; /* of the request's body, which is made of 'x' */
};

static struct {
	nghttp2_session *session;
	struct reply replies[REPLIES];
	unsigned asked, done;
	bool hold; /* takes nothing: the windows stay as they are */
	bool leaving;
} client;

static struct reply *reply_of(int32_t id)
{
	return &client.replies[(id - 1) / 2];
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
	struct reply *reply = reply_of(frame->hd.stream_id);
	struct http_text field = {(const char *)name, name_len};

	(void)session, (void)flags, (void)ctx;
	if (http_text_is(field, ":status"))
		reply->status = atoi((const char *)value);
	if (http_text_is(field, "etag"))
		snprintf(reply->etag, sizeof(reply->etag), "%.*s", (int)value_len, value);
	if (http_text_is(field, "content-length"))
		snprintf(reply->length, sizeof(reply->length), "%.*s", (int)value_len, value);
	if (http_text_is(field, "content-range"))
		snprintf(reply->range, sizeof(reply->range), "%.*s", (int)value_len, value);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
	size_t len, void *ctx)
{
	struct reply *reply = reply_of(id);

	(void)flags, (void)ctx;
	ck_assert_uint_le(reply->len + len, sizeof(reply->body));
	memcpy(reply->body + reply->len, data, len);
	reply->len += len;
	if (!client.hold)
		nghttp2_session_consume(session, id, len);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	(void)session, (void)ctx;
	if (frame->hd.type == NGHTTP2_DATA)
		reply_of(frame->hd.stream_id)->had_data = true;
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *ctx)
{
	struct reply *reply = reply_of(id);

	(void)session, (void)ctx;
	reply->closed = true;
	reply->error = error;
	client.done++;
	return 0;
}

static long from_client(void *data, size_t len)
{
	static uint8_t kept[65536];
	static size_t kept_len;
	const uint8_t *bytes;
	size_t n;

	if (!kept_len) {
		nghttp2_ssize got = nghttp2_session_mem_send2(client.session, &bytes);

		ck_assert_int_ge(got, 0);
		kept_len = (size_t)got;
		ck_assert_uint_le(kept_len, sizeof(kept));
		if (kept_len)
			memcpy(kept, bytes, kept_len);
	}
	if (!kept_len && client.done == client.asked && !client.leaving) {
		client.leaving = true;
		nghttp2_session_terminate_session(client.session, NGHTTP2_NO_ERROR);
	}
	n = MIN(len, kept_len);
	memcpy(data, kept, n);
	memmove(kept, kept + n, kept_len - n);
	kept_len -= n;
	return (long)n;
}

static void to_client(const uint8_t *data, size_t len)
{
	ck_assert_int_eq(nghttp2_session_mem_recv2(client.session, data, len), (long)len);
}

static void client_begin(void)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	memset(&client, 0, sizeof(client));
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	nghttp2_option_new(&option);
	nghttp2_option_set_no_auto_window_update(option, 1);
	ck_assert_int_eq(nghttp2_session_client_new2(&client.session, callbacks, NULL, option), 0);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(client.session, NGHTTP2_FLAG_NONE, NULL, 0);
	source = from_client;
	sink = to_client;
}

static nghttp2_ssize give_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
	uint32_t *flags, nghttp2_data_source *from, void *ctx)
{
	struct reply *reply = from->ptr;
	size_t n = MIN(size, reply->to_send - reply->sent);

	(void)session, (void)id, (void)ctx;
	memset(out, 'x', n);
	reply->sent += n;
	if (reply->sent == reply->to_send)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (nghttp2_ssize)n;
}

static nghttp2_nv field_of(const char *name, const char *value)
{
	return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
		.namelen = strlen(name),
		.value = (uint8_t *)(uintptr_t)value,
		.valuelen = strlen(value)};
}

/* A request, with a body of BODY bytes, and one field more unless NAME is NULL. */
static struct reply *request(
	const char *method, const char *path, size_t body, const char *name, const char *value)
{
	struct reply *reply = &client.replies[client.asked++];
	nghttp2_nv fields[5] = {field_of(":method", method), field_of(":scheme", "https"),
		field_of(":authority", "example.org"), field_of(":path", path)};
	nghttp2_data_provider2 provider = {.source.ptr = reply, .read_callback = give_body};

	reply->to_send = body;
	if (name)
		fields[4] = field_of(name, value);
	ck_assert_int_eq(nghttp2_submit_request2(client.session, NULL, fields, name ? 5 : 4,
				 body ? &provider : NULL, NULL),
		(int32_t)(2 * client.asked - 1));
	return reply;
}

static void client_run(void)
{
	run();
	nghttp2_session_del(client.session);
}

static void check_body(const struct reply *reply, int status, const char *body)
{
	ck_assert_int_eq(reply->status, status);
	ck_assert(reply->closed);
	ck_assert_uint_eq(reply->error, 0);
	ck_assert_uint_eq(reply->len, strlen(body));
	ck_assert_mem_eq(reply->body, body, strlen(body));
}

START_TEST(files_are_served)
{
	struct reply *plain, *folder, *head, *fresh, *part, *missing, *gzip, *nobody;

	client_begin();
	plain = request("GET", "/a.txt", 0, NULL, NULL);
	folder = request("GET", "/", 0, NULL, NULL);
	head = request("HEAD", "/a.txt", 0, NULL, NULL);
	fresh = request("GET", "/a.txt", 0, "if-none-match", "\"tag-1\"");
	part = request("GET", "/a.txt", 0, "range", "bytes=2-4");
	missing = request("GET", "/none", 0, NULL, NULL);
	gzip = request("GET", "/a.txt", 0, "accept-encoding", "gzip");
	nobody = request("DELETE", "/a.txt", 0, NULL, NULL);
	client_run();
	check_body(plain, 200, "0123456789");
	ck_assert_str_eq(plain->etag, "\"tag-1\"");
	ck_assert_str_eq(plain->length, "10");
	check_body(folder, 200, "<p>home</p>");
	check_body(head, 200, "");
	ck_assert_str_eq(head->length, "10");
	check_body(fresh, 304, "");
	check_body(part, 206, "234");
	ck_assert_str_eq(part->range, "bytes 2-4/10");
	check_body(missing, 404, "no such page");
	check_body(gzip, 200, "gzgz");
	ck_assert_int_eq(nobody->status, 405);
	ck_assert_uint_eq(ask.stats.requests, 8);
}
END_TEST

/* The fields are the end: clients take back what goes on after a length of nothing. */
START_TEST(empty_files_end_at_once)
{
	struct reply *empty, *full;

	client_begin();
	empty = request("GET", "/empty", 0, NULL, NULL);
	full = request("GET", "/a.txt", 0, NULL, NULL);
	client_run();
	check_body(empty, 200, "");
	ck_assert(!empty->had_data);
	ck_assert(full->had_data);
}
END_TEST

START_TEST(many_requests_at_a_time)
{
	struct reply *replies[100];

	client_begin();
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++)
		replies[i] = request("GET", i % 2 ? "/a.txt" : "/big", 0, NULL, NULL);
	client_run();
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		ck_assert_int_eq(replies[i]->status, 200);
		ck_assert_uint_eq(replies[i]->len, i % 2 ? 10 : sizeof(big));
		ck_assert(replies[i]->closed && !replies[i]->error);
	}
}
END_TEST

/* The windows are 65,535 bytes, RFC 9113 section 6.9.2: no more may come until it is taken. */
START_TEST(windows_are_held)
{
	struct reply *reply;

	client_begin();
	client.hold = true;
	reply = request("GET", "/big", 0, NULL, NULL);
	client_run();
	ck_assert_uint_eq(reply->len, 65535);
	ck_assert(!reply->closed);
}
END_TEST

START_TEST(bodies_are_streamed)
{
	struct reply *reply, *beside;

	ask_server.body_max = 100000;
	client_begin();
	reply = request("POST", "/echo", 90000, NULL, NULL);
	beside = request("GET", "/a.txt", 0, NULL, NULL);
	client_run();
	ask_server.body_max = 1000;
	ck_assert_int_eq(reply->status, 200);
	ck_assert_uint_eq(reply->len, 90000);
	for (size_t i = 0; i < reply->len; i++)
		ck_assert_int_eq(reply->body[i], 'x');
	check_body(beside, 200, "0123456789");
}
END_TEST

START_TEST(bodies_have_a_limit)
{
	struct reply *told, *untold;

	client_begin();
	told = request("POST", "/echo", 5000, "content-length", "5000");
	untold = request("POST", "/echo", 5000, NULL, NULL);
	client_run();
	ck_assert_int_eq(told->status, 413);
	ck_assert_uint_ge(untold->len, 6);
	ck_assert_mem_eq(untold->body + untold->len - 6, "BROKEN", 6);
}
END_TEST

START_TEST(handlers_that_fail)
{
	struct reply *none, *less, *good;

	client_begin();
	none = request("GET", "/nothing/", 0, NULL, NULL);
	less = request("GET", "/short", 0, NULL, NULL);
	good = request("GET", "/a.txt", 0, NULL, NULL);
	client_run();
	ck_assert_int_eq(none->status, 500);
	ck_assert_int_eq(less->status, 200);
	ck_assert_uint_ne(less->error, 0); /* it told of more: the client must see that */
	check_body(good, 200, "0123456789");
}
END_TEST

/* ---- frames by hand ---- */

static struct {
	uint8_t bytes[1 << 20];
	size_t len, at;
	uint8_t got[1 << 16];
	size_t got_len;
} raw;

static long from_raw(void *data, size_t len)
{
	size_t n = MIN(len, raw.len - raw.at);

	memcpy(data, raw.bytes + raw.at, n);
	raw.at += n;
	return (long)n;
}

static void to_raw(const uint8_t *data, size_t len)
{
	size_t n = MIN(len, sizeof(raw.got) - raw.got_len);

	memcpy(raw.got + raw.got_len, data, n);
	raw.got_len += n;
}

static void put(const void *data, size_t len)
{
	ck_assert_uint_le(raw.len + len, sizeof(raw.bytes));
	memcpy(raw.bytes + raw.len, data, len);
	raw.len += len;
}

static void frame(unsigned type, unsigned flags, uint32_t id, const void *data, size_t len)
{
	const uint8_t head[9] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,
		(uint8_t)type, (uint8_t)flags, (uint8_t)(id >> 24), (uint8_t)(id >> 16),
		(uint8_t)(id >> 8), (uint8_t)id};

	put(head, sizeof(head));
	put(data, len);
}

static void raw_begin(void)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

	memset(&raw, 0, sizeof(raw));
	put(preface, sizeof(preface) - 1);
	frame(NGHTTP2_SETTINGS, 0, 0, "", 0);
	source = from_raw;
	sink = to_raw;
}

/* GET https://a/, RFC 7541's static table; POST. */
static const uint8_t get[] = {0x82, 0x84, 0x87, 0x41, 1, 'a'};
static const uint8_t post[sizeof(get)] = {0x83, 0x84, 0x87, 0x41, 1, 'a'};
#define END_STREAM  1u
#define END_HEADERS 4u

/* The code of the GOAWAY that came last, or -1. */
static int goaway(void)
{
	size_t at = 0;
	int code = -1;

	while (at + 9 <= raw.got_len) {
		const uint8_t *p = raw.got + at;
		size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];

		if (p[3] == NGHTTP2_GOAWAY && at + 17 <= raw.got_len)
			code = p[9 + 7];
		at += 9 + len;
	}
	return code;
}

/* Whether the connection ended before all was read. */
static bool cut_off(void)
{
	run();
	return raw.at < raw.len;
}

static void ends_with(int code)
{
	run();
	ck_assert_int_eq(goaway(), code);
}

START_TEST(rapid_resets_end_it)
{
	raw_begin();
	for (uint32_t i = 0; i < 2000; i++) {
		frame(NGHTTP2_HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, get, sizeof(get));
		frame(NGHTTP2_RST_STREAM, 0, 2 * i + 1, "\0\0\0\10", 4);
	}
	ck_assert(cut_off());
	ck_assert_uint_lt(ask.stats.requests, 200);
	ck_assert_int_eq(goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
}
END_TEST

static long from_raw_a_frame(void *data, size_t len)
{
	const uint8_t *p = raw.bytes + raw.at;
	size_t frame = raw.at < 24 ? 24 : 9 + ((size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]);

	return raw.at < raw.len ? from_raw(data, MIN(len, frame)) : 0;
}

/* What takes back a request that has been answered is no flood: curl does so. */
START_TEST(resets_of_what_is_answered)
{
	raw_begin();
	source = from_raw_a_frame;
	for (uint32_t i = 0; i < 500; i++) {
		frame(NGHTTP2_HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, get, sizeof(get));
		frame(NGHTTP2_RST_STREAM, 0, 2 * i + 1, "\0\0\0\0", 4);
	}
	ck_assert(!cut_off());
	ck_assert_uint_eq(ask.stats.requests, 500);
}
END_TEST

START_TEST(pings_are_answered)
{
	raw_begin();
	frame(NGHTTP2_PING, 0, 0, "12345678", 8);
	run();
	ck_assert(memmem(raw.got, raw.got_len, "12345678", 8));
}
END_TEST

/* COUNT frames of which nothing comes; before them, those of a stream, what begins it. */
static const struct {
	const uint8_t *begin;
	unsigned begin_flags;
	unsigned type;
	const char *data;
	size_t len;
	unsigned count;
} floods[] = {
	{NULL, 0, NGHTTP2_PING, "12345678", 8, 20000},
	{NULL, 0, NGHTTP2_SETTINGS, "", 0, 50000},
	{post, END_HEADERS, NGHTTP2_DATA, "", 0, 50000},
	{get, END_STREAM, NGHTTP2_CONTINUATION, "\0\1x\1y", 5, 20000},
};

START_TEST(floods_end_it)
{
	uint32_t id = floods[_i].begin ? 1 : 0;

	raw_begin();
	if (id)
		frame(NGHTTP2_HEADERS, floods[_i].begin_flags, id, floods[_i].begin, sizeof(get));
	for (unsigned i = 0; i < floods[_i].count; i++)
		frame(floods[_i].type, 0, id, floods[_i].data, floods[_i].len);
	ck_assert(cut_off());
	if (floods[_i].type == NGHTTP2_CONTINUATION)
		ck_assert_uint_eq(ask.stats.requests, 0);
}
END_TEST

/* One large field in the table of HPACK, named again and again: 60 bytes stand for 200 KB. */
START_TEST(header_bombs_are_refused)
{
	uint8_t bomb[4096 + 64], *p = bomb;

	raw_begin();
	memcpy(p, get, sizeof(get));
	p += sizeof(get);
	*p++ = 0x40;
	*p++ = 1;
	*p++ = 'x';
	*p++ = 0x7f; /* 3,900 bytes */
	*p++ = ((3900 - 127) & 0x7f) | 0x80;
	*p++ = (3900 - 127) >> 7;
	memset(p, 'y', 3900);
	p += 3900;
	memset(p, 0xbe, 50); /* index 62: that field */
	p += 50;
	frame(NGHTTP2_HEADERS, END_STREAM | END_HEADERS, 1, bomb, (size_t)(p - bomb));
	run();
	ck_assert_uint_eq(ask.stats.requests, 0);
	ck_assert_uint_eq(ask.stats.bad, 1);
	ck_assert_uint_lt(raw.got_len, 4096);
}
END_TEST

static const struct {
	unsigned type, flags;
	uint32_t id;
	int code;
	const char *data;
	size_t len;
} wrong[] = {
	/* A window beyond 2^31 - 1, and an increment of nothing, of the connection (section 6.9).
	 */
	{NGHTTP2_WINDOW_UPDATE, 0, 0, NGHTTP2_FLOW_CONTROL_ERROR, "\x7f\xff\xff\xff", 4},
	{NGHTTP2_WINDOW_UPDATE, 0, 0, NGHTTP2_PROTOCOL_ERROR, "\0\0\0\0", 4},
	/* What belongs to a stream, without one; streams that clients do not open. */
	{NGHTTP2_DATA, 0, 0, NGHTTP2_PROTOCOL_ERROR, "x", 1},
	{NGHTTP2_DATA, 0, 5, NGHTTP2_PROTOCOL_ERROR, "x", 1},
	{NGHTTP2_HEADERS, END_STREAM | END_HEADERS, 2, NGHTTP2_PROTOCOL_ERROR, "\x82\x84\x87", 3},
	{NGHTTP2_CONTINUATION, END_HEADERS, 1, NGHTTP2_PROTOCOL_ERROR, "\x82", 1},
	{NGHTTP2_PUSH_PROMISE, END_HEADERS, 1, NGHTTP2_PROTOCOL_ERROR, "\0\0\0\2\x82", 5},
	/* Lengths that are wrong (sections 6.5, 6.7), a table index that does not exist (RFC 7541).
	 */
	{NGHTTP2_SETTINGS, 0, 0, NGHTTP2_FRAME_SIZE_ERROR, "12345", 5},
	{NGHTTP2_PING, 0, 0, NGHTTP2_FRAME_SIZE_ERROR, "1234", 4},
	{NGHTTP2_SETTINGS, 0, 0, NGHTTP2_FLOW_CONTROL_ERROR, "\0\4\xff\xff\xff\xff", 6},
	{NGHTTP2_SETTINGS, 0, 0, NGHTTP2_PROTOCOL_ERROR, "\0\5\0\0\0\1", 6},
	{NGHTTP2_HEADERS, END_STREAM | END_HEADERS, 1, NGHTTP2_COMPRESSION_ERROR, "\xff\xff\x0f",
		3},
};

START_TEST(errors_have_their_codes)
{
	raw_begin();
	frame(wrong[_i].type, wrong[_i].flags, wrong[_i].id, wrong[_i].data, wrong[_i].len);
	ends_with(wrong[_i].code);
}
END_TEST

START_TEST(frames_that_are_too_long)
{
	static uint8_t data[20000];

	raw_begin();
	frame(NGHTTP2_HEADERS, END_HEADERS, 1, post, sizeof(post));
	frame(NGHTTP2_DATA, 0, 1, data, sizeof(data));
	run();
	ck_assert_int_eq(goaway(), NGHTTP2_FRAME_SIZE_ERROR);
}
END_TEST

START_TEST(no_preface)
{
	raw_begin();
	memcpy(raw.bytes, "GET / HTTP/1.1\r\nhost: a\r\n", 24);
	run();
	ck_assert_uint_eq(ask.stats.requests, 0);
}
END_TEST

/* Bodies beyond the window that the server gave: 16 KiB for a request. */
START_TEST(windows_that_are_not_held)
{
	static uint8_t data[16384];

	raw_begin();
	frame(NGHTTP2_HEADERS, END_HEADERS, 1, post, sizeof(post));
	for (unsigned i = 0; i < 40; i++)
		frame(NGHTTP2_DATA, 0, 1, data, sizeof(data));
	run();
	ck_assert_uint_lt(raw.got_len, sizeof(raw.got));
	ck_assert(goaway() == NGHTTP2_FLOW_CONTROL_ERROR ||
		  memmem(raw.got, raw.got_len, "\0\0\4\3\0\0\0\0\1", 9)); /* RST_STREAM */
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("http2");
	TCase *client_case = tcase_create("client"), *raw_case = tcase_create("frames");

	memset(big, 'b', sizeof(big));
	tcase_add_test(client_case, files_are_served);
	tcase_add_test(client_case, empty_files_end_at_once);
	tcase_add_test(client_case, many_requests_at_a_time);
	tcase_add_test(client_case, windows_are_held);
	tcase_add_test(client_case, bodies_are_streamed);
	tcase_add_test(client_case, bodies_have_a_limit);
	tcase_add_test(client_case, handlers_that_fail);
	tcase_set_timeout(client_case, 30);
	suite_add_tcase(suite, client_case);
	tcase_add_test(raw_case, rapid_resets_end_it);
	tcase_add_test(raw_case, resets_of_what_is_answered);
	tcase_add_test(raw_case, pings_are_answered);
	tcase_add_loop_test(raw_case, floods_end_it, 0, (int)ARRAY_SIZE(floods));
	tcase_add_test(raw_case, header_bombs_are_refused);
	tcase_add_loop_test(raw_case, errors_have_their_codes, 0, (int)ARRAY_SIZE(wrong));
	tcase_add_test(raw_case, frames_that_are_too_long);
	tcase_add_test(raw_case, no_preface);
	tcase_add_test(raw_case, windows_that_are_not_held);
	tcase_set_timeout(raw_case, 30);
	suite_add_tcase(suite, raw_case);
	return suite;
}

int main(void)
{
	return check_run(suite());
}
