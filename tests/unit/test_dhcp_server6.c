/* SPDX-License-Identifier: ISC */
/* The DHCPv6 engine by RFC 8415's section 18.3, relays, and router advertisements. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "lib/dhcp/ra.h"
#include "lib/dhcp/server.h"
#include "lib/dhcp/server6.h"
#include "tests/support/check.h"
#include "tests/support/panic.h"

#define RANGE "dhcp-range=fd00::10,fd00::19,10m\n"

static const struct dhcp_link links[DHCP_LINKS] = {{0x0a000005, 0xffffff00, {0xfd, [15] = 5}, 64}};
static const uint8_t key[16] = "a key for tests", mac[6] = {2, 0, 0, 0, 0, 9};
static const uint8_t base[16] = {0xfd, [15] = 0x10};

static struct dhcp_config config;
static struct dhcp6_server server;
static struct dhcp6_answer answer;
static uint8_t packet[1500];
static struct wire_writer w;
static uint64_t now;

static void start(const char *text)
{
	char message[DHCP_CONFIG_MESSAGE] = "";

	ck_assert_msg(dhcp_config_read(&config, links, "conf", text, strlen(text), message) == 0,
		"%s", message);
	ck_assert_int_eq(dhcp6_server_init(&server, &config, 0, key, mac), 0);
	now = 1000000000ull * 1000;
}

static void stop(void)
{
	dhcp6_server_fini(&server);
	dhcp_config_free(&config);
}

static void put_client(unsigned who)
{
	uint8_t duid[10] = {0, 3, 0, 1, 2, 0, 0, 0, 1, (uint8_t)who};

	dhcp6_put(&w, DHCP6_OPTION_CLIENT_ID, duid, sizeof(duid));
}

/* With an IA that names ADDRESS, unless it is NULL. */
static void begin(unsigned who, enum dhcp6_type type, const uint8_t *address, bool for_us)
{
	uint8_t *ia, *named;

	wire_writer_init(&w, packet, sizeof(packet));
	wire_put_u32(&w, (uint32_t)type << 24 | 0x123456);
	put_client(who);
	if (for_us)
		dhcp6_put(&w, DHCP6_OPTION_SERVER_ID, server.duid, server.duid_len);
	ia = dhcp6_open(&w, DHCP6_OPTION_IA_NA);
	wire_put_u32(&w, 7);
	wire_put_u32(&w, 0);
	wire_put_u32(&w, 0);
	if (address) {
		named = dhcp6_open(&w, DHCP6_OPTION_ADDRESS);
		wire_put_bytes(&w, address, 16);
		wire_put_u32(&w, 0);
		wire_put_u32(&w, 0);
		dhcp6_close(&w, named);
	}
	dhcp6_close(&w, ia);
}

/* The answer's type, 0: none. */
static unsigned send_it(void)
{
	dhcp6_server_receive(&server, now, 0, packet, wire_written(&w), &answer);
	return answer.len ? answer.data[0] : 0;
}

static unsigned ask(unsigned who, enum dhcp6_type type, const uint8_t *address, bool for_us)
{
	begin(who, type, address, for_us);
	return send_it();
}

static struct dhcp6_field options(void)
{
	return (struct dhcp6_field){answer.data + 4, answer.len - 4};
}

static struct dhcp6_field ia_options(void)
{
	struct dhcp6_field ia = dhcp6_find(options(), DHCP6_OPTION_IA_NA);

	return ia.data ? (struct dhcp6_field){ia.data + 12, ia.len - 12} : ia;
}

/* The answer's address, NULL if it has none. */
static const uint8_t *given(void)
{
	return dhcp6_find(ia_options(), DHCP6_OPTION_ADDRESS).data;
}

static unsigned valid_time(void)
{
	return (unsigned)(given()[22] << 8 | given()[23]);
}

static int status_of(struct dhcp6_field field)
{
	struct dhcp6_field status = dhcp6_find(field, DHCP6_OPTION_STATUS);

	return status.data ? status.data[1] : -1;
}

static void get(unsigned who, uint8_t address[16])
{
	ck_assert_uint_eq(ask(who, DHCP6_SOLICIT, NULL, false), DHCP6_ADVERTISE);
	ck_assert_ptr_nonnull(given());
	ck_assert_ptr_null(answer.changed);
	memcpy(address, given(), 16);
	ck_assert_uint_eq(ask(who, DHCP6_REQUEST, address, true), DHCP6_REPLY);
	ck_assert_mem_eq(given(), address, 16);
	ck_assert_mem_eq(answer.address, address, 16);
	ck_assert_ptr_nonnull(answer.changed);
}

START_TEST(exchange)
{
	uint8_t one[16], two[16];

	start(RANGE);
	get(1, one);
	ck_assert_int_eq(memcmp(one, base, 15), 0);
	ck_assert_uint_eq(valid_time(), 600);
	ck_assert_mem_eq(answer.data + 1, "\x12\x34\x56", 3);
	ck_assert_ptr_nonnull(dhcp6_find(options(), DHCP6_OPTION_CLIENT_ID).data);
	get(2, two);
	ck_assert_mem_ne(one, two, 16);
	now += 300000;
	ck_assert_uint_eq(ask(1, DHCP6_RENEW, one, true), DHCP6_REPLY);
	ck_assert_uint_eq(valid_time(), 600);
	ck_assert_uint_eq(ask(1, DHCP6_REBIND, one, false), DHCP6_REPLY);
	ck_assert_mem_eq(given(), one, 16);
	now += 3600000;
	ck_assert_uint_eq(ask(1, DHCP6_SOLICIT, NULL, false), DHCP6_ADVERTISE);
	ck_assert_mem_eq(given(), one, 16); /* remembered */
	stop();
}
END_TEST

START_TEST(others_leases)
{
	uint8_t one[16];

	start("dhcp-range=fd00::10,fd00::10\n");
	get(1, one);
	ck_assert_uint_eq(ask(2, DHCP6_SOLICIT, NULL, false), DHCP6_ADVERTISE);
	ck_assert_ptr_null(given());
	ck_assert_int_eq(status_of(ia_options()), DHCP6_NO_ADDRESSES);
	ask(2, DHCP6_REQUEST, one, true);
	ck_assert_int_eq(status_of(ia_options()), DHCP6_NO_ADDRESSES);
	ask(2, DHCP6_RENEW, one, true);
	ck_assert_int_eq(status_of(ia_options()), DHCP6_NO_BINDING);
	ask(2, DHCP6_REBIND, one, false);
	ck_assert_uint_eq(valid_time(), 0);
	ask(2, DHCP6_RELEASE, one, true);
	ck_assert_int_eq(status_of(ia_options()), DHCP6_NO_BINDING);
	ck_assert_ptr_null(answer.changed);
	ask(1, DHCP6_RELEASE, one, true);
	ck_assert_int_eq(status_of(options()), DHCP6_SUCCESS);
	ck_assert_ptr_nonnull(answer.changed);
	get(2, one);
	ask(2, DHCP6_DECLINE, one, true);
	ck_assert_uint_eq(ask(1, DHCP6_SOLICIT, NULL, false), DHCP6_ADVERTISE);
	ck_assert_ptr_null(given());
	now += 601000;
	get(1, one);
	stop();
}
END_TEST

START_TEST(confirm)
{
	static const uint8_t elsewhere[16] = {0xfd, 1, [15] = 0x10};

	start(RANGE);
	ck_assert_uint_eq(ask(1, DHCP6_CONFIRM, base, false), DHCP6_REPLY);
	ck_assert_int_eq(status_of(options()), DHCP6_SUCCESS);
	ck_assert_uint_eq(ask(1, DHCP6_CONFIRM, elsewhere, false), DHCP6_REPLY);
	ck_assert_int_eq(status_of(options()), DHCP6_NOT_ON_LINK);
	ck_assert_uint_eq(ask(1, DHCP6_CONFIRM, NULL, false), 0);
	stop();
}
END_TEST

/* Section 16: what names the wrong parties is not answered. */
START_TEST(parties)
{
	start(RANGE);
	ck_assert_uint_eq(ask(1, DHCP6_SOLICIT, NULL, true), 0);
	ck_assert_uint_eq(ask(1, DHCP6_REQUEST, base, false), 0);
	ck_assert_uint_eq(ask(1, DHCP6_RENEW, base, false), 0);
	ck_assert_uint_eq(ask(1, DHCP6_REBIND, base, true), 0);
	ck_assert_uint_eq(server.stats.malformed, 4);
	server.duid[9] ^= 1;
	begin(1, DHCP6_REQUEST, base, true);
	server.duid[9] ^= 1;
	ck_assert_uint_eq(send_it(), 0);
	ck_assert_uint_eq(server.stats.elsewhere, 1);
	ck_assert_uint_eq(ask(1, DHCP6_REPLY, base, true), 0);
	stop();
}
END_TEST

START_TEST(reservations)
{
	static const uint8_t seven[16] = {0xfd, [15] = 0x77};
	uint8_t one[16];

	start("dhcp-range=fd00::10,fd00::10\ndhcp-host=02:00:00:00:01:07,[fd00::77]\n"
	      "dhcp-host=id:00:03:00:01:02:00:00:00:01:08,[fd00::10]\n");
	get(7, one); /* by the address in its DUID */
	ck_assert_mem_eq(one, seven, 16);
	ask(1, DHCP6_SOLICIT, NULL, false);
	ck_assert_ptr_null(given()); /* the range's only address is reserved */
	get(8, one);
	ck_assert_mem_eq(one, base, 16);
	stop();
}
END_TEST

/* One on another link than the client is none there. */
START_TEST(reservation_elsewhere)
{
	uint8_t one[16];

	start("dhcp-range=fd00::10,fd00::19\ndhcp-range=fd07::10,fd07::19\n"
	      "dhcp-host=02:00:00:00:01:07,[fd07::77]\n");
	get(7, one);
	ck_assert_mem_eq(one, base, 15);
	stop();
}
END_TEST

START_TEST(stateless)
{
	struct dhcp6_field dns;

	start("enable-ra\ndhcp-range=fd00::,ra-stateless\n"
	      "dhcp-option=option6:dns-server,[::],[fd00::53]\n");
	wire_writer_init(&w, packet, sizeof(packet));
	wire_put_u32(&w, (uint32_t)DHCP6_INFORMATION_REQUEST << 24);
	dhcp6_put(&w, DHCP6_OPTION_WANTED, "\0\x17", 2);
	ck_assert_uint_eq(send_it(), DHCP6_REPLY);
	dns = dhcp6_find(options(), 23);
	ck_assert_uint_eq(dns.len, 32);
	ck_assert_mem_eq(dns.data, links[0].address6, 16); /* [::] is the server */
	wire_writer_init(&w, packet, sizeof(packet));
	wire_put_u32(&w, (uint32_t)DHCP6_INFORMATION_REQUEST << 24);
	dhcp6_put(&w, DHCP6_OPTION_WANTED, "\0\x18", 2);
	send_it();
	ck_assert_ptr_null(dhcp6_find(options(), 23).data);
	stop();
}
END_TEST

START_TEST(relays)
{
	static const uint8_t link[16] = {0xfd, 7, [15] = 1}, peer[16] = {0xfe, 0x80, [15] = 9};
	uint8_t inner[1000], *head;
	size_t len, at = 34 + 4 + 3;

	start(RANGE "dhcp-range=fd07::10,fd07::19\n");
	begin(1, DHCP6_SOLICIT, NULL, false);
	len = wire_written(&w);
	memcpy(inner, packet, len);
	wire_writer_init(&w, packet, sizeof(packet));
	wire_put_u8(&w, DHCP6_RELAY_FORW);
	wire_put_u8(&w, 0);
	wire_put_bytes(&w, link, 16);
	wire_put_bytes(&w, peer, 16);
	dhcp6_put(&w, DHCP6_OPTION_INTERFACE_ID, "if7", 3);
	head = dhcp6_open(&w, DHCP6_OPTION_RELAY_MESSAGE);
	wire_put_bytes(&w, inner, len);
	dhcp6_close(&w, head);
	ck_assert_uint_eq(send_it(), DHCP6_RELAY_REPL);
	ck_assert_mem_eq(answer.data + 2, link, 16);
	ck_assert_mem_eq(answer.data + 18, peer, 16);
	ck_assert_mem_eq(answer.data + 38, "if7", 3);
	ck_assert_uint_eq(
		(size_t)answer.data[at + 2] << 8 | answer.data[at + 3], answer.len - at - 4);
	memmove(answer.data, answer.data + at + 4, answer.len - at - 4);
	answer.len -= at + 4;
	ck_assert_uint_eq(answer.data[0], DHCP6_ADVERTISE);
	ck_assert_mem_eq(given(), "\xfd\x07", 2); /* of the relay's link */
	stop();
}
END_TEST

START_TEST(restored)
{
	uint8_t record[DHCP_RECORD_MAX], one[16];
	char name[DHCP_NAME_MAX + 1];
	struct dhcp_lease lease;
	size_t len;

	start("dhcp-range=fd00::10,fd00::10\n");
	get(1, one);
	len = dhcp_record_write(record, &server.leases, answer.changed);
	stop();
	start("dhcp-range=fd00::1,fd00::10\ndhcp-lease-max=1\n");
	ck_assert(dhcp_record_read(&lease, name, record, len));
	ck_assert_int_eq(dhcp6_server_restore(&server, now, links[1].address6, &lease), -ENOENT);
	ck_assert_int_eq(dhcp6_server_restore(&server, now, one, &lease), 0);
	ck_assert_int_eq(dhcp6_server_restore(&server, now, one, &lease), -EEXIST);
	ask(2, DHCP6_REQUEST, one, true);
	ck_assert_int_eq(status_of(ia_options()), DHCP6_NO_ADDRESSES); /* the table is full */
	ask(1, DHCP6_RENEW, one, true);
	ck_assert_mem_eq(given(), one, 16);
	stop();
}
END_TEST

START_TEST(advertisement)
{
	static const uint8_t expected[] = {134, 0, 0, 0, 64, 0x48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		/* our MAC, MTU */
		1, 1, 2, 0, 0, 0, 0, 9, 5, 1, 0, 0, 0, 0, 5, 0xdc,
		/* fd00::/64, on the link, for addresses of their own, 600 s */
		3, 4, 64, 0xc0, 0, 0, 2, 0x58, 0, 0, 2, 0x58, 0, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0,
		/* RFC 8106, three intervals of 20 s */
		25, 3, 0, 0, 0, 0, 0, 60, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 31, 3,
		0, 0, 0, 0, 0, 60, 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 0, 0, 0, 0};
	uint8_t message[DHCP_RA_MAX];
	size_t len;

	start("enable-ra\nra-param=*,mtu:1500,high,20\ndhcp-range=fd00::,ra-stateless,10m\n"
	      "dhcp-range=fd07::10,fd07::19\n" /* not on this link */
	      "dhcp-option=option6:dns-server,[::]\ndomain=a.example\n");
	len = dhcp_ra_write(message, &config, 0, mac);
	ck_assert_uint_eq(len, sizeof(expected));
	ck_assert_mem_eq(message, expected, len);
	stop();
}
END_TEST

static const struct {
	const char *text, *expected;
} refused[] = {
	{"dhcp-range=fd00::20,fd00::10", "not to be below the first"},
	{"dhcp-range=fd00::20,fd01::10", "in one prefix"},
	{RANGE "dhcp-range=fd00::19,fd00::20", "conf:2: dhcp-range: overlaps the range of line 1"},
	{"dhcp-range=fd00::,slaac", "expected enable-ra"},
	{"enable-ra\ndhcp-range=fd05::,slaac", "expected an interface with an address"},
	{"dhcp-range=fd00::,ra-names", "expected a last address, ra-only"},
	{"dhcp-range=constructor:eth0,1h", "constructor: is not taken"},
	{RANGE "dhcp-host=02:00:00:00:00:01,[fd01::1]", "is in the prefix of no dhcp-range"},
	{RANGE "dhcp-option=option6:preference,300", "expected a number up to 255"},
	{RANGE "dhcp-option=option6:nothing,1", "option6:nothing is not taken"},
	{RANGE "ra-param=eth0,10", "expected * for all interfaces"},
	{RANGE "ra-param=*,mtu:10", "expected mtu:1280"},
};

START_TEST(refuses)
{
	char message[DHCP_CONFIG_MESSAGE] = "";

	ck_assert_int_eq(dhcp_config_read(&config, links, "conf", refused[_i].text,
				 strlen(refused[_i].text), message),
		-EINVAL);
	ck_assert_msg(
		strstr(message, refused[_i].expected), "%s: got \"%s\"", refused[_i].text, message);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_server6");
	TCase *c = tcase_create("all");

	tcase_add_test(c, exchange);
	tcase_add_test(c, others_leases);
	tcase_add_test(c, confirm);
	tcase_add_test(c, parties);
	tcase_add_test(c, reservations);
	tcase_add_test(c, reservation_elsewhere);
	tcase_add_test(c, stateless);
	tcase_add_test(c, relays);
	tcase_add_test(c, restored);
	tcase_add_test(c, advertisement);
	tcase_add_loop_test(c, refuses, 0, (int)(sizeof(refused) / sizeof(refused[0])));
	suite_add_tcase(s, c);
	return check_run(s);
}
