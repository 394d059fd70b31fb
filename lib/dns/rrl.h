/* SPDX-License-Identifier: ISC */
/*
 * Limits how many replies of a kind about one name go by UDP to one network in a second, so that
 * questions with a forged sender do not make the server throw answers at who is named there. Pure:
 * time comes as a number, a reply's kind and name from struct dns_client.
 *
 * A fixed number of accounts in two rows; a keyed hash chooses one in each. A reply is held back if
 * both are overdrawn. Accounts are never given to somebody else, so nobody can have one forgotten;
 * who shares one of his two with a network that is flooded does not notice.
 */
#ifndef LIB_DNS_RRL_H
#define LIB_DNS_RRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bucket.h"
#include "lib/dns/client.h"

#define DNS_RRL_ACCOUNTS 8192 /* in each row: 128 KB in all */
#define DNS_RRL_FLOODS   16   /* that are told of at a time */
#define DNS_RRL_QUIET_S  15   /* seconds without a flood until it is said to be over */

/* One network and kind that is limited just now: for the log. */
struct dns_rrl_flood {
	uint64_t hash; /* 0: none */
	uint64_t last; /* when a reply was held back */
	uint64_t count;
	uint8_t ip[16]; /* the network's first address */
	uint8_t bits;   /* of it, of 32 or of 128 */
	uint8_t kind;
	bool told; /* its start was told */
};

struct dns_rrl {
	/* Settings, to be changed at any time. */
	uint64_t rate;             /* replies a second, at least 1 */
	uint64_t slip;             /* one of so many is sent cut short; 0: none, 1: all */
	uint64_t window;           /* seconds that an account can be overdrawn by, at most */
	uint64_t prefix4, prefix6; /* bits of an address that make a network: 1..32, 1..128 */
	/* Its own. */
	struct bucket *accounts; /* two rows */
	uint8_t key[16];
	uint64_t held; /* replies held back: hashed for who gets a short one */
	struct dns_rrl_flood floods[DNS_RRL_FLOODS];
};

enum dns_rrl_verdict {
	DNS_RRL_SEND,
	DNS_RRL_SHORTEN,
	DNS_RRL_DROP
};

/* KEY: 16 bytes that nobody can guess. The settings are the defaults. 0 or -ENOMEM. */
int dns_rrl_init(struct dns_rrl *rrl, const uint8_t key[16]);
void dns_rrl_fini(struct dns_rrl *rrl);

/* What becomes of the reply to CLIENT at time NOW (nanoseconds, never going back). */
enum dns_rrl_verdict dns_rrl_check(
	struct dns_rrl *rrl, const struct dns_client *client, uint64_t now);

/*
 * The next flood that has begun (COUNT 0 then) or is over since the last call; false if there is
 * none. At most DNS_RRL_FLOODS begin in DNS_RRL_QUIET_S.
 */
bool dns_rrl_next(struct dns_rrl *rrl, uint64_t now, struct dns_rrl_flood *flood);

/*
 * Cuts REPLY (of LEN bytes, made by dns_server_answer() for CLIENT) down to its header, question
 * and OPT, with TC; or with BADCOOKIE, if the client knows of cookies and can so show who it is.
 * Its new length, which is not greater than before.
 */
size_t dns_rrl_shorten(uint8_t *reply, size_t len, const struct dns_client *client);

#endif
