/* SPDX-License-Identifier: ISC */
/* Hashes by FIPS 180-4's examples, HMAC by RFC 2202 and RFC 4231; pieces, lengths, comparing. */
#include "lib/crypto/hash.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "tests/support/check.h"

static const char *hex_of(const uint8_t *data, size_t len)
{
	static char text[2 * CRYPTO_HASH_MAX + 1];

	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", data[i]);
	return text;
}

/* ---- hashes ---- */

#define TWO_BLOCKS_256 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
#define TWO_BLOCKS_512                                                                             \
	"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"                         \
	"ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"

static const struct {
	enum crypto_hash kind;
	const char *text, *hash;
} hashes[] = {
	{CRYPTO_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{CRYPTO_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{CRYPTO_SHA1, TWO_BLOCKS_256, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
	{CRYPTO_SHA1, TWO_BLOCKS_512, "a49b2446a02c645bf419f995b67091253a04a259"},
	{CRYPTO_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{CRYPTO_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{CRYPTO_SHA256, TWO_BLOCKS_256,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{CRYPTO_SHA256, TWO_BLOCKS_512,
		"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	{CRYPTO_SHA384, "",
		"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
		"274edebfe76f65fbd51ad2f14898b95b"},
	{CRYPTO_SHA384, "abc",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7"},
	{CRYPTO_SHA384, TWO_BLOCKS_256,
		"3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6"
		"b0455a8520bc4e6f5fe95b1fe3c8452b"},
	{CRYPTO_SHA384, TWO_BLOCKS_512,
		"09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
		"fcc7c71a557e2db966c3e9fa91746039"},
	{CRYPTO_SHA512, "",
		"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{CRYPTO_SHA512, "abc",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{CRYPTO_SHA512, TWO_BLOCKS_256,
		"204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
		"96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
	{CRYPTO_SHA512, TWO_BLOCKS_512,
		"8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
		"501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

START_TEST(fips_examples)
{
	uint8_t hash[CRYPTO_HASH_MAX];
	enum crypto_hash kind = hashes[_i].kind;

	crypto_hash(kind, hashes[_i].text, strlen(hashes[_i].text), hash);
	ck_assert_str_eq(hex_of(hash, crypto_hash_len(kind)), hashes[_i].hash);
}
END_TEST

/* A million times "a", in pieces that do not fit the blocks. */
START_TEST(in_pieces)
{
	static const char *const expected[] = {
		[CRYPTO_SHA1] = "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
		[CRYPTO_SHA256] =
			"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
		[CRYPTO_SHA384] = "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
				  "07b8b3dc38ecc4ebae97ddd87f3d8985",
		[CRYPTO_SHA512] =
			"e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
			"de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
	};
	struct crypto_hash_context context, copy;
	uint8_t piece[200], hash[CRYPTO_HASH_MAX];
	size_t done = 0, len = 1;

	memset(piece, 'a', sizeof(piece));
	crypto_hash_init(&context, (enum crypto_hash)_i);
	for (; done < 1000000; done += len) {
		len = MIN((size_t)1000000 - done, len % 199 + 1);
		copy = context; /* goes on as well as what it was copied from */
		crypto_hash_result(&context, hash);
		context = copy;
		crypto_hash_update(&context, piece, len);
	}
	crypto_hash_result(&context, hash);
	ck_assert_str_eq(hex_of(hash, crypto_hash_len((enum crypto_hash)_i)), expected[_i]);
}
END_TEST

/* ---- HMAC ---- */

/* RFC 4231 sections 4.2 to 4.8 but 4.6, with SHA-1 beside: bytes repeated, or text. */
static const struct {
	struct {
		uint8_t byte;
		uint8_t count;
		const char *text;
	} key, data;
	const char *code[4];
} codes[] = {
	{{0x0b, 20, NULL}, {0, 0, "Hi There"},
		{
			"b617318655057264e28bc0b6fb378c8ef146be00",
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
			"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
			"faea9ea9076ede7f4af152e8b2fa9cb6",
			"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
			"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
		}},
	{{0, 0, "Jefe"}, {0, 0, "what do ya want for nothing?"},
		{
			"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
			"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
			"8e2240ca5e69e2c78b3239ecfab21649",
			"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
			"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
		}},
	{{0xaa, 20, NULL}, {0xdd, 50, NULL},
		{
			"125d7342b9ac11cd91a39af48aa17b4f63f175d3",
			"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
			"88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
			"2a5ab39dc13814b94e3ab6e101a34f27",
			"fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
			"bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
		}},
	{{0, 0,
		 "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
		 "\x11\x12\x13\x14\x15\x16\x17\x18\x19"},
		{0xcd, 50, NULL},
		{
			"4c9007f4026250c6bc8414f9bf50c86c2d7235da",
			"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
			"3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
			"6801dd23c4a7d679ccf8a386c674cffb",
			"b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
			"a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
		}},
	{{0xaa, 131, NULL}, {0, 0, "Test Using Larger Than Block-Size Key - Hash Key First"},
		{
			"90d0dace1c1bdc957339307803160335bde6df2b",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
			"4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
			"0c2ef6ab4030fe8296248df163f44952",
			"80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
			"6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
		}},
	{{0xaa, 131, NULL},
		{0, 0,
			"This is a test using a larger than block-size key and a larger than "
			"block-size data. The key needs to be hashed before being used by the "
			"HMAC algorithm."},
		{
			"217e44bb08b6e06a2d6c30f3cb9f537f97c63356",
			"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
			"6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5"
			"a678cc31e799176d3860e6110c46523e",
			"e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
			"b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
		}},
};

static size_t fill(uint8_t *out, uint8_t byte, size_t count, const char *text)
{
	if (text) {
		count = strlen(text);
		memcpy(out, text, count);
	} else {
		memset(out, byte, count);
	}
	return count;
}

START_TEST(rfc_examples)
{
	uint8_t key[200], data[200], code[CRYPTO_HASH_MAX];
	size_t key_len = fill(key, codes[_i].key.byte, codes[_i].key.count, codes[_i].key.text);
	size_t len = fill(data, codes[_i].data.byte, codes[_i].data.count, codes[_i].data.text);
	struct crypto_hmac_context context;

	for (unsigned kind = 0; kind < 4; kind++) {
		for (size_t split = 0; split <= len; split++) {
			crypto_hmac_init(&context, (enum crypto_hash)kind, key, key_len);
			crypto_hmac_update(&context, data, split);
			crypto_hmac_result(&context, code); /* and goes on */
			crypto_hmac_update(&context, data + split, len - split);
			crypto_hmac_result(&context, code);
			ck_assert_str_eq(hex_of(code, crypto_hash_len((enum crypto_hash)kind)),
				codes[_i].code[kind]);
		}
	}
}
END_TEST

/* ---- comparing and wiping ---- */

START_TEST(equal)
{
	uint8_t a[64] = {0}, b[64] = {0};

	ck_assert(crypto_equal(a, b, 0));
	ck_assert(crypto_equal(a, b, sizeof(a)));
	for (unsigned bit = 0; bit < 512; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert(!crypto_equal(a, b, sizeof(a)));
		ck_assert(crypto_equal(a, b, bit / 8));
		b[bit / 8] = 0;
	}
	memset(a, 7, sizeof(a));
	crypto_wipe(a, 60);
	ck_assert(crypto_equal(a, b, 60) && a[60] == 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crypto");
	TCase *tcase = tcase_create("hash");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, fips_examples, 0, ARRAY_SIZE(hashes));
	tcase_add_loop_test(tcase, in_pieces, 0, 4);
	tcase_add_loop_test(tcase, rfc_examples, 0, ARRAY_SIZE(codes));
	tcase_add_test(tcase, equal);
	suite_add_tcase(suite, tcase);
	return check_run(suite);
}
