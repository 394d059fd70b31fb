/* SPDX-License-Identifier: ISC */
/*
 * The DNS engine alone: loads a zone and answers queries, whose instructions callgrind counts.
 * Called by tests/bench/instructions.
 *
 * engine NAME ZONE-FILE QUERIES COUNT [WHICH]
 *
 * QUERIES has lines "NAME TYPE", which are asked over and over until COUNT are answered: every
 * second one with EDNS and DO, the others with EDNS. WHICH: only lines whose type is this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/dns/master.h"
#include "lib/dns/server.h"
#include "lib/dns/types.h"

#define QUERIES_MAX 4096

static struct dns_server server;
static struct dns_client client;
static struct {
	uint8_t data[300];
	size_t len;
} queries[QUERIES_MAX];

static void die(const char *what, const char *why)
{
	fprintf(stderr, "engine: %s: %s\n", what, why);
	exit(2);
}

/* The longest time, of this process's own, that others would have waited while the zone was loaded.
 */
static uint64_t last_pause, longest;

static void pause_here(void)
{
	struct timespec now;
	uint64_t ns;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (last_pause && ns - last_pause > longest)
		longest = ns - last_pause;
	last_pause = ns;
}

static void load(const char *name, const char *path)
{
	struct dns_load request = {.apex = name, .file = path, .pause = pause_here};
	char message[DNS_MESSAGE];
	static char text[32 << 20];
	struct dns_zone *zone, *old;
	FILE *file = fopen(path, "rb");

	if (!file)
		die(path, "cannot be read");
	request.text = text;
	request.len = fread(text, 1, sizeof(text), file);
	fclose(file);
	pause_here();
	zone = dns_zone_load(&request, message);
	pause_here();
	if (!zone || dns_server_put_zone(&server, zone, &old))
		die(path, message);
	fprintf(stderr, "engine: %u records, %zu bytes, at most %u us without a pause\n",
		(unsigned)zone->records, dns_zone_memory(zone), (unsigned)(longest / 1000));
}

static size_t make_query(uint8_t *query, const char *name, uint16_t type)
{
	static const uint8_t opt[] = {0, 0, DNS_OPT, 1232 >> 8, 1232 & 255, 0, 0, 0, 0, 0, 0};
	const char *why;
	size_t len = dns_name_parse(query + 12, name, strlen(name), NULL, &why);

	if (!len)
		die(name, why);
	query[5] = query[11] = 1;
	query[12 + len] = (uint8_t)(type >> 8);
	query[12 + len + 1] = (uint8_t)type;
	query[12 + len + 3] = 1;
	memcpy(query + 12 + len + 4, opt, sizeof(opt));
	return 12 + len + 4 + sizeof(opt);
}

static size_t read_queries(const char *path, const char *which)
{
	char name[256], word[16];
	FILE *file = fopen(path, "r");
	size_t count = 0;
	uint16_t type;

	if (!file)
		die(path, "cannot be read");
	while (count < QUERIES_MAX && fscanf(file, "%255s %15s", name, word) == 2) {
		if (!dns_type_parse(word, strlen(word), &type))
			die(word, "expected a record type");
		if (!which || !strcmp(which, word)) {
			queries[count].len = make_query(queries[count].data, name, type);
			count++;
		}
	}
	fclose(file);
	if (!count)
		die(path, "expected queries, got none");
	return count;
}

int main(int argc, char **argv)
{
	static uint8_t reply[DNS_REPLY_MAX];
	size_t count, known, i, len, bytes = 0;

	if (argc < 5)
		die("arguments", "expected NAME ZONE-FILE QUERIES COUNT [WHICH]");
	dns_server_init(&server, 0);
	server.client = &client; /* as the app has it */
	load(argv[1], argv[2]);
	known = read_queries(argv[3], argc > 5 ? argv[5] : NULL);
	count = strtoul(argv[4], NULL, 10);
	for (i = 0; i < count; i++) {
		uint8_t *query = queries[i % known].data;

		query[queries[i % known].len - 4] = i & 1 ? 0x80 : 0;
		if (dns_server_answer(&server, query, queries[i % known].len, DNS_UDP, reply, 1232,
			    &len) != DNS_ANSWER)
			die("a query", "expected a reply, got none");
		bytes += len;
	}
	fprintf(stderr, "engine: %zu replies, %zu bytes\n", count, bytes);
	return 0;
}
