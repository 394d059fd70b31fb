/* SPDX-License-Identifier: ISC */
/* The settings of a server with TLS: what is set before its start and while it runs. */
#include "lib/tls/settings.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "tests/unit/dns_run.h"
#include "tests/unit/machine.h"

static struct tls_options options; /* that it was made with */
static char put[TLS_NAME_MAX];     /* what was put into it */
static char the_server;
static bool no_memory;

int tls_server_create(struct tls_server **server, const struct tls_options *from)
{
	if (no_memory)
		return -ENOMEM;
	options = *from;
	*server = (struct tls_server *)(void *)&the_server;
	return 0;
}

int tls_server_put(
	struct tls_server *server, const struct tls_site *site, char message[TLS_MESSAGE])
{
	ck_assert_ptr_eq(server, &the_server);
	if (site->key.data) {
		strcpy(put, site->name);
		return 0;
	}
	strcpy(message, "key: expected one");
	return -EINVAL;
}

static const char *const paths[] = {
	"tls/a.crt", "tls/a.key", "new/b.crt", "new/b.key", "bad/c.crt"};

static const char *path_of(void *ctx, size_t i)
{
	(void)ctx;
	return i < ARRAY_SIZE(paths) ? paths[i] : NULL;
}

static struct tls_bytes find(void *ctx, const char *path)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (strcmp(paths[i], path) == 0)
			return (struct tls_bytes){path, 1};
	}
	return (struct tls_bytes){NULL, 0};
}

static const struct tls_files files = {.path = path_of, .find = find};
static struct tls_server *server;

static int set(const char *folder)
{
	static const struct config_key keys[] = {TLS_SETTINGS};

	machine_forget();
	put[0] = '\0';
	return keys[0].parse(&keys[0], 0, folder);
}

START_TEST(as_it_is)
{
	ck_assert_int_eq(tls_start(&server, &files, "dot"), 0);
	ck_assert_ptr_eq(server, &the_server);
	ck_assert_str_eq(put, "a");
	ck_assert_str_eq(options.alpn, "dot");
	ck_assert_uint_eq(options.ticket_seconds, 43200);
	ck_assert(!options.no_tls12);
}
END_TEST

START_TEST(set_before)
{
	ck_assert_int_eq(set("no/folder"), -EINVAL);
	ck_assert_int_eq(set(""), -EINVAL);
	ck_assert_int_eq(set("new"), 0);
	tls_settings = (struct tls_settings){.tls13_only = true, .ticket_time = 0};
	ck_assert_int_eq(tls_start(&server, &files, NULL), 0);
	ck_assert_str_eq(put, "b");
	ck_assert_uint_eq(options.ticket_seconds, 0);
	ck_assert(options.no_tls12);
}
END_TEST

START_TEST(set_meanwhile)
{
	ck_assert_int_eq(tls_start(&server, &files, NULL), 0);
	ck_assert_int_eq(set("new"), 0);
	ck_assert_str_eq(put, "b");
	ck_assert_int_eq(set("bad"), -EINVAL);
	ck_assert_str_eq(put, "");
	ck_assert_str_eq(machine.console, "error tls: bad/c.crt, .key: key: expected one; the "
					  "certificates stay as they were\n");
	ck_assert_int_eq(set("none"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(machine.console, "expected none/default.crt and .key"));
}
END_TEST

START_TEST(fails)
{
	ck_assert_int_eq(set("bad"), 0); /* nobody looks into it before the start */
	ck_assert_int_eq(tls_start(&server, &files, NULL), -EINVAL);
	ck_assert_str_eq(machine.console, "error tls: bad/c.crt, .key: key: expected one\n");
	no_memory = true;
	machine_forget();
	ck_assert_int_eq(tls_start(&server, &files, NULL), -ENOMEM);
	ck_assert_str_eq(machine.console, "error tls: no memory to start\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {as_it_is, set_before, set_meanwhile, fails};

	return run_tests("tls_settings", tests, ARRAY_SIZE(tests), NULL, NULL);
}
