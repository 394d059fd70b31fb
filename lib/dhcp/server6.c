/* SPDX-License-Identifier: ISC */
/* RFC 8415 section 18.3: what each message of a client does. */
#include "lib/dhcp/server6.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/siphash.h"
#include "lib/dhcp/engine6.h"
#include "lib/dhcp/ra.h"

#define MS            1000u
#define OFFER_HOLD    30u
#define DECLINED_HOLD 600u
#define SWEEP_PARTS   16u

/* ---- init ---- */

uint64_t dhcp6_server_memory(const struct dhcp_config *config)
{
	return config->ranges6 ? dhcp_leases_memory(config->lease_max6) : 0;
}

int dhcp6_server_init(struct dhcp6_server *server, const struct dhcp_config *config,
	uint32_t client_rate, const uint8_t key[16], const uint8_t mac[6])
{
	static const uint8_t link_layer[4] = {0, 3, 0, 1}; /* DUID-LL, Ethernet */

	memset(server, 0, sizeof(*server));
	server->config = config;
	server->client_rate = client_rate;
	memcpy(server->duid, link_layer, 4);
	memcpy(server->duid + 4, mac, 6);
	server->duid_len = 10;
	dhcp_rate_init(&server->rate, key);
	return dhcp_leases_init(&server->leases, config->lease_max6, key);
}

bool dhcp6_server_set_duid(struct dhcp6_server *server, const uint8_t *duid, size_t len)
{
	if (len < 3 || len > sizeof(server->duid)) /* RFC 8415 section 11.1 */
		return false;
	memcpy(server->duid, duid, len);
	server->duid_len = len;
	return true;
}

void dhcp6_server_fini(struct dhcp6_server *server)
{
	dhcp_leases_fini(&server->leases);
}

/* ---- answers ---- */

static void put_status(struct wire_writer *w, enum dhcp6_status status)
{
	uint8_t value[2] = {0, (uint8_t)status};

	dhcp6_put(w, DHCP6_OPTION_STATUS, value, sizeof(value));
}

static void put_ia_head(struct wire_writer *w, uint32_t iaid, uint32_t seconds)
{
	wire_put_u32(w, iaid);
	wire_put_u32(w, seconds == DHCP_FOREVER ? DHCP_FOREVER : seconds / 2);
	wire_put_u32(w, seconds == DHCP_FOREVER
				? DHCP_FOREVER
				: (uint32_t)((uint64_t)seconds * 4 / 5)); /* section 21.4 */
}

static void put_address(struct wire_writer *w, const uint8_t address[16], uint32_t seconds)
{
	uint8_t *head = dhcp6_open(w, DHCP6_OPTION_ADDRESS);

	wire_put_bytes(w, address, 16);
	wire_put_u32(w, seconds); /* preferred, */
	wire_put_u32(w, seconds); /* and valid */
	dhcp6_close(w, head);
}

static void put_ia(struct wire_writer *w, const struct dhcp6_client *c, const uint8_t address[16],
	uint32_t seconds)
{
	uint8_t *head = dhcp6_open(w, DHCP6_OPTION_IA_NA);

	put_ia_head(w, c->iaid, seconds);
	put_address(w, address, seconds);
	dhcp6_close(w, head);
}

static void put_refused(
	struct wire_writer *w, uint16_t code, const uint8_t *iaid, enum dhcp6_status status)
{
	static const uint8_t times[8];
	uint8_t *head = dhcp6_open(w, code);

	wire_put_bytes(w, iaid, 4);
	if (code != DHCP6_OPTION_IA_TA)
		wire_put_bytes(w, times, sizeof(times));
	put_status(w, status);
	dhcp6_close(w, head);
}

/* What there is no more of: a second IA_NA, temporary addresses, prefixes. */
static void put_others(struct wire_writer *w, const struct dhcp6_client *c)
{
	struct dhcp6_field options = c->message->options, value;
	uint16_t code;

	while (dhcp6_next_option(&options, &code, &value)) {
		if (value.len < 4)
			continue;
		if (code == DHCP6_OPTION_IA_PD)
			put_refused(w, code, value.data, DHCP6_NO_PREFIX);
		else if (code == DHCP6_OPTION_IA_TA ||
			 (code == DHCP6_OPTION_IA_NA && value.data != c->ia.data))
			put_refused(w, code, value.data, DHCP6_NO_ADDRESSES);
	}
}

static void put_option(struct wire_writer *w, const struct dhcp6_server *server,
	const struct dhcp6_client *c, const struct dhcp6_option_value *v)
{
	static const uint8_t any[16];
	const struct dhcp_link *link = &server->config->links[c->netif];
	uint8_t *head = dhcp6_open(w, v->code);

	if (v->len % 16 || (v->code != 23 && v->code != 22 && v->code != 31)) {
		wire_put_bytes(w, v->value, v->len);
	} else {
		for (size_t i = 0; i < v->len; i += 16)
			wire_put_bytes(w,
				link->length6 && !memcmp(v->value + i, any, 16) ? link->address6
										: v->value + i,
				16);
	}
	dhcp6_close(w, head);
}

/* Option 6 names what is wanted; without it, all that there is. */
static void put_options(
	struct wire_writer *w, const struct dhcp6_server *server, const struct dhcp6_client *c)
{
	struct dhcp6_field wanted = dhcp6_find(c->message->options, DHCP6_OPTION_WANTED);

	for (const struct dhcp6_option_value *v = server->config->options6; v; v = v->next) {
		bool is_wanted = !wanted.data || v->code == 7;

		for (size_t i = 0; i + 2 <= wanted.len; i += 2)
			is_wanted =
				is_wanted || (wanted.data[i] << 8 | wanted.data[i + 1]) == v->code;
		if (is_wanted && dhcp6_find_option(server->config, c->tags, v->code) == v)
			put_option(w, server, c, v);
	}
}

static void begin(struct wire_writer *w, const struct dhcp6_server *server,
	const struct dhcp6_client *c, enum dhcp6_type type, struct dhcp6_answer *answer)
{
	wire_writer_init(w, answer->data, sizeof(answer->data));
	dhcp6_reply_begin(w, c->message, type);
	if (c->duid.data)
		dhcp6_put(w, DHCP6_OPTION_CLIENT_ID, c->duid.data, c->duid.len);
	dhcp6_put(w, DHCP6_OPTION_SERVER_ID, server->duid, server->duid_len);
}

static void end(struct wire_writer *w, struct dhcp6_server *server, const struct dhcp6_client *c,
	struct dhcp6_answer *answer)
{
	dhcp6_reply_end(w, c->message);
	answer->len = wire_overflowed(w) ? 0 : wire_written(w);
	server->stats.sent += answer->len > 0;
}

/* ---- messages ---- */

static uint64_t end_after(uint64_t now, uint32_t seconds)
{
	return seconds == DHCP_FOREVER ? DHCP_NEVER : now + seconds;
}

/* Writes the IA with an address, offered or bound, or why there is none. */
static void assign(struct wire_writer *w, struct dhcp6_server *server, const struct dhcp6_client *c,
	bool bind, struct dhcp6_answer *answer)
{
	uint32_t number = dhcp6_choose(server, c), seconds = dhcp6_time_of(server, c, number);
	struct dhcp_lease *lease = NULL;
	uint8_t address[16];

	if (number != DHCP6_NO_NUMBER && dhcp6_address_of(server->config, number, address))
		lease = dhcp6_take(server, c, number, bind ? DHCP_LEASE_BOUND : DHCP_LEASE_OFFERED,
			bind ? end_after(c->now, seconds) : c->now + OFFER_HOLD);
	if (!lease) {
		server->stats.full += number == DHCP6_NO_NUMBER;
		put_refused(w, DHCP6_OPTION_IA_NA, c->ia.data, DHCP6_NO_ADDRESSES);
		return;
	}
	if (bind) {
		answer->changed = lease;
		memcpy(answer->address, address, 16);
	}
	put_ia(w, c, address, seconds);
}

static void solicit(
	struct dhcp6_server *server, const struct dhcp6_client *c, struct dhcp6_answer *answer)
{
	bool rapid = server->config->rapid_commit &&
		     dhcp6_find(c->message->options, DHCP6_OPTION_RAPID_COMMIT).data;
	struct wire_writer w;

	begin(&w, server, c, rapid ? DHCP6_REPLY : DHCP6_ADVERTISE, answer);
	if (rapid)
		dhcp6_put(&w, DHCP6_OPTION_RAPID_COMMIT, NULL, 0);
	if (c->ia.data)
		assign(&w, server, c, rapid, answer);
	put_others(&w, c);
	put_options(&w, server, c);
	end(&w, server, c, answer);
}

/* REQUEST, RENEW, REBIND: what the client names it may have, or it has no binding. */
static void confirm_lease(struct wire_writer *w, struct dhcp6_server *server,
	const struct dhcp6_client *c, struct dhcp6_answer *answer)
{
	struct dhcp6_field options = {c->ia.data + DHCP6_IA_LEN, c->ia.len - DHCP6_IA_LEN},
			   named = dhcp6_find(options, DHCP6_OPTION_ADDRESS);

	if (c->message->type == DHCP6_REQUEST || named.len < DHCP6_ADDRESS_LEN ||
		dhcp6_usable(server, c, named.data) != DHCP6_NO_NUMBER)
		assign(w, server, c, true, answer);
	else if (c->message->type == DHCP6_RENEW)
		put_refused(w, DHCP6_OPTION_IA_NA, c->ia.data, DHCP6_NO_BINDING);
	else
		put_ia(w, c, named.data, 0); /* section 18.3.5: it is not to be used any more */
}

static void request(
	struct dhcp6_server *server, const struct dhcp6_client *c, struct dhcp6_answer *answer)
{
	struct wire_writer w;

	begin(&w, server, c, DHCP6_REPLY, answer);
	if (c->ia.data)
		confirm_lease(&w, server, c, answer);
	put_others(&w, c);
	put_options(&w, server, c);
	end(&w, server, c, answer);
}

/* Section 18.3.3: are the addresses fit for the link? Without any there is nothing to say. */
static void confirm(
	struct dhcp6_server *server, const struct dhcp6_client *c, struct dhcp6_answer *answer)
{
	struct dhcp6_field options = {NULL, 0}, named;
	bool on_link = false;
	struct wire_writer w;

	if (!c->ia.data)
		return;
	options = (struct dhcp6_field){c->ia.data + DHCP6_IA_LEN, c->ia.len - DHCP6_IA_LEN};
	named = dhcp6_find(options, DHCP6_OPTION_ADDRESS);
	if (named.len < DHCP6_ADDRESS_LEN)
		return;
	for (const struct dhcp6_range *r = server->config->ranges6; r; r = r->next)
		on_link = on_link || (dhcp6_client_on_link(c, r) &&
					     dhcp6_same_prefix(named.data, r->first, r->length));
	begin(&w, server, c, DHCP6_REPLY, answer);
	put_status(&w, on_link ? DHCP6_SUCCESS : DHCP6_NOT_ON_LINK);
	end(&w, server, c, answer);
}

/* RELEASE and DECLINE of the address that the IA names. */
static void give_back(
	struct dhcp6_server *server, const struct dhcp6_client *c, struct dhcp6_answer *answer)
{
	struct dhcp6_field options = {NULL, 0}, named;
	const struct dhcp6_range *range;
	struct dhcp_lease *lease = NULL;
	struct wire_writer w;

	if (c->ia.data)
		options = (struct dhcp6_field){c->ia.data + DHCP6_IA_LEN, c->ia.len - DHCP6_IA_LEN};
	named = dhcp6_find(options, DHCP6_OPTION_ADDRESS);
	if (named.len >= DHCP6_ADDRESS_LEN)
		lease = dhcp_lease_by_address(
			&server->leases, dhcp6_number_of(server->config, named.data, &range));
	if (lease && (!dhcp6_is_own(c, lease) || !dhcp_lease_holds(lease, c->now)))
		lease = NULL;
	begin(&w, server, c, DHCP6_REPLY, answer);
	put_status(&w, DHCP6_SUCCESS);
	if (!lease && c->ia.data)
		put_refused(&w, DHCP6_OPTION_IA_NA, c->ia.data, DHCP6_NO_BINDING);
	end(&w, server, c, answer);
	if (!lease)
		return;
	if (c->message->type == DHCP6_RELEASE) {
		dhcp6_end_lease(server, lease, c->now);
	} else {
		server->stats.conflicts++;
		dhcp_lease_set(&server->leases, lease, DHCP_LEASE_DECLINED, c->now + DECLINED_HOLD);
	}
	answer->changed = lease;
	memcpy(answer->address, named.data, 16);
}

static void inform(
	struct dhcp6_server *server, const struct dhcp6_client *c, struct dhcp6_answer *answer)
{
	struct wire_writer w;

	begin(&w, server, c, DHCP6_REPLY, answer);
	put_options(&w, server, c);
	end(&w, server, c, answer);
}

/* ---- the door ---- */

/* Section 16: who must and who must not name a client or a server. */
static bool is_for_us(struct dhcp6_server *server, const struct dhcp6_client *c)
{
	struct dhcp6_field id = dhcp6_find(c->message->options, DHCP6_OPTION_SERVER_ID);
	enum dhcp6_type type = c->message->type;
	bool is_ours =
		id.len == server->duid_len && id.data && memcmp(id.data, server->duid, id.len) == 0;

	if (type == DHCP6_SOLICIT || type == DHCP6_CONFIRM || type == DHCP6_REBIND) {
		server->stats.malformed += id.data != NULL;
		return !id.data;
	}
	if (!is_ours && id.data)
		server->stats.elsewhere++;
	else if (!id.data && type != DHCP6_INFORMATION_REQUEST)
		server->stats.malformed++;
	return is_ours || (!id.data && type == DHCP6_INFORMATION_REQUEST);
}

static bool read_client(struct dhcp6_client *c)
{
	c->duid = dhcp6_find(c->message->options, DHCP6_OPTION_CLIENT_ID);
	c->ia = dhcp6_find(c->message->options, DHCP6_OPTION_IA_NA);
	if (!c->duid.data)
		return c->message->type == DHCP6_INFORMATION_REQUEST;
	if (c->duid.len < 3 || c->duid.len > DHCP6_DUID_MAX)
		return false;
	if (!c->ia.data)
		return true;
	if (c->ia.len < DHCP6_IA_LEN ||
		!dhcp6_is_sound(
			(struct dhcp6_field){c->ia.data + DHCP6_IA_LEN, c->ia.len - DHCP6_IA_LEN}))
		return false;
	for (unsigned i = 0; i < 4; i++)
		c->iaid = c->iaid << 8 | c->ia.data[i];
	dhcp6_identify(c);
	return true;
}

static bool is_welcome(const struct dhcp6_server *server, const struct dhcp6_client *c)
{
	if (c->host && c->host->ignore)
		return false;
	for (const struct dhcp_rule *r = server->config->ignore; r; r = r->next)
		if (dhcp_cond_holds(&r->cond, c->tags))
			return false;
	return true;
}

static void dispatch(
	struct dhcp6_server *server, const struct dhcp6_client *c, struct dhcp6_answer *answer)
{
	switch (c->message->type) {
	case DHCP6_SOLICIT:
		solicit(server, c, answer);
		break;
	case DHCP6_CONFIRM:
		confirm(server, c, answer);
		break;
	case DHCP6_RELEASE:
	case DHCP6_DECLINE:
		give_back(server, c, answer);
		break;
	case DHCP6_INFORMATION_REQUEST:
		inform(server, c, answer);
		break;
	default:
		request(server, c, answer);
		break;
	}
}

void dhcp6_server_receive(struct dhcp6_server *server, uint64_t now, unsigned netif,
	const uint8_t *data, size_t len, struct dhcp6_answer *answer)
{
	struct dhcp6_message message;
	struct dhcp6_client c = {.message = &message, .netif = netif, .now = now / MS};

	answer->changed = NULL;
	answer->len = 0;
	if (netif >= DHCP_LINKS || !dhcp6_message_read(&message, data, len) || !read_client(&c)) {
		server->stats.malformed++;
		return;
	}
	server->stats.received++;
	if (!is_for_us(server, &c))
		return;
	if (c.duid.data &&
		!dhcp_rate_take(&server->rate, now, server->client_rate, c.duid.data, c.duid.len)) {
		server->stats.too_often++;
		return;
	}
	c.place = dhcp6_place_of(server, &c);
	if (!c.place) {
		server->stats.no_network++;
		return;
	}
	c.tags = server->config->link_tags[netif];
	c.host = c.duid.data ? dhcp6_find_host(server, &c) : NULL;
	c.tags |= c.host ? c.host->set : 0;
	if (is_welcome(server, &c))
		dispatch(server, &c, answer);
	else
		server->stats.ignored++;
}

void dhcp6_server_tick(struct dhcp6_server *server, uint64_t now)
{
	struct dhcp_leases *leases = &server->leases;
	uint32_t part = leases->capacity / SWEEP_PARTS + 1;

	for (uint32_t i = 0; i < part && leases->capacity; i++) {
		struct dhcp_lease *lease = &leases->entries[server->swept];

		server->swept = (server->swept + 1) % leases->capacity;
		if (lease->state > DHCP_LEASE_PAST && lease->end <= now / MS)
			dhcp6_end_lease(server, lease, now / MS);
	}
}

int dhcp6_server_restore(struct dhcp6_server *server, uint64_t now, const uint8_t address[16],
	const struct dhcp_lease *lease)
{
	const struct dhcp6_range *range;
	uint32_t number = dhcp6_number_of(server->config, address, &range);
	bool over = lease->end <= now / MS;
	struct dhcp_lease *entry;

	if (number == DHCP6_NO_NUMBER)
		return -ENOENT;
	if (dhcp_lease_by_address(&server->leases, number))
		return -EEXIST;
	if (over && list_empty(&server->leases.free))
		return -ENOMEM;
	entry = dhcp_lease_add(&server->leases, number);
	if (!entry)
		return -ENOMEM;
	dhcp_lease_give(
		&server->leases, entry, &lease->id, lease->htype, lease->hlen, lease->chaddr);
	entry->touched = lease->touched;
	dhcp_lease_set(&server->leases, entry,
		over ? DHCP_LEASE_PAST : (enum dhcp_lease_state)lease->state, lease->end);
	return 0;
}
