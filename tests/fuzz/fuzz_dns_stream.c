/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a stream of DNS messages, in pieces whose size the first byte chooses: however it is
 * cut up the same messages come out, each as long as its prefix says, and all memory is given back.
 * Each is then asked for its options, and gets some.
 */
#include <stdlib.h>
#include <string.h>

#include "apps/dns/framing.h"
#include "lib/base/bytes.h"
#include "lib/dns/options.h"

#define REPLY_ROOM 4096u
#define BUDGET     ((size_t)96 * 1024)

/* The reply that a message would be, with its options, is never longer than its room. */
static void add_options(const uint8_t *message, size_t len)
{
	size_t size = len + REPLY_ROOM / 8, now;
	uint8_t *reply = malloc(size);
	struct dns_wishes wishes;

	if (!reply)
		abort();
	memcpy(reply, message, len);
	dns_wishes_read(&wishes, message, len);
	now = dns_add_keepalive(reply, len, size, 100);
	if (now != len && now != len + 6)
		abort();
	now = dns_add_padding(reply, now, size, len % 100);
	if (now > size || (now > len + 6 && now + len % 100 > size))
		abort();
	free(reply);
}

/* One sum of all messages, in pieces of STEP bytes. */
static uint64_t read_all(const uint8_t *data, size_t len, size_t step)
{
	struct framing_budget budget = {.most = BUDGET};
	enum framing_result result = FRAMING_MORE;
	struct framing framing;
	uint64_t sum = 0;

	framing_init(&framing, &budget);
	for (size_t at = 0; at < len && result < FRAMING_BAD;) {
		size_t used, piece = MIN(step, len - at);

		result = framing_take(&framing, data + at, piece, &used);
		if (used > piece || budget.used > budget.most ||
			(result == FRAMING_MORE && used != piece))
			abort();
		at += used;
		if (result != FRAMING_WHOLE)
			continue;
		if (framing.got != framing.len || framing.len < FRAMING_LEAST ||
			memcmp(framing.data, data + at - framing.len, framing.len) != 0)
			abort();
		for (size_t i = 0; i < framing.len; i++)
			sum = sum * 31 + framing.data[i];
		sum += framing.len;
		if (step == len)
			add_options(framing.data, framing.len);
		framing_next(&framing);
	}
	framing_next(&framing);
	if (budget.used)
		abort();
	return sum * 5 + (uint64_t)result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 2)
		return 0;
	if (read_all(data + 1, len - 1, data[0] + 1u) != read_all(data + 1, len - 1, len - 1))
		abort();
	return 0;
}
