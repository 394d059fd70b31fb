/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a query to a server with a zone of awkward cases. The first byte chooses transport
 * and room, cookies (none, if they are asked for, required) and whether the reply is cut short by
 * the limit; the rest is the message. A reply must be one: its header the query's, its length
 * within the room, its counts what stands in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/master.h"
#include "lib/dns/rrl.h"
#include "lib/dns/server.h"

static const char zone_text[] =
	"$TTL 60\n@ SOA ns x 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nns AAAA ::1\n"
	"*.w A 192.0.2.2\n*.w MX 1 ns\na.b.c TXT x\nc1 CNAME c2\nc2 CNAME c1\nc3 CNAME x.w\n"
	"d DNAME t\nl DNAME x.l\nwww.t A 192.0.2.3\ns NS ns.s\ns NS ns\nns.s A 192.0.2.4\ns DS 1 8 "
	"2 AA\n"
	"$GENERATE 1-60 g NS a-name-server-$.g\n$GENERATE 1-60 a-name-server-$.g A 192.0.2.$\n"
	"$GENERATE 1-100 b A 192.0.2.$\n$GENERATE 1-30 m MX $ h$.w\n*.x CNAME y.x\nsrv SRV 1 2 3 "
	"ns\n"
	"n NAPTR 1 1 \"\" \"\" \"\" ns\nrp RP ns x\n*.z DNAME w\n";

/* A signed zone; the second has the apex's and some other hashes of RFC 5155 appendix A. */
#define SIG(owner, type) owner " RRSIG " type " 8 1 60 2000000000 0 1 @ AA==\n"
static const char signed_text[] =
	"$TTL 60\n@ SOA ns x 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n*.w MX 1 ns\nc CNAME q.w\n"
	"d NS ns.d\nns.d A 192.0.2.2\nd DS 1 8 1 AA\nu NS ns\nx.y.w A 192.0.2.3\n" //
	SIG("@", "SOA") SIG("@", "NS") SIG("ns", "A") SIG("*.w", "MX") SIG("c", "CNAME")
		SIG("d", "DS");
static const char nsec_text[] =
	"@ NSEC c NS SOA\nc NSEC d CNAME\nd NSEC ns NS DS\nns NSEC u A\nu NSEC *.w NS\n"
	"*.w NSEC x.y.w MX\nx.y.w NSEC @ A\n" //
	SIG("@", "NSEC") SIG("d", "NSEC") SIG("*.w", "NSEC");
#define APEX "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define NS1  "2t7b4g4vsa5smi47k61mv5bv1a22bojr"
#define W    "k8udemvp1j2f7eg6jebps17vp3n8i58h"
static const char nsec3_text[] =
	"@ NSEC3PARAM 1 0 12 aabbccdd\n" APEX " NSEC3 1 1 12 aabbccdd " NS1 " NS SOA\n" NS1
	" NSEC3 1 1 12 aabbccdd " W " A\n" W " NSEC3 1 1 12 aabbccdd " APEX "\n" //
	SIG(APEX, "NSEC3") SIG(NS1, "NSEC3") SIG(W, "NSEC3");

static struct dns_server server;

static void serve(const char *apex, const char *text)
{
	struct dns_load load = {.apex = apex, .file = "zone", .text = text, .len = strlen(text)};
	char message[DNS_MESSAGE];
	struct dns_zone *zone = dns_zone_load(&load, message), *old;

	if (!zone || dns_server_put_zone(&server, zone, &old))
		abort();
}

static void serve_signed(const char *apex, const char *chain)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s", signed_text, chain);
	serve(apex, text);
}

/* Those of RFC 9018 appendix A.1, so that a valid cookie can be in the corpus. */
static uint32_t now(void)
{
	return 1559731985;
}
static struct dns_cookies cookies = {.secrets = 1, .now = now};
static struct dns_client client = {.ip = {[10] = 0xff, 0xff, 198, 51, 100, 100}};
static struct dns_rrl rrl;

static void begin(void)
{
	if (!dns_cookie_parse(&cookies, "e5e973e5a6b2a43f48e7dc849e37bfcf") ||
		dns_rrl_init(&rrl, cookies.secret[0]))
		abort();
	dns_server_init(&server, 0);
	server.client = &client;
	serve("e", zone_text);
	serve("s.e", "@ 1 SOA . . 1 2 3 4 5\n@ NS ns\nns A 192.0.2.4\nq CNAME c3.e.\n");
	serve_signed("n", nsec_text);
	serve_signed("example", nsec3_text);
	serve("f", "@ 1 SOA . . 1 2 3 4 5\n@ NS ns\n@ DNAME e.\nns A 192.0.2.4\n");
}

/* Steps over a name; what it points to must be before it. */
static void skip_name(struct wire_reader *in)
{
	uint8_t label;

	while ((label = wire_get_u8(in)) != 0) {
		if (label >= 0xc0) {
			size_t at = wire_offset(in) - 1,
			       to = (size_t)(label & 0x3f) << 8 | wire_get_u8(in);

			if (to >= at || to < 12)
				abort();
			return;
		}
		if (label > 63)
			abort();
		wire_get_bytes(in, label);
	}
}

static void check(const uint8_t *reply, size_t len, size_t room, const uint8_t *query)
{
	struct wire_reader in;
	unsigned questions, records;

	if (len < 12 || len > room || memcmp(reply, query, 2) != 0 || !(reply[2] & 0x80))
		abort();
	wire_reader_init(&in, reply, len);
	wire_get_bytes(&in, 4);
	questions = wire_get_u16(&in);
	records = wire_get_u16(&in);
	records += wire_get_u16(&in);
	records += wire_get_u16(&in);
	for (; questions; questions--) {
		skip_name(&in);
		wire_get_u32(&in);
	}
	for (; records; records--) {
		skip_name(&in);
		wire_get_bytes(&in, 8);
		wire_get_bytes(&in, wire_get_u16(&in));
	}
	if (wire_failed(&in) || wire_left(&in))
		abort();
}

/* As the limit sees it: nothing that it was told may lead out of the reply. */
static void limit(uint8_t *reply, size_t len, size_t room, const uint8_t *query)
{
	uint64_t time = 1;
	size_t shorter;

	while (dns_rrl_check(&rrl, &client, time) == DNS_RRL_SEND)
		time += 1000;
	shorter = dns_rrl_shorten(reply, len, &client);
	if (shorter > len)
		abort();
	check(reply, shorter, room, query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const size_t rooms[] = {512, 513, 600, 800, 1232, 4096, 16000, DNS_REPLY_MAX};
	enum dns_transport transport;
	uint8_t *reply;
	size_t room, got = 0;

	if (!server.count)
		begin();
	if (len < 1)
		return 0;
	server.cookies = data[0] & 16 ? &cookies : NULL;
	cookies.required = data[0] & 32;
	transport = data[0] & 8 ? DNS_TCP : DNS_UDP;
	room = rooms[data[0] & 7];
	reply = malloc(room); /* of just its size, so that the sanitizer sees a write beyond it */
	if (!reply)
		return 0;
	if (dns_server_answer(&server, data + 1, len - 1, transport, reply, room, &got) ==
		DNS_ANSWER) {
		check(reply, got, room, data + 1);
		if (data[0] & 64)
			limit(reply, got, room, data + 1);
	}
	free(reply);
	return 0;
}
