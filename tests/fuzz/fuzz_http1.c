/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a connection of HTTP/1, given in pieces whose size the first byte chooses. However
 * it is cut up the same comes out, but for chunks, which are what came at once, and "100 Continue",
 * which is said to whom waits for it; and all that comes out are answers, each as long as it says.
 */
#include "tests/unit/http_ask.h"

#include "lib/http/chunked.h"
#include "tests/support/fuzz.h"
#include "tests/support/panic.h"

/* Bytes of one answer's head, or abort. */
static size_t head_of(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);

	if (len < 13 || memcmp(text, "HTTP/1.1 ", 9) != 0 || !end)
		abort();
	return (size_t)(end - text) + 4;
}

static size_t body_of(const char *head, size_t head_len, const char *body, size_t left)
{
	const char *length = memmem(head, head_len, "content-length: ", 16);
	struct http_chunked chunks = {0};
	static uint8_t waste[sizeof(ask.out)];
	size_t used, got;

	if (length)
		return (size_t)atol(length + 16);
	if (!memmem(head, head_len, "transfer-encoding: chunked", 26))
		return memmem(head, head_len, "connection: close", 17) ? left : 0;
	/* The last one may be cut off by its request's fault. */
	return http_chunked_read(&chunks, (const uint8_t *)body, left, &used, waste, sizeof(waste),
		       &got) == HTTP_CHUNKED_DONE
		       ? used
		       : left;
}

/* A HEAD or a 304 tells of a body that does not come: then the next answer follows at once. */
static void check(void)
{
	size_t at = 0;

	while (at < ask.out_len) {
		size_t head = head_of(ask.out + at, ask.out_len - at);
		size_t left = ask.out_len - at - head;
		size_t body = body_of(ask.out + at, head, ask.out + at + head, left);

		at += head;
		if (body != left && left >= 9 && memcmp(ask.out + at, "HTTP/1.1 ", 9) == 0)
			continue;
		if (body > left && left != 0 && !memmem(ask.out, ask.out_len, "length: 10\r\n", 12))
			abort();
		at += MIN(body, left);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char first[sizeof(ask.out)];
	size_t first_len;

	if (!len)
		return 0;
	ask_run((const char *)data + 1, len - 1, 0);
	check();
	first_len = ask.out_len;
	memcpy(first, ask.out, first_len);
	ask_run((const char *)data + 1, len - 1, (size_t)data[0] + 1);
	check();
	if (!memmem(first, first_len, "chunked", 7) && !memmem(first, first_len, "100 C", 5) &&
		!memmem(ask.out, ask.out_len, "100 C", 5) &&
		(first_len != ask.out_len || memcmp(first, ask.out, first_len) != 0))
		abort();
	return 0;
}
