/* SPDX-License-Identifier: ISC */
/* Zones from a disk: see reload.h. */
#include "apps/dns/reload.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dns/count.h"
#include "apps/dns/keep.h"
#include "apps/dns/roles.h"
#include "apps/dns/serve.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/disk/disk.h"
#include "lib/disk/disk_tree.h"
#include "lib/sched/sched.h"

#define STACK    ((size_t)64 * 1024)
#define NS_PER_S 1000000000ull
#define DISK_S   10 /* seconds until the disk must be there */

static struct dns_server *server;
static const char *disk_name = "";

static struct wait_queue asked_queue = {LIST_INIT(asked_queue.waiters)};
static bool asked, running;

/* A file's text, kept until its zone is read. */
struct text {
	struct text *next;
	char data[];
};

struct reading {
	struct tree tree;
	struct disk_tree below;
	struct text *texts;
	unsigned zones, errors;
	char message[DNS_MESSAGE]; /* of the first error */
};

static void fail(struct reading *r, const char *message)
{
	if (!r->errors++)
		memcpy(r->message, message, strlen(message) + 1);
}

/* A file that could not be read, told once. */
static void fail_file(struct reading *r, const char *path, int error)
{
	char message[DNS_MESSAGE];

	snprintf(message, sizeof(message), "%.200s: %s", path,
		error == -ENOMEM ? "no memory for the file" : "the file cannot be read");
	log_error("dns", "%s", message);
	fail(r, message);
}

static int read_text(struct reading *r, const char *path, const char **data, size_t *len)
{
	struct tree_file file;
	struct text *text;
	int error = tree_find(&r->tree, path, strlen(path), &file);
	long got;

	if (error)
		return error;
	if (file.folder)
		return -EISDIR;
	text = file.size < platform_memory_free() ? malloc(sizeof(*text) + (size_t)file.size)
						  : NULL;
	if (!text)
		return -ENOMEM;
	text->next = r->texts;
	r->texts = text;
	got = tree_read(&r->tree, &file, 0, text->data, (size_t)file.size);
	if (got != (long)file.size)
		return got < 0 ? (int)got : -EIO;
	*data = text->data;
	*len = (size_t)file.size;
	return 0;
}

static void forget_texts(struct reading *r)
{
	struct text *text;

	while ((text = r->texts)) {
		r->texts = text->next;
		free(text);
	}
}

static int include(void *ctx, const char *name, const char **text, size_t *len)
{
	char path[TREE_NAME_MAX + sizeof(ZONES_FOLDER) + 1];

	if ((size_t)snprintf(path, sizeof(path), ZONES_FOLDER "/%s", name) >= sizeof(path))
		return -ENAMETOOLONG;
	return read_text(ctx, path, text, len);
}

/* ---- a zone takes its place ---- */

/* A zone that has a part to play: what follows from it must go on from the new version. */
static int place_role(struct role *role, struct dns_zone *zone)
{
	int error = role_lock(role);

	if (error)
		return error;
	if (role_is_served(role) &&
		!dns_serial_newer(dns_zone_serial(zone), dns_zone_serial(role->zone))) {
		error = dns_zone_serial(zone) == dns_zone_serial(role->zone) ? -EALREADY : -ESTALE;
	} else {
		error = role_put_zone(role, zone);
	}
	if (!error) {
		dns_journal_clear(&role->journal);
		dns_change_release(role->unsaved);
		role->unsaved = NULL;
		keep_restore(role);
		role_changed(role);
	}
	role_unlock(role);
	return error;
}

static int place(struct dns_zone *zone)
{
	struct dns_zone *old;
	struct dns_key key;
	struct role *role;

	dns_key_init(&key, zone->name, zone->name_len);
	role = running ? roles_find(&key) : NULL;
	if (role)
		return role_is_secondary(role) ? -EPERM : place_role(role, zone);
	if (dns_server_put_zone(server, zone, &old))
		return -ENOMEM;
	/* A new one is not served to anybody but whom the settings for all zones name. */
	if (running && !old && roles_adopt(zone) == -ENOMEM) {
		dns_server_take_zone(server, &key);
		return -ENOMEM;
	}
	dns_zone_free(old);
	return 0;
}

static void take_zone(struct reading *r, struct dns_zone *zone, const char *path)
{
	const char *why = "no memory left";
	char message[DNS_MESSAGE];
	int error = place(zone);

	if (!error) {
		r->zones++;
		return;
	}
	dns_zone_free(zone);
	if (error == -EALREADY)
		return;
	if (error == -EPERM)
		why = "the zone is a secondary's, and comes from its primaries";
	if (error == -ESTALE)
		why = "expected a newer serial than that which is served";
	snprintf(message, sizeof(message), "%.200s: %s", path, why);
	log_error("dns", "%s", message);
	fail(r, message);
}

static void read_zone(struct reading *r, const struct tree_file *entry)
{
	char path[TREE_NAME_MAX + sizeof(ZONES_FOLDER) + 1], message[DNS_MESSAGE];
	struct zones_file file = {.name = path, .include = include, .ctx = r};
	struct dns_zone *zone;
	int error;

	snprintf(path, sizeof(path), ZONES_FOLDER "/%.*s", entry->name_len, entry->name);
	error = read_text(r, path, &file.text, &file.len);
	if (error) {
		fail_file(r, path, error);
	} else {
		zone = zones_read(&file, message);
		if (zone)
			take_zone(r, zone, path);
		else
			fail(r, message);
	}
	forget_texts(r);
}

/* ---- the disk ---- */

static int open_disk(struct reading *r)
{
	struct blkdev *dev;
	int error = disk_wait(&dev, disk_name, platform_time_ns() + DISK_S * NS_PER_S);

	if (error) {
		snprintf(r->message, sizeof(r->message),
			"zone-disk=%.32s: expected a disk of that name within %d s", disk_name,
			DISK_S);
		return error;
	}
	error = disk_tree_init(&r->below, dev);
	if (!error)
		error = tree_open(&r->tree, &r->below.source, 0);
	if (error)
		snprintf(r->message, sizeof(r->message), "zone-disk=%.32s: %s", disk_name,
			r->tree.message[0] ? r->tree.message : "the disk cannot be read");
	return error;
}

/* All zones of the disk. 0, or -Exxx when there are none to be had, or some had errors. */
static int read_disk(struct reading *r)
{
	struct tree_file folder, entry;
	uint32_t cursor = 0;
	int error = open_disk(r);

	if (!error) {
		error = tree_find(&r->tree, ZONES_FOLDER, strlen(ZONES_FOLDER), &folder);
		if (error)
			snprintf(r->message, sizeof(r->message),
				"zone-disk=%.32s: expected a folder " ZONES_FOLDER, disk_name);
		while (!error && tree_next(&r->tree, &folder, &cursor, &entry)) {
			if (!entry.folder)
				read_zone(r, &entry);
		}
		tree_close(&r->tree);
	}
	if (error) {
		log_error("dns", "%s", r->message);
		r->errors++;
	}
	return r->errors ? -EINVAL : 0;
}

static int read_all(void)
{
	struct reading *r = calloc(1, sizeof(*r));
	int error = r ? read_disk(r) : -ENOMEM;

	if (!r)
		return error;
	count.reloads += r->zones;
	count.reload_errors += r->errors;
	if (error)
		snprintf(count.reload, sizeof(count.reload), "%u zones, %u errors: %.150s",
			r->zones, r->errors, r->message);
	else
		snprintf(count.reload, sizeof(count.reload), "%u zones", r->zones);
	free(r);
	return error;
}

int reload_open(struct dns_server *s, const char *name)
{
	server = s;
	disk_name = name;
	return *name ? read_all() : 0;
}

/* ---- while it runs ---- */

static void run(void *arg)
{
	(void)arg;
	for (;;) {
		while (!asked)
			wait_queue_wait(&asked_queue, PLATFORM_NEVER);
		asked = false;
		read_all();
		log_info("dns", "read anew: %s", count.reload);
	}
}

int reload_start(void)
{
	running = true;
	return *disk_name ? thread_create("dns/reload", STACK, run, NULL) : 0;
}

int reload_set(const struct config_key *key, unsigned index, const char *value)
{
	(void)key, (void)index;
	if (strcmp(value, "yes") != 0 || !running || !*disk_name)
		return -EINVAL;
	asked = true;
	wait_queue_wake_one(&asked_queue);
	return 0;
}
