/* SPDX-License-Identifier: ISC */
/* Signing and verifying messages: see tsig.h. Keys are in tsig_keys.c. */
#include "lib/dns/tsig.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/message.h"
#include "lib/dns/types.h"

#define CLASS_ANY  255
#define ARCOUNT    10 /* where it stands in the header */
#define BADSIG     16
#define BADKEY     17
#define BADTIME    18
#define BADTRUNC   22
#define FIXED      10 /* type, class, TTL, length */
#define OTHER_TIME 6  /* other data of BADTIME: the server's time */

/* What stands in a TSIG record (RFC 8945 section 4.2). */
struct record {
	const uint8_t *mac;
	uint64_t time;
	uint16_t fudge, mac_len, id, error, other_len;
	const uint8_t *other;
	uint8_t algorithm[DNS_NAME_MAX];
	size_t algorithm_len;
};

static const struct {
	enum crypto_hash hash;
	uint8_t len;
	const char *name; /* wire form */
} algorithms[] = {
	{CRYPTO_SHA256, 13, "\013hmac-sha256"},
	{CRYPTO_SHA384, 13, "\013hmac-sha384"},
	{CRYPTO_SHA512, 13, "\013hmac-sha512"},
};

static const uint8_t *algorithm_name(enum crypto_hash hash, size_t *len)
{
	size_t i;

	for (i = 0; algorithms[i].hash != hash; i++)
		;
	*len = algorithms[i].len;
	return (const uint8_t *)algorithms[i].name;
}

const char *dns_tsig_text(enum dns_tsig_result result)
{
	static const char *const texts[] = {"no TSIG", "TSIG valid", "BADSIG", "BADKEY", "BADTIME",
		"BADTRUNC", "a malformed TSIG", "our TSIG was not accepted"};

	return texts[result];
}

void dns_tsig_init(struct dns_tsig *tsig, const struct dns_tsig_key *key)
{
	const uint8_t *algorithm;
	size_t len;

	memset(tsig, 0, sizeof(*tsig));
	tsig->key = key;
	tsig->fudge = DNS_TSIG_FUDGE;
	if (!key)
		return;
	memcpy(tsig->name, key->name, key->name_len);
	tsig->name_len = key->name_len;
	algorithm = algorithm_name(key->hash, &len);
	memcpy(tsig->algorithm, algorithm, len);
	tsig->algorithm_len = (uint8_t)len;
}

size_t dns_tsig_room(const struct dns_tsig *tsig)
{
	return tsig->name_len ? tsig->name_len + FIXED + tsig->algorithm_len + 16 +
					CRYPTO_HASH_MAX + OTHER_TIME
			      : 0;
}

/* ---- the digest ---- */

static void put_u48(struct wire_writer *out, uint64_t value)
{
	wire_put_u16(out, (uint16_t)(value >> 32));
	wire_put_u32(out, (uint32_t)value);
}

static void digest_u16(struct dns_tsig *tsig, uint16_t value)
{
	uint8_t bytes[2];

	wire_set_u16(bytes, value);
	crypto_hmac_update(&tsig->hmac, bytes, 2);
}

/* The digest starts with the MAC before, if there is one (section 4.3.1). */
static void digest_begin(struct dns_tsig *tsig)
{
	if (tsig->hmac_running)
		return;
	crypto_hmac_init(&tsig->hmac, tsig->key->hash, tsig->key->secret, tsig->key->secret_len);
	tsig->hmac_running = true;
	if (tsig->mac_len) {
		digest_u16(tsig, tsig->mac_len);
		crypto_hmac_update(&tsig->hmac, tsig->mac, tsig->mac_len);
	}
}

/* The variables of section 4.3.3; of later messages in a stream only the timers (5.3.1). */
static void digest_variables(struct dns_tsig *tsig, const struct record *record)
{
	uint8_t bytes[2 * DNS_NAME_MAX + 40];
	struct wire_writer out;

	wire_writer_init(&out, bytes, sizeof(bytes));
	if (!tsig->later) {
		wire_put_bytes(&out, tsig->key->name, tsig->key->name_len);
		wire_put_u16(&out, CLASS_ANY);
		wire_put_u32(&out, 0);
		wire_put_bytes(&out, record->algorithm, record->algorithm_len);
	}
	put_u48(&out, record->time);
	wire_put_u16(&out, record->fudge);
	if (!tsig->later) {
		wire_put_u16(&out, record->error);
		wire_put_u16(&out, record->other_len);
		wire_put_bytes(&out, record->other, record->other_len);
	}
	crypto_hmac_update(&tsig->hmac, bytes, wire_written(&out));
}

static void digest_end(struct dns_tsig *tsig, uint8_t mac[CRYPTO_HASH_MAX])
{
	crypto_hmac_result(&tsig->hmac, mac);
	crypto_wipe(&tsig->hmac, sizeof(tsig->hmac));
	tsig->hmac_running = false;
}

/* ---- reading ---- */

static bool get_record(struct record *record, const struct dns_rr *rr)
{
	struct wire_reader in;
	struct dns_key key;

	/* The algorithm's name may not be compressed, so the rdata is enough. */
	wire_reader_init(&in, rr->rdata, rr->rdlen);
	record->algorithm_len = dns_name_check(in.at, wire_left(&in));
	if (!record->algorithm_len)
		return false;
	dns_key_init(&key, in.at, record->algorithm_len);
	memcpy(record->algorithm, key.wire, record->algorithm_len);
	wire_get_bytes(&in, record->algorithm_len);
	record->time = (uint64_t)wire_get_u16(&in) << 32;
	record->time |= wire_get_u32(&in);
	record->fudge = wire_get_u16(&in);
	record->mac_len = wire_get_u16(&in);
	record->mac = wire_get_bytes(&in, record->mac_len);
	record->id = wire_get_u16(&in);
	record->error = wire_get_u16(&in);
	record->other_len = wire_get_u16(&in);
	record->other = wire_get_bytes(&in, record->other_len);
	return !wire_failed(&in) && !wire_left(&in) && record->other_len <= OTHER_TIME &&
	       rr->class == CLASS_ANY && rr->ttl == 0;
}

/*
 * Finds the TSIG record, which is the last one of the additional section or malformed. NONE, VALID
 * when RR is it, or FORMERR.
 */
static enum dns_tsig_result find(struct dns_rr *rr, const uint8_t *data, size_t len)
{
	enum dns_tsig_result result = DNS_TSIG_NONE;
	struct dns_message message;
	unsigned records, i;

	/* A message that cannot be read is not for us to judge: whoever needs it will. */
	if (!dns_message_open(&message, data, len))
		return DNS_TSIG_NONE;
	for (i = 0; i < message.counts[0]; i++) {
		if (!dns_message_question(&message, rr))
			return DNS_TSIG_NONE;
	}
	records = message.counts[1] + message.counts[2] + message.counts[3];
	for (i = 1; i <= records; i++) {
		if (!dns_message_record(&message, rr))
			return DNS_TSIG_NONE;
		if (rr->type == DNS_TSIG)
			result = i == records && message.counts[3] ? DNS_TSIG_VALID
								   : DNS_TSIG_FORMERR;
		if (result == DNS_TSIG_FORMERR)
			return result;
	}
	if (result == DNS_TSIG_VALID && wire_left(&message.in))
		return DNS_TSIG_FORMERR;
	return result;
}

static void take_off(uint8_t *message, size_t *len, size_t at)
{
	uint16_t count = (uint16_t)(message[ARCOUNT] << 8 | message[ARCOUNT + 1]);

	wire_set_u16(message + ARCOUNT, (uint16_t)(count - 1));
	*len = at;
}

/* Adds the message, with the identifier that it was signed with. */
static void digest_message(struct dns_tsig *tsig, const uint8_t *message, size_t len, uint16_t id)
{
	digest_u16(tsig, id);
	crypto_hmac_update(&tsig->hmac, message + 2, len - 2);
}

static bool in_time(const struct record *record, uint64_t now)
{
	uint64_t apart = now > record->time ? now - record->time : record->time - now;

	return apart <= record->fudge;
}

/* Compares as section 5.2 says: the MAC first, then its length, then the time. */
static enum dns_tsig_result judge(struct dns_tsig *tsig, const struct record *record, uint64_t now)
{
	size_t full = crypto_hash_len(tsig->key->hash);
	uint8_t mac[CRYPTO_HASH_MAX];

	digest_variables(tsig, record);
	digest_end(tsig, mac);
	if (!crypto_equal(mac, record->mac, MIN((size_t)record->mac_len, full)))
		return DNS_TSIG_BADSIG;
	memcpy(tsig->mac, record->mac, record->mac_len);
	tsig->mac_len = (uint8_t)record->mac_len;
	if (record->mac_len < full)
		return DNS_TSIG_BADTRUNC;
	return in_time(record, now) ? DNS_TSIG_VALID : DNS_TSIG_BADTIME;
}

static bool is_algorithm(const struct dns_tsig_key *key, const struct record *record)
{
	size_t len;
	const uint8_t *name = algorithm_name(key->hash, &len);

	return len == record->algorithm_len && memcmp(name, record->algorithm, len) == 0;
}

/* Section 5.2.2.1: not longer than the hash, nor shorter than half of it or 10 bytes. */
static bool is_length(const struct dns_tsig_key *key, const struct record *record)
{
	size_t full = crypto_hash_len(key->hash);

	return record->mac_len <= full && record->mac_len >= MAX((size_t)10, full / 2);
}

static uint16_t error_of(enum dns_tsig_result result)
{
	switch (result) {
	case DNS_TSIG_BADSIG:
		return BADSIG;
	case DNS_TSIG_BADKEY:
		return BADKEY;
	case DNS_TSIG_BADTIME:
		return BADTIME;
	case DNS_TSIG_BADTRUNC:
		return BADTRUNC;
	default:
		return 0;
	}
}

enum dns_tsig_result dns_tsig_open(struct dns_tsig *tsig, const struct dns_tsig_key *keys,
	uint8_t *message, size_t *len, uint64_t now)
{
	enum dns_tsig_result result;
	struct record record;
	struct dns_key name;
	struct dns_rr rr;

	dns_tsig_init(tsig, NULL);
	tsig->replies = true;
	result = find(&rr, message, *len);
	if (result != DNS_TSIG_VALID)
		return result;
	if (!get_record(&record, &rr))
		return DNS_TSIG_FORMERR;
	dns_key_init(&name, rr.owner, rr.owner_len);
	memcpy(tsig->name, name.wire, name.len);
	tsig->name_len = (uint8_t)name.len;
	memcpy(tsig->algorithm, record.algorithm, record.algorithm_len);
	tsig->algorithm_len = (uint8_t)record.algorithm_len;
	tsig->fudge = record.fudge;
	tsig->time = record.time;
	tsig->key = dns_tsig_find_key(keys, rr.owner);
	if (!tsig->key || !is_algorithm(tsig->key, &record)) {
		tsig->key = NULL;
		result = DNS_TSIG_BADKEY;
	} else if (!is_length(tsig->key, &record)) {
		result = DNS_TSIG_FORMERR;
		dns_tsig_init(tsig, NULL);
	} else {
		take_off(message, len, rr.at);
		digest_begin(tsig);
		digest_message(tsig, message, *len, record.id);
		result = judge(tsig, &record, now);
	}
	tsig->error = error_of(result);
	if (result == DNS_TSIG_BADSIG)
		tsig->key = NULL; /* the reply is not signed either */
	return result;
}

bool dns_tsig_pending(const struct dns_tsig *tsig)
{
	return tsig->key && (tsig->unsigned_count || !tsig->later);
}

enum dns_tsig_result dns_tsig_verify(
	struct dns_tsig *tsig, uint8_t *message, size_t *len, uint64_t now)
{
	enum dns_tsig_result result;
	struct record record;
	struct dns_rr rr;

	if (!tsig->key)
		return DNS_TSIG_VALID;
	result = find(&rr, message, *len);
	if (result == DNS_TSIG_FORMERR)
		return result;
	if (result == DNS_TSIG_NONE) {
		/* The first message of a stream is signed, and so is at least each hundredth. */
		if (!tsig->later || ++tsig->unsigned_count > DNS_TSIG_UNSIGNED_MAX)
			return DNS_TSIG_NONE;
		digest_begin(tsig);
		crypto_hmac_update(&tsig->hmac, message, *len);
		return DNS_TSIG_VALID;
	}
	if (!get_record(&record, &rr))
		return DNS_TSIG_FORMERR;
	if (!dns_name_equal(rr.owner, tsig->key->name) || !is_algorithm(tsig->key, &record))
		return DNS_TSIG_BADKEY;
	if (record.error == BADSIG || record.error == BADKEY)
		return DNS_TSIG_REFUSED; /* cannot be verified, and is no answer either way */
	if (!is_length(tsig->key, &record))
		return DNS_TSIG_FORMERR;
	take_off(message, len, rr.at);
	digest_begin(tsig);
	digest_message(tsig, message, *len, record.id);
	result = judge(tsig, &record, now);
	if (result != DNS_TSIG_VALID)
		return result;
	tsig->later = true;
	tsig->unsigned_count = 0;
	return record.error ? DNS_TSIG_REFUSED : DNS_TSIG_VALID;
}

/* ---- signing ---- */

static void put_record(struct wire_writer *out, const struct dns_tsig *tsig,
	const struct record *record, uint16_t id)
{
	size_t len;

	wire_put_bytes(out, tsig->name, tsig->name_len);
	wire_put_u16(out, DNS_TSIG);
	wire_put_u16(out, CLASS_ANY);
	wire_put_u32(out, 0);
	len = record->algorithm_len + 16u + record->mac_len + record->other_len;
	wire_put_u16(out, (uint16_t)len);
	wire_put_bytes(out, record->algorithm, record->algorithm_len);
	put_u48(out, record->time);
	wire_put_u16(out, record->fudge);
	wire_put_u16(out, record->mac_len);
	wire_put_bytes(out, record->mac, record->mac_len);
	wire_put_u16(out, id);
	wire_put_u16(out, record->error);
	wire_put_u16(out, record->other_len);
	wire_put_bytes(out, record->other, record->other_len);
}

int dns_tsig_sign(struct dns_tsig *tsig, uint8_t *message, size_t *len, size_t size, uint64_t now)
{
	struct record record = {.time = now, .fudge = tsig->fudge, .error = tsig->error};
	uint16_t count = (uint16_t)(message[ARCOUNT] << 8 | message[ARCOUNT + 1]);
	uint8_t other[OTHER_TIME];
	struct wire_writer out;

	if (!tsig->name_len)
		return 0;
	if (size - *len < dns_tsig_room(tsig))
		return -EMSGSIZE;
	memcpy(record.algorithm, tsig->algorithm, tsig->algorithm_len);
	record.algorithm_len = tsig->algorithm_len;
	if (tsig->error == BADTIME) { /* section 5.2.3 */
		wire_writer_init(&out, other, sizeof(other));
		put_u48(&out, now);
		record.other = other;
		record.other_len = OTHER_TIME;
	}
	/* Section 5.2.3 and 5.3.2: these say when the request was signed. */
	if (tsig->error)
		record.time = tsig->time;
	if (tsig->key) {
		digest_begin(tsig);
		crypto_hmac_update(&tsig->hmac, message, *len);
		digest_variables(tsig, &record);
		digest_end(tsig, tsig->mac);
		tsig->mac_len = (uint8_t)crypto_hash_len(tsig->key->hash);
		record.mac = tsig->mac;
		record.mac_len = tsig->mac_len;
		tsig->later = tsig->replies;
	}
	wire_writer_init(&out, message + *len, size - *len);
	put_record(&out, tsig, &record, (uint16_t)(message[0] << 8 | message[1]));
	wire_set_u16(message + ARCOUNT, (uint16_t)(count + 1));
	*len += wire_written(&out);
	return 0;
}
