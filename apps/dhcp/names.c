/* SPDX-License-Identifier: ISC */
#include "apps/dhcp/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/archive/boot.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/dhcp/names.h"
#include "lib/dhcp/parse.h"
#include "lib/dns/name.h"
#include "lib/dns/rules.h"
#include "lib/dns/tsig.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define ZONES_MAX   32u
#define STACK       (24 * 1024)
#define S_NS        1000000000ull
#define TRIES       4u /* of one update; the first waits a second, each further twice as long */
#define PAUSE_FIRST 2u /* seconds after the server has not answered; doubled each time */
#define PAUSE_LAST  256u
#define PORT_LOW    49152u
#define MESSAGE     (DHCP_UPDATE_MAX + 600)
#define RESPONSE    0x80 /* in the header's third byte */
#define HEADER      12u
#define REFUSED     5 /* rcodes */
#define NOTAUTH     9

const char names_server_expected[] = "ADDRESS[@PORT][+key:NAME]";
const char names_zone_expected[] =
	"a zone's name and words as allow-update=key:NAME; docs/transfers.md lists them";

static struct dns_rules server_rules; /* of which only this is of use: */
static const struct dns_peer *const name_server = &server_rules.primaries.peer[0];
static bool has_server;
static uint8_t *zones[ZONES_MAX]; /* wire names in lower case */
static unsigned zone_count;
static const char *domain = "";

static struct dhcp_server *server;
static struct udp_socket *socket;
static struct wait_queue work = {LIST_INIT(work.waiters)};
static uint8_t request[MESSAGE], answer[MESSAGE];
static size_t answer_len; /* 0: none yet */
static uint16_t asked_id;
static bool away;    /* the server did not answer the last update */
static bool refused; /* it did, but will not */
static struct {
	uint64_t told, removed, taken, unanswered, refused;
} stats;

/* ---- settings ---- */

static struct dns_rules rules; /* of the setting at hand */

int names_set_server(const struct config_key *key, unsigned index, const char *value)
{
	char text[180], why[DNS_RULES_WHY];

	(void)key, (void)index;
	if (strlen(value) > 150 || strcspn(value, ", \t") != strlen(value))
		return -EINVAL;
	snprintf(text, sizeof(text), "primaries=%s", value);
	has_server = !dns_rules_parse(&server_rules, text, why);
	return has_server ? 0 : -EINVAL;
}

static int add_zone(const uint8_t *name, size_t len)
{
	uint8_t *zone = zone_count < ZONES_MAX ? malloc(len) : NULL;

	if (!zone)
		return -EINVAL;
	dhcp_lower(zone, name, len);
	zones[zone_count++] = zone;
	return 0;
}

int names_set_zone(const struct config_key *key, unsigned index, const char *value)
{
	size_t name_len = strcspn(value, " \t"), len;
	uint8_t name[DNS_NAME_MAX];
	char why[DNS_RULES_WHY];
	const char *reason;

	(void)key, (void)index;
	dns_rules_init(&rules);
	if (dns_rules_parse(&rules, value + name_len, why))
		return -EINVAL;
	if (name_len == 1 && *value == '*')
		return 0; /* the name server's default for all others */
	len = dns_name_parse(name, value, name_len, NULL, &reason);
	if (!len)
		return -EINVAL;
	return rules.update.count ? add_zone(name, len) : 0;
}

static int read_keys(void)
{
	static struct dns_tsig_key *keys; /* for good */
	struct archive_file file;
	char why[DNS_RULES_WHY];

	if (!archive_boot_find(&file, DNS_TSIG_KEYS) &&
		dns_tsig_read_keys(&keys, DNS_TSIG_KEYS, (const char *)file.data, file.len, why,
			sizeof(why))) {
		log_error("dhcp", "%s", why);
		return -EINVAL;
	}
	if (!dns_rules_find_keys(&server_rules, keys, why))
		return 0;
	log_error("dhcp", "dns=: %s", why);
	return -EINVAL;
}

int names_check(const struct dhcp_config *config)
{
	if (!has_server)
		return 0;
	domain = config->domain;
	if (!domain[0]) {
		log_error("dhcp", "dns=: expected domain= in dhcp.conf, for the names of clients");
		return -EINVAL;
	}
	if (!zone_count) {
		log_error("dhcp",
			"dns=: expected a zone that takes updates, as zone=\"%s "
			"allow-update=key:NAME\"",
			domain);
		return -EINVAL;
	}
	return read_keys();
}

bool names_are_told(void)
{
	return has_server;
}

/* ---- updates ---- */

/* In the loop: the thread looks at it. */
static size_t receive(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)to, (void)reply, (void)reply_size;
	if (from->port != name_server->port ||
		memcmp(from->ip, name_server->ip, sizeof(from->ip)) != 0 || len < HEADER ||
		len > sizeof(answer) || answer_len || (data[0] << 8 | data[1]) != asked_id ||
		!(data[2] & RESPONSE))
		return 0;
	memcpy(answer, data, len);
	answer_len = len;
	wait_queue_wake_one(&work);
	return 0;
}

/* The answer that came is the server's own. A forged one does not end the wait for it. */
static bool is_genuine(const struct dns_tsig *asked)
{
	struct dns_tsig tsig = *asked;

	if (!asked->key)
		return true;
	return dns_tsig_verify(&tsig, answer, &answer_len, platform_wall_ns() / S_NS) ==
	       DNS_TSIG_VALID;
}

static bool wait_for_answer(const struct dns_tsig *tsig, uint64_t deadline)
{
	for (;;) {
		if (answer_len && is_genuine(tsig))
			return true;
		stats.refused += answer_len != 0;
		answer_len = 0;
		if (platform_time_ns() >= deadline)
			return false;
		wait_queue_wait(&work, deadline);
	}
}

/* Sends the request of LEN bytes until it is answered. The rcode, or -ETIMEDOUT. */
static int ask(size_t len)
{
	struct net_addr to = {.port = name_server->port, .netif = NET_ANY};
	struct dns_tsig tsig;

	memcpy(to.ip, name_server->ip, sizeof(to.ip));
	dns_tsig_init(&tsig, name_server->key);
	if (dns_tsig_sign(&tsig, request, &len, sizeof(request), platform_wall_ns() / S_NS))
		return -EMSGSIZE;
	for (unsigned try = 0; try < TRIES; try++) {
		answer_len = 0;
		net_udp_send(socket, &to, request, len); /* what is not sent counts as lost */
		if (wait_for_answer(&tsig, platform_time_ns() + (S_NS << try)))
			return answer[3] & 0xf;
	}
	return -ETIMEDOUT;
}

/* Says once that the server is away, and once that it is back. */
static void note(int rcode, enum dhcp_name_result result)
{
	char text[46];
	struct net_addr addr = {.port = name_server->port};

	memcpy(addr.ip, name_server->ip, sizeof(addr.ip));
	net_addr_format(&addr, text);
	if (result != DHCP_NAME_LATER && away)
		log_info("dhcp", "dns=%s takes updates again", text);
	else if (result == DHCP_NAME_LATER && !away && rcode < 0)
		log_warning(
			"dhcp", "dns=%s does not answer updates; leases are given without", text);
	if ((rcode == REFUSED || rcode == NOTAUTH) && !refused)
		log_warning("dhcp", "dns=%s refuses updates with code %d", text, rcode);
	refused = rcode == REFUSED || rcode == NOTAUTH;
	away = result == DHCP_NAME_LATER;
	stats.unanswered += away;
}

static enum dhcp_name_result tell(const struct dhcp_name_task *task)
{
	enum dhcp_name_result result = DHCP_NAME_LATER;
	struct dhcp_update update;
	size_t len;
	int rcode;

	if (!dhcp_update_begin(&update, task, domain, (const uint8_t *const *)zones, zone_count))
		return task->remove ? DHCP_NAME_TOLD : DHCP_NAME_TAKEN; /* in no zone */
	do {
		platform_random(&asked_id, sizeof(asked_id));
		len = dhcp_update_write(&update, asked_id, request, sizeof(request));
		rcode = len ? ask(len) : -EMSGSIZE;
	} while (rcode >= 0 && dhcp_update_answered(&update, (unsigned)rcode, &result));
	note(rcode, result);
	return result;
}

static void count(const struct dhcp_name_task *task, enum dhcp_name_result result)
{
	if (result == DHCP_NAME_TAKEN) {
		stats.taken++;
		log_info("dhcp", "the name %s is somebody else's in DNS", task->name);
	} else if (result == DHCP_NAME_TOLD) {
		stats.told += !task->remove;
		stats.removed += task->remove;
	}
}

static void run(void *arg)
{
	uint64_t pause = PAUSE_FIRST;
	struct dhcp_name_task task;

	(void)arg;
	for (;;) {
		enum dhcp_name_result result;

		if (!dhcp_name_next(server, &task)) {
			wait_queue_wait(&work, PLATFORM_NEVER);
			continue;
		}
		result = tell(&task);
		count(&task, result);
		dhcp_name_done(server, &task, result);
		if (result != DHCP_NAME_LATER) {
			pause = PAUSE_FIRST;
			continue;
		}
		thread_sleep_until(platform_time_ns() + pause * S_NS);
		pause = MIN(pause * 2, (uint64_t)PAUSE_LAST);
	}
}

void names_wake(void)
{
	wait_queue_wake_one(&work);
}

int names_start(struct dhcp_server *s)
{
	uint16_t port;
	int error;

	server = s;
	do {
		platform_random(&port, sizeof(port));
		port |= PORT_LOW;
		error = net_udp_listen(&socket, port, 0, receive, NULL);
	} while (error == -EADDRINUSE);
	return error ? error : thread_create("dhcp/names", STACK, run, NULL);
}

void names_stopping(void)
{
	if (has_server)
		log_info("dhcp",
			"names: %llu told, %llu taken out, %llu somebody else's; %llu updates "
			"without success, %llu answers that were not the server's, %llu names lost",
			(unsigned long long)stats.told, (unsigned long long)stats.removed,
			(unsigned long long)stats.taken, (unsigned long long)stats.unanswered,
			(unsigned long long)stats.refused,
			(unsigned long long)(server ? server->leases.names_lost : 0));
}
