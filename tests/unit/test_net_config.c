/* SPDX-License-Identifier: ISC */
/* The settings of the network: what each one takes, and what only shows when all are known. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "lib/net/internal.h"
#include "tests/support/check.h"
#include "tests/unit/machine.h"

static char message[CONFIG_MESSAGE];

/* 0, or -EINVAL with `message`: of one setting, or of all together. */
static int apply(const char *text)
{
	static const struct config_table *const tables[] = {&net_config};
	struct config_seen seen = {0};

	for (unsigned i = 0; i < NETDEV_MAX; i++)
		*net_settings_get(i) = (struct net_settings){0};
	if (config_apply(tables, 1, CONFIG_CMDLINE, "test", text, strlen(text), &seen, NULL,
		    message) != 0)
		return -EINVAL;
	return net_settings_check(message);
}

static void good(const char *text)
{
	ck_assert_msg(apply(text) == 0, "%s: %s", text, message);
}

static void wrong(const char *text, const char *expected)
{
	ck_assert_msg(apply(text) == -EINVAL, "%s is taken", text);
	ck_assert_msg(strstr(message, expected), "%s: %s", text, message);
}

START_TEST(addresses)
{
	const struct net_settings *set = net_settings_get(0);

	good("ip=10.0.0.2/24 gateway=10.0.0.1");
	ck_assert_int_eq(set->mode4, NET_MODE_STATIC);
	ck_assert_uint_eq(set->length4, 24);
	ck_assert_mem_eq(set->ip4, "\x0a\0\0\2", 4);
	ck_assert_mem_eq(set->gateway4, "\x0a\0\0\1", 4);
	good("ip=dhcp ip6=auto");
	ck_assert_int_eq(set->mode4, NET_MODE_AUTO);
	ck_assert_int_eq(set->mode6, NET_MODE_AUTO);
	good("ip=none ip6=fd00::2/64 gateway6=fe80::1");
	ck_assert_int_eq(set->mode4, NET_MODE_NONE);
	ck_assert_uint_eq(set->length6, 64);
	good("ip5=10.0.5.2/24 ip65=fd00:5::2/64");
	ck_assert_int_eq(net_settings_get(5)->mode4, NET_MODE_STATIC);
	ck_assert_int_eq(net_settings_get(5)->mode6, NET_MODE_STATIC);
	ck_assert_int_eq(set->mode4, NET_MODE_NONE);
	good("ip.6=10.0.6.2/24 ip6.6=fd00:6::2/64 gateway.6=10.0.6.1 gateway6.6=fd00:6::1");
	ck_assert_mem_eq(net_settings_get(6)->ip4, "\x0a\0\6\2", 4);
	ck_assert_mem_eq(net_settings_get(6)->gateway4, "\x0a\0\6\1", 4);
	ck_assert_mem_eq(net_settings_get(6)->ip6, "\xfd\0\0\6", 4);
	ck_assert_mem_eq(net_settings_get(6)->gateway6, "\xfd\0\0\6", 4);
	ck_assert_int_eq(set->mode4, NET_MODE_NONE);
	ck_assert_int_eq(set->mode6, NET_MODE_NONE);
	good("ip.7=10.0.7.2/24 ip67=fd00:7::2/64");
	ck_assert_int_eq(net_settings_get(7)->mode4, NET_MODE_STATIC);
	ck_assert_int_eq(net_settings_get(7)->mode6, NET_MODE_STATIC);
	good("ip=10.0.0.0/31 gateway=10.0.0.1"); /* RFC 3021 */
	good("ip=10.137.0.9/32 gateway=10.138.0.1");
}
END_TEST

START_TEST(what_is_refused)
{
	static const char *const ip4[] = {"10.0.0.2", "10.0.0.2/0", "10.0.0.0/24", "10.0.0.255/24",
		"0.0.0.1/8", "127.0.0.1/8", "224.0.0.1/24", "255.255.255.255/32", "10.0.0.2/24,",
		"DHCP", "fd00::2/64", "010.0.0.2/24"};
	static const char *const ip6[] = {"fd00::2", "fd00::2/0", "::/64", "::1/128", "ff02::1/64",
		"fe80::2/64", "::ffff:10.0.0.2/96", "10.0.0.2/24", "slaac"};
	char text[80];

	for (size_t i = 0; i < sizeof(ip4) / sizeof(ip4[0]); i++) {
		snprintf(text, sizeof(text), "ip=%s", ip4[i]);
		wrong(text, ": expected a host's address and its network's length as 10.0.0.2/24");
	}
	for (size_t i = 0; i < sizeof(ip6) / sizeof(ip6[0]); i++) {
		snprintf(text, sizeof(text), "ip6=%s", ip6[i]);
		wrong(text, ": expected a host's address and its network's length as fd00::2/64");
	}
	wrong("gateway=10.0.0.1/24", "expected an address as 10.0.0.1");
	wrong("gateway6=::", "expected an address as fd00::1");
	wrong("ip6=dhcp", "expected");
	wrong("hostname=-a", "letters");
	wrong("hostname=a-", "letters");
	wrong("hostname=a_b", "letters");
}
END_TEST

START_TEST(what_does_not_go_together)
{
	wrong("ip=10.0.0.2/24 gateway=10.0.1.1",
		"gateway=10.0.1.1: expected another address of the network 10.0.0.0/24");
	wrong("ip=10.0.0.2/24 gateway=10.0.0.2", "expected another address of the network");
	wrong("ip=dhcp gateway=10.0.0.1", "gateway=10.0.0.1: expected with it an address in ip=");
	wrong("ip3=none gateway3=10.0.0.1",
		"gateway.3=10.0.0.1: expected with it an address in ip.3=");
	wrong("ip.6=none gateway.6=10.0.0.1",
		"gateway.6=10.0.0.1: expected with it an address in ip.6=");
	wrong("ip6=none gateway6=fd00::1", "gateway6: expected with it an address in ip6=");
}
END_TEST

START_TEST(hostnames)
{
	char name[9 + 64 + 1] = "hostname=";

	good("hostname=little-bird7");
	ck_assert_str_eq(net_hostname, "little-bird7");
	memset(name + 9, 'a', 63);
	good(name);
	ck_assert_uint_eq(strlen(net_hostname), 63);
	name[9 + 63] = 'a';
	wrong(name, "letters");
}
END_TEST

START_TEST(without_an_address_nothing_is_waited_for)
{
	good("ip=none ip6=none");
	ck_assert_int_eq(net_wait_ready(PLATFORM_NEVER), -EADDRNOTAVAIL);
	ck_assert_ptr_nonnull(strstr(net_explain(), "no address is set"));
	good("ip=dhcp");
	ck_assert_ptr_nonnull(strstr(net_explain(), "no network device"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net config");
	TCase *all = tcase_create("all");

	tcase_add_test(all, addresses);
	tcase_add_test(all, what_is_refused);
	tcase_add_test(all, what_does_not_go_together);
	tcase_add_test(all, hostnames);
	tcase_add_test(all, without_an_address_nothing_is_waited_for);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
