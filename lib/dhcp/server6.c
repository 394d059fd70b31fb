/* SPDX-License-Identifier: ISC */
/* RFC 8415 section 18.3: what each message of a client does. */
#include "lib/dhcp/server6.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/siphash.h"
#include "lib/dhcp/hosts.h"
#include "lib/dhcp/ra.h"

#define MS            1000u
#define OFFER_HOLD    30u
#define DECLINED_HOLD 600u
#define SWEEP_PARTS   16u
#define RESERVED_AT   0x80000000u /* numbers of reservations, by their place in the file */
#define NO_NUMBER     UINT32_MAX
#define ADDRESS_LEN   24 /* of an IAADDR without options */
#define IA_LEN        12

struct client6 {
	const struct dhcp6_message *message;
	struct dhcp_identity id;
	struct dhcp6_field duid, ia;
	uint32_t iaid;
	uint64_t tags;
	const struct dhcp_host *host;
	const uint8_t *place; /* an address of its link */
	unsigned netif;
	uint64_t now; /* seconds */
};

/* ---- addresses and their numbers ---- */

static uint64_t low64(const uint8_t *address)
{
	uint64_t value = 0;

	for (unsigned i = 8; i < 16; i++)
		value = value << 8 | address[i];
	return value;
}

/* Ranges lie within a prefix of 64 bits or more. */
static uint32_t size_of(const struct dhcp6_range *r)
{
	uint64_t last = low64(r->last) - low64(r->first);

	if (!(r->mode & DHCP6_STATEFUL))
		return 0;
	return last >= DHCP6_RANGE_MAX ? DHCP6_RANGE_MAX : (uint32_t)last + 1;
}

static void address_at(const struct dhcp6_range *r, uint32_t offset, uint8_t address[16])
{
	uint64_t low = low64(r->first) + offset;

	memcpy(address, r->first, 8);
	for (unsigned i = 0; i < 8; i++)
		address[8 + i] = (uint8_t)(low >> (56 - 8 * i));
}

static const struct dhcp_host *reserved_for(
	const struct dhcp_config *config, const uint8_t address[16])
{
	const struct dhcp_host_entry *entry =
		dhcp_host_find(config, NULL, DHCP_HOST_ADDRESS6, address, 16);

	return entry ? entry->host : NULL;
}

/* ADDRESS's number, and the range that it is in; NO_NUMBER: it is not given out. */
static uint32_t number_of(const struct dhcp_config *config, const uint8_t address[16],
	const struct dhcp6_range **range)
{
	const struct dhcp_host *host = reserved_for(config, address);
	uint32_t base = 0;

	*range = NULL;
	if (host)
		return RESERVED_AT + host->place;
	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next) {
		uint64_t offset = low64(address) - low64(r->first);

		if (memcmp(address, r->first, 8) == 0 && offset < size_of(r)) {
			*range = r;
			return base + (uint32_t)offset;
		}
		base += size_of(r);
	}
	return NO_NUMBER;
}

static bool address_of(const struct dhcp_config *config, uint32_t number, uint8_t address[16])
{
	if (number >= RESERVED_AT) {
		if (number - RESERVED_AT >= config->host_count)
			return false;
		memcpy(address, config->host_at[number - RESERVED_AT]->address6, 16);
		return true;
	}
	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next) {
		if (number < size_of(r)) {
			address_at(r, number, address);
			return true;
		}
		number -= size_of(r);
	}
	return false;
}

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

/* ---- who asks ---- */

/* By IAID and DUID, the long ones by a hash: RFC 8415 section 12. */
static void identify(struct client6 *c)
{
	static const uint8_t key[16] = "kinglet identity";
	uint8_t bytes[4 + DHCP6_DUID_MAX];
	uint64_t hash;
	size_t len = 4 + c->duid.len;

	memset(&c->id, 0, sizeof(c->id));
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(c->iaid >> (24 - 8 * i));
	memcpy(bytes + 4, c->duid.data, c->duid.len);
	c->id.bytes[0] = 3;
	c->id.len = (uint8_t)(1 + MIN(len, (size_t)DHCP_IDENTITY - 1));
	memcpy(c->id.bytes + 1, bytes, c->id.len - 1u);
	if (len <= DHCP_IDENTITY - 1)
		return;
	hash = siphash(key, bytes, len);
	memcpy(c->id.bytes + DHCP_IDENTITY - 8, &hash, 8);
}

/* The hardware address in a DUID-LLT or DUID-LL (sections 11.2 and 11.4); data is NULL for others.
 */
static struct dhcp6_field hardware_of(struct dhcp6_field duid)
{
	size_t skip = duid.len > 8 && duid.data[1] == 1 ? 8 : 4;

	if (duid.len <= skip || duid.data[0] || (duid.data[1] != 1 && duid.data[1] != 3))
		return (struct dhcp6_field){0};
	return (struct dhcp6_field){duid.data + skip, duid.len - skip};
}

static const struct dhcp_host *find_host(const struct dhcp6_server *server, const struct client6 *c)
{
	const struct dhcp_config *config = server->config;
	struct dhcp6_field hardware = hardware_of(c->duid);
	const struct dhcp_host_entry *entry = NULL;

	while ((entry = dhcp_host_find(config, entry, DHCP_HOST_ID, c->duid.data, c->duid.len)))
		if (dhcp_cond_holds(&entry->host->cond, c->tags))
			return entry->host;
	while (hardware.data && (entry = dhcp_host_find(config, entry, DHCP_HOST_HARDWARE,
					 hardware.data, hardware.len)))
		if (dhcp_host_has_hardware(
			    entry->host, c->duid.data[3], hardware.data, hardware.len) &&
			dhcp_cond_holds(&entry->host->cond, c->tags))
			return entry->host;
	for (const struct dhcp_host *h = config->open_hosts; hardware.data && h; h = h->next_open)
		if (dhcp_host_has_hardware(h, c->duid.data[3], hardware.data, hardware.len) &&
			dhcp_cond_holds(&h->cond, c->tags))
			return h;
	return NULL;
}

/* The relay nearest to the client that knows the link's address, or our own on the link. */
static const uint8_t *place_of(const struct dhcp6_server *server, const struct client6 *c)
{
	static const uint8_t none[16];
	const struct dhcp_link *link = &server->config->links[c->netif];

	for (unsigned i = c->message->hops; i-- > 0;)
		if (memcmp(c->message->envelopes[i].link, none, 16) != 0)
			return c->message->envelopes[i].link;
	return link->length6 ? link->address6 : NULL;
}

static bool is_on_link(const struct client6 *c, const struct dhcp6_range *r)
{
	return c->place && dhcp6_same_prefix(c->place, r->first, r->length);
}

/* ---- addresses for a client ---- */

static bool is_own(const struct client6 *c, const struct dhcp_lease *lease)
{
	return lease->id.len == c->id.len && memcmp(lease->id.bytes, c->id.bytes, c->id.len) == 0;
}

static bool may_have(
	const struct dhcp6_server *server, const struct client6 *c, const uint8_t address[16])
{
	const struct dhcp6_range *range;
	uint32_t number = number_of(server->config, address, &range);

	if (c->host && c->host->has_address6)
		return memcmp(c->host->address6, address, 16) == 0;
	return number != NO_NUMBER && range && is_on_link(c, range) &&
	       dhcp_cond_holds(&range->cond, c->tags);
}

static bool is_free(const struct dhcp6_server *server, const struct client6 *c, uint32_t number)
{
	const struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, number);

	if (!lease || !dhcp_lease_holds(lease, c->now))
		return true;
	return lease->state != DHCP_LEASE_DECLINED && is_own(c, lease);
}

static uint32_t usable(
	const struct dhcp6_server *server, const struct client6 *c, const uint8_t address[16])
{
	const struct dhcp6_range *range;
	uint32_t number = number_of(server->config, address, &range);

	return may_have(server, c, address) && is_free(server, c, number) ? number : NO_NUMBER;
}

/* As many as there may be leases, and one more, are looked at: among those one is free. */
static uint32_t search(const struct dhcp6_server *server, const struct client6 *c)
{
	for (const struct dhcp6_range *r = server->config->ranges6; r; r = r->next) {
		uint32_t size = size_of(r), start, number;
		uint8_t address[16];

		if (!size || !is_on_link(c, r) || !dhcp_cond_holds(&r->cond, c->tags))
			continue;
		start = (uint32_t)(siphash(server->leases.key, c->id.bytes, c->id.len) % size);
		for (uint32_t i = 0;
			i < size && i <= server->leases.capacity + server->config->host_count;
			i++) {
			address_at(r, (start + i) % size, address);
			number = usable(server, c, address);
			if (number != NO_NUMBER)
				return number;
		}
	}
	return NO_NUMBER;
}

/* The client's reservation, what it has, what it asks for, or another. */
static uint32_t choose(const struct dhcp6_server *server, const struct client6 *c)
{
	struct dhcp6_field options = {NULL, 0}, wanted;
	struct dhcp_lease *lease = NULL;
	uint8_t address[16];
	uint32_t number;

	if (c->host && c->host->has_address6)
		return usable(server, c, c->host->address6);
	while ((lease = dhcp_lease_by_id(&server->leases, &c->id, lease)))
		if (address_of(server->config, lease->address, address) &&
			(number = usable(server, c, address)) != NO_NUMBER)
			return number;
	options = (struct dhcp6_field){c->ia.data + IA_LEN, c->ia.len - IA_LEN};
	wanted = dhcp6_find(options, DHCP6_OPTION_ADDRESS);
	if (wanted.len >= ADDRESS_LEN && (number = usable(server, c, wanted.data)) != NO_NUMBER)
		return number;
	return search(server, c);
}

static void end_lease(struct dhcp6_server *server, struct dhcp_lease *lease, uint64_t now)
{
	dhcp_lease_set(&server->leases, lease, DHCP_LEASE_PAST, MIN(lease->end, now));
}

static struct dhcp_lease *take(struct dhcp6_server *server, const struct client6 *c,
	uint32_t number, enum dhcp_lease_state state, uint64_t end)
{
	static const uint8_t no_mac[16];
	struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, number);

	if (lease && state == DHCP_LEASE_OFFERED && is_own(c, lease) &&
		lease->state == DHCP_LEASE_BOUND && lease->end > c->now)
		return lease;
	if (!lease)
		lease = dhcp_lease_add(&server->leases, number);
	if (!lease && !list_empty(&server->leases.offered)) { /* an offer gives way */
		end_lease(server,
			container_of(server->leases.offered.next, struct dhcp_lease, node), c->now);
		lease = dhcp_lease_add(&server->leases, number);
	}
	if (!lease) {
		server->stats.full++;
		return NULL;
	}
	dhcp_lease_give(&server->leases, lease, &c->id, 0, 0, no_mac);
	dhcp_lease_set(&server->leases, lease, state, end);
	lease->touched = c->now;
	return lease;
}

static uint32_t time_of(const struct dhcp6_server *server, const struct client6 *c, uint32_t number)
{
	const struct dhcp6_range *range = NULL;
	uint8_t address[16];

	if (c->host && c->host->lease)
		return c->host->lease;
	if (address_of(server->config, number, address))
		number_of(server->config, address, &range);
	for (const struct dhcp6_range *r = server->config->ranges6; r && !range; r = r->next)
		if (is_on_link(c, r))
			range = r;
	return range ? range->lease : DHCP_LEASE_DEFAULT;
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

static void put_ia(
	struct wire_writer *w, const struct client6 *c, const uint8_t address[16], uint32_t seconds)
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
static void put_others(struct wire_writer *w, const struct client6 *c)
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
	const struct client6 *c, const struct dhcp6_option_value *v)
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
	struct wire_writer *w, const struct dhcp6_server *server, const struct client6 *c)
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

static void begin(struct wire_writer *w, const struct dhcp6_server *server, const struct client6 *c,
	enum dhcp6_type type, struct dhcp6_answer *answer)
{
	wire_writer_init(w, answer->data, sizeof(answer->data));
	dhcp6_reply_begin(w, c->message, type);
	if (c->duid.data)
		dhcp6_put(w, DHCP6_OPTION_CLIENT_ID, c->duid.data, c->duid.len);
	dhcp6_put(w, DHCP6_OPTION_SERVER_ID, server->duid, server->duid_len);
}

static void end(struct wire_writer *w, struct dhcp6_server *server, const struct client6 *c,
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
static void assign(struct wire_writer *w, struct dhcp6_server *server, const struct client6 *c,
	bool bind, struct dhcp6_answer *answer)
{
	uint32_t number = choose(server, c), seconds = time_of(server, c, number);
	struct dhcp_lease *lease = NULL;
	uint8_t address[16];

	if (number != NO_NUMBER && address_of(server->config, number, address))
		lease = take(server, c, number, bind ? DHCP_LEASE_BOUND : DHCP_LEASE_OFFERED,
			bind ? end_after(c->now, seconds) : c->now + OFFER_HOLD);
	if (!lease) {
		server->stats.full += number == NO_NUMBER;
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
	struct dhcp6_server *server, const struct client6 *c, struct dhcp6_answer *answer)
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
	const struct client6 *c, struct dhcp6_answer *answer)
{
	struct dhcp6_field options = {c->ia.data + IA_LEN, c->ia.len - IA_LEN},
			   named = dhcp6_find(options, DHCP6_OPTION_ADDRESS);

	if (c->message->type == DHCP6_REQUEST || named.len < ADDRESS_LEN ||
		usable(server, c, named.data) != NO_NUMBER)
		assign(w, server, c, true, answer);
	else if (c->message->type == DHCP6_RENEW)
		put_refused(w, DHCP6_OPTION_IA_NA, c->ia.data, DHCP6_NO_BINDING);
	else
		put_ia(w, c, named.data, 0); /* section 18.3.5: it is not to be used any more */
}

static void request(
	struct dhcp6_server *server, const struct client6 *c, struct dhcp6_answer *answer)
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
	struct dhcp6_server *server, const struct client6 *c, struct dhcp6_answer *answer)
{
	struct dhcp6_field options = {NULL, 0}, named;
	bool on_link = false;
	struct wire_writer w;

	if (!c->ia.data)
		return;
	options = (struct dhcp6_field){c->ia.data + IA_LEN, c->ia.len - IA_LEN};
	named = dhcp6_find(options, DHCP6_OPTION_ADDRESS);
	if (named.len < ADDRESS_LEN)
		return;
	for (const struct dhcp6_range *r = server->config->ranges6; r; r = r->next)
		on_link = on_link ||
			  (is_on_link(c, r) && dhcp6_same_prefix(named.data, r->first, r->length));
	begin(&w, server, c, DHCP6_REPLY, answer);
	put_status(&w, on_link ? DHCP6_SUCCESS : DHCP6_NOT_ON_LINK);
	end(&w, server, c, answer);
}

/* RELEASE and DECLINE of the address that the IA names. */
static void give_back(
	struct dhcp6_server *server, const struct client6 *c, struct dhcp6_answer *answer)
{
	struct dhcp6_field options = {NULL, 0}, named;
	const struct dhcp6_range *range;
	struct dhcp_lease *lease = NULL;
	struct wire_writer w;

	if (c->ia.data)
		options = (struct dhcp6_field){c->ia.data + IA_LEN, c->ia.len - IA_LEN};
	named = dhcp6_find(options, DHCP6_OPTION_ADDRESS);
	if (named.len >= ADDRESS_LEN)
		lease = dhcp_lease_by_address(
			&server->leases, number_of(server->config, named.data, &range));
	if (lease && (!is_own(c, lease) || !dhcp_lease_holds(lease, c->now)))
		lease = NULL;
	begin(&w, server, c, DHCP6_REPLY, answer);
	put_status(&w, DHCP6_SUCCESS);
	if (!lease && c->ia.data)
		put_refused(&w, DHCP6_OPTION_IA_NA, c->ia.data, DHCP6_NO_BINDING);
	end(&w, server, c, answer);
	if (!lease)
		return;
	if (c->message->type == DHCP6_RELEASE) {
		end_lease(server, lease, c->now);
	} else {
		server->stats.conflicts++;
		dhcp_lease_set(&server->leases, lease, DHCP_LEASE_DECLINED, c->now + DECLINED_HOLD);
	}
	answer->changed = lease;
	memcpy(answer->address, named.data, 16);
}

static void inform(
	struct dhcp6_server *server, const struct client6 *c, struct dhcp6_answer *answer)
{
	struct wire_writer w;

	begin(&w, server, c, DHCP6_REPLY, answer);
	put_options(&w, server, c);
	end(&w, server, c, answer);
}

/* ---- the door ---- */

/* Section 16: who must and who must not name a client or a server. */
static bool is_for_us(struct dhcp6_server *server, const struct client6 *c)
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

static bool read_client(struct client6 *c)
{
	c->duid = dhcp6_find(c->message->options, DHCP6_OPTION_CLIENT_ID);
	c->ia = dhcp6_find(c->message->options, DHCP6_OPTION_IA_NA);
	if (!c->duid.data)
		return c->message->type == DHCP6_INFORMATION_REQUEST;
	if (c->duid.len < 3 || c->duid.len > DHCP6_DUID_MAX)
		return false;
	if (!c->ia.data)
		return true;
	if (c->ia.len < IA_LEN ||
		!dhcp6_is_sound((struct dhcp6_field){c->ia.data + IA_LEN, c->ia.len - IA_LEN}))
		return false;
	for (unsigned i = 0; i < 4; i++)
		c->iaid = c->iaid << 8 | c->ia.data[i];
	identify(c);
	return true;
}

static bool is_welcome(const struct dhcp6_server *server, const struct client6 *c)
{
	if (c->host && c->host->ignore)
		return false;
	for (const struct dhcp_rule *r = server->config->ignore; r; r = r->next)
		if (dhcp_cond_holds(&r->cond, c->tags))
			return false;
	return true;
}

static void dispatch(
	struct dhcp6_server *server, const struct client6 *c, struct dhcp6_answer *answer)
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
	struct client6 c = {.message = &message, .netif = netif, .now = now / MS};

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
	c.place = place_of(server, &c);
	if (!c.place) {
		server->stats.no_network++;
		return;
	}
	c.tags = server->config->link_tags[netif];
	c.host = c.duid.data ? find_host(server, &c) : NULL;
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
			end_lease(server, lease, now / MS);
	}
}

int dhcp6_server_restore(struct dhcp6_server *server, uint64_t now, const uint8_t address[16],
	const struct dhcp_lease *lease)
{
	const struct dhcp6_range *range;
	uint32_t number = number_of(server->config, address, &range);
	bool over = lease->end <= now / MS;
	struct dhcp_lease *entry;

	if (number == NO_NUMBER)
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
