/* SPDX-License-Identifier: ISC */
/* What an answer says and where it goes: RFC 2131 sections 4.1 and 4.3.1, table 3. */
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/dhcp/fqdn.h"

#define ITEMS       96
#define SCRATCH     1024
#define MESSAGE_LOW 548 /* bytes that every client takes: 576 with headers */
#define HEADERS     28  /* IP and UDP, which option 57 counts too */
#define SNAME_AT    44
#define SNAME_LEN   64
#define FILE_AT     108
#define FILE_LEN    128
#define IN_FILE     1 /* option 52 */
#define IN_SNAME    2

struct item {
	uint8_t code;
	const uint8_t *value;
	size_t len;
};

/* What is to be said, collected before it is laid out. */
struct draft {
	struct item items[ITEMS];
	unsigned count;
	uint32_t has[8]; /* a bit for each code */
	uint8_t scratch[SCRATCH];
	size_t used;
	const char *file, *sname;
	uint32_t siaddr;
	bool cut;
};

static struct draft draft;

/* ---- collecting ---- */

static bool has(const struct draft *d, uint8_t code)
{
	return d->has[code / 32] >> code % 32 & 1;
}

static void add(struct draft *d, uint8_t code, const uint8_t *value, size_t len)
{
	if (has(d, code) || d->count == ITEMS) {
		d->cut = d->cut || !has(d, code);
		return;
	}
	d->has[code / 32] |= 1u << code % 32;
	d->items[d->count++] = (struct item){code, value, len};
}

/* Room of the draft's own; NULL when there is none. */
static uint8_t *room(struct draft *d, size_t len)
{
	uint8_t *at = d->scratch + d->used;

	if (len > sizeof(d->scratch) - d->used) {
		d->cut = true;
		return NULL;
	}
	d->used += len;
	return at;
}

static void put32(uint8_t *p, uint32_t value)
{
	wire_set_u16(p, (uint16_t)(value >> 16));
	wire_set_u16(p + 2, (uint16_t)value);
}

static void add32(struct draft *d, uint8_t code, uint32_t value)
{
	uint8_t *p = room(d, 4);

	if (p) {
		put32(p, value);
		add(d, code, p, 4);
	}
}

static void add_text(struct draft *d, uint8_t code, const char *text)
{
	if (text && *text)
		add(d, code, (const uint8_t *)text, strlen(text));
}

/* ---- options of the configuration ---- */

static bool is_tagged(const struct dhcp_cond *cond)
{
	return cond->all || cond->none;
}

/* The one that applies: with tags before without, the last of equals. */
static const struct dhcp_option_value *find_option(
	const struct dhcp_config *config, const struct dhcp_client *client, uint8_t code)
{
	const struct dhcp_option_value *best = NULL;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->code == code && v->space == DHCP_SPACE_PLAIN &&
			dhcp_cond_holds(&v->cond, client->tags) &&
			(!best || is_tagged(&v->cond) || !is_tagged(&best->cond)))
			best = v;
	return best;
}

static void add_value(
	struct draft *d, const struct dhcp_client *client, const struct dhcp_option_value *v)
{
	uint8_t *p;

	if (!v->addresses) {
		add(d, v->code, v->value, v->len);
		return;
	}
	p = room(d, v->len);
	if (!p)
		return;
	memcpy(p, v->value, v->len);
	for (size_t i = 0; i + 4 <= v->len; i += 4)
		if (!(p[i] | p[i + 1] | p[i + 2] | p[i + 3]))
			put32(p + i, client->ours);
	add(d, v->code, p, v->len);
}

static bool vendor_has(const struct dhcp_client *client, const char *text)
{
	size_t len, part = strlen(text);
	const uint8_t *class = dhcp_message_option(client->message, DHCP_OPTION_VENDOR_CLASS, &len);

	for (size_t i = 0; class && i + part <= len; i++)
		if (memcmp(class + i, text, part) == 0)
			return true;
	return false;
}

/* Option 43 (RFC 2132 section 8.4) of the vendor's options. */
static void add_vendor(struct draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, bool forced_only)
{
	uint8_t *start = d->scratch + d->used;
	size_t before = d->used;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next) {
		uint8_t *p;

		if (v->space != DHCP_SPACE_VENDOR || (forced_only && !v->force) ||
			!dhcp_cond_holds(&v->cond, client->tags) || !vendor_has(client, v->vendor))
			continue;
		p = room(d, v->len + 2);
		if (!p)
			continue;
		p[0] = v->code;
		p[1] = (uint8_t)v->len;
		memcpy(p + 2, v->value, v->len);
	}
	if (d->used > before)
		add(d, DHCP_OPTION_VENDOR, start, d->used - before);
}

static size_t enterprise_len(
	const struct dhcp_config *config, const struct dhcp_client *client, uint32_t enterprise)
{
	size_t len = 0;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->space == DHCP_SPACE_ENTERPRISE && v->enterprise == enterprise &&
			dhcp_cond_holds(&v->cond, client->tags))
			len += v->len + 2;
	return len;
}

static bool is_first_of_enterprise(
	const struct dhcp_config *config, const struct dhcp_option_value *value)
{
	const struct dhcp_option_value *v = config->options;

	while (v->space != DHCP_SPACE_ENTERPRISE || v->enterprise != value->enterprise)
		v = v->next;
	return v == value;
}

/* One enterprise's part of option 125 (RFC 3925 section 4). */
static void put_enterprise(struct draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint32_t enterprise)
{
	size_t len = enterprise_len(config, client, enterprise);
	uint8_t *p = len && len <= UINT8_MAX ? room(d, len + 5) : NULL;

	if (!p) {
		d->cut = d->cut || len;
		return;
	}
	put32(p, enterprise);
	p[4] = (uint8_t)len;
	p += 5;
	for (const struct dhcp_option_value *v = config->options; v; v = v->next) {
		if (v->space != DHCP_SPACE_ENTERPRISE || v->enterprise != enterprise ||
			!dhcp_cond_holds(&v->cond, client->tags))
			continue;
		p[0] = v->code;
		p[1] = (uint8_t)v->len;
		memcpy(p + 2, v->value, v->len);
		p += 2 + v->len;
	}
}

static void add_enterprises(
	struct draft *d, const struct dhcp_config *config, const struct dhcp_client *client)
{
	uint8_t *start = d->scratch + d->used;
	size_t before = d->used;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->space == DHCP_SPACE_ENTERPRISE && is_first_of_enterprise(config, v))
			put_enterprise(d, config, client, v->enterprise);
	if (d->used > before)
		add(d, DHCP_OPTION_ENTERPRISE, start, d->used - before);
}

/* What the client wants of what the server knows without being told. */
static void add_known(struct draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint8_t code)
{
	const struct dhcp_range *net = client->network;

	switch (code) {
	case DHCP_OPTION_MASK:
		add32(d, code, net->mask);
		break;
	case DHCP_OPTION_BROADCAST:
		add32(d, code, net->first | ~net->mask);
		break;
	case DHCP_OPTION_HOST_NAME:
		add_text(d, code, client->host ? client->host->name : NULL);
		break;
	case DHCP_OPTION_DOMAIN:
		add_text(d, code, config->domain);
		break;
	case DHCP_OPTION_VENDOR:
		add_vendor(d, config, client, false);
		break;
	case DHCP_OPTION_ENTERPRISE:
		add_enterprises(d, config, client);
		break;
	default:
		break;
	}
}

/* An answer's own words, which the client cannot ask for in option 55. */
static bool is_own_word(uint8_t code)
{
	return code == DHCP_OPTION_PAD || code == DHCP_OPTION_END || code == DHCP_OPTION_OVERLOAD ||
	       code == DHCP_OPTION_RELAY || code == DHCP_OPTION_CLIENT_ID ||
	       code == DHCP_OPTION_FQDN || code == DHCP_OPTION_SUBNET;
}

static void add_wanted(struct draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint8_t code)
{
	const struct dhcp_option_value *value;

	if (has(d, code) || is_own_word(code))
		return;
	value = find_option(config, client, code);
	if (value)
		add_value(d, client, value);
	else
		add_known(d, config, client, code);
}

/* In the client's own order (RFC 2132 section 9.8); without one, all that there is. */
static void add_options(
	struct draft *d, const struct dhcp_config *config, const struct dhcp_client *client)
{
	size_t len;
	const uint8_t *wanted = dhcp_message_option(client->message, DHCP_OPTION_PARAMETERS, &len);

	add_wanted(d, config, client, DHCP_OPTION_MASK); /* before the router: section 3.3 */
	for (size_t i = 0; wanted && i < len; i++)
		add_wanted(d, config, client, wanted[i]);
	for (unsigned code = 1; !wanted && code < DHCP_OPTION_END; code++)
		add_wanted(d, config, client, (uint8_t)code);
	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->force && v->space == DHCP_SPACE_PLAIN &&
			find_option(config, client, v->code) == v)
			add_value(d, client, v);
	if (!has(d, DHCP_OPTION_VENDOR))
		add_vendor(d, config, client, true);
}

static bool wants(const struct dhcp_client *client, uint8_t code)
{
	size_t len;
	const uint8_t *wanted = dhcp_message_option(client->message, DHCP_OPTION_PARAMETERS, &len);

	return wanted && memchr(wanted, code, len);
}

/* In the fields that are there for it, or as options for who wants those (RFC 2132 section 9.4). */
static void add_boot(
	struct draft *d, const struct dhcp_config *config, const struct dhcp_client *client)
{
	const struct dhcp_boot *best = NULL;

	for (const struct dhcp_boot *b = config->boots; b; b = b->next)
		if (dhcp_cond_holds(&b->cond, client->tags) &&
			(!best || is_tagged(&b->cond) || !is_tagged(&best->cond)))
			best = b;
	if (!best)
		return;
	d->siaddr = best->address ? best->address : client->ours;
	if (wants(client, DHCP_OPTION_BOOT_FILE))
		add_text(d, DHCP_OPTION_BOOT_FILE, best->file);
	else
		d->file = best->file;
	if (wants(client, DHCP_OPTION_BOOT_SERVER))
		add_text(d, DHCP_OPTION_BOOT_SERVER, best->server);
	else
		d->sname = best->server;
}

/* ---- laying out ---- */

static size_t bytes_of(const struct item *item)
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

static bool put_extra(struct extra *extra, const struct item *item)
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
static void put_items(const struct draft *d, struct wire_writer *w, uint8_t *data,
	const struct item *relay, struct dhcp_stats *stats)
{
	size_t kept = 1 + 3 + (relay ? bytes_of(relay) : 0); /* END, option 52, the relay's */
	struct extra file = {.open = !d->file || !*d->file},
		     sname = {.open = !d->sname || !*d->sname};
	unsigned overload;

	wire_writer_init(&file.w, data + FILE_AT, FILE_LEN);
	wire_writer_init(&sname.w, data + SNAME_AT, SNAME_LEN);
	for (unsigned i = 0; i < d->count; i++) {
		const struct item *item = &d->items[i];

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

static void lay_out(struct dhcp_server *server, const struct draft *d,
	const struct dhcp_client *client, const struct dhcp_fixed *fixed, struct dhcp_reply *reply)
{
	struct item relay = {.code = DHCP_OPTION_RELAY};
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

static void begin(struct draft *d, const struct dhcp_client *client, enum dhcp_type type)
{
	uint8_t *p;

	d->count = 0;
	d->used = 0;
	memset(d->has, 0, sizeof(d->has));
	d->file = d->sname = NULL;
	d->siaddr = 0;
	d->cut = false;
	p = room(d, 1);
	ASSERT(p);
	*p = (uint8_t)type;
	add(d, DHCP_OPTION_TYPE, p, 1);
	add32(d, DHCP_OPTION_SERVER_ID, client->ours);
}

static void add_echoed(struct draft *d, const struct dhcp_client *client, uint8_t code)
{
	size_t len;
	const uint8_t *value = dhcp_message_option(client->message, code, &len);

	if (value)
		add(d, code, value, len);
}

/* RFC 4702 section 3: to who sends it. */
static void add_fqdn(
	struct draft *d, const struct dhcp_server *server, const struct dhcp_client *client)
{
	uint8_t value[DHCP_FQDN_MAX], *p;
	size_t len = dhcp_fqdn_answer(server, client, value);

	p = len ? room(d, len) : NULL;
	if (!p)
		return;
	memcpy(p, value, len);
	add(d, DHCP_OPTION_FQDN, p, len);
}

/* The configuration's number of seconds in option CODE, or OTHER. */
static uint32_t time_or(const struct dhcp_config *config, const struct dhcp_client *client,
	uint8_t code, uint32_t other)
{
	const struct dhcp_option_value *v = find_option(config, client, code);

	return v && v->len == 4 ? (uint32_t)v->value[0] << 24 | (uint32_t)v->value[1] << 16 |
					  (uint32_t)v->value[2] << 8 | v->value[3]
				: other;
}

/*
 * Section 4.4.5's times, unless the configuration has others; these must be in order, which a
 * client that asks for a short lease can bring about that they are not.
 */
static void add_times(struct draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint32_t lease)
{
	uint32_t late = (uint32_t)((uint64_t)lease * 7 / 8), t1, t2;

	add32(d, DHCP_OPTION_LEASE_TIME, lease);
	if (lease == DHCP_FOREVER)
		return;
	t1 = time_or(config, client, DHCP_OPTION_T1, lease / 2);
	t2 = time_or(config, client, DHCP_OPTION_T2, MAX(late, t1));
	if (t1 > t2 || t2 >= lease) {
		t1 = lease / 2;
		t2 = late;
	}
	add32(d, DHCP_OPTION_T1, t1);
	add32(d, DHCP_OPTION_T2, t2);
}

void dhcp_answer(struct dhcp_server *server, const struct dhcp_client *client, enum dhcp_type type,
	uint32_t address, uint32_t lease, struct dhcp_reply *reply)
{
	struct dhcp_fixed fixed = fixed_of(client, type, address);
	struct draft *d = &draft;

	reply->type = type;
	direct(server, client, address, reply);
	begin(d, client, type);
	if (lease)
		add_times(d, server->config, client, lease);
	/* RFC 4039 section 3.1: an ACK to a DISCOVER. */
	if (type == DHCP_ACK && client->message->type == DHCP_DISCOVER)
		add(d, DHCP_OPTION_RAPID_COMMIT, d->scratch, 0);
	add_echoed(d, client, DHCP_OPTION_CLIENT_ID); /* RFC 6842 */
	if (type != DHCP_NAK) {
		add_boot(d, server->config, client);
		add_echoed(d, client, DHCP_OPTION_UUID);   /* RFC 4578 section 2.3 */
		add_echoed(d, client, DHCP_OPTION_SUBNET); /* RFC 3011: which was heeded */
		add_fqdn(d, server, client);
		add_options(d, server->config, client);
		fixed.siaddr = d->siaddr;
	}
	lay_out(server, d, client, &fixed, reply);
}

/* ---- leasequery ---- */

static void add_lease(struct draft *d, const struct dhcp_lease *lease, uint64_t now)
{
	uint64_t left = lease->end == DHCP_NEVER ? DHCP_FOREVER : lease->end - now;

	add32(d, DHCP_OPTION_LEASE_TIME, (uint32_t)MIN(left, (uint64_t)DHCP_FOREVER));
	add32(d, DHCP_OPTION_LAST_TRANSACTION, (uint32_t)(now - MIN(lease->touched, now)));
	if (lease->id.bytes[0] == 1)
		add(d, DHCP_OPTION_CLIENT_ID, lease->id.bytes + 1, lease->id.len - 1u);
}

void dhcp_answer_query(struct dhcp_server *server, const struct dhcp_client *client,
	enum dhcp_type type, const struct dhcp_lease *lease, struct dhcp_reply *reply)
{
	struct dhcp_fixed fixed = fixed_of(client, type, 0);
	struct draft *d = &draft;

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
