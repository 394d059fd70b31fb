/* SPDX-License-Identifier: ISC */
/*
 * The zones of the boot archive: each file directly below zones/ is one zone in master-file
 * format, called by its name without ".zone"; root.zone is the root's. Files in folders below
 * zones/ are for $INCLUDE, by their path from zones/.
 */
#include "apps/dns/serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/archive/boot.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/dns/master.h"
#include "lib/sched/sched.h"

#define FOLDER ZONES_FOLDER "/"
#define SUFFIX ".zone"

static int include(void *ctx, const char *name, const char **text, size_t *len)
{
	struct archive_file file;
	char path[ARCHIVE_NAME_MAX];
	int error;

	if ((size_t)snprintf(path, sizeof(path), FOLDER "%s", name) >= sizeof(path))
		return -ENAMETOOLONG;
	error = archive_find(ctx, path, &file);
	if (error)
		return error;
	*text = (const char *)file.data;
	*len = file.len;
	return 0;
}

static void warn(void *ctx, const char *message)
{
	(void)ctx;
	log_warning("dns", "%s", message);
}

/* The zone's name by its file's, or NULL for "the owner of the SOA". */
static const char *apex_of(const char *name, char apex[ARCHIVE_NAME_MAX])
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	if (len > suffix && !strcmp(name + len - suffix, SUFFIX))
		len -= suffix;
	memcpy(apex, name, len);
	apex[len] = '\0';
	return strcmp(apex, "root") ? apex : ".";
}

struct dns_zone *zones_read(const struct zones_file *file, char message[DNS_MESSAGE])
{
	char apex[ARCHIVE_NAME_MAX], text[DNS_NAME_TEXT];
	const char *name = file->name + strlen(FOLDER);
	struct dns_load request = {
		.apex = apex_of(name, apex),
		.file = file->name,
		.text = file->text,
		.len = file->len,
		.include = file->include,
		.warn = warn,
		.ctx = file->ctx,
		.pause = thread_yield,
	};
	uint64_t start = platform_time_ns();
	struct dns_zone *zone = dns_zone_load(&request, message);

	if (!zone) {
		log_error("dns", "%s", message);
		return NULL;
	}
	log_info("dns", "zone %s serial %u: %u records, %zu KiB, read in %u ms",
		dns_node_text(text, sizeof(text), zone->apex), (unsigned)dns_zone_serial(zone),
		(unsigned)zone->records, dns_zone_memory(zone) / 1024,
		(unsigned)((platform_time_ns() - start) / 1000000));
	return zone;
}

static int load(
	struct dns_server *server, const struct archive *archive, const struct archive_file *file)
{
	struct zones_file source = {.name = file->name,
		.text = (const char *)file->data,
		.len = file->len,
		.include = include,
		.ctx = (void *)(uintptr_t)archive};
	char message[DNS_MESSAGE];
	struct dns_zone *zone = zones_read(&source, message), *old;

	if (!zone)
		return -EINVAL;
	if (dns_server_put_zone(server, zone, &old)) {
		log_error("dns", "%s: no memory left", file->name);
		return -ENOMEM;
	}
	if (old) {
		log_error("dns", "%s: a zone of that name was read before", file->name);
		dns_zone_free(old);
		return -EEXIST;
	}
	return 0;
}

static bool is_zone(const struct archive_file *file)
{
	return !strncmp(file->name, FOLDER, strlen(FOLDER)) &&
	       !strchr(file->name + strlen(FOLDER), '/');
}

int zones_load(struct dns_server *server)
{
	struct archive archive;
	struct archive_file file;
	const char *message;
	size_t cursor = 0;
	int found, error = archive_boot(&archive, &message);

	if (error == -ENOENT)
		return 0;
	if (error) {
		log_error("dns", "boot archive: %s", message);
		return error;
	}
	while ((found = archive_next(&archive, &cursor, &file)) > 0 && !error)
		if (is_zone(&file))
			error = load(server, &archive, &file);
	if (found < 0) {
		log_error("dns", "boot archive: damaged at byte %zu", cursor);
		return found;
	}
	return error;
}
