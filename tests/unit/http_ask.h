/* SPDX-License-Identifier: ISC */
/*
 * A connection of HTTP/1 for tests: bytes in, in pieces of a chosen size, and all that came out.
 * The site has a few files in memory.
 */
#ifndef TESTS_UNIT_HTTP_ASK_H
#define TESTS_UNIT_HTTP_ASK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/http/server.h"

struct ask {
	const char *in;
	size_t in_len, in_at, piece; /* 0: as much as fits */
	char out[200000];
	size_t out_len;
	int end; /* what read() gives after the last byte: 0 or -Exxx */
	size_t writes;
	enum http_phase phase;
	struct http_stats stats;
};

static struct ask ask;
static char big[100000];

static const struct {
	const char *name, *data;
	uint64_t modified;
} files[] = {
	{"www/index.html", "<p>home</p>", 784111777},
	{"www/a.txt", "0123456789", 784111777},
	{"www/a.txt.br", "brbrbr", 784111777},
	{"www/a.txt.gz", "gzgz", 784111777},
	{"www/dir/index.html", "in a folder", 0},
	{"www/.errors/404.html", "no such page", 0},
	{"www/big", big, 0},
	{"www/sp ace", "blank", 0},
	{"www/empty", "", 0},
};

static int ask_find(void *ctx, const char *name, struct http_file *file)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(name, files[i].name) != 0)
			continue;
		*file = (struct http_file){.data = (const uint8_t *)files[i].data,
			.size = files[i].data == big ? sizeof(big) : strlen(files[i].data),
			.modified = files[i].modified};
		snprintf(file->etag, sizeof(file->etag), "\"tag-%zu\"", i);
		return 0;
	}
	return -ENOENT;
}

static const struct http_source ask_source = {.find = ask_find};
static const struct http_site ask_site = {.source = &ask_source, .folder = "www/", .hsts = 1000};

static const struct http_site *ask_host(void *ctx, struct http_text host)
{
	(void)ctx;
	return http_text_is_nocase(host, "nobody") ? NULL : &ask_site;
}

/* Gives back the request's body, in chunks. */
static void ask_echo(struct http_exchange *x, void *ctx)
{
	char data[64];
	long n;

	(void)ctx;
	if (http_reply_begin(x, HTTP_UNKNOWN))
		return;
	while ((n = http_body_read(x, data, sizeof(data))) > 0)
		http_reply_write(x, data, (size_t)n);
	if (n < 0)
		http_reply_write(x, "BROKEN", 6);
}

/* Reads nothing, and gives less than it told of. */
static void ask_short(struct http_exchange *x, void *ctx)
{
	(void)ctx;
	if (!http_reply_begin(x, 10))
		http_reply_write(x, "123", 3);
}

static void ask_nothing(struct http_exchange *x, void *ctx)
{
	(void)x, (void)ctx;
}

static uint64_t ask_now(void)
{
	return 784111777;
}

static const struct http_handler ask_handlers[] = {
	{.path = "/echo", .serve = ask_echo},
	{.path = "/short", .serve = ask_short},
	{.path = "/nothing/", .serve = ask_nothing},
};

static struct http_server ask_server = {
	.site = ask_host,
	.handlers = ask_handlers,
	.handler_count = ARRAY_SIZE(ask_handlers),
	.body_max = 1000,
	.now = ask_now,
};

static long ask_read(void *ctx, void *data, size_t len)
{
	size_t n = MIN(len, ask.in_len - ask.in_at);

	(void)ctx;
	if (!n)
		return ask.end;
	if (ask.piece)
		n = MIN(n, ask.piece);
	memcpy(data, ask.in + ask.in_at, n);
	ask.in_at += n;
	return (long)n;
}

static int ask_write(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	ask.writes++;
	if (len > sizeof(ask.out) - 1 - ask.out_len)
		return -ECONNRESET;
	memcpy(ask.out + ask.out_len, data, len);
	ask.out_len += len;
	ask.out[ask.out_len] = '\0';
	return 0;
}

static void ask_phase(void *ctx, enum http_phase phase)
{
	(void)ctx;
	ask.phase = phase;
}

/* Serves what IN says, in pieces of PIECE bytes, over TLS. */
static inline void ask_run(const char *in, size_t len, size_t piece)
{
	const struct http_connection conn = {.server = &ask_server,
		.io = {ask_read, ask_write, ask_phase, NULL},
		.stats = &ask.stats,
		.peer = "::1",
		.secure = true};

	ask.in = in;
	ask.in_len = len;
	ask.in_at = ask.out_len = ask.writes = 0;
	ask.piece = piece;
	ask.out[0] = '\0';
	ask.stats = (struct http_stats){0};
	http1_serve(&conn);
}

#endif
