/* SPDX-License-Identifier: ISC */
/* What the store's files share: the format on the disk, the index, the log. See docs/store.md. */
#ifndef LIB_STORE_INTERNAL_H
#define LIB_STORE_INTERNAL_H

#include "lib/store/store.h"

#define STORE_VERSION      1u
#define STORE_SUPER_STRIDE 4096u /* from the first superblock to the second */
#define STORE_LOG_START    8192u /* bytes before the first area */
#define STORE_GRAIN        8u    /* records are aligned to it */
#define FRAME_HEADER       32u
#define RECORD_HEADER      8u

/* ---- format.c: encoding and decoding, no I/O ---- */

#define STORE_SUPER_BYTES 68u
extern const char store_magic[8];

void store_super_encode(uint8_t *unit, const struct store_super *super);
/* 0; -ENOENT: not a superblock, or a spoilt one; -EINVAL: of a version that is not ours. */
int store_super_decode(struct store_super *super, const uint8_t *unit, uint32_t *version);

struct store_frame {
	uint32_t len; /* of its records, without the header */
	uint32_t count;
	uint64_t salt, sequence;
	uint32_t crc;
};

/* Fills in the header of FRAME, whose records stand behind it already. */
void store_frame_seal(
	uint8_t *frame, uint32_t used, uint32_t count, uint64_t salt, uint64_t sequence);
bool store_frame_decode(struct store_frame *frame, const uint8_t *header);
bool store_frame_is_whole(const struct store_frame *frame, const uint8_t *bytes);

enum store_op {
	STORE_PUT = 1,
	STORE_DELETE = 2
};

struct store_record {
	enum store_op op;
	uint32_t size; /* with header and padding */
	const uint8_t *key, *value;
	uint8_t key_len;
	uint16_t value_len;
	uint32_t crc;
};

uint32_t store_record_size(size_t key_len, size_t value_len);
/* Writes RECORD (its key and value may be anywhere); returns its size. */
uint32_t store_record_encode(uint8_t *out, const struct store_record *record);
/* The record at DATA, which has LEFT bytes. False: there is none. The checksum is not looked at. */
bool store_record_decode(struct store_record *record, const uint8_t *data, size_t left);
bool store_record_is_whole(const struct store_record *record);

/* ---- index.c: the records in memory, a treap ordered by key ---- */

struct store_node {
	struct store_node *left, *right; /* while staged: right is the one staged before */
	uint32_t at;                     /* in the log, in grains; while staged: in the batch */
	uint32_t next_at;                /* in the log that a compaction makes */
	uint32_t priority;
	uint16_t value_len;
	uint8_t key_len;
	bool changing; /* its room was given away once by what is staged or in flight */
	uint8_t key[];
};

struct store_node *store_index_find(const struct store *store, const uint8_t *key, size_t len);
/* The first with a key that is greater than KEY, or, with EQUAL, not less. */
struct store_node *store_index_after(
	const struct store *store, const uint8_t *key, size_t len, bool equal);
/* NULL: no memory, or index_max is reached. */
struct store_node *store_index_create(struct store *store, const uint8_t *key, uint8_t len);
void store_index_destroy(struct store *store, struct store_node *node);
/* Takes NODE, whose key may be there already, with its value's place. What was there is not
 * changing any more. */
void store_index_put(struct store *store, struct store_node *node);
void store_index_delete(struct store *store, const uint8_t *key, size_t len);
void store_index_clear(struct store *store);
/* After a compaction: each record's next place is its place. */
void store_index_settle(struct store *store);
uint32_t store_node_size(const struct store_node *node);

/* ---- log.c: units of the active area ---- */

int store_read_units(struct store *store, uint32_t area, uint32_t unit, void *data, uint32_t count);
int store_write_units(
	struct store *store, uint32_t area, uint32_t unit, const void *data, uint32_t count);
int store_flush(struct store *store);
/* Not durable before the next flush. */
int store_super_write(struct store *store, const struct store_super *super);
/* Units that USED bytes take. */
uint32_t store_units(const struct store *store, uint32_t used);
/*
 * The frame at UNIT of the active area. 1: it is whole, and *BYTES is it, until the next call; 0:
 * there is none; or what the disk said.
 */
int store_frame_at(
	struct store *store, uint32_t unit, struct store_frame *frame, const uint8_t **bytes);
/* Reads the log into the index and finds its end. */
int store_recover(struct store *store);

/* ---- stage.c ---- */

/* Drops the changes of BATCH, none of which was applied. */
void store_batch_drop(struct store *store, struct store_batch *batch);
/* All of its changes were. */
void store_batch_empty(struct store_batch *batch);

/* ---- compact.c ---- */

/* Copies the live records into the other area, durably, for that to become the log. */
int store_compact(struct store *store);
/* The other area's log is the log from now on: its superblock is durable. */
void store_switch(struct store *store);
/* Whether LIVE bytes of records leave room for what comes. */
bool store_fits(const struct store *store, uint64_t live);

/* ---- super.c ---- */

/* Finds the superblock, or formats the disk. */
int store_load_super(struct store *store, const struct store_options *options);
/* Whether the disk is still the one that was opened, if it was away. 0, -ENODEV, -ESTALE or -Exxx.
 */
int store_recognise(struct store *store);
uint64_t store_random(struct store *store, uint64_t mix);

int store_fail(struct store *store, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
