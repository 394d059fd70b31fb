/* SPDX-License-Identifier: ISC */
/* Follows a catalog zone: its members come and go as it says. The reading is in lib/dns/catalog.h.
 */
#include "lib/dns/catalog.h"

#include <string.h>

#include "apps/dns/roles.h"
#include "lib/base/log.h"

struct count {
	struct role *catalog;
	unsigned added, kept;
};

/* Whether ROLE, a member of another catalog, comes over to this (RFC 9432 section 4.3.1). */
static bool comes_over(const struct role *catalog, const struct role *role)
{
	const struct role *old = role->catalog;

	return old != catalog && !old->broken && role_is_served(old) &&
	       dns_catalog_hands_over(old->zone, role->member, &catalog->name);
}

/* ROLE has a member's name. Whether no other is to be added. */
static bool keep_member(
	struct count *count, struct role *role, const uint8_t *id, const char *group)
{
	struct role *catalog = count->catalog, *old = role->catalog;

	/* Another's: left out, without a word if it went there by this catalog's leave. */
	if (!old || (old != catalog && !comes_over(catalog, role)))
		return old && dns_catalog_hands_over(catalog->zone, id, &old->name);
	if (old != catalog)
		log_info("dns", "zone %s: from catalog %s to %s", role->text, old->text,
			catalog->text);
	if (memcmp(role->member, id, (size_t)id[0] + 1) != 0) {
		role_remove(role); /* begins anew (sections 4.3.1 and 5.4) */
		return false;
	}
	role_follow(role, catalog, group);
	role->listed = true;
	count->kept++;
	return true;
}

static void take_member(
	void *ctx, const uint8_t *name, size_t len, const uint8_t *id, const char *group)
{
	struct count *count = ctx;
	struct dns_key key;
	struct role *role;

	dns_key_init(&key, name, len);
	role = roles_find(&key);
	if (role && keep_member(count, role, id, group))
		return;
	role = role_add_member(count->catalog, name, len, id, group);
	if (role) {
		role->listed = true;
		count->added++;
	}
}

void catalog_follow(struct role *catalog)
{
	const char *why = dns_catalog_check(catalog->zone);
	struct count count = {.catalog = catalog};
	unsigned removed = 0;
	struct list *node, *next;
	struct role *role;

	catalog->broken = why != NULL;
	if (why) {
		log_warning("dns", "catalog %s: %s: not followed", catalog->text, why);
		return;
	}
	list_for_each (node, &roles)
		container_of(node, struct role, node)->listed = false;
	dns_catalog_members(catalog->zone, take_member, &count);
	list_for_each_safe (node, next, &roles) {
		role = container_of(node, struct role, node);
		if (role->catalog == catalog && !role->listed && !role->dead) {
			log_info("dns", "zone %s: no longer in catalog %s", role->text,
				catalog->text);
			role_remove(role);
			removed++;
		}
	}
	log_info("dns", "catalog %s: %u members, %u of them new, %u removed", catalog->text,
		count.kept + count.added, count.added, removed);
	refresh_wake();
}
