/* SPDX-License-Identifier: ISC */
/* What an answer says and where it goes: RFC 2131 sections 4.1 and 4.3.1, table 3. */
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dhcp/draft.h"
#include "lib/dhcp/fqdn.h"

#define MESSAGE_LOW 548 /* bytes that every client takes: 576 with headers */
#define HEADERS     28  /* IP and UDP, which option 57 counts too */
#define SNAME_AT    44
#define SNAME_LEN   64
#define FILE_AT     108
#define FILE_LEN    128
#define IN_FILE     1 /* option 52 */
#define IN_SNAME    2

static struct dhcp_draft draft;

/* ---- laying out ---- */

static size_t bytes_of(const struct dhcp_item *item)
{
	return item->len + 2 * (item->len ? (item->len + UINT8_MAX - 1) / UINT8_MAX : 1);
}

static size_t size_limit(const struct dhcp_message *message)
{
	size_t len;
	const uint8_t *value = dhcp_message_option(message, DHCP_OPTION_MAX_SIZE, &len);
	size_t most = value && len == 2 ? (size_t)value[0] << 8 | value[1] : 0;

	most = most > HEADERS ? most - HEADERS : 0;
	return MIN(MAX(most, (size_t)MESSAGE_LOW), (size_t)DHCP_MESSAGE_MAX);
}

/* A field of the fixed part that takes what finds no room among the options. */
struct extra {
	struct wire_writer w;
	bool open;
};

static bool put_extra(struct extra *extra, const struct dhcp_item *item)
{
	if (!extra->open || bytes_of(item) + 1 > wire_room(&extra->w))
		return false;
	dhcp_reply_option(&extra->w, item->code, item->value, item->len);
	return true;
}

static unsigned end_extra(struct extra *extra, unsigned bit)
{
	if (!extra->open || !wire_written(&extra->w))
		return 0;
	wire_put_u8(&extra->w, DHCP_OPTION_END);
	return bit;
}

/* Option 82 comes last, as it came (RFC 3046 section 2.2). */
static void put_items(const struct dhcp_draft *d, struct wire_writer *w, uint8_t *data,
	const struct dhcp_item *relay, struct dhcp_stats *stats)
{
	size_t kept = 1 + 3 + (relay ? bytes_of(relay) : 0); /* END, option 52, the relay's */
	struct extra file = {.open = !d->file || !*d->file},
		     sname = {.open = !d->sname || !*d->sname};
	unsigned overload;

	wire_writer_init(&file.w, data + FILE_AT, FILE_LEN);
	wire_writer_init(&sname.w, data + SNAME_AT, SNAME_LEN);
	for (unsigned i = 0; i < d->count; i++) {
		const struct dhcp_item *item = &d->items[i];

		if (bytes_of(item) + kept <= wire_room(w))
			dhcp_reply_option(w, item->code, item->value, item->len);
		else if (!put_extra(&file, item) && !put_extra(&sname, item))
			stats->cut++;
	}
	overload = end_extra(&file, IN_FILE) | end_extra(&sname, IN_SNAME);
	if (overload)
		dhcp_reply_option(w, DHCP_OPTION_OVERLOAD, &(uint8_t){(uint8_t)overload}, 1);
	if (relay)
		dhcp_reply_option(w, relay->code, relay->value, relay->len);
	dhcp_reply_end(w);
}

static void lay_out(struct dhcp_server *server, const struct dhcp_draft *d,
	const struct dhcp_client *client, const struct dhcp_fixed *fixed, struct dhcp_reply *reply)
{
	struct dhcp_item relay = {.code = DHCP_OPTION_RELAY};
	size_t most = size_limit(client->message);
	struct wire_writer w;

	relay.value = dhcp_message_option(client->message, DHCP_OPTION_RELAY, &relay.len);
	/* What a relay adds comes on top of what the client takes. */
	if (relay.value)
		most = MIN(most + bytes_of(&relay), (size_t)DHCP_MESSAGE_MAX);
	wire_writer_init(&w, reply->data, most);
	dhcp_reply_begin(&w, fixed);
	if (d->file)
		memcpy(reply->data + FILE_AT, d->file, strlen(d->file));
	if (d->sname)
		memcpy(reply->data + SNAME_AT, d->sname, strlen(d->sname));
	put_items(d, &w, reply->data, relay.value ? &relay : NULL, &server->stats);
	if (wire_overflowed(&w)) { /* a relay's option that leaves no room for anything */
		server->stats.cut++;
		reply->way = DHCP_NO_WAY;
		return;
	}
	server->stats.cut += d->cut;
	reply->len = wire_written(&w);
	server->stats.sent[reply->type]++;
}

/* ---- where it goes ---- */

static bool is_for_broadcast(const struct dhcp_server *server, const struct dhcp_client *client)
{
	const struct dhcp_fixed *fixed = &client->message->fixed;

	if (fixed->flags & DHCP_BROADCAST || fixed->htype != 1 || fixed->hlen != 6)
		return true;
	for (const struct dhcp_rule *rule = server->config->broadcast; rule; rule = rule->next)
		if (dhcp_cond_holds(&rule->cond, client->tags))
			return true;
	return fixed->chaddr[0] & 1; /* no station's address */
}

static void direct(const struct dhcp_server *server, const struct dhcp_client *client,
	uint32_t address, struct dhcp_reply *reply)
{
	const struct dhcp_fixed *fixed = &client->message->fixed;

	reply->netif = client->netif;
	reply->source = server->config->links[client->netif].address;
	reply->port = DHCP_CLIENT_PORT;
	if (fixed->giaddr) {
		reply->way = DHCP_ROUTED;
		reply->address = fixed->giaddr;
		reply->port = DHCP_SERVER_PORT;
	} else if (reply->type == DHCP_NAK) {
		reply->way = DHCP_LINK;
		reply->address = UINT32_MAX;
	} else if (fixed->ciaddr && client->message->type != DHCP_DISCOVER) {
		reply->way = DHCP_ROUTED;
		reply->address = fixed->ciaddr;
	} else if (is_for_broadcast(server, client)) {
		reply->way = DHCP_LINK;
		reply->address = UINT32_MAX;
	} else {
		reply->way = DHCP_STATION;
		reply->address = address;
		memcpy(reply->mac, fixed->chaddr, sizeof(reply->mac));
	}
}

/* Table 3's fixed part. */
static struct dhcp_fixed fixed_of(
	const struct dhcp_client *client, enum dhcp_type type, uint32_t address)
{
	const struct dhcp_fixed *asked = &client->message->fixed;
	struct dhcp_fixed fixed = {
		.htype = asked->htype,
		.hlen = asked->hlen,
		.xid = asked->xid,
		.flags = asked->flags,
		.yiaddr = address,
		.giaddr = asked->giaddr,
	};

	memcpy(fixed.chaddr, asked->chaddr, sizeof(fixed.chaddr));
	if (type == DHCP_ACK)
		fixed.ciaddr = asked->ciaddr;
	/* So that the relay sends it to a client whose address is wrong: section 4.3.2. */
	if (type == DHCP_NAK && asked->giaddr)
		fixed.flags |= DHCP_BROADCAST;
	return fixed;
}

static void begin(struct dhcp_draft *d, const struct dhcp_client *client, enum dhcp_type type)
{
	uint8_t *p;

	d->count = 0;
	d->used = 0;
	memset(d->has, 0, sizeof(d->has));
	d->file = d->sname = NULL;
	d->siaddr = 0;
	d->cut = false;
	p = dhcp_draft_room(d, 1);
	ASSERT(p);
	*p = (uint8_t)type;
	dhcp_draft_add(d, DHCP_OPTION_TYPE, p, 1);
	dhcp_draft_add32(d, DHCP_OPTION_SERVER_ID, client->ours);
}

static void add_echoed(struct dhcp_draft *d, const struct dhcp_client *client, uint8_t code)
{
	size_t len;
	const uint8_t *value = dhcp_message_option(client->message, code, &len);

	if (value)
		dhcp_draft_add(d, code, value, len);
}

/* RFC 4702 section 3: to who sends it. */
static void add_fqdn(
	struct dhcp_draft *d, const struct dhcp_server *server, const struct dhcp_client *client)
{
	uint8_t value[DHCP_FQDN_MAX], *p;
	size_t len = dhcp_fqdn_answer(server, client, value);

	p = len ? dhcp_draft_room(d, len) : NULL;
	if (!p)
		return;
	memcpy(p, value, len);
	dhcp_draft_add(d, DHCP_OPTION_FQDN, p, len);
}

/* The configuration's number of seconds in option CODE, or OTHER. */
static uint32_t time_or(const struct dhcp_config *config, const struct dhcp_client *client,
	uint8_t code, uint32_t other)
{
	const struct dhcp_option_value *v = dhcp_find_option(config, client, code);

	return v && v->len == 4 ? wire_u32(v->value) : other;
}

/*
 * Section 4.4.5's times, unless the configuration has others; these must be in order, which a
 * client that asks for a short lease can bring about that they are not.
 */
static void add_times(struct dhcp_draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint32_t lease)
{
	uint32_t late = (uint32_t)((uint64_t)lease * 7 / 8), t1, t2;

	dhcp_draft_add32(d, DHCP_OPTION_LEASE_TIME, lease);
	if (lease == DHCP_FOREVER)
		return;
	t1 = time_or(config, client, DHCP_OPTION_T1, lease / 2);
	t2 = time_or(config, client, DHCP_OPTION_T2, MAX(late, t1));
	if (t1 > t2 || t2 >= lease) {
		t1 = lease / 2;
		t2 = late;
	}
	dhcp_draft_add32(d, DHCP_OPTION_T1, t1);
	dhcp_draft_add32(d, DHCP_OPTION_T2, t2);
}

void dhcp_answer(struct dhcp_server *server, const struct dhcp_client *client, enum dhcp_type type,
	uint32_t address, uint32_t lease, struct dhcp_reply *reply)
{
	struct dhcp_fixed fixed = fixed_of(client, type, address);
	struct dhcp_draft *d = &draft;

	reply->type = type;
	direct(server, client, address, reply);
	begin(d, client, type);
	if (lease)
		add_times(d, server->config, client, lease);
	/* RFC 4039 section 3.1: an ACK to a DISCOVER. */
	if (type == DHCP_ACK && client->message->type == DHCP_DISCOVER)
		dhcp_draft_add(d, DHCP_OPTION_RAPID_COMMIT, d->scratch, 0);
	add_echoed(d, client, DHCP_OPTION_CLIENT_ID); /* RFC 6842 */
	if (type != DHCP_NAK) {
		dhcp_draft_add_boot(d, server->config, client);
		add_echoed(d, client, DHCP_OPTION_UUID);   /* RFC 4578 section 2.3 */
		add_echoed(d, client, DHCP_OPTION_SUBNET); /* RFC 3011: which was heeded */
		add_fqdn(d, server, client);
		dhcp_draft_add_options(d, server->config, client);
		fixed.siaddr = d->siaddr;
	}
	lay_out(server, d, client, &fixed, reply);
}

/* ---- leasequery ---- */

static void add_lease(struct dhcp_draft *d, const struct dhcp_lease *lease, uint64_t now)
{
	uint64_t left = lease->end == DHCP_NEVER ? DHCP_FOREVER : lease->end - now;

	dhcp_draft_add32(d, DHCP_OPTION_LEASE_TIME, (uint32_t)MIN(left, (uint64_t)DHCP_FOREVER));
	dhcp_draft_add32(
		d, DHCP_OPTION_LAST_TRANSACTION, (uint32_t)(now - MIN(lease->touched, now)));
	if (lease->id.bytes[0] == 1)
		dhcp_draft_add(d, DHCP_OPTION_CLIENT_ID, lease->id.bytes + 1, lease->id.len - 1u);
}

void dhcp_answer_query(struct dhcp_server *server, const struct dhcp_client *client,
	enum dhcp_type type, const struct dhcp_lease *lease, struct dhcp_reply *reply)
{
	struct dhcp_fixed fixed = fixed_of(client, type, 0);
	struct dhcp_draft *d = &draft;

	reply->type = type;
	direct(server, client, 0, reply);
	fixed.ciaddr = client->message->fixed.ciaddr;
	begin(d, client, type);
	if (lease) {
		fixed.htype = lease->htype;
		fixed.hlen = lease->hlen;
		memcpy(fixed.chaddr, lease->chaddr, sizeof(fixed.chaddr));
		add_lease(d, lease, client->now);
	}
	lay_out(server, d, client, &fixed, reply);
}
