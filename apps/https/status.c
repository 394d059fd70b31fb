/* SPDX-License-Identifier: ISC */
/*
 * What the guest is doing, as JSON: the example of a handler. www/default/status/ shows it live. To
 * each client by the second, for as long as "?follow" asks for: one line of JSON a second.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "apps/https/serve.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/sched/sched.h"

#define LINE_MAX_LEN  768
#define NS_PER_S      1000000000ull
#define FOLLOW_MOST_S 3600u

static size_t describe(char line[LINE_MAX_LEN])
{
	struct tls_memory memory;
	int len;

	tls_get_memory(&memory);
	len = snprintf(line, LINE_MAX_LEN,
		"{\"name\":\"kinglet https\",\"version\":\"%s\",\"uptime_ms\":%" PRIu64
		",\"wall\":%" PRIu64 ",\"memory_total\":%zu,\"memory_free\":%zu"
		",\"connections\":%u,\"connections_most\":%u,\"connections_all\":%" PRIu64
		",\"refused\":%" PRIu64 ",\"handshakes\":%" PRIu64 ",\"resumed\":%" PRIu64
		",\"handshakes_failed\":%" PRIu64 ",\"requests\":%" PRIu64
		",\"requests_bad\":%" PRIu64 ",\"body_bytes\":%" PRIu64
		",\"tls_memory\":%zu,\"tls_memory_most\":%zu,\"tls_memory_most_one\":%zu}\n",
		KINGLET_VERSION, (uint64_t)(platform_time_ns() / 1000000),
		(uint64_t)(platform_wall_ns() / NS_PER_S), platform_memory_total(),
		platform_memory_free(), serve_stats.open, serve_stats.open_most,
		serve_stats.connections, serve_stats.refused, serve_stats.handshakes,
		serve_stats.resumed, serve_stats.failed, serve_stats.http.requests,
		serve_stats.http.bad, serve_stats.http.bytes, memory.now, memory.most,
		memory.most_one);
	return MIN((size_t)MAX(len, 0), (size_t)LINE_MAX_LEN - 1);
}

/* A line each second, until the client goes. */
static void follow(struct http_exchange *exchange)
{
	char line[LINE_MAX_LEN];

	http_response_field(exchange->response, "content-type", "application/x-ndjson");
	if (http_reply_begin(exchange, HTTP_UNKNOWN))
		return;
	for (unsigned i = 0; i < FOLLOW_MOST_S; i++) {
		if (http_reply_write(exchange, line, describe(line)) ||
			http_reply_write(exchange, NULL, 0) ||
			thread_sleep_until(platform_time_ns() + NS_PER_S))
			return;
	}
}

void status_serve(struct http_exchange *exchange, void *ctx)
{
	char line[LINE_MAX_LEN];
	size_t len;

	(void)ctx;
	http_response_field(exchange->response, "cache-control", "no-store");
	if (http_text_is(exchange->request->query, "follow")) {
		follow(exchange);
		return;
	}
	len = describe(line);
	http_response_field(exchange->response, "content-type", "application/json");
	if (!http_reply_begin(exchange, len))
		http_reply_write(exchange, line, len);
}
