/* SPDX-License-Identifier: ISC */
/*
 * The query log: one of so many queries as a line on the console, and no more lines than it can
 * take beside all others (lib/base/log.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dns/guard.h"
#include "lib/base/bucket.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/dns/types.h"

#define LINES_PER_SECOND 10u /* half of what the console has; more only in the first second */
#define NS_PER_S         1000000000ull

uint64_t querylog_every;

static struct bucket lines;
static uint64_t left, untold;

/* "no" or "1/N". */
int querylog_set(const struct config_key *key, unsigned index, const char *value)
{
	char *end = NULL;
	unsigned long every = 0;

	(void)key, (void)index;
	if (strcmp(value, "no") != 0) {
		if (strncmp(value, "1/", 2) != 0 || value[2] < '1' || value[2] > '9')
			return -EINVAL;
		every = strtoul(value + 2, &end, 10);
		if (*end || every > 1000000)
			return -EINVAL;
	}
	querylog_every = every;
	left = 0;
	return 0;
}

void querylog_take(const struct net_addr *from, enum count_transport transport,
	const uint8_t *reply, size_t len)
{
	static const char *const transports[COUNT_TRANSPORTS] = {"udp", "tcp", "tls"};
	const struct dns_client *client = &guard_client;
	char address[46], name[LOG_LINE - 120] = "-", type[12], rcode[4];

	if (left-- > 1)
		return;
	left = querylog_every;
	if (!bucket_pour(&lines, platform_time_ns(), NS_PER_S / LINES_PER_SECOND, NS_PER_S)) {
		untold++;
		return;
	}
	if (untold)
		log_info("query", "%llu more were to be logged", (unsigned long long)untold);
	untold = 0;
	net_addr_format(from, address);
	if (client->question_end > 12 && dns_name_check(reply + 12, client->question_end - 12u))
		dns_name_text(name, sizeof(name), reply + 12);
	log_info("query", "%s#%u %s %s %s %s %zu", address, (unsigned)from->port,
		transports[transport], name, dns_type_text(type, client->type),
		count_rcode_text(client->rcode, rcode), len);
}
