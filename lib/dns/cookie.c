/* SPDX-License-Identifier: ISC */
/* Server cookies: see cookie.h. */
#include "lib/dns/cookie.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/inet.h"
#include "lib/base/siphash.h"
#include "lib/base/wire.h"

#define VERSION    1
#define OPTION_MIN 16 /* a client's cookie with a server's, RFC 7873 section 4 */
#define OPTION_MAX 40
#define HASHED     16 /* bytes of a cookie before its hash */

/* COOKIE's hash (RFC 9018 section 4.4): over what stands before it, and the address. */
static uint64_t hash_of(
	const uint8_t secret[DNS_COOKIE_SECRET], const uint8_t *cookie, const uint8_t ip[16])
{
	size_t skip = inet_is_v4(ip) ? 12 : 0;
	uint8_t data[HASHED + 16];

	memcpy(data, cookie, HASHED);
	memcpy(data + HASHED, ip + skip, 16 - skip);
	return siphash(secret, data, HASHED + 16 - skip);
}

static bool is_hash(const uint8_t *hash, uint64_t expected)
{
	uint64_t got;

	memcpy(&got, hash, sizeof(got)); /* little-endian, as siphash() is */
	return got == expected;
}

static void make(const struct dns_cookies *cookies, const uint8_t ip[16], const uint8_t *client,
	uint32_t now, uint8_t reply[DNS_COOKIE_LEN])
{
	uint64_t hash;

	memmove(reply, client, DNS_COOKIE_CLIENT_LEN);
	memset(reply + 8, 0, 4);
	reply[8] = VERSION;
	wire_set_u32(reply + 12, now);
	hash = hash_of(cookies->secret[0], reply, ip);
	memcpy(reply + HASHED, &hash, sizeof(hash));
}

enum dns_cookie dns_cookie_take(const struct dns_cookies *cookies, const uint8_t ip[16],
	const uint8_t *cookie, size_t len, uint8_t reply[DNS_COOKIE_LEN])
{
	enum dns_cookie state = DNS_COOKIE_WRONG;
	uint32_t now = cookies->now();
	int32_t age;
	unsigned i;

	if (len != DNS_COOKIE_CLIENT_LEN && (len < OPTION_MIN || len > OPTION_MAX))
		return DNS_COOKIE_BAD;
	if (len == DNS_COOKIE_CLIENT_LEN)
		state = DNS_COOKIE_CLIENT;
	if (len == DNS_COOKIE_LEN && cookie[8] == VERSION) {
		age = (int32_t)(now - wire_u32(cookie + 12));
		for (i = 0; i < cookies->secrets && age <= DNS_COOKIE_OLD &&
			    age >= -DNS_COOKIE_FUTURE && state != DNS_COOKIE_VALID;
			i++) {
			if (is_hash(cookie + HASHED, hash_of(cookies->secret[i], cookie, ip)))
				state = DNS_COOKIE_VALID;
		}
		if (state == DNS_COOKIE_VALID && i == 1 && age <= DNS_COOKIE_RENEW) {
			memcpy(reply, cookie, DNS_COOKIE_LEN);
			return state;
		}
	}
	make(cookies, ip, cookie, now, reply);
	return state;
}

/* 32 digits. False: there are not as many. */
static bool read_secret(uint8_t secret[DNS_COOKIE_SECRET], const char *text)
{
	for (size_t i = 0; i < 2 * DNS_COOKIE_SECRET; i++) {
		int value = base_hex_digit(text[i]);

		if (value < 0)
			return false;
		secret[i / 2] = (uint8_t)(secret[i / 2] << 4 | value);
	}
	return true;
}

bool dns_cookie_parse(struct dns_cookies *cookies, const char *text)
{
	uint8_t secret[2][DNS_COOKIE_SECRET] = {{0}};
	unsigned count = 0;

	do {
		if (count == 2 || !read_secret(secret[count++], text))
			return false;
		text += 2 * DNS_COOKIE_SECRET;
	} while (*text++ == ',');
	if (text[-1])
		return false;
	memcpy(cookies->secret, secret, sizeof(secret));
	cookies->secrets = count;
	return true;
}
