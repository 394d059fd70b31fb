/* SPDX-License-Identifier: ISC */
/*
 * Notifications out (RFC 1996): sent from the server's own port, so that answers come to it, and
 * sent again until each is answered or given up.
 */
#include <stdlib.h>
#include <string.h>

#include "apps/dns/roles.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/dns/notify.h"
#include "lib/dns/tsig.h"

#define NS_PER_S 1000000000ull
#define TRIES    6
#define FIRST_S  2 /* seconds until the second try; doubled each time */
#define MESSAGE  1200

static struct udp_socket *socket;

void tell_start(struct udp_socket *s)
{
	socket = s;
}

static void forget(struct told *told)
{
	free(told->tsig);
	memset(told, 0, sizeof(*told));
}

void tell_forget(struct role *role)
{
	for (unsigned i = 0; i < DNS_PEERS_MAX; i++)
		forget(&role->told[i]);
}

void tell_change(struct role *role)
{
	for (unsigned i = 0; i < role->rules->notify.count; i++) {
		forget(&role->told[i]);
		role->told[i].tries = 1;
		role->told[i].next = platform_time_ns();
		platform_random(&role->told[i].id, sizeof(role->told[i].id));
	}
	refresh_wake();
}

/* Signs with the peer's key, and keeps what is needed to know the answer. */
static bool sign(struct told *told, const struct dns_peer *peer, uint8_t *message, size_t *len)
{
	if (!peer->key)
		return true;
	if (!told->tsig)
		told->tsig = malloc(sizeof(*told->tsig));
	if (!told->tsig)
		return false;
	dns_tsig_init(told->tsig, peer->key);
	return !dns_tsig_sign(told->tsig, message, len, MESSAGE, platform_wall_ns() / NS_PER_S);
}

static void send(struct role *role, struct told *told, const struct dns_peer *peer)
{
	struct net_addr to = {.port = peer->port, .netif = NET_ANY};
	uint8_t message[MESSAGE];
	size_t len = dns_notify_write(role->zone, told->id, message, sizeof(message));

	memcpy(to.ip, peer->ip, sizeof(to.ip));
	/* What cannot be sent now is tried again as if it had been lost. */
	if (sign(told, peer, message, &len))
		net_udp_send(socket, &to, message, len);
}

uint64_t tell_turn(struct role *role, uint64_t now)
{
	uint64_t due = PLATFORM_NEVER;
	char text[46];

	for (unsigned i = 0; i < role->rules->notify.count; i++) {
		struct told *told = &role->told[i];
		const struct dns_peer *peer = &role->rules->notify.peer[i];
		struct net_addr addr = {.port = peer->port};

		if (told->tries && now >= told->next && told->tries > TRIES) {
			memcpy(addr.ip, peer->ip, sizeof(addr.ip));
			net_addr_format(&addr, text);
			log_warning("dns", "zone %s: %s does not answer notifications", role->text,
				text);
			forget(told);
		} else if (told->tries && now >= told->next) {
			if (role_is_served(role))
				send(role, told, peer);
			told->next = now + ((uint64_t)FIRST_S << (told->tries - 1)) * NS_PER_S;
			told->tries++;
		}
		if (told->tries && told->next < due)
			due = told->next;
	}
	return due;
}

static bool is_right(struct told *told, uint8_t *message, size_t len)
{
	struct dns_tsig tsig;

	if (!told->tsig)
		return true;
	tsig = *told->tsig; /* a forged answer must not spoil it */
	return dns_tsig_verify(&tsig, message, &len, platform_wall_ns() / NS_PER_S) ==
	       DNS_TSIG_VALID;
}

void tell_answered(const struct net_addr *from, uint8_t *message, size_t len)
{
	bool has_serial;
	struct dns_key name;
	struct role *role;
	uint32_t serial;

	if (len < 12 || dns_notify_read(message, len, &name, &has_serial, &serial))
		return;
	role = roles_find(&name);
	for (unsigned i = 0; role && i < role->rules->notify.count; i++) {
		const struct dns_peer *peer = &role->rules->notify.peer[i];
		struct told *told = &role->told[i];

		if (told->tries > 1 && (message[0] << 8 | message[1]) == told->id &&
			peer->port == from->port && memcmp(peer->ip, from->ip, 16) == 0 &&
			is_right(told, message, len)) {
			forget(told);
			return;
		}
	}
}
