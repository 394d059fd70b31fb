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

static void take_member(
	void *ctx, const uint8_t *name, size_t len, const uint8_t *id, const char *group)
{
	struct count *count = ctx;
	struct dns_key key;
	struct role *role;

	dns_key_init(&key, name, len);
	role = roles_find(&key);
	if (role && role->catalog == count->catalog) {
		if (memcmp(role->member, id, (size_t)id[0] + 1) == 0) {
			role->listed = true;
			count->kept++;
			return;
		}
		role_remove(role); /* begins anew (RFC 9432 section 5.4) */
	}
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
