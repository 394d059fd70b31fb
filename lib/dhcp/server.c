/* SPDX-License-Identifier: ISC */
/* RFC 2131 section 4.3: what each message of a client does. */
#include "lib/dhcp/server.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dhcp/engine.h"
#include "lib/dhcp/fqdn.h"

#define OFFER_HOLD    30u  /* seconds: a client that waits for other servers' offers takes some */
#define DECLINED_HOLD 600u /* seconds for somebody to find out who has the address */
#define MS            1000u

#define RELAY_LINK      5  /* RFC 3527 */
#define RELAY_SERVER_ID 11 /* RFC 5107 */

/* ---- where the client is ---- */

/* An address of the client's network: RFC 3527, RFC 3011, the relay's, its own, or the link's. */
static uint32_t place_of(const struct dhcp_message *message, uint32_t link)
{
	const struct dhcp_fixed *fixed = &message->fixed;
	uint32_t subnet;
	size_t len;
	const uint8_t *value = dhcp_relay_suboption(message, RELAY_LINK, &len);

	if (fixed->giaddr && value && len == 4)
		return wire_u32(value);
	if (dhcp_message_option_u32(message, DHCP_OPTION_SUBNET, &subnet) && subnet)
		return subnet;
	if (fixed->giaddr)
		return fixed->giaddr;
	return fixed->ciaddr ? fixed->ciaddr : link;
}

/* The address by which the client is to know the server. */
static uint32_t our_address(const struct dhcp_message *message, uint32_t link)
{
	size_t len;
	const uint8_t *value = dhcp_relay_suboption(message, RELAY_SERVER_ID, &len);

	return message->fixed.giaddr && value && len == 4 && wire_u32(value) ? wire_u32(value)
									     : link;
}

static bool is_ours(const struct dhcp_server *server, const struct dhcp_client *client, uint32_t id)
{
	for (unsigned i = 0; i < DHCP_LINKS; i++)
		if (server->config->links[i].address == id && id)
			return true;
	return id == client->ours;
}

/* ---- messages ---- */

static uint64_t end_after(uint64_t now, uint32_t seconds)
{
	return seconds == DHCP_FOREVER ? DHCP_NEVER : now + seconds;
}

static bool is_rapid(const struct dhcp_server *server, const struct dhcp_message *message)
{
	size_t len;

	return server->config->rapid_commit &&
	       dhcp_message_option(message, DHCP_OPTION_RAPID_COMMIT, &len);
}

/* Who says nothing of a name when it renews keeps the one that it has. */
static void name_lease(struct dhcp_server *server, const struct dhcp_client *client,
	const struct dhcp_lease *lease)
{
	char name[DHCP_NAME_MAX + 1];
	size_t len;
	const uint8_t *asked = dhcp_message_option(client->message, DHCP_OPTION_FQDN, &len);

	if (!server->limits.names)
		return;
	if (asked && len && asked[0] & DHCP_FQDN_SILENT)
		dhcp_lease_rename(&server->leases, lease, "");
	else if (dhcp_client_name(server, client, name))
		dhcp_lease_rename(&server->leases, lease, name);
}

static void acknowledge(struct dhcp_server *server, const struct dhcp_client *client,
	uint32_t address, struct dhcp_reply *reply)
{
	uint32_t seconds = dhcp_lease_time(server, client, address);
	const struct dhcp_lease *lease = dhcp_take(
		server, client, address, DHCP_LEASE_BOUND, end_after(client->now, seconds));

	if (!lease)
		return;
	name_lease(server, client, lease);
	reply->changed = lease;
	dhcp_answer(server, client, DHCP_ACK, address, seconds, reply);
}

static void refuse(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	dhcp_answer(server, client, DHCP_NAK, 0, 0, reply);
}

static void discover(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	struct dhcp_lease *held, *lease;
	uint32_t wanted = 0, address;
	bool probe;

	dhcp_message_option_u32(client->message, DHCP_OPTION_REQUESTED, &wanted);
	address = dhcp_choose(server, client, wanted);
	if (!address) {
		server->stats.full++;
		return;
	}
	if (is_rapid(server, client->message)) {
		acknowledge(server, client, address, reply);
		return;
	}
	held = dhcp_held(server, client, address);
	if (held && held->probing)
		return; /* the first question is answered when it is known */
	probe = !server->config->no_ping && !held; /* nor when the client itself may have it */
	if (held && held->state == DHCP_LEASE_BOUND && held->end > client->now) {
		lease = held; /* it has the lease until it has another */
	} else {
		lease = dhcp_take(
			server, client, address, DHCP_LEASE_OFFERED, client->now + OFFER_HOLD);
	}
	if (!lease)
		return;
	lease->probing = probe;
	reply->probe = probe ? address : 0;
	reply->far = client->message->fixed.giaddr;
	dhcp_answer(server, client, DHCP_OFFER, address, dhcp_lease_time(server, client, address),
		reply);
}

/* The client has taken another server's offer. */
static void take_back_offer(struct dhcp_server *server, const struct dhcp_client *client)
{
	struct dhcp_lease *own = dhcp_own_lease(server, client);

	server->stats.elsewhere++;
	if (own && own->state == DHCP_LEASE_OFFERED)
		dhcp_end_lease(server, own, client->now);
}

static bool can_have(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address)
{
	return dhcp_may_have(server, client, address) && dhcp_is_free(server, client, address);
}

/* Section 4.3.2: the answer to an offer names the server, and the address in option 50. */
static void request_selecting(struct dhcp_server *server, const struct dhcp_client *client,
	uint32_t id, struct dhcp_reply *reply)
{
	uint32_t address;

	if (!is_ours(server, client, id)) {
		take_back_offer(server, client);
		return;
	}
	if (!dhcp_message_option_u32(client->message, DHCP_OPTION_REQUESTED, &address)) {
		server->stats.nonsense++;
		return;
	}
	if (can_have(server, client, address))
		acknowledge(server, client, address, reply);
	else
		refuse(server, client, reply);
}

/*
 * Section 4.3.2, INIT-REBOOT, RENEWING and REBINDING: the client believes to have ADDRESS. Whom the
 * server does not know it leaves to others, unless it is the authority for the network.
 */
static void request_known(struct dhcp_server *server, const struct dhcp_client *client,
	uint32_t address, struct dhcp_reply *reply)
{
	const struct dhcp_range *net = client->network;
	const struct dhcp_lease *own = dhcp_own_lease(server, client);
	bool elsewhere = (address & net->mask) != (net->first & net->mask);
	bool known = dhcp_held(server, client, address);

	if ((known || server->config->authoritative) && !elsewhere &&
		can_have(server, client, address))
		acknowledge(server, client, address, reply);
	else if (own || elsewhere || server->config->authoritative)
		refuse(server, client, reply);
	else
		server->stats.elsewhere++;
}

static void request(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	const struct dhcp_message *message = client->message;
	uint32_t id, address;

	if (dhcp_message_option_u32(message, DHCP_OPTION_SERVER_ID, &id))
		request_selecting(server, client, id, reply);
	else if (message->fixed.ciaddr)
		request_known(server, client, message->fixed.ciaddr, reply);
	else if (dhcp_message_option_u32(message, DHCP_OPTION_REQUESTED, &address))
		request_known(server, client, address, reply);
	else
		server->stats.nonsense++;
}

/* The client's lease of ADDRESS, for the two messages that give it back to this server. */
static struct dhcp_lease *returned(
	struct dhcp_server *server, const struct dhcp_client *client, uint32_t address)
{
	struct dhcp_lease *lease = NULL;
	uint32_t id;

	if (!dhcp_message_option_u32(client->message, DHCP_OPTION_SERVER_ID, &id)) {
		server->stats.nonsense++;
		return NULL;
	}
	if (!is_ours(server, client, id)) {
		server->stats.elsewhere++;
		return NULL;
	}
	while ((lease = dhcp_lease_by_id(&server->leases, &client->id, lease)))
		if (lease->address == address && dhcp_lease_holds(lease, client->now) &&
			lease->state != DHCP_LEASE_DECLINED)
			return lease;
	return NULL;
}

/* Section 4.3.3: somebody else has the address. */
static void decline(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	struct dhcp_lease *lease;
	uint32_t address;

	if (!dhcp_message_option_u32(client->message, DHCP_OPTION_REQUESTED, &address)) {
		server->stats.nonsense++;
		return;
	}
	lease = returned(server, client, address);
	if (!lease)
		return;
	server->stats.conflicts++;
	dhcp_lease_set(&server->leases, lease, DHCP_LEASE_DECLINED, client->now + DECLINED_HOLD);
	reply->changed = lease;
}

/* Section 4.3.4. */
static void release(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	struct dhcp_lease *lease = returned(server, client, client->message->fixed.ciaddr);

	if (!lease)
		return;
	dhcp_end_lease(server, lease, client->now);
	reply->changed = lease;
}

/* Section 4.3.5: the client has an address by other means. */
static void inform(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	if (!client->message->fixed.ciaddr) {
		server->stats.nonsense++;
		return;
	}
	dhcp_answer(server, client, DHCP_ACK, 0, 0, reply);
}

/* RFC 4388 section 6.4.1, by address: a relay asks whose it is. */
static void leasequery(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	uint32_t address = client->message->fixed.ciaddr;
	const struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, address);
	bool active = lease && lease->state == DHCP_LEASE_BOUND && lease->end > client->now;

	if (!server->config->leasequery) {
		server->stats.ignored++;
		return;
	}
	if (!client->message->fixed.giaddr || !address) {
		server->stats.nonsense++;
		return;
	}
	if (active)
		dhcp_answer_query(server, client, DHCP_LEASEACTIVE, lease, reply);
	else
		dhcp_answer_query(server, client,
			dhcp_config_network(server->config, address) ? DHCP_LEASEUNASSIGNED
								     : DHCP_LEASEUNKNOWN,
			NULL, reply);
}

static void dispatch(
	struct dhcp_server *server, const struct dhcp_client *client, struct dhcp_reply *reply)
{
	switch (client->message->type) {
	case DHCP_DISCOVER:
		discover(server, client, reply);
		break;
	case DHCP_REQUEST:
		request(server, client, reply);
		break;
	case DHCP_DECLINE:
		decline(server, client, reply);
		break;
	case DHCP_RELEASE:
		release(server, client, reply);
		break;
	default:
		inform(server, client, reply);
		break;
	}
}

/* ---- the door ---- */

static bool within_rates(
	struct dhcp_server *server, uint64_t now, const struct dhcp_message *message)
{
	const struct dhcp_fixed *fixed = &message->fixed;

	if (fixed->giaddr && !dhcp_rate_take(&server->relay_rate, now, server->limits.relay_rate,
				     &fixed->giaddr, sizeof(fixed->giaddr))) {
		server->stats.rate_relay++;
		return false;
	}
	if (message->type != DHCP_LEASEQUERY &&
		!dhcp_rate_take(&server->mac_rate, now, server->limits.mac_rate, fixed->chaddr,
			sizeof(fixed->chaddr))) {
		server->stats.rate_mac++;
		return false;
	}
	return true;
}

static bool find_client(struct dhcp_server *server, uint64_t now,
	const struct dhcp_arrival *arrival, struct dhcp_client *client)
{
	const struct dhcp_message *message = &server->message;
	uint32_t link = server->config->links[arrival->netif].address;

	*client = (struct dhcp_client){
		.message = message,
		.netif = arrival->netif,
		.ours = our_address(message, link),
		.place = place_of(message, link),
		.now = now / MS,
	};
	client->network = dhcp_config_network(server->config, client->place);
	if (server->config->ignore_clid)
		dhcp_identity_of_hardware(&client->id, message);
	else
		dhcp_identity_of(&client->id, message);
	return link && (client->network || message->type == DHCP_LEASEQUERY);
}

void dhcp_server_receive(struct dhcp_server *server, uint64_t now,
	const struct dhcp_arrival *arrival, const uint8_t *data, size_t len,
	struct dhcp_reply *reply)
{
	enum dhcp_verdict verdict = dhcp_message_read(&server->message, data, len);
	struct dhcp_client client;

	reply->changed = NULL;
	reply->probe = 0;
	reply->way = DHCP_NO_WAY;
	if (verdict != DHCP_TAKEN || arrival->netif >= DHCP_LINKS) {
		server->stats.malformed[verdict]++;
		return;
	}
	server->stats.received[server->message.type]++;
	if (!within_rates(server, now, &server->message))
		return;
	if (!find_client(server, now, arrival, &client)) {
		server->stats.no_network++;
		return;
	}
	if (server->message.type == DHCP_LEASEQUERY) {
		leasequery(server, &client, reply);
		return;
	}
	dhcp_classify(server, &client);
	if (dhcp_is_welcome(server, &client))
		dispatch(server, &client, reply);
	else
		server->stats.ignored++;
}

bool dhcp_server_probed(struct dhcp_server *server, uint64_t now, uint32_t address, bool taken)
{
	struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, address);

	if (!lease || !lease->probing)
		return false; /* meanwhile taken back, or bound */
	lease->probing = false;
	if (taken) {
		server->stats.conflicts++;
		dhcp_lease_set(
			&server->leases, lease, DHCP_LEASE_DECLINED, now / MS + DECLINED_HOLD);
	}
	return !taken;
}
