/* SPDX-License-Identifier: ISC */
/*
 * What is kept of zones on a disk, and how; called by keep.c alone. In the store are, for each zone
 * that takes updates (its name in lower-cased wire form):
 *
 *     "b" NAME                   where the rest begins from and leads to: struct base
 *     "c" NAME SERIAL [PIECE]    the difference that starts from SERIAL: the serial that it leads
 *                                to, and its records as change.h has them
 *     "s" NAME SERIAL [PIECE]    the zone as it was at SERIAL, in the same form: what came before
 *                                has been folded into it
 *
 * What is longer than one value goes on in pieces 1, 2 ...; one that is not full is the last. The
 * base is written with the last piece, so that what it does not lead to does not count.
 */
#ifndef APPS_DNS_KEEP_STORE_H
#define APPS_DNS_KEEP_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/dns/roles.h"
#include "lib/disk/store_sync.h"
#include "lib/store/store.h"

#define KEEP_SUM 32 /* bytes of a SHA-256 */

extern struct store keep_store;
extern struct store_sync keep_sync;

struct keep_base {
	uint32_t from, to;     /* the archive's zone; the version that all leads to */
	uint8_t sum[KEEP_SUM]; /* of the archive's zone */
	bool folded;           /* there is a snapshot, of: */
	uint32_t snapshot;
};

/* False when there is none. */
bool keep_base_read(const struct role *role, struct keep_base *base);
/* Stages it: 0, or what store_put() says. */
int keep_base_put(const struct role *role, const struct keep_base *base);

enum keep_kind {
	KEEP_CHANGE = 'c',
	KEEP_SNAPSHOT = 's'
};

/* Bytes that are written one after the other. */
struct keep_writer {
	const struct role *role;
	char kind;
	uint32_t serial;
	unsigned pieces; /* that are written */
	uint8_t *data;   /* of the next one */
	size_t len, all;
};

/*
 * Begins to write what starts from SERIAL, or is it, and leads to the serial TO; adds bytes to it;
 * and ends, which makes it durable together with BASE, unless there was an ERROR. Until then
 * nothing of it counts. 0, or -Exxx; after keep_begin() keep_end() is always called. In a thread.
 */
int keep_begin(
	struct keep_writer *w, const struct role *role, char kind, uint32_t serial, uint32_t to);
int keep_put(struct keep_writer *w, const void *data, size_t len);
int keep_end(struct keep_writer *w, const struct keep_base *base, int error);

/* All that was written, in one, which begins with the serial that it leads to; the caller frees
 * *DATA. 0, -ENOENT, -EBADMSG, -ENOMEM, or what the disk said. */
int keep_read(const struct role *role, char kind, uint32_t serial, uint8_t **data, size_t *len);
uint32_t keep_leads_to(const uint8_t *data);
#define KEEP_HEAD 4u /* bytes of that serial */

/*
 * Deletes what does not count: with BASE the differences before its snapshot and other snapshots;
 * with NULL all. Sets role->kept. 0, or what store_sync() says.
 */
int keep_sweep(struct role *role, const struct keep_base *base);

/* When a change must be durable that is begun now. */
uint64_t keep_soon(void);

#endif
