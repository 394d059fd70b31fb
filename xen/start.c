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

#include "lib/base/log.h"
#include "xen/console.h"
#include "xen/evtchn.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/hypercall.h"
#include "xen/lifecycle.h"
#include "xen/pvclock.h"
#include "xen/xenbus.h"
#include "xen/xenstore.h"

/*
 * Asks for no upcall. As Xen takes the parameter it also looks at the mode we run in, lays the
 * shared page out for 64 bits accordingly, and fills in the wall clock, which it has not yet done.
 */
static void refuse_upcalls(void)
{
	struct xen_hvm_param param = {.domid = DOMID_SELF, .index = HVM_PARAM_CALLBACK_IRQ};

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

int xen_start(void)
{
	struct shared_info *shared = map_shared_info();
	uint32_t port;
	void *ring;

	if (!shared)
		return -ENODEV;
	refuse_upcalls();
	pvclock_init(shared);
	evtchn_init(shared);
	ring = map_ring(HVM_PARAM_CONSOLE_PFN, HVM_PARAM_CONSOLE_EVTCHN, &port);
	return ring ? console_init(ring, port) : 0;
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

bool xen_poll(void)
{
	return evtchn_poll();
}

void xen_wait(uint64_t deadline)
{
	(void)evtchn_wait(pvclock_to_system(deadline));
}
