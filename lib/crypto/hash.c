/* SPDX-License-Identifier: ISC */
/* Hashes and HMAC over BearSSL, whose contexts hold no pointer to themselves: see hash.h. */
#include "lib/crypto/hash.h"

#include <string.h>

#include <bearssl_hash.h>
#include <bearssl_hmac.h>

struct hmac {
	br_hmac_key_context key;
	br_hmac_context context;
};

_Static_assert(sizeof(br_hash_compat_context) <= sizeof(struct crypto_hash_context), "room");
_Static_assert(sizeof(struct hmac) <= sizeof(struct crypto_hmac_context), "room");

static const br_hash_class *class_of(enum crypto_hash kind)
{
	static const br_hash_class *const classes[] = {
		[CRYPTO_SHA1] = &br_sha1_vtable,
		[CRYPTO_SHA256] = &br_sha256_vtable,
		[CRYPTO_SHA384] = &br_sha384_vtable,
		[CRYPTO_SHA512] = &br_sha512_vtable,
	};

	return classes[kind];
}

size_t crypto_hash_len(enum crypto_hash kind)
{
	static const uint8_t lengths[] = {
		[CRYPTO_SHA1] = br_sha1_SIZE,
		[CRYPTO_SHA256] = br_sha256_SIZE,
		[CRYPTO_SHA384] = br_sha384_SIZE,
		[CRYPTO_SHA512] = br_sha512_SIZE,
	};

	return lengths[kind];
}

/* Each of BearSSL's contexts begins with its class. */
static br_hash_compat_context *inner(struct crypto_hash_context *context)
{
	return (br_hash_compat_context *)(void *)context;
}

void crypto_hash_init(struct crypto_hash_context *context, enum crypto_hash kind)
{
	class_of(kind)->init(&inner(context)->vtable);
}

void crypto_hash_update(struct crypto_hash_context *context, const void *data, size_t len)
{
	br_hash_compat_context *hash = inner(context);

	hash->vtable->update(&hash->vtable, data, len);
}

void crypto_hash_result(const struct crypto_hash_context *context, uint8_t *hash)
{
	const br_hash_compat_context *of = (const br_hash_compat_context *)(const void *)context;

	of->vtable->out(&of->vtable, hash);
}

void crypto_hash(enum crypto_hash kind, const void *data, size_t len, uint8_t *hash)
{
	struct crypto_hash_context context;

	crypto_hash_init(&context, kind);
	crypto_hash_update(&context, data, len);
	crypto_hash_result(&context, hash);
}

void crypto_hmac_init(
	struct crypto_hmac_context *context, enum crypto_hash kind, const void *key, size_t len)
{
	struct hmac *hmac = (struct hmac *)(void *)context;

	br_hmac_key_init(&hmac->key, class_of(kind), key, len);
	br_hmac_init(&hmac->context, &hmac->key, 0);
}

void crypto_hmac_update(struct crypto_hmac_context *context, const void *data, size_t len)
{
	br_hmac_update(&((struct hmac *)(void *)context)->context, data, len);
}

void crypto_hmac_result(const struct crypto_hmac_context *context, uint8_t *code)
{
	br_hmac_out(&((const struct hmac *)(const void *)context)->context, code);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	unsigned difference = 0;

	while (len--)
		difference |= (unsigned)(*x++ ^ *y++);
	return difference == 0;
}

void crypto_wipe(void *secret, size_t len)
{
	memset(secret, 0, len);
	__asm__ volatile("" : : "r"(secret) : "memory");
}
