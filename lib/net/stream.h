/* SPDX-License-Identifier: ISC */
/*
 * A TCP connection between lwIP's callbacks and a thread that reads and writes. What arrives while
 * nobody reads is kept in chunks, of which there is a fixed number for all connections and a few
 * for each; the peer's window opens again only as the reader takes bytes out.
 */
#ifndef LIB_NET_STREAM_H
#define LIB_NET_STREAM_H

#include "lib/net/internal.h"
#include "lib/sched/sched.h"
#include <lwip/tcp.h>

struct chunk;

struct tcp_listener {
	struct tcp_pcb *pcb;
	struct list ready; /* streams that wait to be accepted */
	struct wait_queue waiters;
};

struct tcp_stream {
	struct list node;    /* in its listener's `ready`, or alone */
	struct tcp_pcb *pcb; /* NULL: lwIP has given the connection up, see `error` */
	struct net_addr peer;
	int error;
	bool connecting;            /* net_tcp_connect() waits among the writers */
	bool eof;                   /* the peer will send no more */
	struct chunk *first, *last; /* what arrived and was not read yet */
	unsigned held;              /* chunks */
	size_t unread;              /* bytes in the chunks */
	uint32_t held_back;         /* of the window, as long as the peer is held to be near */
	struct {
		uint32_t left;  /* bytes of a window's worth that are still to come, */
		uint64_t since; /* since when, */
		unsigned slow;  /* and how many took long, one after another */
	} pace;
	struct wait_queue readers, writers;
	struct {
		uint8_t *data; /* where a reader that waits wants bytes; NULL: nobody waits */
		size_t room, got;
	} reader;
};

void net_stream_init(struct tcp_stream *stream, struct tcp_pcb *pcb);
void net_stream_fini(struct tcp_stream *stream);

/* Takes in P, which is left to the caller. False when there is no room, and nothing was taken. */
bool net_stream_take(struct tcp_stream *stream, const struct pbuf *p);

#endif
