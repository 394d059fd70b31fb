/* SPDX-License-Identifier: ISC */
/* dnsmasq's words: what is refused, and by which line. */
#include "lib/dhcp/config.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "tests/support/check.h"
#include "tests/support/panic.h"

static const struct dhcp_link links[DHCP_LINKS] = {{.address = 0x0a000005, .mask = 0xffffff00}};
static struct dhcp_config config;
static char message[DHCP_CONFIG_MESSAGE];

static int read_text(const char *text)
{
	message[0] = '\0';
	return dhcp_config_read(&config, links, "conf", text, strlen(text), message);
}

#define RANGE "dhcp-range=10.0.0.10,10.0.0.19\n"

static const struct {
	const char *text, *expected;
} refused[] = {
	{"", "conf:0: dhcp-range: expected at least one"},
	{RANGE "port=0", "conf:2: port: this word is not taken; docs/dhcp.md lists those that are"},
	{RANGE "\n# x\n dhcp-relay = 1.2.3.4", "conf:4: dhcp-relay: this word is not taken"},
	{"dhcp-range", "conf:1: dhcp-range: expected a first address"},
	{"dhcp-range=10.0.0.300,10.0.0.5",
		"expected a first address as 10.0.0.50, got \"10.0.0.300\""},
	{"dhcp-range=10.0.0.10", "expected a last address or static"},
	{"dhcp-range=10.0.0.10,proxy", "proxy is not taken"},
	{"dhcp-range=10.0.0.19,10.0.0.10", "not to be below the first"},
	{"dhcp-range=10.0.0.19,10.0.1.10", "in one network"},
	{"dhcp-range=192.168.0.1,192.168.0.9", "expected a netmask: no interface"},
	{"dhcp-range=192.168.0.1,192.168.0.9,255.0.255.0", "expected a netmask, got"},
	{"dhcp-range=10.0.0.0,10.0.0.9", "without the network's own"},
	{"dhcp-range=10.0.0.1,10.0.0.255", "without the network's own"},
	{"dhcp-range=10.0.0.1,10.0.0.9,255.255.255.0,10.0.0.254", "not the network's broadcast"},
	{"dhcp-range=10.0.0.1,10.0.0.9,1y", "expected a lease time as 45m or 12h, got \"1y\""},
	{"dhcp-range=10.0.0.1,10.0.0.9,1h,x", "expected no more"},
	{RANGE "dhcp-range=10.0.0.19,10.0.0.30",
		"conf:2: dhcp-range: overlaps the range of line 1"},
	{RANGE "dhcp-range=10.0.1.1,10.0.1.9,255.255.0.0",
		"conf:2: dhcp-range: its network overlaps"},
	{"dhcp-host=02:00:00:00:00:01,10.1.0.9\n" RANGE,
		"conf:1: dhcp-host: 10.1.0.9 is in the network of no dhcp-range"},
	{RANGE "dhcp-host=02:00:00:00:00:01,10.0.0.5", "is the server's own address"},
	{RANGE "dhcp-host=02:00:00:00:00:01,10.0.0.9\ndhcp-host=02:00:00:00:00:02,10.0.0.9",
		"conf:3: dhcp-host: 10.0.0.9 is reserved on line 2 already"},
	{RANGE "dhcp-host=10.0.0.9", "expected whom it is about"},
	{RANGE "dhcp-host=02:00:00:00:00:01,-name", "is no hardware address, address, lease time"},
	{RANGE "dhcp-host=02:00:00:00:00:01,id:", "expected id:BYTES"},
	{RANGE "dhcp-option=53,1", "option 53 is the server's own to send"},
	{RANGE "dhcp-option=300,1", "expected an option's number or option:NAME, got \"300\""},
	{RANGE "dhcp-option=option:nothing,1", "expected an option's number or option:NAME"},
	{RANGE "dhcp-option=3,gateway", "expected an address as 10.0.0.1, got \"gateway\""},
	{RANGE "dhcp-option=option:mtu,70000", "expected a number up to 65535"},
	{RANGE "dhcp-option=121,10.0.0.1/24,10.0.0.1", "has bits beyond its length"},
	{RANGE "dhcp-option=121,10.0.0.0/24", "expected a router after each network"},
	{RANGE "dhcp-option=119,a..b", "expected a domain name"},
	{RANGE "dhcp-option=33,10.0.0.1", "two by two"},
	{RANGE "dhcp-option=tag:x", "expected an option"},
	{RANGE "dhcp-option=15,\"a", "expected a quote at the end"},
	{RANGE "dhcp-match=93,7", "expected set:NAME first"},
	{RANGE "dhcp-match=set:x,option:no", "expected an option as option:client-arch"},
	{RANGE "dhcp-mac=set:x,zz", "expected a hardware address"},
	{RANGE "dhcp-boot=", "expected a file's name"},
	{RANGE "dhcp-boot=a,b,c", "expected the boot server's address"},
	{RANGE "dhcp-lease-max=0", "expected a number of leases"},
	{RANGE "dhcp-authoritative=yes", "expected nothing after it, got \"yes\""},
	{RANGE "dhcp-ignore", "expected tag:NAME"},
	{RANGE "dhcp-ignore=x", "expected tag:NAME, got \"x\""},
	{RANGE "domain=a b", "expected one domain name"},
	{RANGE "tag-if=tag:x", "expected set:NAME"},
	{RANGE "a\x01", "expected text, got a control byte"},
};

START_TEST(refuses)
{
	ck_assert_int_eq(read_text(refused[_i].text), -EINVAL);
	ck_assert_msg(strstr(message, refused[_i].expected), "%s: expected \"%s\", got \"%s\"",
		refused[_i].text, refused[_i].expected, message);
	ck_assert_int_eq(strncmp(message, "conf:", 5), 0);
}
END_TEST

START_TEST(too_long_a_line)
{
	char text[1400];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(read_text(text), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message, "at most 1024 bytes"));
}
END_TEST

START_TEST(too_many_tags)
{
	char text[4096] = RANGE;

	for (unsigned i = 0; i < 60; i++)
		sprintf(text + strlen(text), "dhcp-ignore=tag:t%u\n", i);
	ck_assert_int_eq(read_text(text), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message, "at most 64 tags"));
}
END_TEST

START_TEST(reads_a_whole)
{
	ck_assert_int_eq(read_text("# a comment\r\n\r\n"
				   "  dhcp-range = set:lan , 10.0.0.10 , 10.0.0.19 , 45m # it is\n"
				   "dhcp-range=10.9.0.1,10.9.0.254,255.255.255.0,infinite\n"
				   "dhcp-host=02:00:00:00:00:01,id:01:02:03,printer,10.0.0.14,2d\n"
				   "dhcp-host=06-01:02:03:04:05:06:07:08,10.9.1.2\n"
				   "dhcp-host=02:00:00:*:*:*,ignore"),
		-EINVAL);
	ck_assert_ptr_nonnull(strstr(message, "conf:6: dhcp-host: 10.9.1.2"));
	ck_assert_int_eq(read_text("dhcp-range = set:lan , 10.0.0.10 , 10.0.0.19 , 45m # it is\n"
				   "dhcp-range=10.9.0.1,10.9.0.254,255.255.255.0,infinite\n"
				   "dhcp-host=02:00:00:00:00:01,id:01:02:03,printer,10.0.0.14,2d\n"
				   "dhcp-host=02:00:00:00:00:02,10.0.0.30,1s\n"
				   "domain=\"home.example\""),
		0);
	ck_assert_uint_eq(config.ranges->mask, 0xffffff00);
	ck_assert_uint_eq(config.ranges->lease, 2700);
	ck_assert_uint_ne(config.ranges->set, 0);
	ck_assert_uint_eq(config.ranges->next->lease, DHCP_FOREVER);
	ck_assert_str_eq(config.hosts->name, "printer");
	ck_assert_uint_eq(config.hosts->id_len, 3);
	ck_assert_uint_eq(config.hosts->lease, 172800);
	ck_assert_uint_eq(config.hosts->next->lease, DHCP_LEASE_MIN);
	ck_assert_str_eq(config.domain, "home.example");
	ck_assert_uint_eq(dhcp_config_addresses(&config), 10 + 254 + 1);
	ck_assert_uint_eq(config.lease_max, 10 + 254 + 1);
	dhcp_config_free(&config);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_config");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, refuses, 0, (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(c, too_long_a_line);
	tcase_add_test(c, too_many_tags);
	tcase_add_test(c, reads_a_whole);
	suite_add_tcase(s, c);
	return check_run(s);
}
