/* SPDX-License-Identifier: ISC */
/*
 * Session tickets (RFC 8446 section 4.6.1, RFC 5077): sealed with ChaCha20-Poly1305 under a key of
 * the machine's that lives for one ticket's lifetime, and is then taken for one more. The site's
 * name is sealed with each, so that no site takes another's.
 */
#include "lib/tls/internal.h"

#include <string.h>

#include "lib/base/platform.h"
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>

#define NONCE 12 /* of the 16 bytes that wolfSSL has for it */

void tickets_forget(struct tickets *tickets)
{
	memset(tickets->keys, 0, sizeof(tickets->keys));
}

static void draw(struct ticket_key *key, uint64_t now)
{
	platform_random(key->name, sizeof(key->name));
	platform_random(key->key, sizeof(key->key));
	key->born = now | 1;
}

/* The key to make tickets with now. */
static struct ticket_key *newest(struct tickets *tickets)
{
	uint64_t now = platform_time_ns();

	if (!tickets->keys[0].born || now - tickets->keys[0].born > tickets->lifetime) {
		tickets->keys[1] = tickets->keys[0];
		draw(&tickets->keys[0], now);
	}
	return &tickets->keys[0];
}

static struct ticket_key *find(struct tickets *tickets, const unsigned char name[TICKET_NAME])
{
	uint64_t now = platform_time_ns();

	for (int i = 0; i < 2; i++) {
		struct ticket_key *key = &tickets->keys[i];

		if (key->born && now - key->born <= 2 * tickets->lifetime &&
			memcmp(key->name, name, TICKET_NAME) == 0)
			return key;
	}
	return NULL;
}

static int seal(struct site *site, unsigned char *name, unsigned char *iv, unsigned char *mac,
	unsigned char *ticket, int len)
{
	struct ticket_key *key = newest(&site->server->tickets);

	memcpy(name, key->name, TICKET_NAME);
	memset(iv, 0, WOLFSSL_TICKET_IV_SZ);
	platform_random(iv, NONCE);
	memset(mac, 0, WOLFSSL_TICKET_MAC_SZ);
	return wc_ChaCha20Poly1305_Encrypt(key->key, iv, (const byte *)site->name,
		       (word32)strlen(site->name), ticket, (word32)len, ticket, mac) == 0
		       ? WOLFSSL_TICKET_RET_OK
		       : WOLFSSL_TICKET_RET_FATAL;
}

static int open_sealed(struct site *site, const unsigned char *name, const unsigned char *iv,
	const unsigned char *mac, unsigned char *ticket, int len)
{
	/* The newest first: it may move the others. */
	const struct ticket_key *fresh = newest(&site->server->tickets);
	struct ticket_key *key = find(&site->server->tickets, name);

	if (!key || wc_ChaCha20Poly1305_Decrypt(key->key, iv, (const byte *)site->name,
			    (word32)strlen(site->name), ticket, (word32)len, mac, ticket) != 0)
		return WOLFSSL_TICKET_RET_REJECT;
	return key == fresh ? WOLFSSL_TICKET_RET_OK : WOLFSSL_TICKET_RET_CREATE;
}

int tickets_crypt(WOLFSSL *ssl, unsigned char name[TICKET_NAME], unsigned char *iv,
	unsigned char *mac, int make, unsigned char *ticket, int len, int *out_len, void *ctx)
{
	struct site *site = ctx;

	(void)ssl;
	*out_len = len;
	return make ? seal(site, name, iv, mac, ticket, len)
		    : open_sealed(site, name, iv, mac, ticket, len);
}
