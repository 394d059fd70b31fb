/* SPDX-License-Identifier: ISC */
/*
 * What the load generator asks: DNS queries from a file (dnsperf's "NAME TYPE" lines), UDP
 * datagrams to be echoed (RFC 862), or bare Ethernet frames to be turned round. Every request
 * carries a tag, by which its answer is known again.
 */
#ifndef TESTS_BENCH_LOAD_REQUEST_H
#define TESTS_BENCH_LOAD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_MAX 1514

/* What an answer says beyond being one; all zero for echoes and frames. */
struct answer {
	unsigned rcode, flags, ancount, nscount;
};

struct requests {
	/* Prepared once; the tag is put in when one is sent. */
	struct request {
		uint8_t *bytes;
		size_t len;
	} * list;
	size_t count;
	size_t tag_at; /* where the tag's two bytes stand in a request and in its answer */
	bool (*check)(const struct request *request, const uint8_t *bytes, size_t len,
		struct answer *answer);
};

/* 0, or -1 after saying on stderr what was expected. What they make lives until the end. */
int requests_of_file(struct requests *requests, const char *path);
int requests_of_echo(struct requests *requests, size_t size);
int requests_of_frames(
	struct requests *requests, const uint8_t from[6], const uint8_t to[6], size_t size);

static inline void request_tag_set(const struct requests *requests, uint8_t *bytes, uint16_t tag)
{
	bytes[requests->tag_at] = (uint8_t)(tag >> 8);
	bytes[requests->tag_at + 1] = (uint8_t)tag;
}

/* -1 when LEN is too short for one. */
static inline int request_tag_get(const struct requests *requests, const uint8_t *bytes, size_t len)
{
	if (len < requests->tag_at + 2)
		return -1;
	return bytes[requests->tag_at] << 8 | bytes[requests->tag_at + 1];
}

#endif
