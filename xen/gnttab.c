/* SPDX-License-Identifier: ISC */
/*
 * The grant table; see gnttab.h. Each table frame (512 entries) has a page of notes of ours beside
 * it: one word an entry, which holds the next free reference, or a quarantined page. Nothing is
 * ever decided by what stands in the shared entry, except whether it is in use.
 */
#include "xen/gnttab.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/memory.h>

#include "lib/base/assert.h"
#include "xen/hypercall.h"
#include "xen/shared.h"

#define PER_FRAME  (FRAME_SIZE / sizeof(struct grant_entry_v1))
#define FRAMES_MAX 64u /* Xen's own default limit */
#define RESERVED   GNTTAB_NR_RESERVED_ENTRIES

/* The low three bits of a note tell the state, the rest the next free reference or the page. */
enum note {
	NOTE_FREE,
	NOTE_HELD,
	NOTE_GRANTED,
	NOTE_QUARANTINED
};
#define NOTE_MASK 7u

struct gnttab_stats gnttab_stats;

static struct grant_entry_v1 *tables[FRAMES_MAX];
static uintptr_t *notes[FRAMES_MAX];
static unsigned frames;
static uint32_t first_free; /* GNTTAB_NONE: none */

static uintptr_t *note_of(uint32_t ref)
{
	ASSERT(ref >= RESERVED && ref / PER_FRAME < frames);
	return &notes[ref / PER_FRAME][ref % PER_FRAME];
}

static struct grant_entry_v1 *entry_of(uint32_t ref)
{
	return &tables[ref / PER_FRAME][ref % PER_FRAME];
}

static enum note state_of(uint32_t ref)
{
	return (enum note)(*note_of(ref) & NOTE_MASK);
}

static void add_free(uint32_t ref)
{
	*note_of(ref) = (uintptr_t)first_free << 3 | NOTE_FREE;
	first_free = ref;
	gnttab_stats.free++;
}

/* Asking for a frame that the table does not have yet makes Xen grow it. */
static struct grant_entry_v1 *map_table(unsigned index)
{
	static frame_t places[FRAMES_MAX]; /* kept, so that a resume takes no new ones */
	struct xen_add_to_physmap op = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_grant_table, .idx = index};

	if (!places[index])
		places[index] = frame_hole(1);
	op.gpfn = places[index];
	if (hypercall_memory_op(XENMEM_add_to_physmap, &op) < 0)
		return NULL;
	return frame_map(places[index], 1);
}

static int grow(void)
{
	uint32_t start = frames * (uint32_t)PER_FRAME;

	if (frames == FRAMES_MAX)
		return -ENOSPC;
	if (!notes[frames])
		notes[frames] = frame_alloc();
	if (!notes[frames])
		return -ENOMEM;
	tables[frames] = map_table(frames);
	if (!tables[frames])
		return -ENOSPC;
	frames++;
	/* From the top down, so that low references are taken first. */
	for (uint32_t ref = start + PER_FRAME; ref-- > start;)
		if (ref >= RESERVED) {
			add_free(ref);
			gnttab_stats.total++;
		}
	return 0;
}

/*
 * The table is never zeroed: the toolstack has granted the console and xenstore pages by the first
 * two entries.
 */
int gnttab_init(void)
{
	frames = 0;
	first_free = GNTTAB_NONE;
	gnttab_stats = (struct gnttab_stats){0};
	return grow();
}

int gnttab_resume(void)
{
	for (unsigned i = 0; i < frames; i++) {
		tables[i] = map_table(i);
		if (!tables[i])
			return -ENOSPC;
	}
	(void)gnttab_reap();
	return 0;
}

int gnttab_take(uint32_t *ref)
{
	int error = first_free == GNTTAB_NONE ? grow() : 0;

	if (error)
		return -ENOSPC;
	*ref = first_free;
	ASSERT(state_of(*ref) == NOTE_FREE);
	first_free = (uint32_t)(*note_of(*ref) >> 3);
	*note_of(*ref) = NOTE_HELD;
	gnttab_stats.free--;
	gnttab_stats.held++;
	return 0;
}

void gnttab_put(uint32_t ref)
{
	if (ref == GNTTAB_NONE)
		return;
	ASSERT(state_of(ref) == NOTE_HELD);
	gnttab_stats.held--;
	add_free(ref);
}

void gnttab_grant(uint32_t ref, uint16_t domid, frame_t frame, bool read_only)
{
	struct grant_entry_v1 *entry = entry_of(ref);
	uint16_t flags = GTF_permit_access | (read_only ? GTF_readonly : 0);

	ASSERT(state_of(ref) == NOTE_HELD && frame == (uint32_t)frame);
	*note_of(ref) = NOTE_GRANTED;
	gnttab_stats.held--;
	gnttab_stats.granted++;
	shared_store(&entry->domid, domid);
	shared_store(&entry->frame, (uint32_t)frame);
	/* The entry is whole before the flags make it valid. */
	shared_wmb();
	shared_store(&entry->flags, flags);
}

/*
 * The flags are taken away only if nobody uses the frame at that very moment: looking first and
 * clearing then would leave a gap (XSA-396). A few tries, in case Xen touches the flags between.
 */
static bool clear_flags(uint32_t ref)
{
	uint16_t *flags = &entry_of(ref)->flags;

	for (unsigned tries = 0; tries < 4; tries++) {
		uint16_t seen = shared_load(flags);

		if (seen & (GTF_reading | GTF_writing))
			return false;
		if (__atomic_compare_exchange_n(
			    flags, &seen, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

bool gnttab_revoke(uint32_t ref)
{
	ASSERT(state_of(ref) == NOTE_GRANTED);
	if (!clear_flags(ref))
		return false;
	*note_of(ref) = NOTE_HELD;
	gnttab_stats.granted--;
	gnttab_stats.held++;
	return true;
}

bool gnttab_end(uint32_t ref, void *page)
{
	if (gnttab_revoke(ref)) {
		gnttab_put(ref);
		frame_free(page);
		return true;
	}
	*note_of(ref) = (uintptr_t)page | NOTE_QUARANTINED;
	gnttab_stats.granted--;
	gnttab_stats.quarantined++;
	return false;
}

unsigned gnttab_reap(void)
{
	uint32_t end = frames * (uint32_t)PER_FRAME;

	for (uint32_t ref = RESERVED; gnttab_stats.quarantined && ref < end; ref++) {
		if (state_of(ref) != NOTE_QUARANTINED || !clear_flags(ref))
			continue;
		frame_free((void *)(*note_of(ref) & ~(uintptr_t)NOTE_MASK));
		gnttab_stats.quarantined--;
		add_free(ref);
	}
	return gnttab_stats.quarantined;
}
