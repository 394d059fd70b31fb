/* SPDX-License-Identifier: ISC */
/*
 * The grant table, version 1 (xen/grant_table.h): which of our pages other domains may use.
 * Every reference is in one of four states, and the sum of their counts is constant while the
 * table does not grow: free, held (taken, not granted), granted, quarantined. A page that the
 * other domain does not give back is quarantined with its reference: never used, never freed,
 * until a later gnttab_reap() finds it released (XSA-396).
 */
#ifndef XEN_GNTTAB_H
#define XEN_GNTTAB_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/frames.h"

#define GNTTAB_NONE 0u /* never a reference of ours: entry 0 is the console's */

struct gnttab_stats {
	unsigned total; /* references in the mapped table, without the reserved ones */
	unsigned free, held, granted, quarantined;
};
extern struct gnttab_stats gnttab_stats;

/* Maps the table's first frame. 0 or -Exxx. */
int gnttab_init(void);
/*
 * Maps the table of a resumed domain, in which nothing is granted: what is revoked is found unused,
 * and what was quarantined is freed. 0 or -ENOSPC.
 */
int gnttab_resume(void);

/* Takes a reference, growing the table as far as the host allows; 0 or -ENOSPC. */
int gnttab_take(uint32_t *ref);
/* Gives a held (not granted) reference back. GNTTAB_NONE is ignored. */
void gnttab_put(uint32_t ref);

/* Lets DOMID use FRAME by a held reference. */
void gnttab_grant(uint32_t ref, uint16_t domid, frame_t frame, bool read_only);
/*
 * Ends the grant. True: nobody can use the frame by REF any more, and REF is held again. False: it
 * is in use this moment; it stays granted.
 */
bool gnttab_revoke(uint32_t ref);

/*
 * Ends the grant of PAGE (from frame_alloc) by REF and frees both; a page still in use is
 * quarantined instead. Returns false then.
 */
bool gnttab_end(uint32_t ref, void *page);

/* Frees what is quarantined and in use no more. Returns how many pages still are. */
unsigned gnttab_reap(void);

#endif
