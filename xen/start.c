/* SPDX-License-Identifier: ISC */
/* Brings up Xen's parts in order; see start.h. Called by the machine's root. */
#include "xen/start.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
#include <xen/memory.h>

#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "xen/alarm.h"
#include "xen/console.h"
#include "xen/evtchn.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/hypercall.h"
#include "xen/lifecycle.h"
#include "xen/pvclock.h"
#include "xen/suspend.h"
#include "xen/xenbus.h"
#include "xen/xenstore.h"

#define UPCALL_VECTOR 0xf3u /* the number is of no consequence */

/*
 * Names a vector for upcalls, none of which will come: interrupts stay off and all channels masked.
 * But by this parameter the toolstack tells a guest that knows Xen, whose SCHEDOP_shutdown it lets
 * return 1 when a suspension is cancelled; without, that could not be told from a new domain. As
 * Xen takes the parameter it also looks at the mode we run in, lays the shared page out for 64 bits
 * accordingly, and fills in the wall clock, which it has not yet done.
 */
static void name_upcall(void)
{
	struct xen_hvm_param param = {.domid = DOMID_SELF,
		.index = HVM_PARAM_CALLBACK_IRQ,
		.value = (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | UPCALL_VECTOR};

	hypercall_hvm_op(HVMOP_set_param, &param);
}

static struct shared_info *map_shared_info(void)
{
	static frame_t place; /* kept, so that a resume takes no new one */
	struct xen_add_to_physmap op = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .idx = 0};

	if (!place)
		place = frame_hole(1);
	op.gpfn = place;
	if (hypercall_memory_op(XENMEM_add_to_physmap, &op) < 0)
		return NULL;
	return frame_map(place, 1);
}

/* 0 for a parameter that is not set: no channel and no ring page has that number. */
static uint64_t hvm_param(uint32_t index)
{
	struct xen_hvm_param param = {.domid = DOMID_SELF, .index = index};

	if (hypercall_hvm_op(HVMOP_get_param, &param) < 0 || param.value == UINT64_MAX)
		return 0;
	return param.value;
}

/* The ring page that the toolstack made, mapped, and its channel; NULL when there is none. */
static void *map_ring(uint32_t pfn_param, uint32_t port_param, uint32_t *port)
{
	uint64_t pfn = hvm_param(pfn_param);
	uint64_t channel = hvm_param(port_param);

	if (!pfn || !channel || channel > UINT32_MAX)
		return NULL;
	*port = (uint32_t)channel;
	return frame_map(pfn, 1);
}

static int start_shared(void)
{
	struct shared_info *shared = map_shared_info();

	if (!shared)
		return -ENODEV;
	name_upcall();
	pvclock_init(shared);
	evtchn_init(shared);
	return 0;
}

static int start_console(void)
{
	uint32_t port;
	void *ring = map_ring(HVM_PARAM_CONSOLE_PFN, HVM_PARAM_CONSOLE_EVTCHN, &port);

	return ring ? console_init(ring, port) : 0;
}

int xen_start(void)
{
	int error = start_shared();

	return error ? error : start_console();
}

static int start_xenstore(void)
{
	uint32_t port;
	void *ring = map_ring(HVM_PARAM_STORE_PFN, HVM_PARAM_STORE_EVTCHN, &port);

	return ring ? xenstore_init(ring, port) : -ENODEV;
}

int xen_start_devices(void)
{
	int error = gnttab_init();

	if (error) {
		log_error("xen", "the grant table cannot be mapped (%d)", error);
		return error;
	}
	error = start_xenstore();
	if (error) {
		log_error("xen", "there is no xenstore (%d)", error);
		return error;
	}
	error = lifecycle_start();
	if (!error)
		error = xenbus_start();
	if (error)
		log_error("xen", "no memory to follow the devices (%d)", error);
	return error;
}

/*
 * Events and grants are gone with the old domain: as the drivers let go of theirs, there is nothing
 * left to close or to revoke. Only then are ports adopted, which may have the number of an old one.
 */
int xen_resume(void)
{
	int error;

	console_forget();
	error = start_shared();
	if (!error)
		error = gnttab_resume();
	if (error)
		return error;
	xenbus_forget();
	return start_console();
}

int xen_resume_devices(void)
{
	int error = start_xenstore();

	if (error)
		return error;
	lifecycle_advertise();
	xenbus_resume();
	return 0;
}

bool xen_poll(void)
{
	bool more = evtchn_poll();

	more |= alarm_turn();
	return suspend_turn() || more;
}

void xen_wait(uint64_t deadline)
{
	(void)evtchn_wait(pvclock_to_system(MIN(deadline, MIN(alarm_next(), suspend_deadline()))));
}
