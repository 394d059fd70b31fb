/* SPDX-License-Identifier: ISC */
/*
 * Domain names (RFC 1035 sections 2.3.4 and 5.1, RFC 4343): presentation form to wire form and
 * back, and the key under which a name is looked up. Called by the zone parser, the database and
 * the query engine. A "wire name" here is uncompressed, ends in the root label and is at most
 * DNS_NAME_MAX bytes long.
 */
#ifndef LIB_DNS_NAME_H
#define LIB_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/bytes.h"

#define DNS_NAME_MAX   255
#define DNS_LABEL_MAX  63
#define DNS_LABELS_MAX 127
#define DNS_NAME_TEXT  1025 /* bytes enough for any name in presentation form, with its NUL */

/*
 * A name ready to be looked up: lower-cased, with the start and the hash of each of its suffixes.
 * Suffix 0 is the whole name, suffix LABELS the root. Hashes are built from the right, so that
 * a name and all its ancestors cost one pass.
 */
struct dns_key {
	uint16_t len;                   /* of the wire form, with the root label */
	uint16_t labels;                /* without the root label */
	uint16_t hashed;                /* the suffixes from this one on have their hashes */
	uint8_t at[DNS_LABELS_MAX + 1]; /* where suffix i starts in the wire form */
	uint32_t hash[DNS_LABELS_MAX + 1];
	uint8_t wire[DNS_NAME_MAX + 1 + 16]; /* padded, for it is read 8 bytes at a time */
};

/* Makes KEY for the wire name NAME of LEN bytes, which the caller knows to be well formed. */
void dns_key_init(struct dns_key *key, const uint8_t *name, size_t len);

/* Adds a label (with its length byte, padded) to the hash of what stands right of it. */
static inline uint32_t dns_hash_label(uint32_t hash, const uint8_t *label)
{
	size_t left = (size_t)label[0] + 1;
	uint64_t h = hash, chunk;

	for (; left > 8; left -= 8, label += 8) {
		memcpy(&chunk, label, 8);
		h = (h ^ chunk) * 0x9e3779b97f4a7c15;
		h ^= h >> 29;
	}
	memcpy(&chunk, label, 8);
	chunk &= UINT64_MAX >> (64 - 8 * left);
	h = (h ^ chunk) * 0x9e3779b97f4a7c15;
	return (uint32_t)(h >> 32);
}

/* Sees to the hashes of the suffixes from I on. */
static inline void dns_key_hash(struct dns_key *key, size_t i)
{
	uint32_t hash = key->hash[key->hashed];

	while (key->hashed > i) {
		key->hashed--;
		hash = dns_hash_label(hash, key->wire + key->at[key->hashed]);
		key->hash[key->hashed] = hash;
	}
}

/*
 * The length of the uncompressed name at the start of the LEN bytes at NAME; 0 when it is cut off,
 * longer than DNS_NAME_MAX, or has a label of another kind than plain.
 */
size_t dns_name_check(const uint8_t *name, size_t len);

/*
 * Presentation form (LEN bytes of TEXT) to wire form, case kept. A name that does not end in a dot
 * gets the wire name ORIGIN at its end ("@" is ORIGIN itself); without ORIGIN (NULL) the root.
 * Returns the length, or 0 with *WHY set to what is wrong.
 */
size_t dns_name_parse(uint8_t wire[DNS_NAME_MAX], const char *text, size_t len,
	const uint8_t *origin, const char **why);

/* Presentation form with a final dot and a NUL, cut off if SIZE is too small. Returns TEXT. */
char *dns_name_text(char *text, size_t size, const uint8_t *wire);

/* Whether two wire names are the same but for case. */
bool dns_name_equal(const uint8_t *a, const uint8_t *b);

/* Bytes of a wire name. */
size_t dns_name_len(const uint8_t *wire);

/* ---- reading keys, where each instruction counts ---- */

typedef uint8_t dns_bytes16 __attribute__((vector_size(16)));
typedef int8_t dns_signed16 __attribute__((vector_size(16)));

#define DNS_NAME_CHUNK sizeof(dns_bytes16)

/* Lower-cases 16 bytes. Lengths of labels are below 'A', so whole wire names can go through. */
static inline dns_bytes16 dns_lower16(dns_bytes16 x)
{
	/* Signed numbers are what the processor compares: 'A' becomes the least of them. */
	dns_signed16 letter = (dns_signed16)(x - (uint8_t)('A' + 128));

	return x | ((dns_bytes16)(letter < INT8_MIN + 26) & 0x20);
}

/* KEY->at[0..LABELS) and the lower-cased wire form of LEN bytes are there: the rest of the key. */
static inline void dns_key_finish(struct dns_key *key, size_t len, size_t labels)
{
	key->at[labels] = (uint8_t)(len - 1);
	key->len = (uint16_t)len;
	key->labels = key->hashed = (uint16_t)labels;
	key->hash[labels] = 0;
}

/* LEN bytes, of which whole chunks can be read, lower-cased to OUT; 8 bytes of 0 follow. */
static inline void dns_copy_lower(uint8_t *out, const uint8_t *name, size_t len)
{
	dns_bytes16 chunk;
	size_t i;

	for (i = 0; i < len; i += DNS_NAME_CHUNK) {
		memcpy(&chunk, name + i, DNS_NAME_CHUNK);
		chunk = dns_lower16(chunk);
		memcpy(out + i, &chunk, DNS_NAME_CHUNK);
	}
	memset(out + len, 0, 8);
}

/*
 * The same for the name at the start of the LEN bytes at NAME, as dns_name_check() has it: its
 * length, or 0. Only the root has its hash yet: most questions need but few.
 */
static inline size_t dns_key_read(struct dns_key *key, const uint8_t *name, size_t len)
{
	size_t at = 0, max = MIN(len, DNS_NAME_MAX), labels = 0;
	uint8_t label;

	for (;;) {
		if (at >= max)
			return 0;
		label = name[at];
		if ((uint8_t)(label - 1) >= DNS_LABEL_MAX)
			break;
		key->at[labels++] = (uint8_t)at;
		at += (size_t)label + 1;
	}
	if (label)
		return 0;
	at++;
	if (at + DNS_NAME_CHUNK - 1 <= len) {
		dns_copy_lower(key->wire, name, at);
	} else { /* near the message's end */
		memcpy(key->wire, name, at);
		dns_copy_lower(key->wire, key->wire, at);
	}
	dns_key_finish(key, at, labels);
	return at;
}

#endif
