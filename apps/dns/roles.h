/* SPDX-License-Identifier: ISC */
/*
 * Zones with a part to play: secondaries, primaries that notify, those that take updates or are
 * transferred. One struct role for each zone that a setting or a catalog names; the zone itself is
 * in the server. All of this runs in threads or the loop of one processor: what must not be seen
 * half done is done without giving way.
 */
#ifndef APPS_DNS_ROLES_H
#define APPS_DNS_ROLES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/config.h"
#include "lib/base/list.h"
#include "lib/dns/change.h"
#include "lib/dns/rules.h"
#include "lib/dns/secondary.h"
#include "lib/dns/server.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

/* A notification on its way: until it is answered, or given up. */
struct told {
	uint64_t next; /* when to send (again) */
	uint16_t id;
	uint8_t tries;         /* 0: nothing to tell */
	struct dns_tsig *tsig; /* of the last, if it was signed */
};

struct role {
	struct list node; /* of all roles */
	struct role *chain;
	struct dns_key name;
	char text[DNS_NAME_TEXT / 4]; /* for logs; cut off if it is longer */
	const struct dns_rules *rules;
	struct dns_zone *zone; /* the server's; a placeholder until there is a version */
	size_t base;           /* bytes that it took when it was new */

	struct dns_secondary timers;
	unsigned primary; /* which one to ask first */
	bool expired;     /* said so */

	struct dns_journal journal;
	struct dns_change *unsaved; /* the first that is not on the disk yet, held; see keep.h */
	size_t kept;                /* bytes of differences on the disk */
	struct told told[DNS_PEERS_MAX];

	bool locked; /* somebody changes the zone, and may give way meanwhile */
	struct wait_queue waiters;

	struct dns_rules
		*members;     /* of a catalog: its rules but for who may ask; NULL for others */
	struct role *catalog; /* whose member it is */
	uint8_t member[DNS_LABEL_MAX + 1];
	bool listed; /* while a catalog is read */
	bool dead;   /* removed, but a thread is at work for it */
};

extern struct dns_server *roles_server;
extern struct list roles;
extern const struct dns_tsig_key *roles_keys;

/*
 * The settings: zone= and group=, as config_key.parse has it: 0 or -EINVAL. What was expected is
 * then in roles_expected.
 */
extern char roles_expected[DNS_RULES_WHY];
int roles_set_zone(const struct config_key *key, unsigned index, const char *value);
int roles_set_group(const struct config_key *key, unsigned index, const char *value);

/*
 * Reads the keys from the boot archive. Then, when the archive's zones are in SERVER, makes the
 * roles. Each 0, or -Exxx with the reason logged.
 */
int roles_read_keys(void);
int roles_start(struct dns_server *server);

/*
 * A zone that was just put in the server has the part that the settings give it. 0; -ENOMEM, and it
 * has none; or -EIO: it has, but its updates cannot be read from the disk (logged). In a thread.
 */
int roles_adopt(struct dns_zone *zone);

/* The role of that zone, or NULL. */
struct role *roles_find(const struct dns_key *name);

static inline bool role_is_secondary(const struct role *role)
{
	return role->rules->primaries.count > 0;
}

static inline bool role_is_catalog(const struct role *role)
{
	return role->members != NULL;
}

/* Whether there is a version, not too old. */
bool role_is_served(const struct role *role);

/* A member of CATALOG. NULL: no memory, or the name is taken (logged). */
struct role *role_add_member(struct role *catalog, const uint8_t *name, size_t len,
	const uint8_t *id, const char *group);
/* Is no longer served. Not the running thread's own. */
void role_remove(struct role *role);
/* Frees it, if it is dead and nobody is at work for it any more: then true. */
bool role_bury(struct role *role);

/* Only one at a time changes a zone. -ECANCELED, or -ENOENT when it was removed meanwhile. */
int role_lock(struct role *role);
void role_unlock(struct role *role);

/* Serves ZONE, finished, in the place of the one before. 0 or -ENOMEM (ZONE is still the caller's).
 */
int role_put_zone(struct role *role, struct dns_zone *zone);

/* To be called after a change, while locked: who is to be told is told, a catalog is followed. */
void role_changed(struct role *role);

/* Bytes that a new version may take. */
size_t role_limit(const struct role *role);

/* ---- refresh.c: secondaries ---- */

/* Starts the thread that watches all timers. 0 or -ENOMEM. */
int refresh_start(void);
/* Something is due earlier than it was. */
void refresh_wake(void);

/* ---- catalog.c ---- */
void catalog_follow(struct role *catalog);

/* ---- tell.c: notifications out ---- */
void tell_change(struct role *role);
/* Sends what is due; when to come back. */
uint64_t tell_turn(struct role *role, uint64_t now);
/* An answer to one has come. */
void tell_answered(const struct net_addr *from, uint8_t *message, size_t len);
void tell_forget(struct role *role);
void tell_start(struct udp_socket *socket);

/* ---- change.c: updates, and differences that came ---- */

/* Performs an update whose sender may: what to answer. In a thread. */
enum dns_rcode change_update(struct role *role, const uint8_t *request, size_t len);
/* Applies differences that lead on from the version there is. 0, or -Exxx with the reason logged.
 */
int change_apply(struct role *role, struct dns_change *changes);

#endif
