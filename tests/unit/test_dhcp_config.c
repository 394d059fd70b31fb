/* SPDX-License-Identifier: ISC */
/* dnsmasq's words: what is refused, and by which line. */
#include "lib/dhcp/config.h"
#include "lib/dhcp/hosts.h"

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

/* dnsmasq 2.90's words for DHCP and router advertisements that are not taken: each is named. */
static const char *const not_taken[] = {"bootp-dynamic", "bridge-interface", "dhcp-alternate-port",
	"dhcp-client-update", "dhcp-duid", "dhcp-generate-names", "dhcp-hostsdir", "dhcp-hostsfile",
	"dhcp-leasefile", "dhcp-luascript", "dhcp-no-override", "dhcp-optsdir", "dhcp-optsfile",
	"dhcp-proxy", "dhcp-pxe-vendor", "dhcp-relay", "dhcp-reply-delay", "dhcp-script",
	"dhcp-scriptuser", "dhcp-split-relay", "enable-tftp", "leasefile-ro", "log-dhcp",
	"no-dhcp-interface", "no-dhcpv4-interface", "no-dhcpv6-interface", "pxe-prompt",
	"pxe-service", "quiet-dhcp", "quiet-dhcp6", "quiet-ra", "read-ethers", "script-arp",
	"script-on-renewal", "shared-network", "tftp-root"};

START_TEST(names_what_it_does_not_take)
{
	char text[200], expected[200];

	for (unsigned value = 0; value < 2; value++) {
		sprintf(text, RANGE "%s%s\n", not_taken[_i], value ? "=1" : "");
		sprintf(expected, "conf:2: %s: this word is not taken", not_taken[_i]);
		ck_assert_int_eq(read_text(text), -EINVAL);
		ck_assert_int_eq(strncmp(message, expected, strlen(expected)), 0);
	}
}
END_TEST

/* And those that are, each in a form of dnsmasq's manual. */
static const char *const taken[] = {"dhcp-authoritative", "dhcp-boot=pxelinux.0,boothost,10.0.0.1",
	"dhcp-broadcast", "dhcp-broadcast=tag:needs", "dhcp-circuitid=set:x,00:01", "dhcp-fqdn",
	"dhcp-host=11:22:33:44:55:66,ignore",
	"dhcp-host=11:22:33:44:55:66,set:fred,fred,10.0.0.11,45m",
	"dhcp-host=bert,10.0.0.12,infinite", "dhcp-host=id:01:02:02:04,10.0.0.13",
	"dhcp-host=id:marjorie,10.0.0.14", "dhcp-host=11:22:33:*:*:*,set:red",
	"dhcp-host=11:22:33:44:55:66,12:34:56:78:90:12,10.0.0.15", "dhcp-ignore-names",
	"dhcp-ignore-names=tag:x", "dhcp-ignore=tag:!known", "dhcp-ignore-clid",
	"dhcp-lease-max=150", "dhcp-mac=set:red,00:60:8C:*:*:*", "dhcp-match=set:efi,60,HTTPClient",
	"dhcp-match=set:peecees,option:client-arch,0", "dhcp-name-match=set:wifi,phone*",
	"dhcp-option-force=208,f1:00:74:7e", "dhcp-option=19,0", "dhcp-option=252,\"\\n\"",
	"dhcp-option=3", "dhcp-option=42,0.0.0.0",
	"dhcp-option=option:domain-search,eng.example,lab.example",
	"dhcp-option=option:classless-static-route,10.1.0.0/16,10.0.0.1",
	"dhcp-option=option:ntp-server,10.0.0.4,10.10.0.5", "dhcp-option=vendor:MSFT,2,1i",
	"dhcp-option=vendor:PXEClient,1,0.0.0.0", "dhcp-option=vi-encap:2,1,text",
	"dhcp-range=10.9.0.0,static,255.255.255.0", "dhcp-rapid-commit", "dhcp-remoteid=set:x,host",
	"dhcp-sequential-ip", "dhcp-subscrid=set:x,subscriber", "dhcp-ttl=3600",
	"dhcp-userclass=set:red,accounts", "dhcp-vendorclass=set:red,Linux",
	"domain=thekelleys.org.uk", "enable-ra", "leasequery", "no-ping", "ra-param=*,high,60,1200",
	"ra-param=*,mtu:1280,low,10", "tag-if=set:ppp,tag:known,tag:!red"};

START_TEST(takes_words)
{
	char text[300];

	sprintf(text, RANGE "%s\n", taken[_i]);
	ck_assert_msg(read_text(text) == 0, "%s", message);
	dhcp_config_free(&config);
}
END_TEST

/* A thousand reservations are found one and all; the check for doubles is not slow. */
START_TEST(many_hosts)
{
	static char text[200000];
	size_t at = (size_t)sprintf(text, "dhcp-range=10.9.0.0,static,255.255.0.0\n");

	for (unsigned i = 1; i <= 4000; i++)
		at += (size_t)sprintf(text + at, "dhcp-host=02:00:00:00:%02x:%02x,h%u,10.9.%u.%u\n",
			i >> 8, i & 0xff, i, i >> 8, i & 0xff);
	ck_assert_msg(read_text(text) == 0, "%s", message);
	for (uint32_t i = 1; i <= 4000; i++) {
		const uint8_t mac[6] = {2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};
		uint32_t address = 0x0a090000 + i;
		const struct dhcp_host_entry *entry =
			dhcp_host_find(&config, NULL, DHCP_HOST_HARDWARE, mac, sizeof(mac));

		ck_assert_ptr_nonnull(entry);
		ck_assert_uint_eq(entry->host->address, address);
		ck_assert_ptr_null(
			dhcp_host_find(&config, entry, DHCP_HOST_HARDWARE, mac, sizeof(mac)));
		entry = dhcp_host_find(&config, NULL, DHCP_HOST_ADDRESS, &address, 4);
		ck_assert_uint_eq(entry->host->place, i - 1);
	}
	dhcp_config_free(&config);
	sprintf(text + at, "dhcp-host=twice,10.9.0.7\n");
	ck_assert_int_eq(read_text(text), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(message, "conf:4002: dhcp-host: 10.9.0.7 is reserved on line 8"));
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
	tcase_add_loop_test(
		c, names_what_it_does_not_take, 0, (int)(sizeof(not_taken) / sizeof(not_taken[0])));
	tcase_add_loop_test(c, takes_words, 0, (int)(sizeof(taken) / sizeof(taken[0])));
	tcase_add_test(c, many_hosts);
	tcase_add_test(c, too_long_a_line);
	tcase_add_test(c, too_many_tags);
	tcase_add_test(c, reads_a_whole);
	suite_add_tcase(s, c);
	return check_run(s);
}
