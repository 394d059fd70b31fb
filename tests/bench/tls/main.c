/* SPDX-License-Identifier: ISC */
/*
 * A client that loads a TLS server, over OpenSSL: `tlsload -h`. Connections are made and used side
 * by side by one thread; what came of it is one line of name=value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/tls/client.h"

static const char usage[] =
	"usage: tlsload [OPTION]... full ADDRESS       handshakes, each with a key exchange and a "
	"signature\n"
	"       tlsload [OPTION]... resumed ADDRESS    handshakes with a ticket of the one before\n"
	"       tlsload [OPTION]... get PATH ADDRESS   requests on connections that stay\n"
	"       tlsload [OPTION]... idle ADDRESS       connections that say nothing, until stdin "
	"ends\n"
	"options: -c N        connections at a time [8]\n"
	"         -t SECONDS  for so long [1]\n"
	"         -n N        or so many handshakes or requests\n"
	"         -f SECONDS  first wait for so long until one works\n"
	"         -p PORT     [443]\n"
	"         -g GROUPS   as OpenSSL names them [X25519]\n"
	"         -2          TLS 1.2\n"
	"         -w          get: say \"ready\" when all connections are there, and wait for a "
	"line of stdin\n";

static int bad_usage(void)
{
	fputs(usage, stderr);
	return 2;
}

static int parse_options(int argc, char **argv, struct client_plan *plan)
{
	int option;

	while ((option = getopt(argc, argv, "c:t:n:f:p:g:2wh")) != -1) {
		switch (option) {
		case 'c':
			plan->connections = (unsigned)atoi(optarg);
			break;
		case 't':
			plan->seconds = atof(optarg);
			break;
		case 'n':
			plan->count = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			plan->patience = atof(optarg);
			break;
		case 'p':
			plan->port = (unsigned)atoi(optarg);
			break;
		case 'g':
			plan->groups = optarg;
			break;
		case '2':
			plan->tls12 = true;
			break;
		case 'w':
			plan->waits = true;
			break;
		default:
			return -1;
		}
	}
	return plan->connections ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct client_plan plan = {.connections = 8, .seconds = 1, .port = 443, .groups = "X25519"};
	struct client_outcome out;
	char **words;
	int left;

	if (parse_options(argc, argv, &plan))
		return bad_usage();
	words = argv + optind;
	left = argc - optind;
	if (left == 2 && strcmp(words[0], "full") == 0)
		plan.kind = CLIENT_FULL;
	else if (left == 2 && strcmp(words[0], "resumed") == 0)
		plan.kind = CLIENT_RESUMED;
	else if (left == 2 && strcmp(words[0], "idle") == 0)
		plan.kind = CLIENT_IDLE;
	else if (left == 3 && strcmp(words[0], "get") == 0)
		plan.kind = CLIENT_GET, plan.path = words[1];
	else
		return bad_usage();
	plan.address = words[left - 1];
	if (client_run(&plan, &out))
		return 1;
	printf("done=%llu failed=%llu bytes=%llu seconds=%.4f rate=%.1f\n",
		(unsigned long long)out.done, (unsigned long long)out.failed,
		(unsigned long long)out.bytes, out.seconds,
		out.seconds > 0 ? (double)out.done / out.seconds : 0.0);
	return 0;
}
