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
#include "xen/pvclock.h"
#include "xen/shared.h"

#define IDLE_MAX    32u         /* events without work that a port may have */
#define IDLE_NS     10000000ull /* within so long; then it is muted, */
#define MUTE_NS     1000000ull  /* for so long at first, */
#define MUTE_MAX_NS 16000000ull /* and at most */
#define WORD_BITS   (8 * sizeof(xen_ulong_t))

struct binding {
	uint32_t port; /* 0: the slot is free (Xen never gives out port 0) */
	bool marked, idle;
	evtchn_handler *handler;
	void *ctx;
	unsigned idle_count;  /* events without work, since a time that was */
	uint64_t idle_since;  /* system time */
	uint64_t mute_ns;     /* how long it was muted last; 0: it behaves */
	uint64_t muted_until; /* system time; 0: it is listened to */
};

struct evtchn_stats evtchn_stats;

static struct binding bindings[EVTCHN_MAX];
static unsigned used; /* slots from here on are free */
static unsigned muted;
static struct shared_info *shared_page;

void evtchn_init(struct shared_info *shared)
{
	shared_page = shared;
	memset(bindings, 0, sizeof(bindings));
	used = muted = 0;
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

static void unmute(struct binding *binding)
{
	muted -= binding->muted_until != 0;
	binding->muted_until = 0;
}

void evtchn_close(uint32_t port)
{
	struct binding *binding = port ? find(port) : NULL;

	if (!binding)
		return;
	close_channel(port);
	unmute(binding);
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

void evtchn_idle(uint32_t port)
{
	struct binding *binding = port ? find(port) : NULL;

	if (binding)
		binding->idle = true;
}

/* The bit that it sets meanwhile stays, and is one event when the time is over. */
static void mute(struct binding *binding, uint64_t now)
{
	binding->idle_count = 0;
	binding->mute_ns = MIN(MAX(2 * binding->mute_ns, MUTE_NS), MUTE_MAX_NS);
	binding->muted_until = now + binding->mute_ns;
	muted++;
	evtchn_stats.muted++;
	trace("event port muted", NULL, binding->port);
}

/* After an event: did it bring work, and if not, how many such were there lately? */
static void judge(struct binding *binding)
{
	uint64_t now;

	if (!binding->idle) {
		binding->idle_count = 0;
		binding->mute_ns = 0;
		return;
	}
	now = pvclock_system_ns();
	if (!binding->idle_count || now - binding->idle_since > IDLE_NS) {
		binding->mute_ns = binding->idle_count ? 0 : binding->mute_ns;
		binding->idle_count = 0;
		binding->idle_since = now;
	}
	if (++binding->idle_count == IDLE_MAX)
		mute(binding, now);
}

static void unmute_due(void)
{
	uint64_t now = pvclock_system_ns();

	for (unsigned i = 0; i < used; i++)
		if (bindings[i].muted_until && bindings[i].muted_until <= now)
			unmute(&bindings[i]);
}

static void dispatch(struct binding *binding)
{
	uint32_t port = binding->port;
	bool pending = !binding->muted_until && take_pending(port);

	if (!pending && !binding->marked)
		return;
	binding->marked = binding->idle = false;
	if (!binding->handler)
		return;
	evtchn_stats.calls++;
	trace("event", NULL, port);
	/* The handler may have closed the port, and another may have taken the slot. */
	if (binding->handler(binding->ctx) && binding->port == port)
		binding->marked = true;
	if (pending && binding->port == port)
		judge(binding);
}

static bool has_work(const struct binding *binding)
{
	return binding->port &&
	       (binding->marked || (!binding->muted_until && is_pending(binding->port)));
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
	if (muted)
		unmute_due();
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
	unmute(binding); /* somebody waits for this one */
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
	for (unsigned i = 0; i < used; i++) {
		if (bindings[i].muted_until)
			timeout = timeout ? MIN(timeout, bindings[i].muted_until)
					  : bindings[i].muted_until;
		else if (bindings[i].port)
			ports[count++] = bindings[i].port;
	}
	return block(ports, count, timeout);
}

int evtchn_wait_one(uint32_t port, uint64_t timeout)
{
	struct binding *binding = port ? find(port) : NULL;
	evtchn_port_t ports[1] = {port};

	if (!binding)
		return -EINVAL;
	unmute(binding);
	return has_work(binding) ? 0 : block(ports, 1, timeout);
}
