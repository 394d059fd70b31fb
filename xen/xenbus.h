/* SPDX-License-Identifier: ISC */
/*
 * Devices by xenstore (xen/io/xenbus.h): finds the frontends that the toolstack has made below
 * device/, follows the state of each one's backend and tells its driver, all by callbacks. Works
 * the same at boot, on hot plug and on unplug.
 *
 * Life of a device: the frontend appears -> probe() -> backend_changed() for each state -> the
 * frontend vanishes -> gone(). A driver never trusts what it reads: text is bounded, numbers
 * are checked, any state may follow any other.
 */
#ifndef XEN_XENBUS_H
#define XEN_XENBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen/xenstore.h"

#include <xen/io/xenbus.h>

#define XENBUS_BATCH_ITEMS 12
#define XENBUS_TEXT        48 /* bytes of a value in a batch, with its NUL */

struct xenbus_device;

struct xenbus_driver {
	const char *type; /* "vif" */
	/* A frontend has appeared; the device to keep for it (the driver's), or NULL to refuse. */
	struct xenbus_device *(*probe)(uint32_t id);
	/* Backend path and domain are known. */
	void (*identified)(struct xenbus_device *device);
	/* Its state has changed (XenbusStateUnknown: there is none). */
	void (*backend_changed)(struct xenbus_device *device, enum xenbus_state state);
	/*
	 * The frontend has vanished, or has another backend now: nothing more comes before the next
	 * identified(). With device->resuming the domain was resumed, and an identified() is to be
	 * expected; should the device be no more, gone() comes once more, without.
	 */
	void (*gone)(struct xenbus_device *device);
	/* Private: */
	struct xenbus_driver *next;
	struct list devices;
	char path[24]; /* device/vif */
	struct xenstore_request list;
	bool scanned, rescan, refused;
};

/* Part of the driver's own struct. */
struct xenbus_device {
	struct xenbus_driver *driver;
	uint32_t id;
	char path[40]; /* device/vif/0 */
	char backend[XENSTORE_PATH_MAX];
	uint16_t backend_domid;
	bool ready;    /* backend and backend_domid are known */
	bool resuming; /* they will be again */
	enum xenbus_state backend_state;
	enum xenbus_state state; /* ours, as last set */
	/* Private: */
	struct list node;
	bool listed, known, first_event, read_again, identify_again;
	char new_backend[XENSTORE_PATH_MAX];
	struct xenstore_watch *watch;
	struct xenstore_request read_backend, read_domid, read_state, write_state;
	char state_text[2];
	enum xenbus_state state_written;
};

/* Drivers register before xenbus_start(). */
void xenbus_register(struct xenbus_driver *driver);
int xenbus_start(void); /* 0 or -Exxx */

/* After a resume, before xenstore works: all devices are of a domain that was. */
void xenbus_forget(void);
/* After that, and with xenstore: they are found anew. */
void xenbus_resume(void);

/* Writes our state; only the last of several in one turn is sure to be seen. */
void xenbus_set_state(struct xenbus_device *device, enum xenbus_state state);
const char *xenbus_state_name(enum xenbus_state state);
/* How many frontends there are of a type, and whether that is known yet. */
bool xenbus_count(const char *type, unsigned *count);

/* Several values of one folder at once, all read or all written; done() when the last is answered.
 */
struct xenbus_batch {
	const char *base; /* lives until done() */
	unsigned count;
	struct {
		const char *key;
		char text[XENBUS_TEXT];
		int error; /* 0, -ENOENT, -ERANGE (too long), -EINVAL (not text) */
	} items[XENBUS_BATCH_ITEMS];
	void (*done)(struct xenbus_batch *batch);
	void *ctx;
	/* Private: */
	struct xenstore_request requests[XENBUS_BATCH_ITEMS];
	unsigned left;
};
/* BATCH is zeroed or was used before; what is still under way is cancelled. */
void xenbus_batch_init(struct xenbus_batch *batch, const char *base);
/* To be read. */
void xenbus_batch_add(struct xenbus_batch *batch, const char *key);
/* To be written. */
void xenbus_batch_add_text(struct xenbus_batch *batch, const char *key, const char *text);
void xenbus_batch_add_number(struct xenbus_batch *batch, const char *key, uint64_t value);
void xenbus_batch_read(struct xenbus_batch *batch);
void xenbus_batch_write(struct xenbus_batch *batch);
void xenbus_batch_cancel(struct xenbus_batch *batch);
/* The text of KEY, or NULL when it is missing or not fit to use. */
const char *xenbus_batch_text(const struct xenbus_batch *batch, const char *key);
/* KEY as a number of at most MAX; OTHERWISE when it is missing or not such a number. */
uint64_t xenbus_batch_number(
	const struct xenbus_batch *batch, const char *key, uint64_t max, uint64_t otherwise);

#endif
