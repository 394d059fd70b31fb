/* SPDX-License-Identifier: ISC */
/* Settings from the command line and from a file: the grammar, the types, every error's line. */
#include "lib/base/config.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

static const char *name, *motto;
static bool loud;
static uint64_t size;
static char heard[200];

static int hear(const struct config_key *key, unsigned index, const char *value)
{
	size_t len = strlen(heard);

	snprintf(heard + len, sizeof(heard) - len, "%s[%u]=%s;", key->name, index, value);
	return strcmp(value, "bad") == 0 ? -EINVAL : 0;
}

static unsigned changes;

static void count_change(void)
{
	changes++;
}

static const struct config_key first_keys[] = {
	{.name = "name", .type = CONFIG_TEXT, .target = &name, .expected = "a name"},
	{.name = "motto", .type = CONFIG_TEXT, .target = &motto, .live = true},
	{.name = "loud", .type = CONFIG_BOOL, .target = &loud},
	{.name = "size",
		.type = CONFIG_NUMBER,
		.target = &size,
		.low = 10,
		.high = 1 << 20,
		.live = true,
		.changed = count_change},
};

static const struct config_key second_keys[] = {
	{.name = "ip",
		.type = CONFIG_CUSTOM,
		.parse = hear,
		.indexed = 8,
		.live = true,
		.expected = "an address"},
	{.name = "ip6", .type = CONFIG_CUSTOM, .parse = hear, .indexed = 8},
	{.name = "zone", .type = CONFIG_CUSTOM, .parse = hear, .repeats = true},
	{.name = "secret",
		.type = CONFIG_CUSTOM,
		.parse = hear,
		.live = true,
		.secret = true,
		.expected = "a secret"},
};

static const struct config_table first = {"first", first_keys, 4},
				 second = {"second", second_keys, 4};
static const struct config_table *const tables[] = {&first, &second};

static char message[CONFIG_MESSAGE];

static void setup(void)
{
	free((void *)(uintptr_t)name);
	free((void *)(uintptr_t)motto);
	name = motto = NULL;
	loud = false;
	size = 77;
	heard[0] = '\0';
	changes = 0;
}

static int apply(enum config_source source, const char *text)
{
	/* In memory of its own length: a byte read too far is found. */
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	struct config_seen seen = {0};
	int result;

	memcpy(copy, text, len);
	result = config_apply(tables, 2, source, source == CONFIG_FILE ? "config" : "command line",
		copy, len, &seen, NULL, message);
	free(copy);
	return result;
}

static void good(enum config_source source, const char *text)
{
	setup();
	ck_assert_msg(apply(source, text) == 0, "%s: %s", text, message);
	ck_assert_str_eq(message, "");
}

static void wrong(enum config_source source, const char *text, const char *expected)
{
	setup();
	ck_assert_int_eq(apply(source, text), -EINVAL);
	ck_assert_str_eq(message, expected);
}

START_TEST(command_line)
{
	good(CONFIG_CMDLINE, "");
	good(CONFIG_CMDLINE, " \t ");
	good(CONFIG_CMDLINE, "name=wren");
	ck_assert_str_eq(name, "wren");
	good(CONFIG_CMDLINE, "  name=wren\tloud=yes  size=12 ");
	ck_assert_str_eq(name, "wren");
	ck_assert(loud);
	ck_assert_uint_eq(size, 12);
	good(CONFIG_CMDLINE, "name=\"little bird\" motto=a=b#c");
	ck_assert_str_eq(name, "little bird");
	ck_assert_str_eq(motto, "a=b#c");
	good(CONFIG_CMDLINE, "name=\"\"");
	ck_assert_str_eq(name, "");
}
END_TEST

START_TEST(file)
{
	good(CONFIG_FILE, "# all of it\n\n  name = wren  \n\tmotto = sing loud # or not\nloud=on");
	ck_assert_str_eq(name, "wren");
	ck_assert_str_eq(motto, "sing loud");
	ck_assert(loud);
	good(CONFIG_FILE, "name=wren\r\nmotto=\"# a = \"  # comment\r\n");
	ck_assert_str_eq(name, "wren");
	ck_assert_str_eq(motto, "# a = ");
	good(CONFIG_FILE, "#name=wren");
	ck_assert_ptr_null(name);
	good(CONFIG_FILE, "name=a#b");
	ck_assert_str_eq(name, "a#b");
}
END_TEST

START_TEST(numbers)
{
	good(CONFIG_CMDLINE, "size=10");
	ck_assert_uint_eq(size, 10);
	good(CONFIG_CMDLINE, "size=3K");
	ck_assert_uint_eq(size, 3072);
	good(CONFIG_CMDLINE, "size=1M");
	ck_assert_uint_eq(size, 1 << 20);
	static const char *const bad[] = {"size=9", "size=2M", "size=1G", "size=-1", "size=0x10",
		"size=12k", "size=12KK", "size=", "size=1e3", "size=99999999999999999999",
		"size=18446744073709551616", "size=18014398509481984K", "size=\"12 \"", "size=+12"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setup();
		ck_assert_int_eq(apply(CONFIG_CMDLINE, bad[i]), -EINVAL);
		ck_assert_uint_eq(size, 77);
	}
	wrong(CONFIG_CMDLINE, "size=9",
		"command line: size=9: expected a number from 10 to 1048576");
}
END_TEST

START_TEST(bools)
{
	static const char *const yes[] = {"yes", "on", "true", "1"};
	static const char *const no[] = {"no", "off", "false", "0"};
	char text[20];

	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "loud=%s", yes[i]);
		good(CONFIG_CMDLINE, text);
		ck_assert(loud);
		snprintf(text, sizeof(text), "loud=%s", no[i]);
		good(CONFIG_CMDLINE, text);
		ck_assert(!loud);
	}
	wrong(CONFIG_CMDLINE, "loud=YES", "command line: loud=YES: expected yes or no");
}
END_TEST

START_TEST(indices)
{
	good(CONFIG_CMDLINE, "ip1=b ip7=c ip6=d ip61=e ip0=f");
	ck_assert_str_eq(heard, "ip[1]=b;ip[7]=c;ip6[0]=d;ip6[1]=e;ip[0]=f;");
	heard[0] = '\0';
	good(CONFIG_CMDLINE, "ip.1=b ip.6=c ip6=d ip6.6=e ip.7=f ip67=g");
	ck_assert_str_eq(heard, "ip[1]=b;ip[6]=c;ip6[0]=d;ip6[6]=e;ip[7]=f;ip6[7]=g;");
}
END_TEST

START_TEST(index_errors)
{
	wrong(CONFIG_CMDLINE, "ip8=a",
		"command line: ip8=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "ip01=a",
		"command line: ip01=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "ip.8=a",
		"command line: ip.8=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "ip.01=a",
		"command line: ip.01=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "ip.=a",
		"command line: ip.=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "ip.4294967297=a",
		"command line: ip.4294967297=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "ip6.=a",
		"command line: ip6.=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "name1=a",
		"command line: name1=a: no such setting; help=yes lists those there are");
	wrong(CONFIG_CMDLINE, "ip3=bad", "command line: ip3=bad: expected an address");
}
END_TEST

START_TEST(repeated)
{
	good(CONFIG_FILE, "zone=a\nzone=b\n");
	ck_assert_str_eq(heard, "zone[0]=a;zone[0]=b;");
	wrong(CONFIG_FILE, "ip=a\nip1=b\nip=c\n", "config:3: ip: expected this setting once");
	wrong(CONFIG_CMDLINE, "ip1=a ip.1=b", "command line: ip: expected this setting once");
	wrong(CONFIG_CMDLINE, "name=a name=b", "command line: name: expected this setting once");
}
END_TEST

START_TEST(errors)
{
	wrong(CONFIG_CMDLINE, "name", "command line: name: expected key=value");
	wrong(CONFIG_CMDLINE, "=x", "command line: : expected key=value");
	wrong(CONFIG_CMDLINE, "name =x", "command line: name: expected key=value");
	wrong(CONFIG_CMDLINE, "name=", "command line: name=: expected a name");
	wrong(CONFIG_CMDLINE, "motto=", "command line: motto=: expected another value");
	wrong(CONFIG_CMDLINE, "loud=yes name=\"x",
		"command line: name: expected a double quote at the value's end");
	wrong(CONFIG_CMDLINE, "name=\"x\"y",
		"command line: name: expected nothing after the closing quote");
	wrong(CONFIG_FILE, "\n\nname=\"x\n\"",
		"config:3: name: expected a double quote at the value's end");
	wrong(CONFIG_FILE, "name=\"x\" y\n",
		"config:1: name: expected nothing after the closing quote");
	wrong(CONFIG_FILE, "loud = yes\nnmae = wren\n",
		"config:2: nmae=wren: no such setting; help=yes lists those there are");
	wrong(CONFIG_FILE, "name\n=wren\n", "config:1: name: expected key=value");
	wrong(CONFIG_CMDLINE, "lo\x1b[2Jud=1",
		"command line: lo?[2Jud=1: no such setting; help=yes lists those there are");
}
END_TEST

/* However long the input, the message has an end and its buffer is enough. */
START_TEST(long_input)
{
	static char text[100000];

	memset(text, 'k', sizeof(text) - 1);
	ck_assert_int_eq(apply(CONFIG_CMDLINE, text), -EINVAL);
	ck_assert_uint_lt(strlen(message), CONFIG_MESSAGE);
	text[1] = '=';
	ck_assert_int_eq(apply(CONFIG_CMDLINE, text), -EINVAL);
	memcpy(text, "loud=", 5);
	ck_assert_int_eq(apply(CONFIG_CMDLINE, text), -EINVAL);
	ck_assert_uint_lt(strlen(message), CONFIG_MESSAGE);
	memcpy(text, "name=", 5);
	setup();
	ck_assert_int_eq(apply(CONFIG_CMDLINE, text), 0);
	ck_assert_uint_eq(strlen(name), sizeof(text) - 6);
}
END_TEST

START_TEST(nul_in_a_value)
{
	struct config_seen seen = {0};

	ck_assert_int_eq(config_apply(tables, 2, CONFIG_FILE, "config", "name=a\0b", 8, &seen, NULL,
				 message),
		-EINVAL);
	ck_assert_ptr_null(name);
}
END_TEST

START_TEST(command_line_wins)
{
	static const char cmdline[] = "name=wren ip1=a",
			  text[] = "name=crow\nip1=b\nip=c\nsize=11\n";
	struct config_seen seen = {0}, seen_in_file = {0};

	setup();
	ck_assert_int_eq(config_apply(tables, 2, CONFIG_CMDLINE, "command line", cmdline,
				 strlen(cmdline), &seen, NULL, message),
		0);
	ck_assert_int_eq(config_apply(tables, 2, CONFIG_FILE, "config", text, strlen(text),
				 &seen_in_file, &seen, message),
		0);
	ck_assert_str_eq(name, "wren");
	ck_assert_str_eq(heard, "ip[1]=a;ip[0]=c;");
	ck_assert_uint_eq(size, 11);
}
END_TEST

/* ---- while the machine runs ---- */

static void live(const char *key, const char *value, int error, const char *outcome)
{
	size_t len = strlen(value);
	char *copy = malloc(len ? len : 1);

	memcpy(copy, value, len); /* without a NUL */
	ck_assert_int_eq(config_set(tables, 2, key, copy, len, message), error);
	ck_assert_str_eq(message, outcome);
	free(copy);
}

START_TEST(live_settings)
{
	live("size", "3K", 0, "ok 3K");
	ck_assert_uint_eq(size, 3072);
	ck_assert_uint_eq(changes, 1);
	live("ip1", "here", 0, "ok here");
	ck_assert_str_eq(heard, "ip[1]=here;");
	live("ip1", "here # all\nof it", 0, "ok here # all?of it");
	ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(live_errors_keep_the_old_value)
{
	live("size", "9", -EINVAL, "error: size=9: expected a number from 10 to 1048576");
	live("size", "", -EINVAL, "error: size=: expected a number from 10 to 1048576");
	live("size", " 12", -EINVAL, "error: size= 12: expected a number from 10 to 1048576");
	live("ip", "bad", -EINVAL, "error: ip=bad: expected an address");
	live("ip", "", -EINVAL, "error: ip=: expected an address");
	live("size", "\x1b\n", -EINVAL, "error: size=\?\?: expected a number from 10 to 1048576");
	ck_assert_uint_eq(size, 77);
	ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(secrets_are_not_told)
{
	live("secret", "hunter2", 0, "ok ...");
	live("secret", "bad", -EINVAL, "error: secret=...: expected a secret");
}
END_TEST

START_TEST(live_settings_that_are_none)
{
	live("loud", "yes", -EROFS, "error: loud: takes effect only at boot");
	ck_assert(!loud);
	/* A text would stay on the heap with each change. */
	live("motto", "sing", -EROFS, "error: motto: takes effect only at boot");
	ck_assert_ptr_null(motto);
	live("ip61", "x", -EROFS, "error: ip61: takes effect only at boot");
	live("sise", "12", -ENOENT, "error: sise: no such setting");
	live("ip8", "12", -ENOENT, "error: ip8: no such setting");
	live("", "12", -ENOENT, "error: : no such setting");
	live("size\n", "12", -ENOENT, "error: size?: no such setting");
}
END_TEST

START_TEST(live_values_have_a_length)
{
	static char text[4000];

	memset(text, '0', CONFIG_LIVE_MAX);
	memcpy(text + CONFIG_LIVE_MAX - 2, "12", 2);
	ck_assert_int_eq(config_set(tables, 2, "size", text, CONFIG_LIVE_MAX, message), 0);
	ck_assert_uint_eq(size, 12);
	ck_assert_uint_eq(strlen(message), 3 + CONFIG_LIVE_MAX);
	memset(text, '0', CONFIG_LIVE_MAX + 1);
	live("size", text, -EINVAL, "error: size: expected at most 128 bytes");
	memset(text, '0', sizeof(text) - 1);
	live("size", text, -EINVAL, "error: size: expected at most 128 bytes");
	memset(text, 'k', sizeof(text) - 1);
	ck_assert_int_eq(config_set(tables, 2, text, "1", 1, message), -ENOENT);
	ck_assert_uint_lt(strlen(message), CONFIG_MESSAGE);
	ck_assert_int_eq(config_set(tables, 2, "size", "12\0003", 4, message), -EINVAL);
	ck_assert_uint_eq(size, 12);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, setup);
	tcase_add_test(all, command_line);
	tcase_add_test(all, file);
	tcase_add_test(all, numbers);
	tcase_add_test(all, bools);
	tcase_add_test(all, indices);
	tcase_add_test(all, index_errors);
	tcase_add_test(all, repeated);
	tcase_add_test(all, errors);
	tcase_add_test(all, long_input);
	tcase_add_test(all, nul_in_a_value);
	tcase_add_test(all, command_line_wins);
	tcase_add_test(all, live_settings);
	tcase_add_test(all, live_errors_keep_the_old_value);
	tcase_add_test(all, live_settings_that_are_none);
	tcase_add_test(all, secrets_are_not_told);
	tcase_add_test(all, live_values_have_a_length);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
