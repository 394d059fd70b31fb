/* SPDX-License-Identifier: ISC */
/*
 * A ring of what happened last, for the report of a dying guest: cheap enough to be always on. An
 * event that repeats is counted, not listed again.
 */
#ifndef LIB_BASE_TRACE_H
#define LIB_BASE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_ENTRIES 64u /* a power of two */
#define TRACE_WHAT    16  /* bytes kept of a name, with its NUL */

struct trace_entry {
	uint64_t time;     /* platform_time_ns() at the start of the loop's turn */
	const char *event; /* "run" */
	char what[TRACE_WHAT];
	uint64_t value;
	uint64_t times; /* in a row, with this time the first */
};

/* Sets the time of the events to come; the loop does, once a turn. */
void trace_time(uint64_t now);

/* EVENT is a literal; WHAT (may be NULL) is copied. */
void trace(const char *event, const char *what, uint64_t value);

/* The entry AGO events before the last (0: the last one), or NULL. */
const struct trace_entry *trace_entry(size_t ago);

#endif
