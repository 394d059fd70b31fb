/* SPDX-License-Identifier: ISC */
/*
 * A conversation of a few clients with the DHCPv4 engine, chosen by the input: messages, wrong ones
 * too, in any order, with time between. What must hold: no address is leased to two clients at a
 * time, tables keep their size, an answer can be read.
 */
#include <string.h>

#include "lib/base/wire.h"
#include "lib/dhcp/names.h"
#include "lib/dhcp/server.h"
#include "tests/support/input.h"
#include "tests/support/panic.h"

#define BASE     0x0a000000u
#define HOSTS    256u
#define CLIENTS  12u
#define STEPS    400u
#define RELAY_AT 0x0a000001u

static const char *const texts[] = {
	"dhcp-range=10.0.0.10,10.0.0.14\ndhcp-authoritative\nno-ping\ndhcp-rapid-"
	"commit\nleasequery\ndomain=lan.example\ndhcp-host=02:00:00:00:00:03,c\n",
	"dhcp-range=10.0.0.10,10.0.0.14,2m\ndhcp-range=10.0.0.20,10.0.0.21,infinite\n"
	"domain=lan.example\ndhcp-host=02:00:00:00:00:01,10.0.0.12\ndhcp-host=02:00:00:00:00:02,10."
	"0.0.30\n",
	"dhcp-range=10.0.0.10,10.0.0.30\ndhcp-lease-max=3\ndomain=lan.example\ndhcp-authoritative\n"
	"dhcp-option=3,0.0.0.0\ndhcp-option-force=224,\"a text that takes room in the answer\"\n"
	"dhcp-boot=a,b\ndhcp-option=vendor:x,1,2\ndhcp-option=vi-encap:1,1,2\n"
	"dhcp-option=15,\"a.rather.long.domain.name.so.that.answers.are.long.example\"\n",
};

static struct dhcp_server server;
static struct dhcp_config config;
static struct dhcp_reply reply;
static uint64_t now;

/* Who has what, as the clients believe. */
static struct {
	struct dhcp_identity id;
	uint64_t end; /* seconds */
} owners[HOSTS];

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t some_address(void)
{
	uint8_t choice = byte();

	return choice == 255 ? word() : BASE + choice % 32;
}

static void put32(struct wire_writer *w, uint8_t code, uint32_t value)
{
	uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		(uint8_t)value};

	dhcp_reply_option(w, code, bytes, 4);
}

static void put_any(struct wire_writer *w)
{
	uint8_t code = byte(), bytes[32];
	size_t len = byte() % sizeof(bytes);

	for (size_t i = 0; i < len; i++)
		bytes[i] = byte();
	if (code && code != DHCP_OPTION_END)
		dhcp_reply_option(w, code, bytes, len);
}

/* A bit of the flags for each part that a message may have. */
static size_t make_message(uint8_t *packet, size_t size)
{
	static const uint8_t types[] = {DHCP_DISCOVER, DHCP_REQUEST, DHCP_REQUEST, DHCP_REQUEST,
		DHCP_RELEASE, DHCP_DECLINE, DHCP_INFORM, DHCP_LEASEQUERY};
	struct dhcp_fixed fixed = {.htype = 1, .hlen = 6, .chaddr = {2}};
	uint8_t flags = byte(), type = types[byte() % sizeof(types)], who = byte() % CLIENTS;
	struct wire_writer w;

	fixed.chaddr[5] = who;
	fixed.ciaddr = flags & 1 ? some_address() : 0;
	fixed.giaddr = flags & 2 ? RELAY_AT : 0;
	wire_writer_init(&w, packet, size);
	dhcp_reply_begin(&w, &fixed);
	packet[0] = DHCP_OP_REQUEST;
	dhcp_reply_option(&w, DHCP_OPTION_TYPE, &type, 1);
	if (flags & 4)
		put32(&w, DHCP_OPTION_REQUESTED, some_address());
	if (flags & 8)
		put32(&w, DHCP_OPTION_SERVER_ID, flags & 16 ? some_address() : BASE + 5);
	if (flags & 32)
		dhcp_reply_option(&w, DHCP_OPTION_CLIENT_ID, &"\0an identifier"[who % 4], 6);
	if (flags & 64)
		put_any(&w);
	if (flags & 128)
		put_any(&w);
	if (fixed.chaddr[5] & 1)
		dhcp_reply_option(&w, DHCP_OPTION_HOST_NAME, &"abcd"[flags % 4], 1);
	dhcp_reply_end(&w);
	return wire_written(&w);
}

/* The answer's options lie one behind the other up to END. The value of CODE, or NULL. */
static const uint8_t *answer_option(uint8_t code)
{
	size_t at = DHCP_FIXED;
	const uint8_t *found = NULL;

	while (reply.data[at] != DHCP_OPTION_END) {
		if (reply.data[at] == code)
			found = reply.data + at + 2;
		at += 2u + reply.data[at + 1];
		must(at < reply.len);
	}
	return found;
}

static bool same(const struct dhcp_identity *a, const struct dhcp_identity *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void look_at_answer(void)
{
	uint64_t seconds = now / 1000;
	uint32_t address = get32(reply.data + 16), time;
	const uint8_t *value;

	must(reply.len >= DHCP_MESSAGE_MIN && reply.len <= DHCP_MESSAGE_MAX);
	must(reply.data[0] == DHCP_OP_REPLY);
	value = answer_option(DHCP_OPTION_TYPE);
	must(value && *value == reply.type);
	if (reply.type != DHCP_ACK || !address)
		return;
	must(address - BASE < HOSTS && address != BASE + 5);
	must(reply.changed && reply.changed->address == address);
	value = answer_option(DHCP_OPTION_LEASE_TIME);
	must(value);
	time = get32(value);
	must(owners[address - BASE].end <= seconds ||
		same(&owners[address - BASE].id, &reply.changed->id));
	for (unsigned i = 0; i < HOSTS;
		i++) /* who takes another address has no use for the old one */
		if (same(&owners[i].id, &reply.changed->id))
			owners[i].end = 0;
	owners[address - BASE].id = reply.changed->id;
	owners[address - BASE].end = time == DHCP_FOREVER ? DHCP_NEVER : seconds + time;
	must(reply.changed->end >= owners[address - BASE].end);
}

/* ---- names, and a name server that keeps RFC 4703's rules ---- */

static struct {
	bool there;
	uint32_t address;
	uint8_t dhcid[DHCP_DHCID_LEN];
} dns[256]; /* by the first letter: longer names are told as if somebody had them */

static enum dhcp_name_result perform(const struct dhcp_name_task *task)
{
	uint8_t at = (uint8_t)task->name[0];
	bool own = memcmp(dns[at].dhcid, task->dhcid, sizeof(task->dhcid)) == 0;

	if (task->name[1])
		return DHCP_NAME_TAKEN;
	if (task->remove) {
		if (dns[at].there && own && dns[at].address == task->address)
			dns[at].there = false;
		return DHCP_NAME_TOLD;
	}
	if (dns[at].there && !own)
		return DHCP_NAME_TAKEN;
	dns[at].there = true;
	dns[at].address = task->address;
	memcpy(dns[at].dhcid, task->dhcid, sizeof(task->dhcid));
	return DHCP_NAME_TOLD;
}

/* The exchange's messages with any answers. */
static void write_updates(const struct dhcp_name_task *task)
{
	static const uint8_t *const zones[] = {
		(const uint8_t *)"\3lan\7example", (const uint8_t *)"\4arpa"};
	uint8_t message[DHCP_UPDATE_MAX];
	enum dhcp_name_result result;
	struct dhcp_update update;
	unsigned count = 0;

	if (!dhcp_update_begin(&update, task, config.domain, zones, 2))
		return;
	do {
		must(dhcp_update_write(&update, 1, message, sizeof(message)));
		must(++count <= 3);
	} while (dhcp_update_answered(&update, byte() % 10, &result));
}

static void tell_names(unsigned most)
{
	struct dhcp_name_task task;

	for (unsigned i = 0; i < most && dhcp_name_next(&server, &task); i++) {
		write_updates(&task);
		dhcp_name_done(&server, &task, byte() % 8 == 7 ? DHCP_NAME_LATER : perform(&task));
	}
}

/* With all told, DNS has what the leases say. */
static void look_at_names(void)
{
	struct dhcp_name_task task;

	while (dhcp_name_next(&server, &task))
		dhcp_name_done(&server, &task, perform(&task));
	for (uint32_t i = 0; i < server.leases.capacity; i++) {
		const struct dhcp_lease_name *entry = &server.leases.names[i];

		must(list_empty(&entry->due));
		must(entry->refused || strcmp(entry->name, entry->told) == 0);
		if (entry->told[0])
			must(server.leases.entries[i].state == DHCP_LEASE_BOUND);
	}
	for (unsigned i = 0; i < 256 && !server.leases.names_lost; i++) {
		const struct dhcp_lease *lease =
			dns[i].there ? dhcp_lease_by_address(&server.leases, dns[i].address) : NULL;

		if (dns[i].there)
			must(lease && dhcp_lease_name(&server.leases, lease)->told[0] == (char)i);
	}
}

static void look_at_tables(void)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i <= DHCP_LEASE_DECLINED; i++)
		sum += server.leases.count[i];
	must(sum == server.leases.capacity);
	must(server.leases.count[DHCP_LEASE_OFFERED] <= server.limits.offers);
	for (unsigned i = 0; i < server.pool_count; i++)
		must(server.pools[i].taken <= server.pools[i].size);
}

static void step(void)
{
	struct dhcp_arrival arrival = {.netif = byte() % 16 == 15};
	uint8_t packet[DHCP_MESSAGE_MAX], wait = byte();
	size_t len = make_message(packet, sizeof(packet));

	now += wait < 200 ? wait * 10u : (wait - 199) * 30000ull;
	if (wait % 8 == 7)
		packet[half() % len] ^= byte();
	if (wait % 16 == 1)
		len = half() % len;
	dhcp_server_receive(&server, now, &arrival, packet, len, &reply);
	if (reply.changed && reply.changed->state != DHCP_LEASE_BOUND)
		owners[(reply.changed->address - BASE) % HOSTS].end = 0;
	if (reply.way != DHCP_NO_WAY)
		look_at_answer();
	if (reply.probe)
		dhcp_server_probed(&server, now + 500, reply.probe, byte() % 4 == 3);
	if (wait % 4 == 0)
		dhcp_server_tick(&server, now);
	if (wait % 4 == 1)
		tell_names(wait % 3);
	look_at_tables();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	static const struct dhcp_link links[DHCP_LINKS] = {
		{.address = BASE + 5, .mask = 0xffffff00}};
	static const uint8_t key[16];
	struct dhcp_limits limits = {.offers = 3, .mac_leases = 2, .names = true};
	char message[DHCP_CONFIG_MESSAGE];
	const char *text;

	data = input;
	left = len;
	text = texts[byte() % (sizeof(texts) / sizeof(texts[0]))];
	must(!dhcp_config_read(&config, links, "conf", text, strlen(text), message));
	must(!dhcp_server_init(&server, &config, &limits, key));
	memset(owners, 0, sizeof(owners));
	memset(dns, 0, sizeof(dns));
	now = 1000000000000;
	for (unsigned i = 0; left && i < STEPS; i++)
		step();
	look_at_names();
	dhcp_server_fini(&server);
	dhcp_config_free(&config);
	return 0;
}
