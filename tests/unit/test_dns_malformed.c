/* SPDX-License-Identifier: ISC */
/*
 * What each message of the query fuzzer's corpus gets: a reply code or silence, as a reader of its
 * own says that the RFCs have it. It looks at the frame only: what a well-formed question is
 * answered with is tested elsewhere.
 */
#include <dirent.h>
#include <stdlib.h>

#include "lib/base/bytes.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

#define CORPUS "tests/fuzz/corpus/dns_query"

enum verdict {
	SILENCE,
	FORMERR,
	NOTIMP,
	BADVERS,
	ANY_OTHER /* it is well formed */
};

static struct dns_server server;

static unsigned u16_at(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Where the name at AT ends; 0: it is malformed. Only a name after the question may be compressed.
 */
static size_t name_end(const uint8_t *p, size_t at, size_t len, bool compressed)
{
	size_t start = at;

	while (at < len && p[at]) {
		if (p[at] >= 0xc0 && compressed)
			return at + 2 <= len ? at + 2 : 0;
		if (p[at] > 63 || at + p[at] + 1 - start > 254)
			return 0;
		at += (size_t)p[at] + 1;
	}
	return at < len ? at + 1 : 0;
}

/* RFC 6891 section 6.1: options fill the rdata. */
static bool options_fill(const uint8_t *p, size_t len)
{
	size_t at = 0;

	while (len - at >= 4 && len - at - 4 >= u16_at(p + at + 2))
		at += 4 + u16_at(p + at + 2);
	return at == len;
}

/* The records after the question; *VERSION is OPT's, or -1 without one. False: malformed. */
static bool read_records(const uint8_t *p, size_t at, size_t len, unsigned count, int *version)
{
	size_t owner;

	for (; count; count--) {
		owner = at;
		at = name_end(p, at, len, true);
		if (!at || len - at < 10 || len - at - 10 < u16_at(p + at + 8))
			return false;
		if (u16_at(p + at) == DNS_OPT) {
			if (*version >= 0 || p[owner] ||
				!options_fill(p + at + 10, u16_at(p + at + 8)))
				return false;
			*version = p[at + 5];
		}
		at += 10 + u16_at(p + at + 8);
	}
	return at == len;
}

static enum verdict judge(const uint8_t *p, size_t len)
{
	size_t at;
	int version = -1;
	bool ixfr;

	if (len < 12 || p[2] & 0x80)
		return SILENCE; /* not a query */
	if (p[2] & 0x78)
		return NOTIMP; /* opcodes other than QUERY (RFC 1035 section 4.1.1) */
	if (u16_at(p + 4) != 1)
		return FORMERR; /* RFC 9619 */
	at = name_end(p, 12, len, false);
	if (!at || len - at < 4)
		return FORMERR;
	if (u16_at(p + at) == DNS_NXNAME && u16_at(p + 6) == 0)
		return read_records(p, at + 4, len, u16_at(p + 8) + u16_at(p + 10), &version) &&
				       version > 0
			       ? BADVERS
			       : FORMERR;
	ixfr = u16_at(p + at) == DNS_IXFR; /* with a SOA as authority (RFC 1995 section 3) */
	if (u16_at(p + 6) || (u16_at(p + 8) && !ixfr))
		return FORMERR;
	if (!read_records(p, at + 4, len, u16_at(p + 8) + u16_at(p + 10), &version))
		return FORMERR;
	return version > 0 ? BADVERS : ANY_OTHER;
}

/* The reply's code, with the upper bits from OPT, which is the last record when there is one. */
static enum verdict verdict_of(enum dns_result result, const uint8_t *query)
{
	unsigned code;

	if (result == DNS_DROP)
		return SILENCE;
	ck_assert_mem_eq(ask_reply, query, 2);
	ck_assert(ask_reply[2] & 0x80);
	ck_assert_uint_eq(ask_reply[2] & 0x78, query[2] & 0x78);
	code = ask_reply[3] & 15;
	if (code == 0 && reply_u16(10) == 1 && !reply_u16(6) && !reply_u16(8) &&
		ask_reply[ask_reply_len - 6] == 1)
		return BADVERS;
	return code == 1 ? FORMERR : code == 4 ? NOTIMP : ANY_OTHER;
}

static void hold(const char *name, const uint8_t *query, size_t len)
{
	/* In memory of just its size, so that the sanitizer sees a read beyond it. */
	uint8_t *copy = malloc(len ? len : 1);
	enum verdict expected = judge(query, len), got;

	memcpy(copy, query, len);
	got = verdict_of(dns_server_answer(&server, copy, len, DNS_UDP, ask_reply,
				 sizeof(ask_reply), &ask_reply_len),
		query);
	free(copy);
	ck_assert_msg(got == expected, "%s: expected verdict %d, got %d", name, expected, got);
}

/* The first byte of each input is for the fuzzer itself. */
START_TEST(corpus)
{
	DIR *folder = opendir(CORPUS);
	static uint8_t data[65536];
	struct dirent *entry;
	char path[600];
	unsigned count = 0, cut;
	size_t len;
	FILE *file;

	ck_assert_msg(folder != NULL, "expected " CORPUS " from the project's root");
	while ((entry = readdir(folder))) {
		snprintf(path, sizeof(path), CORPUS "/%s", entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");
		if (!file)
			continue;
		len = fread(data, 1, sizeof(data), file);
		fclose(file);
		if (len < 1)
			continue;
		hold(entry->d_name, data + 1, len - 1);
		/* And each with its end cut off. */
		for (cut = 1; cut < len && cut < 40; cut++)
			hold(entry->d_name, data + 1, len - 1 - cut);
		count++;
	}
	closedir(folder);
	ck_assert_uint_ge(count, 90);
}
END_TEST

static void begin(void)
{
	dns_server_init(&server, 0);
	serve(&server, "e", "$TTL 60\n@ SOA ns x 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n");
}

static void end(void)
{
	dns_server_fini(&server);
}

int main(void)
{
	const TTest *const tests[] = {corpus};

	return run_tests("dns malformed messages", tests, ARRAY_SIZE(tests), begin, end);
}
