/* SPDX-License-Identifier: ISC */
/* Any text as a file of keys, and as the words of a zone's setting: taken, or refused with a
 * reason. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dns/rules.h"
#include "lib/dns/tsig.h"

static void read_keys(const char *text, size_t len)
{
	struct dns_tsig_key *keys = NULL, *key;
	char why[DNS_RULES_WHY] = "";

	if (dns_tsig_read_keys(&keys, "keys", text, len, why, sizeof(why)) == -EINVAL &&
		strncmp(why, "keys:", 5) != 0)
		abort();
	for (key = keys; key; key = key->next) {
		if (key->secret_len < 16 || dns_name_len(key->name) != key->name_len)
			abort();
	}
	dns_tsig_free_keys(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t ip[16];
	struct dns_rules rules;
	char why[DNS_RULES_WHY] = "";
	char *text = malloc(len + 1);

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	read_keys(text, len);
	dns_rules_init(&rules);
	if (dns_rules_parse(&rules, text, why) && !*why)
		abort();
	if (rules.primaries.count > DNS_PEERS_MAX || rules.transfer.count > DNS_WHO_MAX)
		abort();
	dns_rules_find_keys(&rules, NULL, why);
	dns_access_allows(&rules.transfer, ip, NULL);
	free(text);
	return 0;
}
