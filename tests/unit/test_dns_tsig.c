/* SPDX-License-Identifier: ISC */
/* Transaction signatures by the sections of RFC 8945: both sides of each exchange, and forgers. */
#include "lib/dns/tsig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dns/message.h"
#include "lib/dns/types.h"
#include "tests/unit/dns_run.h"

#define NOW 1700000000u

static const char keys_text[] =
	"# three of them\nkey \"one\" { algorithm hmac-sha256;\n"
	"secret \"AAECAwQFBgcICQoLDA0ODw==\"; };\n"
	"key two. { secret AAECAwQFBgcICQoLDA0ODw==; algorithm \"HMAC-SHA384\"; };"
	"/* the\nlast */ key Three { algorithm hmac-sha512; // with more\n"
	"secret \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"; };";

static struct dns_tsig_key *keys;
static uint8_t message[2000];
static size_t len;

static void begin(void)
{
	char why[100];

	keys = NULL;
	ck_assert_int_eq(
		dns_tsig_read_keys(&keys, "keys", keys_text, strlen(keys_text), why, 100), 0);
}

static void end(void)
{
	dns_tsig_free_keys(keys);
}

static const struct dns_tsig_key *key(const char *name)
{
	uint8_t wire[DNS_NAME_MAX];
	const char *why;

	ck_assert(dns_name_parse(wire, name, strlen(name), NULL, &why));
	return dns_tsig_find_key(keys, wire);
}

/* A message with one question. */
static void fill(uint16_t flags)
{
	static const uint8_t text[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0\7example\0\0\6\0\1";

	len = sizeof(text) - 1;
	memcpy(message, text, len);
	message[2] = (uint8_t)(flags >> 8);
	message[3] = (uint8_t)flags;
}

static unsigned rcode_at_end(void)
{
	return (unsigned)message[len - 4] << 8 | message[len - 3];
}

START_TEST(reads_keys)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"key a { algorithm hmac-md5; secret \"AAECAwQFBgcICQoLDA0ODw==\"; };",
			"k:1: algorithm: expected hmac-sha256, hmac-sha384 or hmac-sha512"},
		{"\n\nkey a { algorithm hmac-sha256; secret \"AAECAwQ=\"; };",
			"k:3: secret: expected base64 of 16 to 128 bytes"},
		{"key a { algorithm hmac-sha256; secret \"AAECAwQFBgcICQoLDA0ODw=\"; };",
			"k:1: secret: expected base64 of 16 to 128 bytes"},
		{"key a { algorithm hmac-sha256; };",
			"k:1: expected an algorithm and a secret in each key"},
		{"key a { algorithm hmac-sha256", "k:1: expected ; after the value"},
		{"key a { algorithm hmac-sha256;", "k:1: a key is not closed by }"},
		{"key a { colour red; };", "k:1: expected algorithm, secret or }"},
		{"key \"a { ", "k:1: a quote is not closed"},
		{"key a..b { ", "k:1: empty label"},
		{"lock a { };", "k:1: expected key"},
		{"key one { algorithm hmac-sha256; secret \"AAECAwQFBgcICQoLDA0ODw==\"; };",
			"k:1: there is a key of that name already"},
	};
	char why[200];

	ck_assert_ptr_nonnull(key("ONE"));
	ck_assert_uint_eq(key("one")->secret_len, 16);
	ck_assert_uint_eq(key("two")->hash, CRYPTO_SHA384);
	ck_assert_uint_eq(key("three")->secret[31], 31);
	ck_assert_ptr_null(key("four"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(
			dns_tsig_read_keys(&keys, "k", bad[i].text, strlen(bad[i].text), why, 200),
			-EINVAL);
		if (i != 8)
			ck_assert_str_eq(why, bad[i].why);
	}
}
END_TEST

/* A signed request and its signed reply, with each algorithm. */
START_TEST(both_ways)
{
	static const char *const names[] = {"one", "two", "three"};
	struct dns_tsig client, server;
	size_t plain;

	fill(0);
	plain = len;
	dns_tsig_init(&client, key(names[_i]));
	ck_assert_int_eq(dns_tsig_sign(&client, message, &len, sizeof(message), NOW), 0);
	ck_assert_uint_le(len, plain + dns_tsig_room(&client));
	ck_assert_uint_eq(message[11], 1);
	/* A forwarder may have given it another identifier (section 5.2). */
	message[0] = 0x99;
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW + 300), DNS_TSIG_VALID);
	ck_assert_ptr_eq(server.key, key(names[_i]));
	ck_assert_uint_eq(len, plain);
	ck_assert_uint_eq(message[11], 0);
	fill(0x8400);
	ck_assert_int_eq(dns_tsig_sign(&server, message, &len, sizeof(message), NOW), 0);
	ck_assert(dns_tsig_pending(&client));
	ck_assert_int_eq(dns_tsig_verify(&client, message, &len, NOW), DNS_TSIG_VALID);
	ck_assert(!dns_tsig_pending(&client));
	ck_assert_uint_eq(len, plain);
	/* No room, no half a signature. */
	ck_assert_int_eq(dns_tsig_sign(&server, message, &len, len + 20, NOW), -EMSGSIZE);
	ck_assert_uint_eq(len, plain);
}
END_TEST

/* No bit of a signed message can be changed unseen, but the identifier's. */
START_TEST(every_bit)
{
	struct dns_tsig client, server;
	uint8_t copy[2000];
	size_t total, got;

	fill(0);
	dns_tsig_init(&client, key("one"));
	dns_tsig_sign(&client, message, &len, sizeof(message), NOW);
	total = len;
	for (size_t bit = 16; bit < total * 8; bit++) {
		memcpy(copy, message, total);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		got = total;
		if (dns_tsig_open(&server, keys, copy, &got, NOW) == DNS_TSIG_VALID)
			/* Case of the key's name is not signed. */
			ck_assert_msg(bit % 8 == 5 && bit / 8 > 25 && bit / 8 < 53, "bit %zu", bit);
	}
}
END_TEST

START_TEST(bad_key_and_signature)
{
	struct dns_tsig client, server;
	struct dns_tsig_key other = *key("one");

	/* Section 5.2.1: an unknown key. The reply says so, and is not signed. */
	other.name[1] = 'x';
	fill(0);
	dns_tsig_init(&client, &other);
	dns_tsig_sign(&client, message, &len, sizeof(message), NOW);
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_BADKEY);
	fill(0x8000 | DNS_NOTAUTH);
	ck_assert_int_eq(dns_tsig_sign(&server, message, &len, sizeof(message), NOW), 0);
	ck_assert_uint_eq(rcode_at_end(), 17);
	ck_assert_int_eq(dns_tsig_verify(&client, message, &len, NOW), DNS_TSIG_REFUSED);
	/* Section 5.2.2: a wrong secret. */
	other = *key("one");
	other.secret[0] ^= 1;
	fill(0);
	dns_tsig_init(&client, &other);
	dns_tsig_sign(&client, message, &len, sizeof(message), NOW);
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_BADSIG);
	fill(0x8000 | DNS_NOTAUTH);
	ck_assert_int_eq(dns_tsig_sign(&server, message, &len, sizeof(message), NOW), 0);
	ck_assert_uint_eq(rcode_at_end(), 16);
	ck_assert_int_eq(dns_tsig_verify(&client, message, &len, NOW), DNS_TSIG_REFUSED);
}
END_TEST

/* Section 5.2.3: signed, with the server's time, and verified by the client. */
START_TEST(bad_time)
{
	struct dns_tsig client, server;
	int apart = _i ? -301 : 301;

	fill(0);
	dns_tsig_init(&client, key("one"));
	dns_tsig_sign(&client, message, &len, sizeof(message), NOW);
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, (uint64_t)(NOW + apart)),
		DNS_TSIG_BADTIME);
	ck_assert_ptr_nonnull(server.key);
	fill(0x8000 | DNS_NOTAUTH);
	dns_tsig_sign(&server, message, &len, sizeof(message), (uint64_t)(NOW + apart));
	ck_assert_uint_eq(message[len - 10] << 8 | message[len - 9], 18);
	ck_assert_uint_eq(message[len - 8] << 8 | message[len - 7], 6);
	ck_assert_uint_eq((uint32_t)message[len - 4] << 24 | (uint32_t)message[len - 3] << 16 |
				  (uint32_t)message[len - 2] << 8 | message[len - 1],
		(uint32_t)(NOW + apart));
	ck_assert_int_eq(dns_tsig_verify(&client, message, &len, NOW), DNS_TSIG_REFUSED);
}
END_TEST

/* Cuts the code in the TSIG at the message's end to N bytes. */
static void truncate_code(size_t n, size_t full)
{
	uint8_t *code = message + len - 6 - full;

	memmove(code + n, code + full, 6);
	code[-2] = 0;
	code[-1] = (uint8_t)n;
	code[-2 - 8 - 13 - 1] = (uint8_t)(13 + 16 + n);
	len -= full - n;
}

START_TEST(cut_codes)
{
	static const struct {
		size_t n;
		enum dns_tsig_result result;
	} cases[] = {{31, DNS_TSIG_BADTRUNC}, {16, DNS_TSIG_BADTRUNC}, {15, DNS_TSIG_FORMERR},
		{9, DNS_TSIG_FORMERR}, {0, DNS_TSIG_FORMERR}};
	struct dns_tsig client, server;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fill(0);
		dns_tsig_init(&client, key("one"));
		dns_tsig_sign(&client, message, &len, sizeof(message), NOW);
		truncate_code(cases[i].n, 32);
		ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), cases[i].result);
	}
}
END_TEST

START_TEST(out_of_place)
{
	struct dns_tsig client, server;
	uint8_t record[200];
	size_t n, plain;

	fill(0);
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_NONE);
	ck_assert_uint_eq(dns_tsig_room(&server), 0);
	plain = len;
	dns_tsig_init(&client, key("one"));
	dns_tsig_sign(&client, message, &len, sizeof(message), NOW);
	n = len - plain;
	memcpy(record, message + plain, n);
	/* Twice. */
	memcpy(message + len, record, n);
	len += n;
	message[11] = 2;
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_FORMERR);
	/* Not the last one. */
	len -= n;
	memcpy(message + len, "\0\0\51\4\320\0\0\0\0\0\0", 11);
	len += 11;
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_FORMERR);
	/* With something behind it. */
	message[11] = 1;
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_FORMERR);
	/* In the answer section. */
	len -= 11;
	message[11] = 0;
	message[7] = 1;
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_FORMERR);
}
END_TEST

/* Section 5.3.1: a stream, of which only some are signed. EVERY: signed is each so-manieth. */
static enum dns_tsig_result stream(unsigned count, unsigned every, int drop)
{
	struct dns_tsig client, server;
	enum dns_tsig_result result = DNS_TSIG_VALID;

	fill(0);
	dns_tsig_init(&client, key("three"));
	dns_tsig_sign(&client, message, &len, sizeof(message), NOW);
	ck_assert_int_eq(dns_tsig_open(&server, keys, message, &len, NOW), DNS_TSIG_VALID);
	for (unsigned i = 0; i < count && result == DNS_TSIG_VALID; i++) {
		fill(0x8400);
		message[len - 1] = (uint8_t)i;
		if (i % every == 0) {
			dns_tsig_sign(&server, message, &len, sizeof(message), NOW);
		} else { /* as dns_tsig_sign() does, but for the record */
			if (!server.hmac_running) {
				uint8_t prior[2] = {0, server.mac_len};

				crypto_hmac_init(&server.hmac, server.key->hash, server.key->secret,
					server.key->secret_len);
				crypto_hmac_update(&server.hmac, prior, 2);
				crypto_hmac_update(&server.hmac, server.mac, server.mac_len);
				server.hmac_running = true;
			}
			crypto_hmac_update(&server.hmac, message, len);
		}
		if ((int)i != drop)
			result = dns_tsig_verify(&client, message, &len, NOW);
	}
	if (result == DNS_TSIG_VALID)
		ck_assert_int_eq(dns_tsig_pending(&client), (count - 1) % every != 0);
	return result;
}

START_TEST(streams)
{
	ck_assert_int_eq(stream(50, 1, -1), DNS_TSIG_VALID);
	ck_assert_int_eq(stream(301, 100, -1), DNS_TSIG_VALID);
	ck_assert_int_eq(stream(303, 101, -1), DNS_TSIG_NONE);
	ck_assert_int_eq(stream(5, 3, -1), DNS_TSIG_VALID);
	/* What is left out is missed, signed itself or not. */
	ck_assert_int_eq(stream(50, 1, 7), DNS_TSIG_BADSIG);
	ck_assert_int_eq(stream(50, 10, 7), DNS_TSIG_BADSIG);
	ck_assert_int_eq(stream(50, 10, 0), DNS_TSIG_NONE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dns tsig");
	TCase *tcase = tcase_create("tsig");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, reads_keys);
	tcase_add_loop_test(tcase, both_ways, 0, 3);
	tcase_add_test(tcase, every_bit);
	tcase_add_test(tcase, bad_key_and_signature);
	tcase_add_loop_test(tcase, bad_time, 0, 2);
	tcase_add_test(tcase, cut_codes);
	tcase_add_test(tcase, out_of_place);
	tcase_add_test(tcase, streams);
	suite_add_tcase(suite, tcase);
	return check_run(suite);
}
