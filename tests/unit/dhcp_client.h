/* SPDX-License-Identifier: ISC */
/* A client of the DHCP engine for tests: builds messages, reads answers. Included once by a test.
 */
#ifndef TESTS_UNIT_DHCP_CLIENT_H
#define TESTS_UNIT_DHCP_CLIENT_H

#include <check.h>
#include <string.h>

#include "lib/dhcp/server.h"

#define IP(a, b, c, d)                                                                             \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define OURS IP(10, 0, 0, 5)

static const struct dhcp_link links[DHCP_LINKS] = {
	{.address = OURS, .mask = 0xffffff00}, {.address = IP(10, 1, 0, 5), .mask = 0xffffff00}};
static const struct dhcp_limits limits = {.offers = 16, .mac_leases = 3};
static const uint8_t key[16] = "a key for tests";

static struct dhcp_config config;
static struct dhcp_server server;
static struct dhcp_reply reply;
static uint64_t now; /* ms */

static uint8_t packet[DHCP_MESSAGE_MAX];
static struct wire_writer packet_w;

static inline void start_with(const char *text, const struct dhcp_limits *bounds)
{
	char message[DHCP_CONFIG_MESSAGE] = "";

	ck_assert_msg(dhcp_config_read(&config, links, "conf", text, strlen(text), message) == 0,
		"%s", message);
	ck_assert_int_eq(dhcp_server_init(&server, &config, bounds, key), 0);
	now = 1000000000ull * 1000;
}

static inline void start(const char *text)
{
	start_with(text, &limits);
}

static inline void stop(void)
{
	dhcp_server_fini(&server);
	dhcp_config_free(&config);
}

/* Begins a message of client WHO, whose MAC ends in it. */
static inline void begin(unsigned who, enum dhcp_type type, struct dhcp_fixed fixed)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0};

	fixed.htype = fixed.htype ? fixed.htype : 1;
	fixed.hlen = fixed.hlen ? fixed.hlen : 6;
	fixed.xid = 0x1234 + who;
	memcpy(fixed.chaddr, mac, 4);
	fixed.chaddr[4] = (uint8_t)(who >> 8);
	fixed.chaddr[5] = (uint8_t)who;
	wire_writer_init(&packet_w, packet, sizeof(packet));
	dhcp_reply_begin(&packet_w, &fixed);
	packet[0] = DHCP_OP_REQUEST;
	dhcp_reply_option(&packet_w, DHCP_OPTION_TYPE, &(uint8_t){(uint8_t)type}, 1);
}

static inline void option(uint8_t code, const void *value, size_t len)
{
	dhcp_reply_option(&packet_w, code, value, len);
}

static inline void option32(uint8_t code, uint32_t value)
{
	uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		(uint8_t)value};

	option(code, bytes, sizeof(bytes));
}

/* Sends it by interface NETIF; the answer's type, or 0. */
static inline unsigned send_by(unsigned netif)
{
	struct dhcp_arrival arrival = {.netif = netif};

	dhcp_reply_end(&packet_w);
	dhcp_server_receive(&server, now, &arrival, packet, wire_written(&packet_w), &reply);
	return reply.way == DHCP_NO_WAY ? 0 : reply.type;
}

static inline unsigned send_it(void)
{
	return send_by(0);
}

static inline uint32_t field(size_t at)
{
	const uint8_t *p = reply.data + at;

	return IP(p[0], p[1], p[2], p[3]);
}

static inline uint32_t yiaddr(void)
{
	return field(16);
}

/* An option of the answer, read by the engine's own reader; NULL if it has none. */
static inline const uint8_t *answer_option(uint8_t code, size_t *len)
{
	static struct dhcp_message message;
	static uint8_t copy[DHCP_MESSAGE_MAX];
	size_t type;

	memcpy(copy, reply.data, reply.len);
	copy[0] = DHCP_OP_REQUEST;
	/* The reader takes a client's messages only: the answer's type is made one of those. */
	for (type = DHCP_FIXED; copy[type] != DHCP_OPTION_TYPE; type += 2u + copy[type + 1])
		;
	copy[type + 2] = DHCP_DISCOVER;
	ck_assert_int_eq(dhcp_message_read(&message, copy, reply.len), DHCP_TAKEN);
	return dhcp_message_option(&message, code, len);
}

static inline uint32_t answer_u32(uint8_t code)
{
	size_t len;
	const uint8_t *p = answer_option(code, &len);

	return p && len == 4 ? IP(p[0], p[1], p[2], p[3]) : 0;
}

static inline unsigned discover(unsigned who, uint32_t wanted)
{
	begin(who, DHCP_DISCOVER, (struct dhcp_fixed){0});
	if (wanted)
		option32(DHCP_OPTION_REQUESTED, wanted);
	return send_it();
}

static inline unsigned request(unsigned who, uint32_t address, uint32_t id)
{
	begin(who, DHCP_REQUEST, (struct dhcp_fixed){0});
	option32(DHCP_OPTION_REQUESTED, address);
	if (id)
		option32(DHCP_OPTION_SERVER_ID, id);
	return send_it();
}

static inline unsigned renew(unsigned who, uint32_t address)
{
	begin(who, DHCP_REQUEST, (struct dhcp_fixed){.ciaddr = address});
	return send_it();
}

/* The whole exchange; the address, or 0. */
static inline uint32_t get(unsigned who, uint32_t wanted)
{
	uint32_t address;

	if (discover(who, wanted) != DHCP_OFFER)
		return 0;
	address = yiaddr();
	return request(who, address, OURS) == DHCP_ACK && yiaddr() == address ? address : 0;
}

static inline void give_back(unsigned who, enum dhcp_type type, uint32_t address)
{
	bool is_release = type == DHCP_RELEASE;

	begin(who, type, (struct dhcp_fixed){.ciaddr = is_release ? address : 0});
	option32(DHCP_OPTION_SERVER_ID, OURS);
	if (!is_release)
		option32(DHCP_OPTION_REQUESTED, address);
	ck_assert_uint_eq(send_it(), 0);
}

#endif
