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

#include "lib/dns/server.h"
#include "tests/bench/asked.h"

static struct dns_server server;
static struct dns_client client;

int main(int argc, char **argv)
{
	static uint8_t reply[DNS_REPLY_MAX];
	size_t count, known, i, len, bytes = 0;

	if (argc < 5)
		asked_die("arguments", "expected NAME ZONE-FILE QUERIES COUNT [WHICH]");
	dns_server_init(&server, 0);
	server.client = &client; /* as the app has it */
	asked_load(&server, argv[1], argv[2]);
	known = asked_read(argv[3], argc > 5 ? argv[5] : NULL);
	count = strtoul(argv[4], NULL, 10);
	for (i = 0; i < count; i++) {
		struct asked *query = &asked[i % known];

		asked_set_do(query, i);
		if (dns_server_answer(&server, query->data, query->len, DNS_UDP, reply, 1232,
			    &len) != DNS_ANSWER)
			asked_die("a query", "expected a reply, got none");
		bytes += len;
	}
	fprintf(stderr, "engine: %zu replies, %zu bytes\n", count, bytes);
	return 0;
}
