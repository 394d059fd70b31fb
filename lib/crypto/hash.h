/* SPDX-License-Identifier: ISC */
/*
 * Hashes (FIPS 180-4), HMAC (RFC 2104), and comparing in constant time. Called by the protocol
 * engines: TSIG, NSEC3, ZONEMD. BearSSL is below and stays below. Nothing allocates, nothing fails;
 * contexts are the caller's and may be copied, which is how a prefix is hashed once for many ends.
 */
#ifndef LIB_CRYPTO_HASH_H
#define LIB_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SHA-1 is for NSEC3 (RFC 5155) and what else cannot choose, not for signatures. */
enum crypto_hash {
	CRYPTO_SHA1,
	CRYPTO_SHA256,
	CRYPTO_SHA384,
	CRYPTO_SHA512,
};

#define CRYPTO_HASH_MAX 64 /* bytes of the longest hash */

/* Bytes of a hash of this kind: 20, 32, 48, 64. */
size_t crypto_hash_len(enum crypto_hash kind);

struct crypto_hash_context {
	uint64_t state[27];
};

void crypto_hash_init(struct crypto_hash_context *context, enum crypto_hash kind);
void crypto_hash_update(struct crypto_hash_context *context, const void *data, size_t len);
/* The hash of all bytes so far, crypto_hash_len() of them; CONTEXT may go on. */
void crypto_hash_result(const struct crypto_hash_context *context, uint8_t *hash);

/* All at once. */
void crypto_hash(enum crypto_hash kind, const void *data, size_t len, uint8_t *hash);

struct crypto_hmac_context {
	uint64_t state[54];
};

/* KEY: any length. The context holds what is made of it: crypto_wipe() it when it is done with. */
void crypto_hmac_init(
	struct crypto_hmac_context *context, enum crypto_hash kind, const void *key, size_t len);
void crypto_hmac_update(struct crypto_hmac_context *context, const void *data, size_t len);
/* The code of all bytes so far, crypto_hash_len() of them; CONTEXT may go on. */
void crypto_hmac_result(const struct crypto_hmac_context *context, uint8_t *code);

/* Whether LEN bytes are the same, in a time that does not depend on what they are. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* Overwrites a secret, also where the compiler sees no later use of it. */
void crypto_wipe(void *secret, size_t len);

#endif
