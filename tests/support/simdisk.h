/* SPDX-License-Identifier: ISC */
/*
 * A disk that forgets: until a flush, each 512 bytes written are kept, lost or torn as a test says,
 * in any order. Any I/O can be made to fail, once or from then on (the power is cut).
 */
#ifndef TESTS_SUPPORT_SIMDISK_H
#define TESTS_SUPPORT_SIMDISK_H

#include <stddef.h>

#include "lib/store/disk.h"

#define SIMDISK_PIECE 512

struct simdisk_piece {
	size_t at;
	uint8_t data[SIMDISK_PIECE];
};

struct simdisk {
	struct store_disk disk;
	size_t bytes;
	uint8_t *seen;                /* what reads give */
	uint8_t *durable;             /* what is there for sure */
	struct simdisk_piece *pieces; /* written since the last flush, in order */
	size_t count, room;
	unsigned fail_in; /* the I/O of this number from now on fails; 0: none */
	bool cut;         /* and all that follow it do */
	bool dead;        /* the power is cut */
	bool failed;      /* an I/O has failed: reads may show what is not there */
	unsigned writes, flushes, ios;
};

void simdisk_create(struct simdisk *sim, size_t bytes, uint32_t sector_size);
void simdisk_destroy(struct simdisk *sim);

enum simdisk_fate {
	SIMDISK_LOST,
	SIMDISK_KEPT,
	SIMDISK_HEAD, /* only the first half, or what CHOOSE says more finely */
	SIMDISK_TAIL
};

/*
 * The power comes back: CHOOSE says for each piece what became of it, and in *SPLIT (256 at first)
 * where it is torn. Pieces are applied in order; one that is lost under a later one stays lost.
 */
void simdisk_crash(struct simdisk *sim,
	enum simdisk_fate (*choose)(void *ctx, size_t i, size_t *split), void *ctx);

#endif
