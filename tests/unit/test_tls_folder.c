/* SPDX-License-Identifier: ISC */
/* Which files of a folder make which sites; what a server does with a site is noted, not done. */
#include "lib/tls/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "tests/unit/dns_run.h"

#define LONG "a-label-of-a-name-that-is-sixty-four-bytes-long-with-its-dot-ab."

/* What was put, as "NAME:chain,key,ocsp,clients;" with "-" for what is not there. */
static char noted[1000];
static const char *refused; /* the site that is not right */

int tls_server_put(
	struct tls_server *server, const struct tls_site *site, char message[TLS_MESSAGE])
{
	const struct tls_bytes *const parts[] = {
		&site->chain, &site->key, &site->ocsp, &site->clients};

	ck_assert_ptr_null(server);
	ck_assert(site->clients_must);
	if (strlen(site->name) >= TLS_NAME_MAX || (refused && strcmp(refused, site->name) == 0)) {
		snprintf(message, TLS_MESSAGE, "key: expected a better one");
		return -EINVAL;
	}
	strcat(strcat(noted, site->name), ":");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i]->data)
			strncat(noted, parts[i]->data, parts[i]->len);
		else
			strcat(noted, "-");
		strcat(noted, i + 1 < ARRAY_SIZE(parts) ? "," : ";");
	}
	return 0;
}

/* Paths, each with the file's contents behind it. */
static const char *const whole[][2] = {
	{"www/default/x.crt", "no"},
	{"tls/default.key", "K"},
	{"tls/default.crt", "C"},
	{"tls/*.a.example.crt", "C2"},
	{"tls/*.a.example.key", "K2"},
	{"tls/*.a.example.ocsp", "O2"},
	{"tls/bare.crt", "C3"},
	{"tls/bare.clients", "A3"},
	{"tls/below/x.crt", "no"},
	{"tls/.crt", "no"},
	{"tls/x.key", "no"},
	{"tls/readme", "no"},
	{"tls2/other.crt", "C4"},
	{"tls2/other.key", "K4"},
	{"tls3/" LONG LONG LONG LONG ".crt", "C5"},
};

static const char *path_of(void *ctx, size_t i)
{
	(void)ctx;
	return i < ARRAY_SIZE(whole) ? whole[i][0] : NULL;
}

static struct tls_bytes find(void *ctx, const char *path)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		if (strcmp(whole[i][0], path) == 0)
			return (struct tls_bytes){whole[i][1], strlen(whole[i][1])};
	}
	return (struct tls_bytes){NULL, 0};
}

static const struct tls_files files = {.path = path_of, .find = find};
static char message[TLS_FOLDER_MESSAGE];

static int put(const char *folder)
{
	noted[0] = message[0] = '\0';
	return tls_put_folder(NULL, &files, folder, message);
}

START_TEST(sites)
{
	ck_assert_int_eq(put("tls"), 0);
	ck_assert_str_eq(noted, "default:C,K,-,-;*.a.example:C2,K2,O2,-;bare:C3,-,-,A3;");
	ck_assert_str_eq(message, "");
	ck_assert_int_eq(put("tls2"), 0);
	ck_assert_str_eq(noted, "other:C4,K4,-,-;");
}
END_TEST

START_TEST(wrong)
{
	refused = "*.a.example";
	ck_assert_int_eq(put("tls"), -EINVAL);
	ck_assert_str_eq(message, "tls/*.a.example.crt, .key: key: expected a better one");
	ck_assert_str_eq(noted, "default:C,K,-,-;");
	refused = NULL;
	ck_assert_int_eq(put("tls3"), -EINVAL);
	ck_assert_uint_lt(strlen(message), 120); /* the name is cut */
	ck_assert_str_eq(noted, "");
}
END_TEST

START_TEST(no_sites)
{
	static const char *const folders[] = {"none", "tl", "www", "x.key"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char expected[TLS_FOLDER_MESSAGE];

		snprintf(expected, sizeof(expected), "expected %s/default.crt and .key, got none",
			folders[i]);
		ck_assert_int_eq(put(folders[i]), -ENOENT);
		ck_assert_str_eq(message, expected);
	}
}
END_TEST

START_TEST(no_folder)
{
	static const char *const names[] = {
		"", "tls/below", "/", "a-name-of-thirty-two-bytes-there"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert(!tls_is_folder(names[i]));
	ck_assert(tls_is_folder("a-name-of-thirty-one-bytes-here"));
}
END_TEST

START_TEST(site_files)
{
	static const char *const kept[] = {"tls/a.crt", "tls/a.key", "x/a.ocsp", "a.clients"};
	static const char *const left[] = {"", ".crt", "zones/crt", "tls/a.crt.old", "a.KEY"};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		ck_assert(tls_is_site_file(kept[i]));
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		ck_assert(!tls_is_site_file(left[i]));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sites, wrong, no_sites, no_folder, site_files};

	return run_tests("tls_folder", tests, ARRAY_SIZE(tests), NULL, NULL);
}
