/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an update of a zone, and as a signed message. The zone must be after it as it was,
 * or as its own differences lead to: these, taken back, must give the zone that was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dns/edit.h"
#include "lib/dns/master.h"
#include "lib/dns/notify.h"
#include "lib/dns/server.h"
#include "lib/dns/tsig.h"
#include "lib/dns/types.h"
#include "lib/dns/update.h"

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static const char text[] =
	"$TTL 60\n@ SOA ns x 7 2 3 4 5\n@ NS ns\n@ NS ns2\nns A 192.0.2.1\n*.w TXT a\n"
	"two A 192.0.2.1\ntwo A 192.0.2.2\nalias CNAME two\nd DNAME w\nsub NS ns.sub\n"
	"ns.sub AAAA ::1\nx.y.z TXT deep\n";

/* The sum of all records' sums does not depend on their order. */
static uint64_t digest(const struct dns_zone *zone)
{
	static uint8_t rdata[65536];
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	const struct dns_record *record;
	uint8_t name[DNS_NAME_MAX], hash[32];
	struct crypto_hash_context context;
	uint64_t sum = 0, part;

	for (node = zone->first; node; node = node->next) {
		must(!node->rrsets || node->flags & DNS_NODE_EXISTS);
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			must(rrset->records);
			for (record = rrset->records; record; record = record->next) {
				dns_record_rdata(record, rdata);
				crypto_hash_init(&context, CRYPTO_SHA256);
				crypto_hash_update(&context, name, dns_node_name(node, name));
				crypto_hash_update(&context, rrset->head, 8);
				crypto_hash_update(&context, rdata, record->rdlen);
				crypto_hash_result(&context, hash);
				memcpy(&part, hash, sizeof(part));
				sum += part;
			}
		}
	}
	return sum;
}

/* Takes the differences back. */
static void revert(struct dns_zone *zone, const struct dns_change *change)
{
	struct dns_change_record record;
	struct dns_edit edit;
	struct dns_key owner;

	must(!dns_edit_begin(&edit, zone, false, 0));
	for (int add = 1; add >= 0; add--) {
		size_t at = 0;

		while (dns_change_get(change->bytes.data, change->bytes.len, &at, &record)) {
			if (record.add != add)
				continue;
			dns_key_init(&owner, record.owner, record.owner_len);
			if (record.add)
				must(!dns_edit_delete(
					&edit, &owner, record.type, record.rdata, record.rdlen));
			else
				must(!dns_edit_add(&edit, &owner, record.type, record.ttl,
					record.rdata, record.rdlen));
		}
	}
	dns_edit_abandon(&edit);
}

static void update(const uint8_t *request, size_t len)
{
	struct dns_load load = {.apex = "z.test", .file = "z", .text = text, .len = strlen(text)};
	char message[DNS_MESSAGE];
	struct dns_zone *zone = dns_zone_load(&load, message);
	struct dns_change *change = NULL;
	struct dns_edit edit;
	uint64_t before;

	must(zone);
	before = digest(zone);
	must(!dns_edit_begin(&edit, zone, true, 1 << 20));
	if (dns_update_apply(&edit, request, len)) {
		dns_edit_abandon(&edit);
	} else if (!dns_edit_commit(&edit, &change) && change) {
		must(dns_serial_newer(change->to, 7));
		revert(zone, change);
	}
	dns_change_release(change);
	must(digest(zone) == before);
	dns_zone_free(zone);
}

/* The message as one that may be signed, by both ends. */
static void open_signed(const uint8_t *data, size_t len)
{
	static const char keys_text[] =
		"key k { algorithm hmac-sha256; secret \"AAECAwQFBgcICQoLDA0ODw==\"; };";
	static struct dns_tsig_key *keys;
	size_t room = len + 1000, got = len;
	uint8_t *message = malloc(room);
	struct dns_tsig tsig;
	char why[100];

	must(message);
	if (!keys)
		must(!dns_tsig_read_keys(
			&keys, "k", keys_text, strlen(keys_text), why, sizeof(why)));
	memcpy(message, data, len);
	switch (dns_tsig_open(&tsig, keys, message, &got, 1700000000)) {
	case DNS_TSIG_NONE:
	case DNS_TSIG_FORMERR:
		must(!tsig.name_len);
		break;
	default:
		must(!dns_tsig_sign(&tsig, message, &got, room, 1700000000) && got <= room);
	}
	memcpy(message, data, len);
	got = len;
	dns_tsig_init(&tsig, keys);
	dns_tsig_verify(&tsig, message, &got, 1700000000);
	must(got <= len);
	free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct dns_key name;
	uint32_t serial;
	bool has;

	must(copy);
	memcpy(copy, data, len);
	dns_notify_read(copy, len, &name, &has, &serial);
	if (dns_update_zone(&name, copy, len) == DNS_NOERROR)
		update(copy, len);
	if (len >= 12)
		open_signed(copy, len);
	free(copy);
	return 0;
}
