/* SPDX-License-Identifier: ISC */
/* An honest xenstored over fakexen's ring: a tree, watches, transactions without isolation. */
#ifndef TESTS_FAKEXEN_FAKESTORE_H
#define TESTS_FAKEXEN_FAKESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKESTORE_HOME "/local/domain/7"

/* An empty tree, no watches, nothing under way; the ring's indices as they stand. */
void fakestore_init(void);

/* As dom0: fires watches. Paths that do not begin with a slash are below FAKESTORE_HOME. */
void fakestore_write(const char *path, const char *value);
void fakestore_remove(const char *path);      /* with all below */
const char *fakestore_read(const char *path); /* or NULL */
/* The same of FOLDER/KEY. */
void fakestore_set(const char *folder, const char *key, const char *value);
const char *fakestore_get(const char *folder, const char *key);

/* Serves the ring. Returns whether there was anything to do. */
bool fakestore_turn(void);

unsigned fakestore_watches(void);
unsigned fakestore_transactions(void); /* open ones */
extern unsigned fakestore_conflicts;   /* so many commits fail with EAGAIN */
extern const char *fakestore_readonly; /* writes by the guest to this path get EACCES */
extern unsigned fakestore_requests;    /* messages taken */

/* A liar: sees each request before it is served; true: it has answered, or will not. */
extern bool (*fakestore_lie)(uint32_t type, uint32_t id, const char *payload, size_t payload_len);
/* A message of any kind; CLAIMED is the length that its header tells. */
void fakestore_say(uint32_t type, uint32_t id, uint32_t claimed, const void *data, size_t len);

/* FN hears of each write by the guest, after it. */
extern void (*fakestore_written)(const char *path);

#endif
