/* SPDX-License-Identifier: ISC */
/* Cookies' secrets and the limit on replies: see guard.h. */
#include "apps/dns/guard.h"

#include <errno.h>
#include <string.h>

#include "apps/dns/serve.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/dns/rules.h"

#define NS_PER_S 1000000000ull

struct dns_client guard_client;
const struct dns_tsig_key *guard_key;
struct guard_limits guard_limits = {
	.rate = 200, .slip = 2, .window = 15, .prefix4 = 24, .prefix6 = 56};
bool guard_limiting;

static struct dns_server *server;
static struct dns_rrl rrl;
static struct dns_access exempt;

static uint32_t wall_seconds(void)
{
	return (uint32_t)(platform_wall_ns() / NS_PER_S);
}

static struct dns_cookies cookies = {.now = wall_seconds};
static bool cookies_off, own_secret;

/* ---- settings ---- */

static void use_cookies(void)
{
	if (server)
		server->cookies = cookies_off ? NULL : &cookies;
}

int guard_set_cookies(const struct config_key *key, unsigned index, const char *value)
{
	static const char *const words[] = {"no", "yes", "require"};

	(void)key, (void)index;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			cookies_off = i == 0;
			cookies.required = i == 2;
			use_cookies();
			return 0;
		}
	}
	return -EINVAL;
}

static void draw_secret(void)
{
	platform_random(cookies.secret[0], sizeof(cookies.secret[0]));
	cookies.secrets = 1;
	own_secret = true;
}

/* At the boot the machine's random numbers come later: see guard_start(). */
int guard_set_secret(const struct config_key *key, unsigned index, const char *value)
{
	(void)key, (void)index;
	if (strcmp(value, "random") == 0) {
		cookies.secrets = 0;
		if (server)
			draw_secret();
		return 0;
	}
	if (!dns_cookie_parse(&cookies, value))
		return -EINVAL;
	own_secret = false;
	return 0;
}

int guard_set_exempt(const struct config_key *key, unsigned index, const char *value)
{
	struct dns_access list;

	(void)key, (void)index;
	if (!dns_access_parse(&list, value))
		return -EINVAL;
	for (unsigned i = 0; i < list.count; i++) {
		if (list.who[i].key_name[0])
			return -EINVAL; /* what is signed is never limited */
	}
	exempt = list;
	return 0;
}

void guard_limits_changed(void)
{
	guard_limiting = guard_limits.rate && rrl.accounts;
	if (!guard_limiting)
		return;
	rrl.rate = guard_limits.rate;
	rrl.slip = guard_limits.slip;
	rrl.window = guard_limits.window;
	rrl.prefix4 = guard_limits.prefix4;
	rrl.prefix6 = guard_limits.prefix6;
}

int guard_start(struct dns_server *s)
{
	uint8_t key[16];
	int error;

	server = s;
	server->client = &guard_client;
	if (!cookies.secrets)
		draw_secret();
	use_cookies();
	platform_random(key, sizeof(key));
	error = dns_rrl_init(&rrl, key);
	guard_limits_changed();
	return error;
}

void guard_resumed(void)
{
	if (own_secret)
		draw_secret();
	platform_random(rrl.key, sizeof(rrl.key));
}

/* ---- replies ---- */

size_t guard_limit(const struct net_addr *from, uint8_t *reply, size_t len)
{
	switch (dns_rrl_check(&rrl, &guard_client, platform_time_ns())) {
	case DNS_RRL_SEND:
		return len;
	case DNS_RRL_SHORTEN:
		if (dns_access_allows(&exempt, from->ip, NULL))
			return len;
		count.limit_shortened++;
		return dns_rrl_shorten(reply, len, &guard_client);
	default:
		if (dns_access_allows(&exempt, from->ip, NULL))
			return len;
		count.limit_dropped++;
		return 0;
	}
}

void guard_tell(void)
{
	static const char *const kinds[DNS_KINDS] = {
		"answers", "referrals", "empty answers", "denials of names", "errors"};
	struct dns_rrl_flood flood;
	struct net_addr network = {0};
	char text[46];

	while (rrl.accounts && dns_rrl_next(&rrl, platform_time_ns(), &flood)) {
		memcpy(network.ip, flood.ip, sizeof(network.ip));
		net_addr_format(&network, text);
		if (!flood.count)
			log_warning("limit", "%s/%u asks for too many %s, which are limited", text,
				flood.bits, kinds[flood.kind]);
		else
			log_info("limit", "%s/%u: over, %llu %s held back", text, flood.bits,
				(unsigned long long)flood.count, kinds[flood.kind]);
	}
}
