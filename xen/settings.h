/* SPDX-License-Identifier: ISC */
/*
 * Settings that the host changes while the domain runs: below data/config (any Xen host) and
 * vm-data (XenServer) of the domain's own folder in xenstore, KEY holds the value. What became of
 * it is written to data/status/KEY.
 */
#ifndef XEN_SETTINGS_H
#define XEN_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_KEY_MAX 40  /* bytes of a key; longer ones are dropped */
#define SETTINGS_OUTCOME 200 /* bytes of a line, with its NUL */

struct settings_stats {
	uint64_t heard;   /* values that were handed on */
	uint64_t dropped; /* keys of a wrong form, or too many at a time */
};
extern struct settings_stats settings_stats;

/*
 * FN(CTX, KEY, VALUE, LEN, OUTCOME) is called from evtchn_poll() for each setting that is there now
 * and for each that changes: VALUE are LEN bytes of any kind, OUTCOME gets a line of text. It may
 * be called again with what it has heard already. xenstore works; called once. 0 or -ENOMEM.
 */
int settings_start(void (*fn)(void *ctx, const char *key, const char *value, size_t len,
			   char outcome[SETTINGS_OUTCOME]),
	void *ctx);

/*
 * Writes VALUE to data/state/KEY; both are copied. False if the one before is still on its way. KEY
 * and VALUE are shorter than SETTINGS_KEY_MAX and SETTINGS_STATE.
 */
#define SETTINGS_STATE 1024
bool settings_show(const char *key, const char *value);

#endif
