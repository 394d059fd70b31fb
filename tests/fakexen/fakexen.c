/* SPDX-License-Identifier: ISC */
/* The hypervisor's own part of fakexen.h: hypercalls, frames, events, grants, time. */
#include "tests/fakexen/fakexen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
#include <xen/memory.h>
#include <xen/sched.h>

#include "xen/evtchn.h"
#include "xen/hypercall.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#define poison(page)   ASAN_POISON_MEMORY_REGION(page, FRAME_SIZE)
#define unpoison(page) ASAN_UNPOISON_MEMORY_REGION(page, FRAME_SIZE)
#else
#define poison(page)   ((void)0)
#define unpoison(page) ((void)0)
#endif

#define FRAMES       4096u   /* pages of the guest's own */
#define FIRST_FRAME  0x1000u /* their first number */
#define FIRST_HOLE   0x8000u
#define HOLES        256u
#define CONSOLE_GFN  0x10u
#define STORE_GFN    0x11u
#define GRANT_FRAMES 16u
#define PORTS        256u
#define PER_FRAME    (FRAME_SIZE / sizeof(struct grant_entry_v1))

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "fakexen: the guest broke a rule: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	abort();
}

/* ---- frames ---- */

static uint8_t *arena;
static bool frame_used[FRAMES];
static unsigned frames_used, frames_limit = FRAMES, next_frame;
static union {
	uint8_t bytes[FRAME_SIZE];
	struct shared_info shared;
	struct xencons_interface console;
	struct xenstore_domain_interface store;
} shared_page __attribute__((aligned(4096))), console_page __attribute__((aligned(4096))),
	store_page __attribute__((aligned(4096)));
uint16_t fakexen_domid = 7;
uint32_t fakexen_console_port = 1, fakexen_store_port = 2;
long (*fakexen_suspended)(void);
static uint64_t callback_irq;

static struct grant_entry_v1 grants[GRANT_FRAMES * PER_FRAME] __attribute__((aligned(4096)));
static unsigned grant_frames, grant_limit = GRANT_FRAMES;
static void *holes[HOLES];
static unsigned next_hole;

static void check_not_granted(frame_t frame)
{
	for (unsigned i = 0; i < grant_frames * PER_FRAME; i++)
		if (grants[i].flags && grants[i].frame == frame)
			fail("frame %#lx is freed while granted by %u", (unsigned long)frame, i);
}

void *frame_alloc(void)
{
	uint8_t *page;

	if (frames_used >= frames_limit)
		return NULL;
	/* Round about, so that a page freed is not used again at once. */
	while (frame_used[next_frame])
		next_frame = (next_frame + 1) % FRAMES;
	page = arena + (size_t)next_frame * FRAME_SIZE;
	frame_used[next_frame] = true;
	next_frame = (next_frame + 1) % FRAMES;
	frames_used++;
	unpoison(page);
	memset(page, 0, FRAME_SIZE);
	return page;
}

frame_t frame_of(const void *page)
{
	size_t offset = (size_t)((const uint8_t *)page - arena);

	if (offset >= (size_t)FRAMES * FRAME_SIZE || offset % FRAME_SIZE)
		fail("%p is no page of its own", page);
	return FIRST_FRAME + offset / FRAME_SIZE;
}

void frame_free(void *page)
{
	frame_t frame;

	if (!page)
		return;
	frame = frame_of(page);
	if (!frame_used[frame - FIRST_FRAME])
		fail("frame %#lx is freed twice", (unsigned long)frame);
	check_not_granted(frame);
	memset(page, 0xdb, FRAME_SIZE);
	poison(page);
	frame_used[frame - FIRST_FRAME] = false;
	frames_used--;
}

void *frame_map(frame_t frame, size_t count)
{
	if (count != 1)
		return NULL;
	if (frame == CONSOLE_GFN)
		return &console_page;
	if (frame == STORE_GFN)
		return &store_page;
	if (frame >= FIRST_HOLE && frame < FIRST_HOLE + HOLES)
		return holes[frame - FIRST_HOLE];
	return NULL;
}

frame_t frame_hole(size_t count)
{
	frame_t frame = FIRST_HOLE + next_hole;

	next_hole += (unsigned)count;
	if (next_hole > HOLES)
		fail("it takes more and more address space");
	return frame;
}

unsigned fakexen_frames_used(void)
{
	return frames_used;
}

void fakexen_limit_frames(unsigned limit)
{
	frames_limit = limit;
}

/* ---- the toolstack's pages, and time ---- */

bool fakexen_stuck;
unsigned fakexen_polls;
uint64_t fakexen_watchdog_end;
unsigned fakexen_watchdog_calls;
bool fakexen_watchdog_refuses;
jmp_buf fakexen_end;
bool fakexen_end_set;
bool (*fakexen_host)(void);
void (*fakexen_before_load)(const void *at, size_t size);

void fakexen_shared_load(const void *at, size_t size)
{
	if (fakexen_before_load)
		fakexen_before_load(at, size);
}

struct shared_info *fakexen_shared(void)
{
	return &shared_page.shared;
}

struct xencons_interface *fakexen_console(void)
{
	return &console_page.console;
}

struct xenstore_domain_interface *fakexen_store(void)
{
	return &store_page.store;
}

/* With a scale of 0 the clock stands where it is set, whatever the time-stamp counter says. */
void fakexen_set_time(uint64_t ns)
{
	struct vcpu_time_info *time = &shared_page.shared.vcpu_info[0].time;

	time->version += 2;
	time->system_time = ns;
	time->tsc_to_system_mul = 0;
}

uint64_t fakexen_time(void)
{
	return shared_page.shared.vcpu_info[0].time.system_time;
}

/* ---- events ---- */

enum port_state {
	PORT_CLOSED,
	PORT_OPEN
};

static struct {
	enum port_state state;
	uint16_t remote;
	uint64_t sent;
} ports[PORTS];

void fakexen_raise(uint32_t port)
{
	shared_page.shared.evtchn_pending[port / 64] |= (xen_ulong_t)1 << (port % 64);
}

bool fakexen_pending(uint32_t port)
{
	return shared_page.shared.evtchn_pending[port / 64] >> (port % 64) & 1;
}

uint64_t fakexen_sent(uint32_t port)
{
	return ports[port].sent;
}

unsigned fakexen_ports_open(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PORTS; i++)
		count += ports[i].state == PORT_OPEN;
	return count;
}

bool fakexen_port_is_open(uint32_t port, uint16_t remote)
{
	return port < PORTS && ports[port].state == PORT_OPEN && ports[port].remote == remote;
}

static long open_port(uint16_t remote, uint32_t *port)
{
	for (uint32_t i = 1; i < PORTS; i++) {
		if (ports[i].state != PORT_CLOSED)
			continue;
		ports[i].state = PORT_OPEN;
		ports[i].remote = remote;
		ports[i].sent = 0;
		*port = i;
		return 0;
	}
	return -ENOSPC;
}

static long close_port(uint32_t port)
{
	if (port >= PORTS || ports[port].state != PORT_OPEN)
		fail("port %u is closed without being open", port);
	ports[port].state = PORT_CLOSED;
	shared_page.shared.evtchn_pending[port / 64] &= ~((xen_ulong_t)1 << (port % 64));
	return 0;
}

static long send_event(uint32_t port)
{
	if (port >= PORTS || ports[port].state != PORT_OPEN)
		fail("an event is sent on port %u, which is closed", port);
	ports[port].sent++;
	return 0;
}

long hypercall_event_channel_op(int cmd, void *arg)
{
	struct evtchn_alloc_unbound *unbound = arg;
	struct evtchn_bind_interdomain *interdomain = arg;
	struct evtchn_bind_virq *virq = arg;

	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		return open_port(unbound->remote_dom, &unbound->port);
	case EVTCHNOP_bind_interdomain:
		return open_port(interdomain->remote_dom, &interdomain->local_port);
	case EVTCHNOP_bind_virq:
		return open_port(DOMID_SELF, &virq->port);
	case EVTCHNOP_close:
		return close_port(((struct evtchn_close *)arg)->port);
	case EVTCHNOP_send:
		return send_event(((struct evtchn_send *)arg)->port);
	default:
		fail("event channel operation %d", cmd);
	}
}

static bool any_pending(const struct sched_poll *poll)
{
	for (unsigned i = 0; i < poll->nr_ports; i++)
		if (fakexen_pending(poll->ports.p[i]))
			return true;
	return false;
}

static long sched_poll(const struct sched_poll *poll)
{
	fakexen_polls++;
	if (poll->nr_ports > 128)
		return -EINVAL;
	for (unsigned i = 0; i < poll->nr_ports; i++)
		if (poll->ports.p[i] >= PORTS)
			return -EINVAL;
	for (unsigned round = 0; round < 100 && !any_pending(poll); round++)
		if (!fakexen_host || !fakexen_host())
			break;
	if (any_pending(poll))
		return 0;
	if (!poll->timeout)
		fakexen_stuck = true;
	else if (poll->timeout > fakexen_time())
		fakexen_set_time(poll->timeout);
	return 0;
}

static long sched_watchdog(const struct sched_watchdog *op)
{
	fakexen_watchdog_calls++;
	if (fakexen_watchdog_refuses)
		return -EPERM;
	if (op->id > 1 || (op->id && !fakexen_watchdog_end))
		return -EINVAL;
	if (!op->id && (!op->timeout || fakexen_watchdog_end))
		fail("a watchdog %u of %u s", op->id, op->timeout);
	fakexen_watchdog_end = op->timeout ? fakexen_time() + op->timeout * 1000000000ull : 0;
	return op->id ? 0 : 1;
}

long hypercall_sched_op(int cmd, void *arg)
{
	if (cmd == SCHEDOP_watchdog)
		return sched_watchdog(arg);
	if (cmd == SCHEDOP_poll)
		return sched_poll(arg);
	if (cmd != SCHEDOP_shutdown)
		fail("scheduler operation %d", cmd);
	if (((struct sched_shutdown *)arg)->reason == SHUTDOWN_suspend && fakexen_suspended) {
		long rc = fakexen_suspended();

		return rc > 0 && !callback_irq ? 0 : rc;
	}
	if (fakexen_end_set)
		longjmp(fakexen_end, (int)((struct sched_shutdown *)arg)->reason + 1);
	fprintf(stderr, "fakexen: the domain ends with reason %u\n",
		((struct sched_shutdown *)arg)->reason);
	exit(3);
}

bool fakexen_settle(void)
{
	for (unsigned round = 0; round < 10000; round++) {
		bool guest = evtchn_poll();
		bool host = fakexen_host && fakexen_host();

		if (!guest && !host && !evtchn_poll())
			return true;
	}
	return false;
}

/* ---- grants ---- */

void fakexen_limit_grant_frames(unsigned limit)
{
	grant_limit = limit < GRANT_FRAMES ? limit : GRANT_FRAMES;
}

unsigned fakexen_grants_valid(void)
{
	unsigned count = 0;

	for (unsigned i = GNTTAB_NR_RESERVED_ENTRIES; i < grant_frames * PER_FRAME; i++)
		count += grants[i].flags != 0;
	return count;
}

static uint8_t *granted_page(uint16_t domid, uint32_t ref, bool write)
{
	struct grant_entry_v1 *entry;
	frame_t index;

	if (ref < GNTTAB_NR_RESERVED_ENTRIES || ref >= grant_frames * PER_FRAME)
		return NULL;
	entry = &grants[ref];
	if ((entry->flags & GTF_type_mask) != GTF_permit_access || entry->domid != domid)
		return NULL;
	if (write && (entry->flags & GTF_readonly))
		return NULL;
	index = entry->frame - FIRST_FRAME;
	if (index >= FRAMES || !frame_used[index])
		fail("grant %u is of frame %#x, which is free", ref, entry->frame);
	return arena + index * FRAME_SIZE;
}

void *fakexen_map_grant(uint16_t domid, uint32_t ref, bool write)
{
	uint8_t *page = granted_page(domid, ref, write);

	if (page)
		grants[ref].flags |= GTF_reading | (write ? GTF_writing : 0);
	return page;
}

void fakexen_unmap_grant(uint32_t ref)
{
	grants[ref].flags &= (uint16_t) ~(GTF_reading | GTF_writing);
}

bool fakexen_copy_to_grant(
	uint16_t domid, uint32_t ref, size_t offset, const void *data, size_t len)
{
	uint8_t *page = granted_page(domid, ref, true);

	if (!page || offset > FRAME_SIZE || len > FRAME_SIZE - offset)
		return false;
	memcpy(page + offset, data, len);
	return true;
}

bool fakexen_copy_from_grant(uint16_t domid, uint32_t ref, size_t offset, void *data, size_t len)
{
	const uint8_t *page = granted_page(domid, ref, false);

	if (!page || offset > FRAME_SIZE || len > FRAME_SIZE - offset)
		return false;
	memcpy(data, page + offset, len);
	return true;
}

long hypercall_grant_table_op(unsigned cmd, void *args, unsigned count)
{
	struct gnttab_query_size *query = args;

	if (cmd != GNTTABOP_query_size || count != 1)
		fail("grant table operation %u", cmd);
	query->nr_frames = grant_frames;
	query->max_nr_frames = grant_limit;
	query->status = GNTST_okay;
	return 0;
}

/* ---- the rest ---- */

static long add_to_physmap(const struct xen_add_to_physmap *op)
{
	void **hole = &holes[op->gpfn - FIRST_HOLE];

	if (op->gpfn < FIRST_HOLE || op->gpfn >= FIRST_HOLE + next_hole)
		fail("a page of Xen's is put at %#lx, which is no hole", (unsigned long)op->gpfn);
	if (op->space == XENMAPSPACE_shared_info) {
		*hole = &shared_page;
		unpoison(&shared_page);
		return 0;
	}
	if (op->space != XENMAPSPACE_grant_table || op->idx >= grant_limit)
		return -EINVAL;
	if (grant_frames <= op->idx)
		grant_frames = (unsigned)op->idx + 1;
	*hole = &grants[op->idx * PER_FRAME];
	unpoison(*hole);
	return 0;
}

long hypercall_memory_op(unsigned cmd, void *arg)
{
	if (cmd != XENMEM_add_to_physmap)
		fail("memory operation %u", cmd);
	return add_to_physmap(arg);
}

long hypercall_hvm_op(int cmd, void *arg)
{
	struct xen_hvm_param *param = arg;

	if (cmd == HVMOP_set_param && param->index == HVM_PARAM_CALLBACK_IRQ)
		callback_irq = param->value;
	if (cmd != HVMOP_get_param)
		return cmd == HVMOP_set_param ? 0 : -ENOSYS;
	switch (param->index) {
	case HVM_PARAM_CONSOLE_PFN:
		param->value = CONSOLE_GFN;
		return 0;
	case HVM_PARAM_CONSOLE_EVTCHN:
		param->value = FAKEXEN_CONSOLE_PORT;
		return 0;
	case HVM_PARAM_STORE_PFN:
		param->value = STORE_GFN;
		return 0;
	case HVM_PARAM_STORE_EVTCHN:
		param->value = FAKEXEN_STORE_PORT;
		return 0;
	default:
		return -EINVAL;
	}
}

long hypercall_xen_version(int cmd, void *arg)
{
	(void)cmd;
	(void)arg;
	return 0x40011;
}

long hypercall_vcpu_op(int cmd, unsigned vcpu, void *arg)
{
	(void)cmd;
	(void)vcpu;
	(void)arg;
	return -ENOSYS;
}

static void unpoison_grants(void)
{
	for (unsigned i = 0; i < GRANT_FRAMES; i++)
		unpoison(&grants[i * PER_FRAME]);
}

static void make_domain(void)
{
	ports[FAKEXEN_CONSOLE_PORT].state = ports[FAKEXEN_STORE_PORT].state = PORT_OPEN;
	/* The toolstack's own two grants: console and xenstore. */
	for (unsigned i = 0; i < 2; i++)
		grants[i] = (struct grant_entry_v1){.flags = GTF_permit_access,
			.frame = i == GNTTAB_RESERVED_CONSOLE ? CONSOLE_GFN : STORE_GFN};
}

void fakexen_init(void)
{
	arena = mmap(NULL, (size_t)FRAMES * FRAME_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED) {
		perror("fakexen: no memory");
		exit(2);
	}
	for (unsigned i = 0; i < FRAMES; i++)
		poison(arena + (size_t)i * FRAME_SIZE);
	make_domain();
	fakexen_set_time(1000000000);
}

void fakexen_new_domain(uint32_t console_port, uint32_t store_port, uint64_t ns)
{
	memset(ports, 0, sizeof(ports));
	memset(&shared_page, 0, sizeof(shared_page));
	memset(&console_page, 0, sizeof(console_page));
	memset(&store_page, 0, sizeof(store_page));
	memset(holes, 0, sizeof(holes));
	unpoison_grants();
	memset(grants, 0, sizeof(grants));
	grant_frames = 0;
	callback_irq = 0;
	fakexen_domid++;
	fakexen_console_port = console_port;
	fakexen_store_port = store_port;
	make_domain();
	fakexen_set_time(ns);
	poison(&shared_page);
	for (unsigned i = 0; i < GRANT_FRAMES; i++)
		poison(&grants[i * PER_FRAME]);
}
