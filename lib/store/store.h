/* SPDX-License-Identifier: ISC */
/*
 * Durable records on a disk: named values that survive a power cut at any moment. A log of batches
 * with an index in memory; docs/store.md has the format and the reasons.
 *
 * Changes are staged by store_put() and store_delete(), which do no I/O, and become visible and
 * durable together, all or none, when store_commit() has returned 0: one write and one flush, or
 * two flushes when the log is full and is compacted first. Callers that share a store share the
 * batch.
 *
 * Called by one thread at a time, but for this: while a disk call parks a thread inside
 * store_commit() or store_get(), others may call all but store_commit() (which says -EBUSY) and
 * store_close().
 */
#ifndef LIB_STORE_STORE_H
#define LIB_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/store/disk.h"

#define STORE_KEY_MAX   255
#define STORE_VALUE_MAX 65535

/* A batch with its header, in bytes: a multiple of 4096. Fixed when a disk is formatted. */
#define STORE_BATCH_MIN     ((uint32_t)4096)
#define STORE_BATCH_DEFAULT ((uint32_t)68 * 1024) /* holds the largest record */
#define STORE_BATCH_MAX     ((uint32_t)1024 * 1024)

struct store_options {
	bool format;        /* also what is not blank: all that was there is lost */
	uint32_t batch_max; /* for a disk that is formatted now; 0: STORE_BATCH_DEFAULT */
	size_t index_max;   /* bytes of the index in memory; 0: as much as there is */
	uint64_t random;    /* unpredictable: values cannot be made that look like a log's */
};

/* What identifies a log on the disk: the superblock, decoded. */
struct store_super {
	uint32_t unit;       /* bytes: writes are aligned to it */
	uint32_t batch_max;  /* bytes */
	uint32_t area;       /* the active one: 0 or 1 */
	uint32_t area_units; /* units in each of the two */
	uint64_t id;         /* of the store, for good */
	uint64_t salt;       /* of the log in the active area */
	uint64_t serial;     /* of this superblock */
	uint64_t first;      /* the sequence number of the log's first batch */
};

struct store_node; /* a record in the index */

struct store_batch {
	uint8_t *data; /* as on the disk: header, records */
	uint32_t used; /* bytes, with the header */
	uint32_t count;
	int64_t growth;           /* of the live bytes, at most */
	struct store_node *nodes; /* for the records to be put, the last one first */
};

struct store_stats {
	uint64_t commits, failures, compactions, flushes;
};

/* Owned by the caller; its fields are the store's own but for what is said of them. */
struct store {
	struct store_disk *disk;
	struct store_super super;
	bool read_only; /* to be read */
	bool busy;      /* a commit is under way */
	bool suspect;   /* the disk was away, and nobody has looked yet whether it is the same */
	uint32_t end;   /* of the log, in units of its area */
	uint32_t last;  /* the unit where the log's last batch begins */
	uint64_t sequence;
	uint64_t random;

	struct store_node *root;
	size_t records;     /* to be read */
	size_t index_bytes; /* to be read: memory of the index, without the allocator's own */
	size_t index_max;
	uint64_t live; /* bytes of the records in the index, as they stand in the log */

	struct store_batch staged, flight;
	uint8_t *window, *output; /* batch_max bytes each */
	uint32_t window_at, window_units;

	bool switching; /* the next log is durable, but its superblock may not be */
	struct store_super next_super;
	uint32_t next_end, next_last;
	uint64_t next_sequence;

	struct store_stats stats; /* to be read */
	char message[160];        /* to be read: why store_open() or store_check() failed */
};

/*
 * Opens the store on DISK, which must outlive it; formats a disk that is blank. 0, or
 * -EINVAL    something else is on the disk, it is too small or of another version
 * -EBADMSG   the log is damaged: a batch is spoilt that others follow
 * -EROFS     the disk is blank and cannot be written
 * -ENOMEM    the index does not fit
 * or what the disk said. Then nothing need be closed, and store->message has a line for a person.
 */
int store_open(struct store *store, struct store_disk *disk, const struct store_options *options);
/* Forgets what is staged. */
void store_close(struct store *store);

/*
 * Stages a record, or its absence (which needs no record to be there). Key: 1 to STORE_KEY_MAX
 * bytes of any kind. 0, or
 * -EINVAL    key or value is too long
 * -EROFS     read-only
 * -ENOSPC    the disk is too full for it (nothing of what is there or staged is lost)
 * -ENOBUFS   the batch is full: commit it first
 * -ENOMEM
 */
int store_put(
	struct store *store, const void *key, size_t key_len, const void *value, size_t value_len);
int store_delete(struct store *store, const void *key, size_t key_len);

/* Takes back all that was staged since store_mark(), which no commit may have followed. */
struct store_mark {
	uint32_t used, count;
	int64_t growth;
};
struct store_mark store_mark(const struct store *store);
void store_undo(struct store *store, struct store_mark mark);

/*
 * Makes what is staged durable, or drops it. 0, -EBUSY (nothing is dropped), or what the disk said:
 * then the changes are not visible, and after a restart they are there as a whole or not at all.
 * The store stays usable: the next commit writes in the same place. -ENODEV while the disk is away,
 * -ESTALE while another one, or an older copy, is in its place.
 */
int store_commit(struct store *store);

/*
 * The committed value of KEY, of which *LEN says the length. 0, -ENOENT, -EMSGSIZE when SIZE is too
 * small (only *LEN is set), -EBADMSG when it is damaged, -ENOMEM, or what the disk said, with
 * -ENODEV and -ESTALE as store_commit().
 */
int store_get(struct store *store, const void *key, size_t key_len, void *value, size_t size,
	size_t *len);

/*
 * The committed record that follows KEY (of *KEY_LEN bytes, 0 to start) among those whose keys
 * start with PREFIX, in the order of bytes. Its name replaces KEY. 1 found, 0 none. Changes
 * meanwhile do no harm.
 */
int store_next(const struct store *store, const void *prefix, size_t prefix_len,
	uint8_t key[STORE_KEY_MAX], size_t *key_len, size_t *value_len);

/*
 * Calls FN for every committed record, in no order of keys, by one reading of the whole log: as a
 * start does, before there are commits; none may come meanwhile. FN returns 0 to go on; what else
 * it returns ends it. 0, that, -EBUSY, -EBADMSG when the log is damaged, or what the disk said.
 */
typedef int store_each_fn(
	void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len);
int store_each(struct store *store, store_each_fn *fn, void *ctx);

/* Reads every record back and verifies it. 0, or the first error; *BAD counts those that failed. */
int store_check(struct store *store, size_t *bad);

#endif
