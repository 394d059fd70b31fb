/* SPDX-License-Identifier: ISC */
/*
 * Sites from the boot archive, and from a disk (disk.c): www/NAME/ holds the files of the site of
 * host NAME, www/default/ those of all other hosts; tls/NAME.crt and tls/NAME.key its certificate
 * and key, tls/NAME.ocsp a response to be stapled, tls/NAME.clients the certificates of those who
 * sign clients'.
 */
#include "apps/https/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/archive/boot.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/siphash.h"

#define WWW       "www/"
#define DEFAULT   "default"
#define SITES_MAX 64
#define NAME_MOST 40 /* bytes of a site's folder */

uint64_t sites_hsts = 31536000, sites_max_age;

/* Sorted by name. The names are the heap's, the bytes the archive's. */
struct entry {
	char *name;
	const uint8_t *data;
	size_t len;
	uint64_t modified, tag;
};

static struct entry *entries;
static size_t entry_count, entry_room;

static struct site {
	char host[NAME_MOST];
	char folder[NAME_MOST + sizeof(WWW) + 1];
	struct http_site site;
} sites[SITES_MAX];
static size_t site_count;

/* ---- files ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static const struct entry *find_entry(const char *name)
{
	const struct entry wanted = {.name = (char *)(uintptr_t)name};

	return entry_count ? bsearch(&wanted, entries, entry_count, sizeof(*entries), compare)
			   : NULL;
}

void sites_etag(char etag[HTTP_ETAG_MAX], uint64_t tag, uint64_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *at = etag;

	*at++ = '"';
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = digits[tag >> shift & 15];
	*at++ = '-';
	at += http_text_decimal(at, size);
	*at++ = '"';
	*at = '\0';
}

static int find(void *ctx, const char *name, struct http_file *file)
{
	const struct entry *entry = find_entry(name);

	(void)ctx;
	if (!entry)
		return disk_find(name, file);
	*file = (struct http_file){
		.data = entry->data, .size = entry->len, .modified = entry->modified};
	sites_etag(file->etag, entry->tag, entry->len);
	return 0;
}

static const struct http_source source = {.find = find, .read = disk_read_file};

int sites_add_file(const char *name, const void *data, size_t len, int64_t mtime)
{
	/* A tag tells versions of a file apart; it keeps no secret. */
	static const uint8_t key[16] = "entity tag";

	if (entry_count == entry_room) {
		size_t room = entry_room ? 2 * entry_room : 64;
		struct entry *more = realloc(entries, room * sizeof(*entries));

		if (!more)
			return -ENOMEM;
		entries = more;
		entry_room = room;
	}
	entries[entry_count] = (struct entry){.name = strdup(name),
		.data = data,
		.len = len,
		.modified = (uint64_t)MAX(mtime, (int64_t)0),
		.tag = siphash(key, data, len)};
	return entries[entry_count++].name ? 0 : -ENOMEM;
}

/* ---- sites ---- */

static struct site *site_named(struct http_text host)
{
	for (size_t i = 0; i < site_count; i++) {
		if (http_text_is_nocase(host, sites[i].host))
			return &sites[i];
	}
	return NULL;
}

const struct http_site *sites_find(void *ctx, struct http_text host)
{
	struct site *site = site_named(host);

	(void)ctx;
	if (!site)
		site = site_named(HTTP_TEXT(DEFAULT));
	return site ? &site->site : NULL;
}

int sites_add(const char *name, size_t len)
{
	struct site *site;

	if (site_named((struct http_text){name, len}))
		return 0;
	if (site_count == SITES_MAX || len >= NAME_MOST) {
		log_error("https",
			WWW "%.*s: expected at most %u sites, with names of up to %u bytes",
			(int)len, name, SITES_MAX, NAME_MOST - 1);
		return -E2BIG;
	}
	site = &sites[site_count++];
	snprintf(site->host, sizeof(site->host), "%.*s", (int)len, name);
	snprintf(site->folder, sizeof(site->folder), WWW "%.*s/", (int)len, name);
	site->site = (struct http_site){.source = &source,
		.folder = site->folder,
		.hsts = sites_hsts,
		.max_age = sites_max_age};
	return 0;
}

/* The site that the file NAME of the archive belongs to, if it does. */
static int add_site_of(const char *name)
{
	const char *host = name + strlen(WWW), *slash;

	if (strncmp(name, WWW, strlen(WWW)) != 0)
		return 0;
	slash = strchr(host, '/');
	return slash ? sites_add(host, (size_t)(slash - host)) : 0;
}

static int read_archive(const struct archive *archive)
{
	struct archive_file file;
	size_t cursor = 0;
	int got, error = 0;

	while (!error && (got = archive_next(archive, &cursor, &file)) == 1) {
		error = sites_add_file(file.name, file.data, file.len, file.mtime);
		if (error)
			log_error(
				"https", "boot archive: no memory for its %zu files", entry_count);
		else
			error = add_site_of(file.name);
	}
	if (!error && got < 0) {
		log_error("https", "boot archive: damaged at byte %zu", cursor);
		error = -EINVAL;
	}
	return error;
}

static int load_archive(bool must)
{
	struct archive archive;
	const char *message;
	int error = archive_boot(&archive, &message);

	if (error == -ENOENT && !must)
		return 0;
	if (error) {
		log_error("https",
			"boot archive (ramdisk=): expected one with " WWW DEFAULT
			"/ and tls/, got %s",
			message);
		return error;
	}
	return read_archive(&archive);
}

int sites_load(const char *disk)
{
	int error = load_archive(!disk);

	if (!error && disk)
		error = disk_load(disk);
	if (error)
		return error;
	qsort(entries, entry_count, sizeof(*entries), compare);
	if (!site_count) {
		log_error("https", "%s: no files below " WWW DEFAULT "/",
			disk ? "disk and boot archive" : "boot archive");
		return -ENOENT;
	}
	return 0;
}

size_t sites_files(void)
{
	return entry_count + disk_files();
}

/* ---- certificates ---- */

static const char *path_of(void *ctx, size_t i)
{
	(void)ctx;
	return i < entry_count ? entries[i].name : NULL;
}

static struct tls_bytes bytes_of(void *ctx, const char *path)
{
	const struct entry *entry = find_entry(path);

	(void)ctx;
	return entry ? (struct tls_bytes){entry->data, entry->len} : (struct tls_bytes){NULL, 0};
}

const struct tls_files sites_certificates = {.path = path_of, .find = bytes_of};
