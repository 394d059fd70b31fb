/* SPDX-License-Identifier: ISC */
/* The store's bytes on the disk, encoded and decoded without I/O. docs/store.md has the tables. */
#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/store/crc32c.h"
#include "lib/store/internal.h"

#define FRAME_MAGIC   0x4b4c4652u /* "KLFR" */
#define FRAME_CRC_AT  28
#define RECORD_CRC_AT 4
#define SUPER_CRC_AT  (STORE_SUPER_BYTES - 4)

const char store_magic[8] = {'K', 'I', 'N', 'G', 'L', 'E', 'T', 'S'};

/* ---- superblock ---- */

void store_super_encode(uint8_t *unit, const struct store_super *super)
{
	struct wire_writer w;

	memset(unit, 0, super->unit);
	wire_writer_init(&w, unit, STORE_SUPER_BYTES);
	wire_put_bytes(&w, store_magic, sizeof(store_magic));
	wire_put_u32(&w, STORE_VERSION);
	wire_put_u32(&w, super->unit);
	wire_put_u32(&w, super->batch_max);
	wire_put_u32(&w, super->area);
	wire_put_u32(&w, super->area_units);
	wire_put_u32(&w, 0);
	wire_put_u64(&w, super->id);
	wire_put_u64(&w, super->salt);
	wire_put_u64(&w, super->serial);
	wire_put_u64(&w, super->first);
	wire_put_u32(&w, crc32c(0, unit, SUPER_CRC_AT));
}

int store_super_decode(struct store_super *super, const uint8_t *unit, uint32_t *version)
{
	struct wire_reader r;

	if (memcmp(unit, store_magic, sizeof(store_magic)) != 0 ||
		wire_u32(unit + SUPER_CRC_AT) != crc32c(0, unit, SUPER_CRC_AT))
		return -ENOENT;
	wire_reader_init(&r, unit + sizeof(store_magic), STORE_SUPER_BYTES);
	*version = wire_get_u32(&r);
	super->unit = wire_get_u32(&r);
	super->batch_max = wire_get_u32(&r);
	super->area = wire_get_u32(&r);
	super->area_units = wire_get_u32(&r);
	wire_get_u32(&r);
	super->id = wire_get_u64(&r);
	super->salt = wire_get_u64(&r);
	super->serial = wire_get_u64(&r);
	super->first = wire_get_u64(&r);
	return *version == STORE_VERSION ? 0 : -EINVAL;
}

/* ---- frames: a batch with its header ---- */

void store_frame_seal(
	uint8_t *frame, uint32_t used, uint32_t count, uint64_t salt, uint64_t sequence)
{
	uint8_t header[FRAME_HEADER];
	struct wire_writer w;
	uint32_t crc;

	wire_writer_init(&w, header, sizeof(header));
	wire_put_u32(&w, FRAME_MAGIC);
	wire_put_u32(&w, used - FRAME_HEADER);
	wire_put_u64(&w, salt);
	wire_put_u64(&w, sequence);
	wire_put_u32(&w, count);
	crc = crc32c(0, header, FRAME_CRC_AT);
	wire_put_u32(&w, crc32c(crc, frame + FRAME_HEADER, used - FRAME_HEADER));
	memcpy(frame, header, sizeof(header));
}

bool store_frame_decode(struct store_frame *frame, const uint8_t *header)
{
	struct wire_reader r;

	wire_reader_init(&r, header, FRAME_HEADER);
	if (wire_get_u32(&r) != FRAME_MAGIC)
		return false;
	frame->len = wire_get_u32(&r);
	frame->salt = wire_get_u64(&r);
	frame->sequence = wire_get_u64(&r);
	frame->count = wire_get_u32(&r);
	frame->crc = wire_get_u32(&r);
	return true;
}

bool store_frame_is_whole(const struct store_frame *frame, const uint8_t *bytes)
{
	uint32_t crc = crc32c(0, bytes, FRAME_CRC_AT);

	return crc32c(crc, bytes + FRAME_HEADER, frame->len) == frame->crc;
}

/* ---- records ---- */

uint32_t store_record_size(size_t key_len, size_t value_len)
{
	return ROUND_UP((uint32_t)(RECORD_HEADER + key_len + value_len), STORE_GRAIN);
}

/* Of all but the sum itself and the padding. */
static uint32_t record_crc(const uint8_t *header, const struct store_record *record)
{
	uint32_t crc = crc32c(0, header, RECORD_CRC_AT);

	crc = crc32c(crc, record->key, record->key_len);
	return crc32c(crc, record->value, record->value_len);
}

uint32_t store_record_encode(uint8_t *out, const struct store_record *record)
{
	uint32_t size = store_record_size(record->key_len, record->value_len);
	uint8_t *key = out + RECORD_HEADER;

	memset(out + size - STORE_GRAIN, 0, STORE_GRAIN);
	out[0] = (uint8_t)record->op;
	out[1] = record->key_len;
	wire_set_u16(out + 2, record->value_len);
	wire_set_u32(out + RECORD_CRC_AT, record_crc(out, record));
	memcpy(key, record->key, record->key_len);
	if (record->value_len)
		memcpy(key + record->key_len, record->value, record->value_len);
	return size;
}

bool store_record_decode(struct store_record *record, const uint8_t *data, size_t left)
{
	if (left < RECORD_HEADER || (data[0] != STORE_PUT && data[0] != STORE_DELETE) || !data[1])
		return false;
	record->op = data[0];
	record->key_len = data[1];
	record->value_len = (uint16_t)(data[2] << 8 | data[3]);
	record->crc = wire_u32(data + RECORD_CRC_AT);
	record->size = store_record_size(record->key_len, record->value_len);
	record->key = data + RECORD_HEADER;
	record->value = record->key + record->key_len;
	return record->size <= left && (record->op == STORE_PUT || !record->value_len);
}

bool store_record_is_whole(const struct store_record *record)
{
	return record_crc(record->key - RECORD_HEADER, record) == record->crc;
}
