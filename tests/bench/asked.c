/* SPDX-License-Identifier: ISC */
/* A zone and questions about it: see asked.h. */
#include "tests/bench/asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/dns/master.h"
#include "lib/dns/types.h"

struct asked asked[ASKED_MAX];

void asked_die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
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

void asked_load(struct dns_server *server, const char *name, const char *path)
{
	struct dns_load request = {.apex = name, .file = path, .pause = pause_here};
	char message[DNS_MESSAGE];
	static char text[32 << 20];
	struct dns_zone *zone, *old;
	FILE *file = fopen(path, "rb");

	if (!file)
		asked_die(path, "cannot be read");
	request.text = text;
	request.len = fread(text, 1, sizeof(text), file);
	fclose(file);
	pause_here();
	zone = dns_zone_load(&request, message);
	pause_here();
	if (!zone || dns_server_put_zone(server, zone, &old))
		asked_die(path, message);
	fprintf(stderr, "bench: %u records, %zu bytes, at most %u us without a pause\n",
		(unsigned)zone->records, dns_zone_memory(zone), (unsigned)(longest / 1000));
}

static size_t make_query(uint8_t *query, const char *name, uint16_t type)
{
	static const uint8_t opt[] = {0, 0, DNS_OPT, 1232 >> 8, 1232 & 255, 0, 0, 0, 0, 0, 0};
	const char *why;
	size_t len = dns_name_parse(query + 12, name, strlen(name), NULL, &why);

	if (!len)
		asked_die(name, why);
	query[5] = query[11] = 1;
	query[12 + len] = (uint8_t)(type >> 8);
	query[12 + len + 1] = (uint8_t)type;
	query[12 + len + 3] = 1;
	memcpy(query + 12 + len + 4, opt, sizeof(opt));
	return 12 + len + 4 + sizeof(opt);
}

size_t asked_read(const char *path, const char *which)
{
	char name[256], word[16];
	FILE *file = fopen(path, "r");
	size_t count = 0;
	uint16_t type;

	if (!file)
		asked_die(path, "cannot be read");
	while (count < ASKED_MAX && fscanf(file, "%255s %15s", name, word) == 2) {
		if (!dns_type_parse(word, strlen(word), &type))
			asked_die(word, "expected a record type");
		if (!which || !strcmp(which, word)) {
			asked[count].len = make_query(asked[count].data, name, type);
			count++;
		}
	}
	fclose(file);
	if (!count)
		asked_die(path, "expected queries, got none");
	return count;
}
