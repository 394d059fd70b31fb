/* SPDX-License-Identifier: ISC */
/*
 * A disk backend over fakexen and fakestore, honest unless a test writes into its ring. It follows
 * the frontend's state as Linux's blkback does, serves requests from memory, and aborts at a
 * request that Linux's would refuse.
 */
#ifndef TESTS_FAKEXEN_FAKEBLKBACK_H
#define TESTS_FAKEXEN_FAKEBLKBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKEBLKBACK_OPS  7
#define FAKEBLKBACK_KEPT 1056 /* grants that it keeps mapped, as many as Linux's */

struct blkif_sring;

struct fakeblkback {
	/* What it is, set by fakeblkback_init() and by tests; in force from the next attach. */
	unsigned id;
	uint16_t domid; /* of its own domain: 0 */
	uint8_t *image;
	uint64_t units;                 /* of 512 bytes */
	unsigned sector_size, physical; /* 0: not told */
	unsigned indirect;              /* most segments of an indirect request; 0: none */
	bool flush, barrier, discard, persistent;
	const char *mode, *type, *info;
	/* What it does. */
	bool idle;                   /* requests stay in the ring */
	int status[FAKEBLKBACK_OPS]; /* the answer to each operation; 0: as it should be */
	/* What it saw. */
	char front[64], back[64];
	bool attached, connected;
	uint32_t ring_ref, port;
	struct blkif_sring *ring;
	uint32_t cons, rsp;
	uint64_t notified;              /* events sent to the guest */
	unsigned seen[FAKEBLKBACK_OPS]; /* requests of each operation */
	unsigned indirects, most_segments;
	unsigned writes_since_flush;
	struct {
		uint32_t ref;
		uint8_t *page;
	} kept[FAKEBLKBACK_KEPT];
	unsigned kept_count;
};

/* A disk of UNITS of 512 bytes, all zero, that offers what Linux's blkback does; not attached. */
void fakeblkback_init(struct fakeblkback *back, unsigned id, uint64_t units);
/* What `xl block-attach` writes; the backend is in InitWait unless STATE says otherwise. */
void fakeblkback_attach(struct fakeblkback *back, const char *state);
/* What `xl block-detach` begins: the backend goes to Closing, and all is removed when closed. */
void fakeblkback_detach(struct fakeblkback *back);
/* Removes both folders at once, connected or not, as when the toolstack is forced. */
void fakeblkback_vanish(struct fakeblkback *back);
void fakeblkback_set_state(struct fakeblkback *back, const char *state);
/* Gives up the ring and all that is mapped, whatever the guest thinks. */
void fakeblkback_disconnect(struct fakeblkback *back);
/* Follows the frontend's state, serves the ring. Returns whether anything changed. */
bool fakeblkback_turn(struct fakeblkback *back);

/* Requests that the guest has put in and that are not taken. */
unsigned fakeblkback_waiting(const struct fakeblkback *back);
/* Serves at most COUNT of them, the last put in first with BACKWARDS; answers all of them. */
void fakeblkback_serve(struct fakeblkback *back, unsigned count, bool backwards);
/* A response of any kind, whatever was asked. */
void fakeblkback_respond(struct fakeblkback *back, uint64_t id, uint8_t operation, int status);
void fakeblkback_notify(struct fakeblkback *back);

#endif
