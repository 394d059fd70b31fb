/* SPDX-License-Identifier: ISC */
/*
 * Memory shared with Xen and with backends: whole pages of our own, their frame numbers, and the
 * mapping of frames that Xen puts into our address space. Implemented by arch/x86 (through
 * xen/frames_x86.c) and by tests/fakexen. Part of the seam that xen/hypercall.h describes.
 */
#ifndef XEN_FRAMES_H
#define XEN_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_SIZE 4096u

typedef uint64_t frame_t; /* a guest frame number (gfn) */

/* A zeroed page of our own that holds nothing else, or NULL. */
void *frame_alloc(void);
void frame_free(void *page);

frame_t frame_of(const void *page);

/* COUNT frames, contiguous from FRAME (a page that the toolstack set up), readable and writable;
 * NULL on failure. */
void *frame_map(frame_t frame, size_t count);

/* A range of COUNT frame numbers where there is no memory, for Xen to place its own pages in
 * (XENMEM_add_to_physmap). */
frame_t frame_hole(size_t count);

#endif
