/* SPDX-License-Identifier: ISC */
/* What the files of the DHCP app share: the server, its clock, and the way of an answer. */
#ifndef APPS_DHCP_SERVE_H
#define APPS_DHCP_SERVE_H

#include <stdint.h>

#include "lib/dhcp/server.h"
#include "lib/dhcp/server6.h"

struct serve_stats {
	uint64_t queue_full; /* messages dropped, since too many answers wait */
	uint64_t unsent;     /* answers that the network did not take */
	uint64_t unprobed;   /* offers without a probe, since too many are under way */
	uint64_t undurable;  /* answers that were dropped, since their lease is not on the disk */
};
extern struct serve_stats serve_stats;

/* Milliseconds since 1970, but never back: what the server's time is. */
uint64_t serve_now(void);
/* No time before NOW is told from here on: a lease was given then. */
void serve_not_before(uint64_t now);

/* Bytes of memory that serve() takes. */
uint64_t serve_memory(unsigned queue);
/*
 * Serves by SERVER, which lives on, with room for QUEUE answers that wait. For ever, in a thread.
 * -ENOMEM, -EADDRINUSE.
 */
int serve(struct dhcp_server *server, unsigned queue);

/* Has serve()'s thread look for work. */
void serve_wake(void);

/* IPv6: to be started before serve(), whose thread does the work. 0, -ENOMEM, -EADDRINUSE. */
uint64_t serve6_memory(unsigned queue);
int serve6_start(struct dhcp6_server *server, unsigned queue);
void serve6_work(void);
void serve6_tick(void);

#endif
