/* SPDX-License-Identifier: ISC */
/*
 * Byte cursors for wire formats: a reader and a writer over a caller's buffer. Integers are in
 * network byte order. The first access past the end latches failure: from then on reads give 0,
 * writes do nothing, and wire_failed() is true, so that a parser stays a straight line with one
 * test at its end.
 */
#ifndef LIB_BASE_WIRE_H
#define LIB_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wire_reader {
	const uint8_t *start, *at, *end;
	bool failed;
};

struct wire_writer {
	uint8_t *start, *at, *end;
	bool failed;
};

static inline void wire_reader_init(struct wire_reader *r, const void *data, size_t len)
{
	r->start = r->at = data;
	r->end = r->start + len;
	r->failed = false;
}

static inline size_t wire_left(const struct wire_reader *r)
{
	return (size_t)(r->end - r->at);
}

static inline size_t wire_offset(const struct wire_reader *r)
{
	return (size_t)(r->at - r->start);
}

static inline bool wire_failed(const struct wire_reader *r)
{
	return r->failed;
}

/* LEN bytes at the cursor, which moves on; NULL past the end. */
static inline const uint8_t *wire_get_bytes(struct wire_reader *r, size_t len)
{
	const uint8_t *at = r->at;

	if (r->failed || wire_left(r) < len) {
		r->failed = true;
		return NULL;
	}
	r->at += len;
	return at;
}

/* The number at P, of which the caller knows that it is there. */
static inline uint16_t wire_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wire_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint8_t wire_get_u8(struct wire_reader *r)
{
	const uint8_t *p = wire_get_bytes(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t wire_get_u16(struct wire_reader *r)
{
	const uint8_t *p = wire_get_bytes(r, 2);

	return p ? wire_u16(p) : 0;
}

static inline uint32_t wire_get_u32(struct wire_reader *r)
{
	const uint8_t *p = wire_get_bytes(r, 4);

	return p ? wire_u32(p) : 0;
}

static inline uint64_t wire_get_u64(struct wire_reader *r)
{
	uint64_t high = wire_get_u32(r);

	return high << 32 | wire_get_u32(r);
}

static inline void wire_writer_init(struct wire_writer *w, void *data, size_t len)
{
	w->start = w->at = data;
	w->end = w->start + len;
	w->failed = false;
}

static inline size_t wire_written(const struct wire_writer *w)
{
	return (size_t)(w->at - w->start);
}

static inline size_t wire_room(const struct wire_writer *w)
{
	return (size_t)(w->end - w->at);
}

static inline bool wire_overflowed(const struct wire_writer *w)
{
	return w->failed;
}

/* Whether LEN more bytes fit. Once some have not, none do. */
static inline bool wire_fits(struct wire_writer *w, size_t len)
{
	if (wire_room(w) < len)
		w->failed = true;
	return !w->failed;
}

/* Room for LEN bytes at the cursor, which moves on, for the caller to fill; NULL past the end. */
static inline uint8_t *wire_put_space(struct wire_writer *w, size_t len)
{
	if (!wire_fits(w, len))
		return NULL;
	w->at += len;
	return w->at - len;
}

static inline void wire_put_bytes(struct wire_writer *w, const void *data, size_t len)
{
	if (!wire_fits(w, len) || !len)
		return;
	memcpy(w->at, data, len);
	w->at += len;
}

static inline void wire_put_u8(struct wire_writer *w, uint8_t value)
{
	if (wire_fits(w, 1))
		*w->at++ = value;
}

static inline void wire_set_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void wire_put_u16(struct wire_writer *w, uint16_t value)
{
	if (!wire_fits(w, 2))
		return;
	wire_set_u16(w->at, value);
	w->at += 2;
}

static inline void wire_set_u32(uint8_t *p, uint32_t value)
{
	wire_set_u16(p, (uint16_t)(value >> 16));
	wire_set_u16(p + 2, (uint16_t)value);
}

static inline void wire_put_u32(struct wire_writer *w, uint32_t value)
{
	if (!wire_fits(w, 4))
		return;
	wire_set_u32(w->at, value);
	w->at += 4;
}

static inline void wire_put_u64(struct wire_writer *w, uint64_t value)
{
	wire_put_u32(w, (uint32_t)(value >> 32));
	wire_put_u32(w, (uint32_t)value);
}

#endif
