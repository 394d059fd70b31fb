/* SPDX-License-Identifier: ISC */
/*
 * A frame goes to the stack twice: lwIP's way, and again when the short way (lib/net/net_fast.h)
 * may be open to it. What the stack sends must be the same both times, but for IPv4's
 * identification and the header checksum over it.
 */
#ifndef TESTS_UNIT_FAST_PAIR_H
#define TESTS_UNIT_FAST_PAIR_H

#include <string.h>

#include "lib/net/net_fast.h"
#include "tests/unit/wire_peer.h"
#include <lwip/stats.h>

struct fast_pair {
	unsigned answers; /* frames that the first sending was answered with */
	bool fast;        /* the second one never came to lwIP */
	bool same; /* its answers were the same (or it came to lwIP, which may have changed) */
	uint8_t frame[NETDEV_FRAME_MAX]; /* the last answer */
	size_t len;
};

static inline void fast_blank(uint8_t *frame, size_t len)
{
	if (len < 34 || frame[12] != 0x08 || frame[13] != 0x00)
		return;
	memset(frame + 18, 0, 2);
	memset(frame + 24, 0, 2);
}

static inline uint64_t fast_seen_by_lwip(void)
{
	return (uint64_t)lwip_stats.ip.recv + lwip_stats.ip6.recv;
}

static inline void fast_pair_send(
	struct fast_pair *pair, const uint8_t *frame, size_t len, uint16_t flags)
{
	static uint8_t first[4][NETDEV_FRAME_MAX];
	size_t lens[4];
	uint64_t seen;

	memset(pair, 0, sizeof(*pair));
	net_fast_forget();
	peer_forget();
	peer_deliver(frame, len, flags);
	pair->answers = peer.count;
	for (unsigned i = 0; i < peer.count && i < 4; i++) {
		lens[i] = peer.sent[i].len;
		memcpy(first[i], peer.sent[i].data, lens[i]);
		fast_blank(first[i], lens[i]);
	}
	peer_forget();
	seen = fast_seen_by_lwip();
	peer_deliver(frame, len, flags);
	pair->fast = peer.count && fast_seen_by_lwip() == seen &&
		     !(frame[12] == 0x08 && frame[13] == 0x06);
	pair->same = !pair->fast || peer.count == pair->answers;
	for (unsigned i = 0; pair->fast && pair->same && i < peer.count && i < 4; i++) {
		pair->len = peer.sent[i].len;
		memcpy(pair->frame, peer.sent[i].data, pair->len);
		fast_blank(pair->frame, pair->len);
		pair->same = pair->len == lens[i] && memcmp(pair->frame, first[i], lens[i]) == 0;
	}
	peer_forget();
}

#endif
