/* SPDX-License-Identifier: ISC */
/* The table of roles, from settings, keys and catalogs: see roles.h. */
#include "apps/dns/roles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dns/keep.h"
#include "lib/archive/boot.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"

#define BUCKETS 256u

/* A setting as it was read: the rules under a zone's or a group's name. */
struct named_rules {
	struct named_rules *next;
	struct dns_rules rules;
	char name[]; /* "*" for all other zones of the archive */
};

struct dns_server *roles_server;
const struct dns_tsig_key *roles_keys;
struct list roles;
char roles_expected[DNS_RULES_WHY] = "NAME WORD=VALUE ...";

static struct named_rules *zone_settings, *group_settings;
static struct role *buckets[BUCKETS];

/* ---- settings ---- */

static struct named_rules *find_rules(struct named_rules *list, const char *name)
{
	while (list && strcmp(list->name, name) != 0)
		list = list->next;
	return list;
}

/* "NAME WORDS". */
static int set_rules(struct named_rules **list, const char *value)
{
	size_t len = strcspn(value, " \t");
	struct named_rules *named = calloc(1, sizeof(*named) + len + 1);

	if (!named)
		return -EINVAL;
	memcpy(named->name, value, len);
	dns_rules_init(&named->rules);
	if (!len || find_rules(*list, named->name)) {
		strcpy(roles_expected, "a name that has no such setting yet");
		free(named);
		return -EINVAL;
	}
	if (dns_rules_parse(&named->rules, value + len, roles_expected)) {
		free(named);
		return -EINVAL;
	}
	named->next = *list;
	*list = named;
	return 0;
}

int roles_set_zone(const struct config_key *key, unsigned index, const char *value)
{
	(void)key, (void)index;
	return set_rules(&zone_settings, value);
}

int roles_set_group(const struct config_key *key, unsigned index, const char *value)
{
	(void)key, (void)index;
	return set_rules(&group_settings, value);
}

int roles_read_keys(void)
{
	struct dns_tsig_key *keys = NULL;
	struct archive_file file;
	char why[DNS_RULES_WHY];
	int error;

	if (archive_boot_find(&file, DNS_TSIG_KEYS))
		return 0;
	error = dns_tsig_read_keys(
		&keys, DNS_TSIG_KEYS, (const char *)file.data, file.len, why, sizeof(why));
	if (error)
		log_error("dns", "%s", why);
	roles_keys = keys;
	return error;
}

static int resolve(struct named_rules *list, const char *what)
{
	char why[DNS_RULES_WHY];

	for (; list; list = list->next) {
		if (dns_rules_find_keys(&list->rules, roles_keys, why)) {
			log_error("dns", "%s=%s: %s", what, list->name, why);
			return -EINVAL;
		}
	}
	return 0;
}

/* ---- the table ---- */

struct role *roles_find(const struct dns_key *name)
{
	struct role *role = buckets[name->hash[0] % BUCKETS];

	while (role && (role->name.len != name->len ||
			       memcmp(role->name.wire, name->wire, name->len) != 0))
		role = role->chain;
	return role;
}

static struct role *new_role(const struct dns_key *name, const struct dns_rules *rules)
{
	struct role *role = calloc(1, sizeof(*role)), **bucket;

	if (!role)
		return NULL;
	role->name = *name;
	role->rules = rules;
	dns_name_text(role->text, sizeof(role->text), name->wire);
	dns_journal_init(&role->journal, rules->journal);
	dns_secondary_init(&role->timers, platform_time_ns());
	wait_queue_init(&role->waiters);
	bucket = &buckets[name->hash[0] % BUCKETS];
	role->chain = *bucket;
	*bucket = role;
	list_push_back(&roles, &role->node);
	return role;
}

static void free_role(struct role *role)
{
	tell_forget(role);
	dns_change_release(role->unsaved);
	dns_journal_clear(&role->journal);
	list_remove(&role->node);
	free(role);
}

static void unlink_role(struct role *role)
{
	struct role **at = &buckets[role->name.hash[0] % BUCKETS];

	while (*at != role)
		at = &(*at)->chain;
	*at = role->chain;
}

static uint8_t state_of(const struct role *role, bool expired)
{
	return (uint8_t)((role->rules->query.given ? DNS_ZONE_CLOSED : 0) |
			 (expired ? DNS_ZONE_EXPIRED : 0));
}

int role_put_zone(struct role *role, struct dns_zone *zone)
{
	struct dns_zone *old;

	if (dns_server_put_zone(roles_server, zone, &old))
		return -ENOMEM;
	zone->state = state_of(role, false);
	role->zone = zone;
	role->base = zone->arena.used;
	dns_zone_free(old);
	return 0;
}

/* A zone that is not there yet: SERVFAIL, rather than what a parent zone says. */
static int put_placeholder(struct role *role)
{
	struct dns_zone *zone = dns_zone_create(&role->name, 0, 0);

	if (!zone || role_put_zone(role, zone)) {
		dns_zone_free(zone);
		return -ENOMEM;
	}
	zone->state = state_of(role, true);
	return 0;
}

bool role_is_served(const struct role *role)
{
	return role->zone && !(role->zone->state & DNS_ZONE_EXPIRED);
}

size_t role_limit(const struct role *role)
{
	size_t most = platform_memory_free() / 4 * 3;

	return role->rules->size_limit ? MIN((size_t)role->rules->size_limit, most) : most;
}

/* ---- the start ---- */

/* Members are found where the catalog is; that few may see it says nothing of them. */
static int set_members(struct role *catalog)
{
	catalog->members = malloc(sizeof(*catalog->members));
	if (!catalog->members)
		return -ENOMEM;
	*catalog->members = *catalog->rules;
	catalog->members->query = (struct dns_access){0};
	return 0;
}

static int take_setting(struct named_rules *named)
{
	struct dns_zone *zone;
	struct role *role;
	struct dns_key key;
	uint8_t wire[DNS_NAME_MAX];
	const char *why = "";
	size_t len = dns_name_parse(wire, named->name, strlen(named->name), NULL, &why);

	if (!len) {
		log_error("dns", "zone=%s: expected a zone's name: %s", named->name, why);
		return -EINVAL;
	}
	dns_key_init(&key, wire, len);
	zone = dns_server_find_zone(roles_server, &key);
	if (!zone && !named->rules.primaries.count) {
		log_error("dns", "zone=%s: expected primaries=, or the zone among the archive's",
			named->name);
		return -EINVAL;
	}
	if (roles_find(&key)) {
		log_error("dns", "zone=%s: expected one setting for each zone", named->name);
		return -EINVAL;
	}
	role = new_role(&key, &named->rules);
	if (!role || (!zone && put_placeholder(role)))
		return -ENOMEM;
	return named->rules.catalog ? set_members(role) : 0;
}

/* The zones of the archive: those without a setting of their own have that of "*", if there is. */
int roles_adopt(struct dns_zone *zone)
{
	struct named_rules *others = find_rules(zone_settings, "*");
	struct dns_key key;
	struct role *role;

	dns_key_init(&key, zone->name, zone->name_len);
	role = roles_find(&key);
	if (!role && others)
		role = new_role(&key, &others->rules);
	if (!role)
		return others ? -ENOMEM : 0;
	if (zone->soa) {
		role->zone = zone;
		role->base = zone->arena.used;
		zone->state = state_of(role, false);
		if (keep_restore(role))
			return -EIO;
		/* It may be old: it is served until its own expiry, and asked after at once. */
		if (role_is_secondary(role)) {
			dns_secondary_success(&role->timers, zone, platform_time_ns(), 0);
			dns_secondary_notified(&role->timers, platform_time_ns());
		}
	}
	return 0;
}

int roles_start(struct dns_server *server)
{
	struct named_rules *named;
	struct list *node;
	int error;

	roles_server = server;
	list_init(&roles);
	error = resolve(zone_settings, "zone");
	if (!error)
		error = resolve(group_settings, "group");
	for (named = zone_settings; named && !error; named = named->next) {
		if (strcmp(named->name, "*") != 0)
			error = take_setting(named);
	}
	for (uint32_t i = 0; server->zones && i <= server->mask && !error; i++) {
		if (server->zones[i])
			error = roles_adopt(server->zones[i]);
	}
	if (error == -ENOMEM)
		log_error("dns", "no memory for the zones' roles");
	list_for_each (node, &roles) {
		struct role *role = container_of(node, struct role, node);

		if (!error && role_is_catalog(role) && role_is_served(role))
			catalog_follow(role);
	}
	return error;
}

/* ---- catalogs ---- */

struct role *role_add_member(
	struct role *catalog, const uint8_t *name, size_t len, const uint8_t *id, const char *group)
{
	struct named_rules *named = find_rules(group_settings, group);
	struct role *role;
	struct dns_key key;

	dns_key_init(&key, name, len);
	if (dns_server_find_zone(roles_server, &key)) {
		char text[DNS_NAME_TEXT];

		log_warning("dns", "catalog %s: %s is another's zone already: left out",
			catalog->text, dns_name_text(text, sizeof(text), name));
		return NULL;
	}
	role = new_role(&key, named ? &named->rules : catalog->members);
	if (!role)
		return NULL;
	role->catalog = catalog;
	memcpy(role->member, id, (size_t)id[0] + 1);
	if (put_placeholder(role)) {
		unlink_role(role);
		free_role(role);
		return NULL;
	}
	return role;
}

void role_remove(struct role *role)
{
	unlink_role(role);
	dns_zone_free(dns_server_take_zone(roles_server, &role->name));
	role->zone = NULL;
	role->dead = true;
	wait_queue_wake_all(&role->waiters);
	refresh_wake();
}

bool role_bury(struct role *role)
{
	if (!role->dead || role->timers.busy || role->locked || !list_empty(&role->waiters.waiters))
		return false;
	free_role(role);
	return true;
}

/* ---- changing ---- */

int role_lock(struct role *role)
{
	int error = 0;

	while (role->locked && !error)
		error = wait_queue_wait(&role->waiters, PLATFORM_NEVER);
	if (error)
		return error;
	if (role->dead)
		return -ENOENT;
	role->locked = true;
	return 0;
}

void role_unlock(struct role *role)
{
	role->locked = false;
	if (role->dead)
		refresh_wake();
	wait_queue_wake_one(&role->waiters);
}

void role_changed(struct role *role)
{
	tell_change(role);
	if (role_is_catalog(role))
		catalog_follow(role);
}
