/* SPDX-License-Identifier: ISC */
/* What is kept of a zone on a disk: see keep_store.h. */
#include "apps/dns/keep_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/base/wire.h"

#define NS_PER_S  1000000000ull
#define SYNC_S    30                 /* seconds until a change must be durable */
#define BASE_LEN  (4 + 4 + KEEP_SUM) /* without a snapshot; with one four more bytes */
#define VALUE_MAX STORE_VALUE_MAX

struct store keep_store;
struct store_sync keep_sync;

/* ---- names and values ---- */

static size_t base_key(const struct role *role, uint8_t key[STORE_KEY_MAX])
{
	size_t len = role->name.len;

	key[0] = 'b';
	/* A name of 249 bytes and more has its end left out: the rest of it is long enough. */
	len = len > STORE_KEY_MAX - 7 ? STORE_KEY_MAX - 7 : len;
	memcpy(key + 1, role->name.wire, len);
	return 1 + len;
}

static size_t piece_key(const struct role *role, char kind, uint32_t serial, unsigned piece,
	uint8_t key[STORE_KEY_MAX])
{
	size_t len = base_key(role, key);
	struct wire_writer w;

	key[0] = (uint8_t)kind;
	wire_writer_init(&w, key + len, 6);
	wire_put_u32(&w, serial);
	if (piece)
		wire_put_u16(&w, (uint16_t)piece);
	return len + (piece ? 6 : 4);
}

static void put_u32(uint8_t out[4], uint32_t value)
{
	struct wire_writer w;

	wire_writer_init(&w, out, 4);
	wire_put_u32(&w, value);
}

uint64_t keep_soon(void)
{
	return platform_time_ns() + SYNC_S * NS_PER_S;
}

bool keep_base_read(const struct role *role, struct keep_base *base)
{
	uint8_t key[STORE_KEY_MAX], value[BASE_LEN + 4];
	struct wire_reader r;
	size_t len;

	if (store_get(&keep_store, key, base_key(role, key), value, sizeof(value), &len) ||
		(len != BASE_LEN && len != BASE_LEN + 4))
		return false;
	wire_reader_init(&r, value, len);
	base->from = wire_get_u32(&r);
	base->to = wire_get_u32(&r);
	memcpy(base->sum, wire_get_bytes(&r, KEEP_SUM), KEEP_SUM);
	base->folded = len > BASE_LEN;
	base->snapshot = wire_get_u32(&r);
	return true;
}

int keep_base_put(const struct role *role, const struct keep_base *base)
{
	uint8_t key[STORE_KEY_MAX], value[BASE_LEN + 4];
	struct wire_writer w;

	wire_writer_init(&w, value, sizeof(value));
	wire_put_u32(&w, base->from);
	wire_put_u32(&w, base->to);
	wire_put_bytes(&w, base->sum, KEEP_SUM);
	wire_put_u32(&w, base->snapshot);
	return store_put(&keep_store, key, base_key(role, key), value,
		base->folded ? BASE_LEN + 4 : BASE_LEN);
}

/* The serial from which the differences start. */
static uint32_t start_of(const struct keep_base *base)
{
	return base->folded ? base->snapshot : base->from;
}

/* ---- what is in pieces ---- */

/* Pieces that are full go to the disk at once; they do not count yet. */
int keep_put(struct keep_writer *w, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint8_t key[STORE_KEY_MAX];
	size_t part;
	int error;

	for (w->all += len; len; p += part, len -= part) {
		part = MIN(len, VALUE_MAX - w->len);
		memcpy(w->data + w->len, p, part);
		w->len += part;
		if (w->len < VALUE_MAX)
			continue;
		if (w->pieces == UINT16_MAX)
			return -EFBIG;
		error = store_sync_put(&keep_sync, key,
			piece_key(w->role, w->kind, w->serial, w->pieces, key), w->data, w->len,
			keep_soon());
		if (error)
			return error;
		w->pieces++;
		w->len = 0;
	}
	return 0;
}

int keep_begin(
	struct keep_writer *w, const struct role *role, char kind, uint32_t serial, uint32_t to)
{
	uint8_t head[KEEP_HEAD];

	*w = (struct keep_writer){role, kind, serial, 0, malloc(VALUE_MAX), 0, 0};
	if (!w->data)
		return -ENOMEM;
	put_u32(head, to);
	return keep_put(w, head, sizeof(head));
}

/* The last piece, and the base that counts it, in one batch; that much fits an empty one. */
static int stage_end(struct keep_writer *w, const struct keep_base *base)
{
	struct store_mark mark = store_mark(&keep_store);
	uint8_t key[STORE_KEY_MAX];
	int error = store_put(&keep_store, key,
		piece_key(w->role, w->kind, w->serial, w->pieces, key), w->data, w->len);

	if (!error)
		error = keep_base_put(w->role, base);
	if (error)
		store_undo(&keep_store, mark);
	return error;
}

int keep_end(struct keep_writer *w, const struct keep_base *base, int error)
{
	/* What was staged so far must be durable before what counts it. */
	if (!error && w->pieces)
		error = store_sync(&keep_sync, keep_soon());
	if (!error)
		error = stage_end(w, base);
	if (error == -ENOBUFS) { /* the batch is full of others' */
		error = store_sync(&keep_sync, keep_soon());
		if (!error)
			error = stage_end(w, base);
	}
	free(w->data);
	return error ? error : store_sync(&keep_sync, keep_soon());
}

int keep_read(const struct role *role, char kind, uint32_t serial, uint8_t **data, size_t *len)
{
	uint8_t key[STORE_KEY_MAX], *more;
	size_t got = VALUE_MAX;
	unsigned piece;
	int error = 0;

	*data = NULL;
	*len = 0;
	for (piece = 0; !error && got == VALUE_MAX && piece <= UINT16_MAX; piece++) {
		more = realloc(*data, *len + VALUE_MAX);
		if (!more) {
			error = -ENOMEM;
			break;
		}
		*data = more;
		error = store_get(&keep_store, key, piece_key(role, kind, serial, piece, key),
			*data + *len, VALUE_MAX, &got);
		*len += error ? 0 : got;
	}
	if (!error && *len < KEEP_HEAD)
		error = -EBADMSG;
	if (error) {
		free(*data);
		*data = NULL;
	}
	return error;
}

uint32_t keep_leads_to(const uint8_t *data)
{
	struct wire_reader r;

	wire_reader_init(&r, data, 4);
	return wire_get_u32(&r);
}

/* What does not count, of one kind; KEPT grows by the bytes that stay. */
static int sweep(const struct role *role, const struct keep_base *base, char kind, size_t *kept)
{
	uint8_t key[STORE_KEY_MAX], prefix[STORE_KEY_MAX];
	size_t prefix_len = piece_key(role, kind, 0, 0, prefix) - 4, len, value_len;
	uint32_t serial;
	bool counts;
	int error = 0;

	memcpy(key, prefix, prefix_len);
	len = prefix_len;
	while (!error && store_next(&keep_store, prefix, prefix_len, key, &len, &value_len)) {
		if (len != prefix_len + 4 && len != prefix_len + 6)
			continue;
		serial = keep_leads_to(key + prefix_len);
		counts = base && (kind == KEEP_CHANGE ? !dns_serial_newer(start_of(base), serial)
						      : base->folded && serial == base->snapshot);
		if (counts)
			*kept += value_len;
		else
			error = store_sync_put(&keep_sync, key, len, NULL, 0, keep_soon());
	}
	return error;
}

int keep_sweep(struct role *role, const struct keep_base *base)
{
	size_t unused = 0;
	int error;

	role->kept = 0;
	error = sweep(role, base, KEEP_CHANGE, &role->kept);
	return error ? error : sweep(role, base, KEEP_SNAPSHOT, &unused);
}
