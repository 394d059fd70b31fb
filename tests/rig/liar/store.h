/* SPDX-License-Identifier: ISC */
/*
 * xenstore from dom0, by the kernel's /dev/xen/xenbus and the wire protocol (xen/io/xs_wire.h).
 * Used by the lying backend, which is linked statically and so has no libxenstore.
 */
#ifndef TESTS_RIG_LIAR_STORE_H
#define TESTS_RIG_LIAR_STORE_H

#include <stdbool.h>
#include <stddef.h>

bool store_open(void);
/* The value with a NUL behind it; its length, or -1. */
int store_read(const char *path, char *value, size_t size);
/* The value as a number, or -1. */
long store_read_number(const char *path);
bool store_write(const char *path, const char *value);
bool store_write_bytes(const char *path, const void *value, size_t len);
bool store_write_number(const char *path, unsigned long value);
bool store_remove(const char *path);
/* An empty node that OWNER owns and READER may read, and what is made below it likewise. */
bool store_make(const char *path, unsigned owner, unsigned reader);

#endif
