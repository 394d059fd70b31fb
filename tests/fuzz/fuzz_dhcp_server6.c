/* SPDX-License-Identifier: ISC */
/*
 * Datagrams to the DHCPv6 engine, any bytes and nearly right ones, one after the other. An answer
 * is options to its end, within the room; no address is bound to two clients at a time.
 */
#include <string.h>

#include "lib/base/wire.h"
#include "lib/dhcp/server6.h"
#include "tests/support/input.h"
#include "tests/support/panic.h"

#define HOSTS 64u

static struct dhcp6_server server;
static struct dhcp_config config;
static struct dhcp6_answer answer;
static uint64_t now;

static struct {
	struct dhcp_identity id;
	uint64_t end;
} owners[HOSTS];

static void put_address(struct wire_writer *w)
{
	uint8_t address[16] = {0xfd, [15] = byte() % HOSTS}, *head;

	head = dhcp6_open(w, DHCP6_OPTION_ADDRESS);
	wire_put_bytes(w, address, 16);
	wire_put_u32(w, 0);
	wire_put_u32(w, 0);
	dhcp6_close(w, head);
}

static void put_message(struct wire_writer *w)
{
	uint8_t flags = byte(), duid[10] = {0, 3, 0, 1, 2, [9] = byte() % 8}, *head;

	wire_put_u8(w, byte() % 12);
	wire_put_bytes(w, "\1\2\3", 3);
	if (flags & 1)
		dhcp6_put(w, DHCP6_OPTION_CLIENT_ID, duid, sizeof(duid));
	if (flags & 2)
		dhcp6_put(w, DHCP6_OPTION_SERVER_ID, server.duid, server.duid_len);
	if (flags & 4) {
		head = dhcp6_open(w, DHCP6_OPTION_IA_NA);
		wire_put_u32(w, byte() % 2);
		wire_put_u32(w, 0);
		wire_put_u32(w, 0);
		if (flags & 8)
			put_address(w);
		dhcp6_close(w, head);
	}
	if (flags & 16)
		dhcp6_put(w, DHCP6_OPTION_RAPID_COMMIT, NULL, 0);
	if (flags & 32) {
		head = dhcp6_open(w, byte());
		for (unsigned i = byte() % 16; i > 0; i--)
			wire_put_u8(w, byte());
		dhcp6_close(w, head);
	}
}

static size_t make(uint8_t *packet, size_t size)
{
	static const uint8_t link[16] = {0xfd, [15] = 1};
	unsigned hops = byte() % 16, damage = byte();
	uint8_t *heads[16];
	struct wire_writer w;

	hops = hops > 10 ? hops - 10 : 0;
	wire_writer_init(&w, packet, size);
	for (unsigned i = 0; i < hops; i++) {
		wire_put_u8(&w, DHCP6_RELAY_FORW);
		wire_put_u8(&w, (uint8_t)i);
		wire_put_bytes(&w, link, 16);
		wire_put_bytes(&w, link, 16);
		heads[i] = dhcp6_open(&w, DHCP6_OPTION_RELAY_MESSAGE);
	}
	put_message(&w);
	for (unsigned i = 0; i < hops; i++)
		dhcp6_close(&w, heads[i]);
	if (damage % 8 == 1)
		packet[half() % wire_written(&w)] ^= byte();
	return damage % 8 == 2 ? half() % wire_written(&w) : wire_written(&w);
}

static void look_at_answer(void)
{
	struct dhcp6_field field = {answer.data, answer.len};
	unsigned host = answer.address[15] % HOSTS;

	must(answer.len <= DHCP6_MESSAGE_MAX);
	while (field.data && field.len && field.data[0] == DHCP6_RELAY_REPL) {
		must(field.len > 34);
		field = (struct dhcp6_field){field.data + 34, field.len - 34};
		must(dhcp6_is_sound(field));
		field = dhcp6_find(field, DHCP6_OPTION_RELAY_MESSAGE);
	}
	must(!answer.len || (field.len >= 4 && dhcp6_is_sound((struct dhcp6_field){
						       field.data + 4, field.len - 4})));
	if (!answer.changed)
		return;
	if (answer.changed->state != DHCP_LEASE_BOUND) {
		owners[host].end = 0;
		return;
	}
	must(owners[host].end <= now / 1000 ||
		(owners[host].id.len == answer.changed->id.len &&
			!memcmp(owners[host].id.bytes, answer.changed->id.bytes,
				answer.changed->id.len)));
	owners[host].id = answer.changed->id;
	owners[host].end = answer.changed->end;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	static const struct dhcp_link links[DHCP_LINKS] = {
		{0x0a000005, 0xffffff00, {0xfd, [15] = 5}, 64}};
	static const uint8_t key[16], mac[6] = {2};
	static const char text[] =
		"dhcp-range=fd00::10,fd00::14,2m\ndhcp-host=02:00:00:00:00:01,[fd00::12]\n"
		"dhcp-rapid-commit\ndhcp-lease-max=4\ndhcp-option=option6:dns-server,[::]\n";
	char message[DHCP_CONFIG_MESSAGE];
	uint8_t packet[1500];
	uint32_t sum;

	must(!dhcp_config_read(&config, links, "conf", text, strlen(text), message));
	must(!dhcp6_server_init(&server, &config, 0, key, mac));
	memset(owners, 0, sizeof(owners));
	now = 1000000000000;
	dhcp6_server_receive(&server, now, 0, input, len, &answer);
	look_at_answer();
	data = input;
	left = len;
	for (unsigned i = 0; left && i < 300; i++) {
		size_t size = make(packet, sizeof(packet));

		now += byte() * 500ull;
		dhcp6_server_receive(&server, now, 0, packet, size, &answer);
		look_at_answer();
		dhcp6_server_tick(&server, now);
		sum = 0;
		for (unsigned state = 0; state <= DHCP_LEASE_DECLINED; state++)
			sum += server.leases.count[state];
		must(sum == server.leases.capacity);
	}
	dhcp6_server_fini(&server);
	dhcp_config_free(&config);
	return 0;
}
