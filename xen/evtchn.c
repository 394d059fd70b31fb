/* SPDX-License-Identifier: ISC */
/* Event channels without interrupts; see evtchn.h. Called by the machine's loop and by drivers. */
#include "xen/evtchn.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/sched.h>

#include "lib/base/bytes.h"
#include "lib/base/trace.h"
#include "xen/hypercall.h"
#include "xen/shared.h"

#define WORD_BITS (8 * sizeof(xen_ulong_t))

struct binding {
	uint32_t port; /* 0: the slot is free (Xen never gives out port 0) */
	bool marked;
	evtchn_handler *handler;
	void *ctx;
};

struct evtchn_stats evtchn_stats;

static struct binding bindings[EVTCHN_MAX];
static unsigned used; /* slots from here on are free */
static struct shared_info *shared_page;

void evtchn_init(struct shared_info *shared)
{
	shared_page = shared;
	memset(bindings, 0, sizeof(bindings));
	used = 0;
	for (size_t i = 0; i < ARRAY_SIZE(shared->evtchn_mask); i++)
		shared_store(&shared->evtchn_mask[i], ~(xen_ulong_t)0);
}

static struct binding *find(uint32_t port)
{
	for (unsigned i = 0; i < used; i++)
		if (bindings[i].port == port)
			return &bindings[i];
	return NULL;
}

static bool is_pending(uint32_t port)
{
	xen_ulong_t word = shared_load(&shared_page->evtchn_pending[port / WORD_BITS]);

	return word >> (port % WORD_BITS) & 1;
}

/*
 * Takes the pending bit. The locked instruction orders it before everything that the handler then
 * reads, so what the other side wrote before its event is seen, and what it writes later sets the
 * bit anew.
 */
static bool take_pending(uint32_t port)
{
	xen_ulong_t bit = (xen_ulong_t)1 << (port % WORD_BITS);

	if (!is_pending(port))
		return false;
	__atomic_fetch_and(&shared_page->evtchn_pending[port / WORD_BITS], ~bit, __ATOMIC_SEQ_CST);
	evtchn_stats.events++;
	return true;
}

int evtchn_adopt(uint32_t port)
{
	unsigned slot = 0;

	if (!port || port >= EVTCHN_2L_NR_CHANNELS)
		return -EINVAL;
	if (find(port))
		return -EEXIST;
	while (slot < used && bindings[slot].port)
		slot++;
	if (slot == EVTCHN_MAX)
		return -ENOSPC;
	if (slot == used)
		used++;
	bindings[slot] = (struct binding){.port = port};
	return 0;
}

static void close_channel(uint32_t port)
{
	struct evtchn_close op = {.port = port};

	/* It fails only for a channel that is not there, and then there is nothing to close. */
	(void)hypercall_event_channel_op(EVTCHNOP_close, &op);
}

/* The end of each bind call: RC is Xen's answer, NEW_PORT what it filled in. */
static int bound(long rc, uint32_t new_port, uint32_t *port)
{
	int error;

	if (rc < 0)
		return (int)rc;
	error = evtchn_adopt(new_port);
	if (error) {
		if (error != -EEXIST)
			close_channel(new_port);
		return error;
	}
	*port = new_port;
	return 0;
}

int evtchn_alloc_unbound(uint16_t remote, uint32_t *port)
{
	struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = remote};
	long rc = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	return bound(rc, op.port, port);
}

int evtchn_bind_interdomain(uint16_t remote, uint32_t remote_port, uint32_t *port)
{
	struct evtchn_bind_interdomain op = {.remote_dom = remote, .remote_port = remote_port};
	long rc = hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &op);

	return bound(rc, op.local_port, port);
}

int evtchn_bind_virq(uint32_t virq, uint32_t *port)
{
	struct evtchn_bind_virq op = {.virq = virq, .vcpu = 0};
	long rc = hypercall_event_channel_op(EVTCHNOP_bind_virq, &op);

	return bound(rc, op.port, port);
}

void evtchn_set_handler(uint32_t port, evtchn_handler *handler, void *ctx)
{
	struct binding *binding = port ? find(port) : NULL;

	if (!binding)
		return;
	binding->handler = handler;
	binding->ctx = ctx;
}

void evtchn_close(uint32_t port)
{
	struct binding *binding = port ? find(port) : NULL;

	if (!binding)
		return;
	close_channel(port);
	*binding = (struct binding){0};
	while (used && !bindings[used - 1].port)
		used--;
}

int evtchn_send(uint32_t port)
{
	struct evtchn_send op = {.port = port};

	return (int)hypercall_event_channel_op(EVTCHNOP_send, &op);
}

void evtchn_mark(uint32_t port)
{
	struct binding *binding = port ? find(port) : NULL;

	if (binding)
		binding->marked = true;
}

static void dispatch(struct binding *binding)
{
	uint32_t port = binding->port;
	bool pending = take_pending(port);

	if (!pending && !binding->marked)
		return;
	binding->marked = false;
	if (!binding->handler)
		return;
	evtchn_stats.calls++;
	trace("event", NULL, port);
	/* The handler may have closed the port, and another may have taken the slot. */
	if (binding->handler(binding->ctx) && binding->port == port)
		binding->marked = true;
}

static bool has_work(const struct binding *binding)
{
	return binding->port && (binding->marked || is_pending(binding->port));
}

static bool any_work(void)
{
	for (unsigned i = 0; i < used; i++)
		if (has_work(&bindings[i]))
			return true;
	return false;
}

bool evtchn_poll(void)
{
	for (unsigned i = 0; i < used; i++)
		if (bindings[i].port)
			dispatch(&bindings[i]);
	return any_work();
}

bool evtchn_poll_one(uint32_t port)
{
	struct binding *binding = port ? find(port) : NULL;

	if (!binding)
		return false;
	dispatch(binding);
	return binding->port == port && has_work(binding);
}

static int block(evtchn_port_t *ports, unsigned count, uint64_t timeout)
{
	struct sched_poll op = {.nr_ports = count, .timeout = timeout};
	long rc;

	set_xen_guest_handle(op.ports, ports);
	evtchn_stats.waits++;
	rc = hypercall_sched_op(SCHEDOP_poll, &op);
	if (rc < 0)
		evtchn_stats.refused++;
	return rc < 0 ? (int)rc : 0;
}

/*
 * No wake-up is lost between the look at the pending bits and the block: Xen looks at them again
 * after it has marked the vCPU as waiting.
 */
int evtchn_wait(uint64_t timeout)
{
	evtchn_port_t ports[EVTCHN_MAX];
	unsigned count = 0;

	if (any_work())
		return 0;
	for (unsigned i = 0; i < used; i++)
		if (bindings[i].port)
			ports[count++] = bindings[i].port;
	return block(ports, count, timeout);
}

int evtchn_wait_one(uint32_t port, uint64_t timeout)
{
	struct binding *binding = port ? find(port) : NULL;
	evtchn_port_t ports[1] = {port};

	if (!binding)
		return -EINVAL;
	return has_work(binding) ? 0 : block(ports, 1, timeout);
}
