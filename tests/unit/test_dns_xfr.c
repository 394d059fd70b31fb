/* SPDX-License-Identifier: ISC */
/* Zone transfers: what goes out comes in as the same zone; and whatever else comes in does no harm.
 */
#include "lib/dns/xfr_in.h"
#include "lib/dns/xfr_out.h"

#include <errno.h>

#include "lib/base/bytes.h"
#include "lib/dns/notify.h"
#include "lib/dns/secondary.h"
#include "tests/unit/dns_run.h"
#include "tests/unit/dns_zone_text.h"

#define MESSAGES_MAX 100

static struct {
	uint8_t *data;
	size_t len;
} sent[MESSAGES_MAX];
static unsigned sent_count;
static struct dns_key apex;

static void forget_sent(void)
{
	while (sent_count)
		free(sent[--sent_count].data);
}

static void begin(void)
{
	dns_key_init(&apex, (const uint8_t *)"\001z\004test", 8);
}

static struct dns_zone *make_zone(uint32_t serial, unsigned names)
{
	static char text[1 << 20];
	size_t len = (size_t)sprintf(text,
		"$TTL 60\n@ SOA ns x %u 100 20 3600 5\n@ NS ns\n@ NS ns.elsewhere.\nd NS ns.d\n"
		"ns.d AAAA ::1\n*.w MX 1 h1\nt TYPE65280 \\# 3 010203\n@ TXT \"serial %u\"\n",
		serial, serial);

	for (unsigned i = 0; i < names; i++)
		len += (size_t)sprintf(
			text + len, "h%u A 192.0.2.%u\nh%u SRV 1 2 3 ns\n", i, i % 250, i);
	return zone_from("z.test", text);
}

/* Answers the query in REQUEST: all messages to SENT. */
static void transfer(struct dns_zone *zone, const struct dns_journal *journal,
	const uint8_t *request, size_t len)
{
	static uint8_t buf[65535];
	struct dns_xfr_out out;
	size_t n;

	forget_sent();
	ck_assert_int_eq(dns_xfr_out_begin(&out, zone, journal, request, len, false), 0);
	while ((n = dns_xfr_out_next(&out, buf, sizeof(buf)))) {
		ck_assert_uint_lt(sent_count, MESSAGES_MAX);
		sent[sent_count].data = malloc(n);
		memcpy(sent[sent_count].data, buf, n);
		sent[sent_count++].len = n;
	}
	ck_assert_int_eq(out.phase, DNS_XFR_DONE);
	dns_xfr_out_end(&out);
}

/* Takes in COUNT of the messages sent. */
static enum dns_xfr_result take(struct dns_xfr_in *in, unsigned count)
{
	enum dns_xfr_result result = DNS_XFR_MORE;

	for (unsigned i = 0; i < count && result == DNS_XFR_MORE; i++)
		result = dns_xfr_in_take(in, sent[i].data, sent[i].len);
	return result;
}

static void same_zone(struct dns_zone *a, struct dns_zone *b)
{
	char *x = zone_text(a), *y = zone_text(b);

	ck_assert_int_eq(strcmp(x, y), 0);
	free(x);
	free(y);
}

START_TEST(axfr)
{
	struct dns_zone *zone = make_zone(7, 3000);
	struct dns_xfr_in in;
	uint8_t query[600];
	size_t len;

	dns_xfr_in_begin(&in, &apex, false, false, 0, 0);
	len = dns_xfr_in_query(&in, 0x1234, query, sizeof(query));
	transfer(zone, NULL, query, len);
	ck_assert_uint_gt(sent_count, 5);
	ck_assert_int_eq(take(&in, sent_count), DNS_XFR_ZONE);
	same_zone(zone, in.zone);
	dns_xfr_in_end(&in);
	/* Broken off after each message, it is never done. */
	for (unsigned i = 0; i < sent_count; i++) {
		dns_xfr_in_begin(&in, &apex, false, false, 0, 0);
		dns_xfr_in_query(&in, 0x1234, query, sizeof(query));
		ck_assert_int_eq(take(&in, i), DNS_XFR_MORE);
		dns_xfr_in_end(&in);
	}
	/* Too large. */
	dns_xfr_in_begin(&in, &apex, false, false, 0, 60000);
	dns_xfr_in_query(&in, 0x1234, query, sizeof(query));
	ck_assert_int_eq(take(&in, sent_count), DNS_XFR_FAILED);
	ck_assert_ptr_nonnull(strstr(in.why, "size limit"));
	/* Not newer than what is there. */
	dns_xfr_in_begin(&in, &apex, false, true, 7, 0);
	dns_xfr_in_query(&in, 0x1234, query, sizeof(query));
	ck_assert_int_eq(take(&in, 1), DNS_XFR_CURRENT);
	dns_xfr_in_begin(&in, &apex, false, true, 8, 0);
	dns_xfr_in_query(&in, 0x1234, query, sizeof(query));
	ck_assert_int_eq(take(&in, 1), DNS_XFR_FAILED);
	ck_assert_ptr_nonnull(strstr(in.why, "older"));
	/* The answer to another question. */
	dns_xfr_in_begin(&in, &apex, false, false, 0, 0);
	dns_xfr_in_query(&in, 0x4321, query, sizeof(query));
	ck_assert_int_eq(take(&in, 1), DNS_XFR_FAILED);
	forget_sent();
	dns_zone_free(zone);
}
END_TEST

/* Puts a TXT record and a new serial in the place of the old ones, and notes it. */
static void next_version(struct dns_zone *zone, struct dns_journal *journal)
{
	struct dns_edit edit;
	struct dns_change *made;
	uint8_t rdata[600], text[3] = {2, 'v', 0};
	const struct dns_record *soa = zone->soa->records;
	size_t len = soa->rdlen;
	unsigned count;

	ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 1 << 20), 0);
	dns_record_rdata(soa, rdata);
	rdata[len - 17]++;
	text[2] = rdata[len - 17];
	ck_assert_int_eq(dns_edit_delete_set(&edit, &apex, DNS_SOA, &count), 0);
	ck_assert_int_eq(dns_edit_add(&edit, &apex, DNS_SOA, 60, rdata, len), 0);
	ck_assert_int_eq(dns_edit_delete_set(&edit, &apex, 16, &count), 0);
	ck_assert_int_eq(dns_edit_add(&edit, &apex, 16, 60, text, 3), 0);
	ck_assert_int_eq(dns_edit_commit(&edit, &made), 0);
	dns_journal_add(journal, made);
}

static void apply(struct dns_zone *zone, const struct dns_change *changes)
{
	struct dns_change_record record;
	struct dns_change *none;
	struct dns_edit edit;
	struct dns_key owner;

	ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 0), 0);
	for (; changes; changes = changes->next) {
		size_t at = 0;

		while (dns_change_get(changes->bytes.data, changes->bytes.len, &at, &record)) {
			dns_key_init(&owner, record.owner, record.owner_len);
			ck_assert_int_eq(record.add
						 ? dns_edit_add(&edit, &owner, record.type,
							   record.ttl, record.rdata, record.rdlen)
						 : dns_edit_delete(&edit, &owner, record.type,
							   record.rdata, record.rdlen),
				0);
		}
	}
	ck_assert_int_eq(dns_edit_commit(&edit, &none), 0);
}

/* Three versions on: by differences from each, whole from others. */
START_TEST(ixfr)
{
	struct dns_zone *zone = make_zone(7, 20), *old;
	struct dns_journal journal;
	struct dns_xfr_in in;
	uint8_t query[600];
	size_t len;

	dns_journal_init(&journal, 1 << 20);
	for (int i = 0; i < 3; i++)
		next_version(zone, &journal);
	for (uint32_t have = 6; have <= 11; have++) {
		dns_xfr_in_begin(&in, &apex, true, true, have, 0);
		len = dns_xfr_in_query(&in, 1, query, sizeof(query));
		transfer(zone, &journal, query, len);
		if (have == 6) { /* the journal does not reach so far */
			ck_assert_int_eq(take(&in, sent_count), DNS_XFR_ZONE);
			same_zone(zone, in.zone);
		} else if (have == 7) {
			ck_assert_int_eq(take(&in, sent_count), DNS_XFR_CHANGES);
			old = make_zone(7, 20);
			apply(old, in.changes);
			same_zone(zone, old);
			dns_zone_free(old);
		} else if (have < 10) {
			ck_assert_int_eq(take(&in, sent_count), DNS_XFR_CHANGES);
			ck_assert_uint_eq(in.changes->from, have);
			ck_assert_uint_eq(in.last->to, 10);
		} else {
			ck_assert_int_eq(take(&in, sent_count),
				have == 10 ? DNS_XFR_CURRENT : DNS_XFR_FAILED);
		}
		dns_xfr_in_end(&in);
	}
	forget_sent();
	dns_journal_clear(&journal);
	dns_zone_free(zone);
}
END_TEST

/* A transfer that has begun shows nothing of what changes meanwhile. */
START_TEST(changes_meanwhile)
{
	static uint8_t buf[65535];
	struct dns_zone *zone = make_zone(7, 20);
	struct dns_journal journal;
	struct dns_xfr_out out;
	struct dns_xfr_in in;
	uint8_t query[600];
	size_t len;

	dns_journal_init(&journal, 1 << 20);
	next_version(zone, &journal);
	dns_xfr_in_begin(&in, &apex, true, true, 7, 0);
	len = dns_xfr_in_query(&in, 1, query, sizeof(query));
	ck_assert_int_eq(dns_xfr_out_begin(&out, zone, &journal, query, len, false), 0);
	ck_assert(!dns_zone_in_place(zone));
	dns_zone_free(zone); /* the server's: another has taken its place */
	dns_journal_clear(&journal);
	len = dns_xfr_out_next(&out, buf, sizeof(buf));
	ck_assert_int_eq(dns_xfr_in_take(&in, buf, len), DNS_XFR_CHANGES);
	ck_assert_uint_eq(in.last->to, 8);
	dns_xfr_in_end(&in);
	dns_xfr_out_end(&out);
}
END_TEST

START_TEST(datagram)
{
	static uint8_t buf[65535];
	struct dns_zone *zone = make_zone(7, 20);
	struct dns_xfr_out out;
	struct dns_xfr_in in;
	uint8_t query[600];
	size_t len;

	dns_xfr_in_begin(&in, &apex, true, true, 3, 0);
	len = dns_xfr_in_query(&in, 1, query, sizeof(query));
	ck_assert_int_eq(dns_xfr_out_begin(&out, zone, NULL, query, len, true), 0);
	ck_assert_uint_gt(dns_xfr_out_next(&out, buf, sizeof(buf)), 0);
	ck_assert_uint_eq(buf[7], 1);
	ck_assert_uint_eq(dns_xfr_out_next(&out, buf, sizeof(buf)), 0);
	dns_xfr_out_end(&out);
	/* IXFR without the client's SOA. */
	query[9] = 0;
	ck_assert_int_eq(dns_xfr_out_begin(&out, zone, NULL, query, 24, false), -EBADMSG);
	dns_zone_free(zone);
}
END_TEST

/* ---- streams that lie: records written by hand, in one message ---- */

static uint8_t forged[4096];
static size_t forged_len;

static void add_bytes(const void *bytes, size_t len)
{
	memcpy(forged + forged_len, bytes, len);
	forged_len += len;
}

/* "s7": SOA of serial 7; "a": an A record; "o": one outside; "n": NS; "c": class CH; "x": cut off.
 */
static void forge(const char *records)
{
	static const uint8_t head[] = "\0\1\x84\0\0\1\0\0\0\0\0\0\1z\4test\0\0\xfb\0\1";

	forged_len = 0;
	add_bytes(head, sizeof(head) - 1);
	for (const char *p = records; *p; p++) {
		uint8_t serial = 0;

		if (*p == ' ')
			continue;
		forged[7]++;
		switch (*p) {
		case 's':
			add_bytes("\xc0\x0c\0\6\0\1\0\0\0\74\0\x18\xc0\x0c\xc0\x0c\0\0\0", 19);
			while (p[1] >= '0' && p[1] <= '9')
				serial = (uint8_t)(serial * 10 + *++p - '0');
			add_bytes(&serial, 1);
			add_bytes("\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 16);
			break;
		case 'a':
			add_bytes("\1a\xc0\x0c\0\1\0\1\0\0\0\74\0\4\300\0\2\1", 18);
			break;
		case 'b':
			add_bytes("\1b\xc0\x0c\0\1\0\1\0\0\0\74\0\3\300\0\2", 17);
			break;
		case 'o':
			add_bytes("\1a\5other\0\0\1\0\1\0\0\0\74\0\4\300\0\2\1", 23);
			break;
		case 'n':
			add_bytes("\xc0\x0c\0\2\0\1\0\0\0\74\0\2\xc0\x0c", 14);
			break;
		case 'c':
			add_bytes("\1a\xc0\x0c\0\1\0\3\0\0\0\74\0\4\300\0\2\1", 18);
			break;
		default:
			forged_len -= 3;
		}
	}
}

START_TEST(liars)
{
	static const struct {
		const char *records;
		enum dns_xfr_result result;
		const char *why;
	} cases[] = {
		/* As they should be: */
		{"s9 n a s9", DNS_XFR_ZONE, NULL},
		{"s9 s5 a s9 a s9", DNS_XFR_CHANGES, NULL},
		{"s9 s5 s7 s7 a s9 s9", DNS_XFR_CHANGES, NULL},
		{"s9 s5 a s7", DNS_XFR_MORE, NULL},
		{"s9", DNS_XFR_MORE, NULL},
		{"s5", DNS_XFR_CURRENT, NULL},
		{"s5 n a s5", DNS_XFR_CURRENT, NULL},
		/* Serials. */
		{"s4", DNS_XFR_FAILED, "older"},
		{"s9 s6 a s9 s9", DNS_XFR_FAILED, "does not start"},
		{"s9 s5 a s5 s9", DNS_XFR_FAILED, "cannot lead"},
		{"s9 s5 a s4 s9", DNS_XFR_FAILED, "cannot lead"},
		{"s9 s5 a s10 s9", DNS_XFR_FAILED, "cannot lead"},
		{"s9 s5 a s7 s8 a s9 s9", DNS_XFR_FAILED, "does not start"},
		{"s9 s5 a s9 a s8", DNS_XFR_FAILED, "differ"},
		{"s9 n a s8", DNS_XFR_FAILED, "differ"},
		/* Shape. */
		{"a s9", DNS_XFR_FAILED, "begin with a SOA"},
		{"s9 n a s9 a", DNS_XFR_FAILED, "behind"},
		{"s9 s5 a s9 a s9 s9", DNS_XFR_FAILED, "behind"},
		{"s9 a s9", DNS_XFR_FAILED, "no NS"},
		{"s9 s9", DNS_XFR_FAILED, "no NS"},
		/* Records. */
		{"s9 n o s9", DNS_XFR_FAILED, "outside"},
		{"s9 s5 o s9 s9", DNS_XFR_FAILED, "outside"},
		{"s9 n c s9", DNS_XFR_FAILED, "cannot be"},
		{"s9 n b s9", DNS_XFR_FAILED, "malformed"},
		{"s9 n a x", DNS_XFR_FAILED, "malformed"},
	};
	struct dns_xfr_in in;
	uint8_t query[600];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		dns_xfr_in_begin(&in, &apex, true, true, 5, 0);
		dns_xfr_in_query(&in, 1, query, sizeof(query));
		forge(cases[i].records);
		ck_assert_msg(dns_xfr_in_take(&in, forged, forged_len) == cases[i].result, "%s: %s",
			cases[i].records, in.why);
		if (cases[i].why)
			ck_assert_msg(strstr(in.why, cases[i].why) != NULL, "%s: %s",
				cases[i].records, in.why);
		dns_xfr_in_end(&in);
	}
	/* Headers: another identifier, no response, TC, an error. */
	static const uint8_t headers[][4] = {{0, 2, 0x84, 0}, {0, 1, 4, 0}, {0, 1, 0x86, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		dns_xfr_in_begin(&in, &apex, true, true, 5, 0);
		dns_xfr_in_query(&in, 1, query, sizeof(query));
		forge("s9 n a s9");
		memcpy(forged, headers[i], 4);
		ck_assert_int_eq(dns_xfr_in_take(&in, forged, forged_len), DNS_XFR_FAILED);
	}
	for (unsigned incremental = 0; incremental < 2; incremental++) {
		dns_xfr_in_begin(&in, &apex, incremental, true, 5, 0);
		dns_xfr_in_query(&in, 1, query, sizeof(query));
		forge("");
		forged[3] = DNS_NOTIMP;
		ck_assert_int_eq(dns_xfr_in_take(&in, forged, forged_len),
			incremental ? DNS_XFR_NO_IXFR : DNS_XFR_FAILED);
	}
}
END_TEST

/* ---- what goes with transfers ---- */

START_TEST(soa_question)
{
	uint8_t query[300], answer[1024];
	struct dns_server server;
	struct dns_zone *zone = make_zone(4000000000u, 1), *old;
	uint32_t serial = 0;
	size_t len;

	dns_server_init(&server, 0);
	ck_assert_int_eq(dns_server_put_zone(&server, zone, &old), 0);
	len = dns_soa_query(&apex, 77, query, sizeof(query));
	ck_assert_int_eq(
		dns_server_answer(&server, query, len, DNS_TCP, answer, sizeof(answer), &len),
		DNS_ANSWER);
	ck_assert_int_eq(dns_soa_answer(&apex, 77, answer, len, &serial), 0);
	ck_assert_uint_eq(serial, 4000000000u);
	ck_assert_int_eq(dns_soa_answer(&apex, 78, answer, len, &serial), -EBADMSG);
	for (size_t i = 0; i < len; i++)
		dns_soa_answer(&apex, 77, answer, i, &serial);
	answer[2] &= (uint8_t)~4;
	ck_assert_int_eq(dns_soa_answer(&apex, 77, answer, len, &serial), -EBADMSG);
	/* A zone that is expired, or closed. */
	zone->state = DNS_ZONE_EXPIRED;
	ck_assert_ptr_nonnull(strstr(ask(&server, "h0.z.test A"), "SERVFAIL"));
	zone->state = DNS_ZONE_CLOSED;
	ck_assert_ptr_nonnull(strstr(ask(&server, "h0.z.test A"), "REFUSED"));
	zone->state = 0;
	ck_assert_ptr_nonnull(strstr(ask(&server, "h0.z.test A"), "NOERROR"));
	dns_server_fini(&server);
}
END_TEST

START_TEST(notify)
{
	struct dns_zone *zone = make_zone(7, 1);
	uint8_t text[1200];
	struct dns_key name;
	uint32_t serial = 0;
	bool has = false;
	size_t len = dns_notify_write(zone, 5, text, sizeof(text));

	ck_assert_int_eq(dns_notify_read(text, len, &name, &has, &serial), DNS_NOERROR);
	ck_assert(has && serial == 7 && dns_name_equal(name.wire, apex.wire));
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(dns_notify_read(text, i, &name, &has, &serial), DNS_FORMERR);
	text[7] = 0;
	ck_assert_int_eq(dns_notify_read(text, 24, &name, &has, &serial), DNS_NOERROR);
	ck_assert(!has);
	text[23] = 3;
	ck_assert_int_eq(dns_notify_read(text, 24, &name, &has, &serial), DNS_NOTAUTH);
	dns_zone_free(zone);
}
END_TEST

#define S 1000000000ull

START_TEST(timers)
{
	struct dns_zone *zone = make_zone(7, 1); /* refresh 100, retry 20, expire 3600 */
	struct dns_secondary s;
	uint64_t now = 5 * S, at;

	dns_secondary_init(&s, now);
	/* Never there: 2, 4, 8 ... 600 seconds. */
	for (unsigned i = 0; i < 20; i++) {
		ck_assert(!dns_secondary_expired(&s, now));
		ck_assert(dns_secondary_start(&s, now));
		ck_assert(!dns_secondary_start(&s, now));
		dns_secondary_failure(&s, now, 0);
		at = dns_secondary_due(&s, now);
		ck_assert_uint_eq(at - now, MIN(2ull << i, 600ull) * S);
		now = at;
	}
	ck_assert(dns_secondary_start(&s, now));
	ck_assert_uint_eq(dns_secondary_due(&s, now), UINT64_MAX);
	dns_secondary_success(&s, zone, now, 0xffff);
	at = dns_secondary_due(&s, now);
	ck_assert(at - now > 87 * S && at - now < 88 * S); /* up to an eighth less than 100 */
	/* Told of a change: at once; while busy, once more afterwards. */
	dns_secondary_notified(&s, now + S);
	ck_assert(dns_secondary_start(&s, now + S));
	dns_secondary_notified(&s, now + 2 * S);
	dns_secondary_success(&s, zone, now + 3 * S, 0);
	ck_assert(dns_secondary_start(&s, now + 3 * S));
	dns_secondary_success(&s, zone, now + 3 * S, 0);
	ck_assert(!dns_secondary_start(&s, now + 4 * S));
	/* Nobody answers: 20 seconds each, until it is too old. */
	now += 103 * S;
	for (unsigned i = 0; i < 175; i++, now += 20 * S) {
		ck_assert(!dns_secondary_expired(&s, now));
		ck_assert(dns_secondary_start(&s, now));
		dns_secondary_failure(&s, now, 0);
		ck_assert_uint_eq(dns_secondary_due(&s, now), now + 20 * S);
	}
	ck_assert(dns_secondary_expired(&s, now));
	/* And it is asked after all the same. */
	ck_assert(dns_secondary_start(&s, now));
	dns_secondary_success(&s, zone, now, 0);
	ck_assert(!dns_secondary_expired(&s, now));
	dns_zone_free(zone);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		axfr, ixfr, changes_meanwhile, datagram, liars, soa_question, notify, timers};

	return run_tests("dns transfers", tests, ARRAY_SIZE(tests), begin, forget_sent);
}
