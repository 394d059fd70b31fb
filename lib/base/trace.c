/* SPDX-License-Identifier: ISC */
/* The ring of events; see trace.h. Allocates nothing, and is read when nothing else works. */
#include "lib/base/trace.h"

#include <string.h>

static struct trace_entry ring[TRACE_ENTRIES];
static size_t count; /* ever written */
static uint64_t time;

void trace_time(uint64_t now)
{
	time = now;
}

void trace(const char *event, const char *what, uint64_t value)
{
	struct trace_entry *entry = &ring[(count - 1) % TRACE_ENTRIES];
	char name[TRACE_WHAT] = "";

	for (size_t i = 0; what && i + 1 < sizeof(name) && what[i]; i++)
		name[i] = what[i];
	if (count && entry->event == event && entry->value == value &&
		!memcmp(entry->what, name, sizeof(name))) {
		entry->times++;
		return;
	}
	entry = &ring[count++ % TRACE_ENTRIES];
	*entry = (struct trace_entry){.time = time, .event = event, .value = value, .times = 1};
	memcpy(entry->what, name, sizeof(name));
}

const struct trace_entry *trace_entry(size_t ago)
{
	if (ago >= count || ago >= TRACE_ENTRIES)
		return NULL;
	return &ring[(count - 1 - ago) % TRACE_ENTRIES];
}
