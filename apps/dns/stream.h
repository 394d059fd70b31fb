/* SPDX-License-Identifier: ISC */
/*
 * DNS over streams (RFC 7766): connections, who may have one and for how long. A kind of stream
 * (tcp.c, tls.c) brings the bytes; stream.c takes messages out of them and has each answered by
 * ask.c, and whoever answers sends with stream_send(), in any order.
 *
 * Each connection has a green thread that reads. What takes long, a transfer, has one of its own,
 * so that what was asked behind it is answered meanwhile.
 */
#ifndef APPS_DNS_STREAM_H
#define APPS_DNS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/dns/count.h"
#include "lib/net/net.h"

struct stream;

/* What one kind of stream does. READ and WRITE may be called by two threads at a time. */
struct stream_kind {
	const char *name; /* of its threads */
	size_t stack;     /* bytes, of each */
	size_t heap;      /* bytes that one needs besides, at a guess */
	bool encrypted;
	/*
	 * Makes CTX of TCP, which stays the caller's until this was done. *TRANSFERS: whether zones
	 * may be transferred. 0 or -Exxx.
	 */
	int (*open)(struct tcp_stream *tcp, uint64_t deadline, void **ctx, bool *transfers);
	/* 1..LEN bytes; 0 at the end; -ETIMEDOUT, -ECANCELED, or another -Exxx. */
	long (*read)(void *ctx, void *data, size_t len, uint64_t deadline);
	/* 0 when all are on their way, or -Exxx: then nothing more can be written. */
	int (*write)(void *ctx, const void *data, size_t len, uint64_t deadline);
	/* Ends it in order, or at once if it was BROKEN. */
	void (*close)(void *ctx, bool broken);
};

/* The settings. Times in seconds. */
struct stream_settings {
	uint64_t connections, per_client;
	uint64_t idle;    /* between messages; less when there are many connections */
	uint64_t first;   /* until the first byte of the first message has come */
	uint64_t message; /* for a whole message, or a handshake */
	uint64_t write;   /* for the client to take a message of ours */
};
extern struct stream_settings stream_settings;

struct stream_stats {
	uint64_t opened;
	uint64_t full, many; /* refused: in all, of this client */
	uint64_t idle;       /* closed since they were idle for too long, */
	uint64_t pushed;     /* or to make room */
	uint64_t slow;       /* closed since a message, a handshake or a reader took too long */
	uint64_t bad;        /* no messages, no memory for one, or a handshake that failed */
	uint64_t queries[2]; /* messages: in clear, encrypted */
};
extern struct stream_stats stream_stats;

/* Before all else. */
void stream_init(void);

/* Fewer connections than were asked for, where there is no memory for so many of KIND. */
void stream_fit_memory(const struct stream_kind *kind);

/* Listens on PORT, and serves for ever. In a thread. -Exxx: the port cannot be opened. */
int stream_serve(const struct stream_kind *kind, uint16_t port);

/* ---- for those who answer: in a thread of the stream ---- */

const struct net_addr *stream_peer(const struct stream *stream);
bool stream_is_encrypted(const struct stream *stream);
enum count_transport stream_transport(const struct stream *stream);
bool stream_may_transfer(const struct stream *stream);
/* Tenths of a second that it may be idle now (RFC 7828). */
uint16_t stream_keepalive(const struct stream *stream);

/* Sends LEN bytes, of one message or of several. False: it is over. */
bool stream_send(struct stream *stream, const void *data, size_t len);

/*
 * Runs FN(STREAM, ARG) in a thread of its own; the stream stays as long. FN must end soon when
 * stream_send() fails, and owns ARG; false ends the connection. 0, or -ENOMEM: FN does not run.
 */
int stream_work(struct stream *stream, bool (*fn)(struct stream *stream, void *arg), void *arg);

/* Memory for a reply, of what all streams together may have; or NULL. Freed with the same SIZE. */
void *stream_alloc(size_t size);
void stream_free(void *data, size_t size);

/* ---- ask.c ---- */

/* Answers the message, which may be changed. False ends the connection. */
bool ask_stream(struct stream *stream, uint8_t *message, size_t len);

#endif
