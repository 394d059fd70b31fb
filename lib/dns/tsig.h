/* SPDX-License-Identifier: ISC */
/*
 * Transaction signatures (RFC 8945) with HMAC-SHA-256, -384 and -512: keys, signing and verifying
 * of single messages and of streams. A pure engine: time comes as a number, secrets stay in the
 * keys.
 *
 * One struct dns_tsig stands for one exchange. A server gives it the request, then signs one reply
 * or a row of them; a client signs the request, then verifies one reply or a row of them.
 */
#ifndef LIB_DNS_TSIG_H
#define LIB_DNS_TSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto/hash.h"
#include "lib/dns/name.h"

#define DNS_TSIG_SECRET_MAX   128
#define DNS_TSIG_FUDGE        300 /* seconds, RFC 8945 section 10 */
#define DNS_TSIG_UNSIGNED_MAX 99  /* messages in a row of a stream (section 5.3.1) */

struct dns_tsig_key {
	struct dns_tsig_key *next;
	enum crypto_hash hash;
	uint8_t name[DNS_NAME_MAX]; /* lower-cased wire form */
	uint8_t name_len;
	uint8_t secret_len;
	uint8_t secret[DNS_TSIG_SECRET_MAX];
};

/* The key of that name (wire form, any case), or NULL. */
const struct dns_tsig_key *dns_tsig_find_key(const struct dns_tsig_key *keys, const uint8_t *name);

#define DNS_TSIG_KEYS "keys" /* the file of keys in a boot archive, the same for all apps */

/*
 * Reads keys as tsig-keygen writes them, with comments (# // and C's):
 *     key "transfer" { algorithm hmac-sha256; secret "AAAA...="; };
 * Appends them to *KEYS (malloc). 0; or -EINVAL or -ENOMEM, with "FILE:LINE: why" in MESSAGE (SIZE
 * bytes), which never holds a secret.
 */
int dns_tsig_read_keys(struct dns_tsig_key **keys, const char *file, const char *text, size_t len,
	char *message, size_t size);
void dns_tsig_free_keys(struct dns_tsig_key *keys);

enum dns_tsig_result {
	DNS_TSIG_NONE,   /* there is no signature */
	DNS_TSIG_VALID,  /* it is right; or, in a stream, due later (dns_tsig_pending()) */
	DNS_TSIG_BADSIG, /* the others: it is wrong, and how */
	DNS_TSIG_BADKEY,
	DNS_TSIG_BADTIME,
	DNS_TSIG_BADTRUNC, /* shorter than the hash: this is not accepted */
	DNS_TSIG_FORMERR,  /* it is not in its place, or malformed */
	DNS_TSIG_REFUSED,  /* a reply says that the peer did not accept our signature */
};

struct dns_tsig {
	const struct dns_tsig_key *key; /* NULL: nothing is signed */
	uint8_t mac[CRYPTO_HASH_MAX];   /* of the message before */
	uint8_t mac_len;
	uint8_t name[DNS_NAME_MAX], name_len; /* as the request had it, known or not */
	uint8_t algorithm[DNS_NAME_MAX], algorithm_len;
	uint16_t fudge, error; /* error: what a reply has to tell */
	uint64_t time;         /* the request's, seconds */
	bool replies;          /* the server's side: what is signed are replies */
	bool later;            /* the first message of a stream is through */
	unsigned unsigned_count;
	struct crypto_hmac_context hmac; /* over what came since the last signature */
	bool hmac_running;
};

/* An exchange with KEY (or NULL). */
void dns_tsig_init(struct dns_tsig *tsig, const struct dns_tsig_key *key);

/* Bytes that a signature takes at most in this exchange. */
size_t dns_tsig_room(const struct dns_tsig *tsig);

/*
 * The server's side: looks for a signature at the end of MESSAGE, verifies it at time NOW (seconds
 * since 1970) and takes it off: *LEN and the header's count are then those of the message without.
 * After any result but NONE and FORMERR, dns_tsig_sign() gives replies the TSIG that they must
 * have; for all but VALID their rcode is NOTAUTH.
 */
enum dns_tsig_result dns_tsig_open(struct dns_tsig *tsig, const struct dns_tsig_key *keys,
	uint8_t *message, size_t *len, uint64_t now);

/*
 * Signs the message of *LEN bytes in a buffer of SIZE: the client's request, or the server's reply,
 * or the next of them. Nothing happens without a key (and request to tell of). 0 or -EMSGSIZE.
 */
int dns_tsig_sign(struct dns_tsig *tsig, uint8_t *message, size_t *len, size_t size, uint64_t now);

/* The client's side: verifies the reply, or the next one of a stream, and takes the TSIG off. */
enum dns_tsig_result dns_tsig_verify(
	struct dns_tsig *tsig, uint8_t *message, size_t *len, uint64_t now);

/* Whether messages came that no signature has covered yet: a stream may not end so. */
bool dns_tsig_pending(const struct dns_tsig *tsig);

/* For logs: "BADKEY" and so on. */
const char *dns_tsig_text(enum dns_tsig_result result);

#endif
