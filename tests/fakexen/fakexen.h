/* SPDX-License-Identifier: ISC */
/*
 * A Xen that runs in a process: the hypercall seam (xen/hypercall.h, xen/frames.h) for tests of
 * xen/ and drivers/ on the host, under sanitizers. It keeps the books that Xen keeps and aborts
 * with a message when the guest breaks a rule: a page freed while granted, a grant of a page that
 * is free, an event sent on a closed channel.
 *
 * Guest and host share one thread: tests call fakexen_settle(), which lets both do their work in
 * turns.
 */
#ifndef TESTS_FAKEXEN_FAKEXEN_H
#define TESTS_FAKEXEN_FAKEXEN_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen/frames.h"

struct shared_info;
struct xencons_interface;
struct xenstore_domain_interface;

/* The guest's number, and the ports that the toolstack made: others after a resume. */
extern uint16_t fakexen_domid;
extern uint32_t fakexen_console_port, fakexen_store_port;
#define FAKEXEN_DOMID        fakexen_domid
#define FAKEXEN_CONSOLE_PORT fakexen_console_port
#define FAKEXEN_STORE_PORT   fakexen_store_port

/* Once a process. Nothing is mapped and no time has passed. */
void fakexen_init(void);

/* ---- what the toolstack made ---- */
struct shared_info *fakexen_shared(void);
struct xencons_interface *fakexen_console(void);
struct xenstore_domain_interface *fakexen_store(void);

/* ---- time, in ns of Xen's system time ---- */
void fakexen_set_time(uint64_t ns);
uint64_t fakexen_time(void);

/* ---- events ---- */
void fakexen_raise(uint32_t port);
bool fakexen_pending(uint32_t port);
uint64_t fakexen_sent(uint32_t port); /* how often the guest has sent on it */
unsigned fakexen_ports_open(void);
bool fakexen_port_is_open(uint32_t port, uint16_t remote);
/* Set when the guest blocked without a timeout and nothing was there to wake it. */
extern bool fakexen_stuck;
extern unsigned fakexen_polls; /* times SCHEDOP_poll was called */

/* ---- the watchdog: one, whose number is 1 ---- */
extern uint64_t fakexen_watchdog_end; /* when it ends the domain; 0: disarmed */
extern unsigned fakexen_watchdog_calls;
extern bool fakexen_watchdog_refuses;

/* ---- the host's turn: returns whether it did anything; called by fakexen_settle() and when the
 * guest blocks ---- */
extern bool (*fakexen_host)(void);
/* Polls the guest and the host until both are idle. False: still busy after many rounds. */
bool fakexen_settle(void);

/* ---- memory and grants ---- */
unsigned fakexen_frames_used(void);
void fakexen_limit_frames(unsigned limit);       /* frame_alloc() fails beyond */
void fakexen_limit_grant_frames(unsigned limit); /* the host's maximum */
unsigned fakexen_grants_valid(void);             /* entries that permit access now */
/* A page by reference, as the backend DOMID maps it; NULL when the entry does not allow it. */
void *fakexen_map_grant(uint16_t domid, uint32_t ref, bool write);
void fakexen_unmap_grant(uint32_t ref);
/* As GNTTABOP_copy does: for the moment of the copy only. False when not allowed. */
bool fakexen_copy_to_grant(
	uint16_t domid, uint32_t ref, size_t offset, const void *data, size_t len);
bool fakexen_copy_from_grant(uint16_t domid, uint32_t ref, size_t offset, void *data, size_t len);

/* ---- the end ---- */
extern jmp_buf fakexen_end; /* SCHEDOP_shutdown jumps here with reason + 1 if it is set */
extern bool fakexen_end_set;

/* ---- suspend ---- */
/*
 * Called by SCHEDOP_shutdown with SHUTDOWN_suspend, which returns what it returns: 0 after a call
 * of fakexen_new_domain(), or 1 for a cancelled suspension, which the guest sees as 0 if it has not
 * named an upcall, as libxc does (xg_resume.c). NULL: the domain ends.
 */
extern long (*fakexen_suspended)(void);
/*
 * What a restored domain finds: its own memory, and else nothing of what it had. No port is open
 * but CONSOLE_PORT and STORE_PORT, the rings and the grant table are empty, and Xen's pages may not
 * be looked at before they are mapped anew. System time is NS.
 */
void fakexen_new_domain(uint32_t console_port, uint32_t store_port, uint64_t ns);

/* ---- hostile memory: called before each load of shared memory, if compiled in ---- */
extern void (*fakexen_before_load)(const void *at, size_t size);
void fakexen_shared_load(const void *at, size_t size);

#endif
