/* SPDX-License-Identifier: ISC */
/* Devices by xenstore; see xenbus.h. Called by the machine's root at boot, later by events only. */
#include "xen/xenbus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/trace.h"

#define DOMID_LAST 0x7fefu /* numbers from 0x7ff0 on have special meanings (xen/xen.h) */

static struct xenbus_driver *drivers;

static void scan(struct xenbus_driver *driver);
static void identify(struct xenbus_device *device);

const char *xenbus_state_name(enum xenbus_state state)
{
	static const char *const names[] = {"Unknown", "Initialising", "InitWait", "Initialised",
		"Connected", "Closing", "Closed", "Reconfiguring", "Reconfigured"};

	return (unsigned)state < ARRAY_SIZE(names) ? names[state] : "nonsense";
}

/* ---- our state ---- */

static void write_state(struct xenbus_device *device)
{
	device->state_written = device->state;
	device->state_text[0] = (char)('0' + device->state);
	device->write_state.base = device->path;
	device->write_state.key = "state";
	device->write_state.value = device->state_text;
	device->write_state.value_len = 1;
	xenstore_write(&device->write_state);
}

static void state_was_written(struct xenstore_request *request)
{
	struct xenbus_device *device = request->ctx;

	if (request->error)
		log_debug("xenbus", "%s: state not written (%d)", device->path, request->error);
	if (device->state != device->state_written)
		write_state(device);
}

void xenbus_set_state(struct xenbus_device *device, enum xenbus_state state)
{
	device->state = state;
	trace("frontend", device->path, state);
	if (device->ready && !device->write_state.busy)
		write_state(device);
}

/* ---- the backend's state ---- */

static void read_state(struct xenbus_device *device)
{
	if (device->read_state.busy) {
		device->read_again = true;
		return;
	}
	device->read_again = false;
	device->read_state.base = device->backend;
	device->read_state.key = "state";
	xenstore_read(&device->read_state);
}

static void state_was_read(struct xenstore_request *request)
{
	struct xenbus_device *device = request->ctx;
	uint64_t state = XenbusStateUnknown;

	/* Missing or no state at all: the backend has gone. */
	if (request->error || memchr(request->reply, 0, request->reply_len) ||
		xenstore_parse_number(request->reply, XenbusStateReconfigured, &state))
		state = XenbusStateUnknown;
	if (device->read_again)
		read_state(device);
	if (device->known && state == device->backend_state)
		return;
	device->known = true;
	device->backend_state = (enum xenbus_state)state;
	trace("backend", device->path, state);
	device->driver->backend_changed(device, device->backend_state);
}

/*
 * The first event comes with the registration; the state is read by the request behind it anyway.
 */
static void state_event(void *ctx, const char *path)
{
	struct xenbus_device *device = ctx;

	(void)path;
	if (device->first_event)
		device->first_event = false;
	else
		read_state(device);
}

/* ---- who the backend is ---- */

static void follow(struct xenbus_device *device)
{
	char path[XENSTORE_PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/state", device->backend);

	if (len < 0 || (size_t)len >= sizeof(path)) {
		log_warning("xenbus", "%s: the backend's path is too long", device->path);
		return;
	}
	device->first_event = true;
	device->watch = xenstore_watch(path, state_event, device);
	if (!device->watch) {
		log_error("xenbus", "%s: no memory to follow the backend", device->path);
		return;
	}
	device->ready = true;
	device->resuming = device->known = false;
	read_state(device);
	if (device->driver->identified)
		device->driver->identified(device);
}

static void forget(struct xenbus_device *device)
{
	bool was_ready = device->ready;

	xenstore_unwatch(device->watch);
	device->watch = NULL;
	device->ready = false;
	device->backend_state = XenbusStateUnknown;
	xenstore_cancel(&device->read_state);
	xenstore_cancel(&device->write_state);
	if (was_ready)
		device->driver->gone(device);
}

/* A text that can be used as a path, or false. */
static bool usable_path(const struct xenstore_request *request)
{
	return !request->error && request->reply_len < XENSTORE_PATH_MAX &&
	       request->reply[0] == '/' && !memchr(request->reply, 0, request->reply_len);
}

static void backend_was_read(struct xenstore_request *request)
{
	struct xenbus_device *device = request->ctx;

	device->new_backend[0] = 0;
	if (usable_path(request))
		memcpy(device->new_backend, request->reply, request->reply_len + 1);
}

/* Asked for after the path, so answered after it; should it come first, the path is still the old.
 */
static void domid_was_read(struct xenstore_request *request)
{
	struct xenbus_device *device = request->ctx;
	uint64_t domid;

	if (request->error || xenstore_parse_number(request->reply, DOMID_LAST, &domid)) {
		device->new_backend[0] = 0;
		domid = 0;
	}
	if (device->identify_again)
		identify(device);
	if (device->ready && !strcmp(device->backend, device->new_backend) &&
		domid == device->backend_domid)
		return;
	if (device->ready)
		forget(device);
	if (!device->new_backend[0])
		return; /* not written yet, or nonsense: an event tells when that changes */
	memcpy(device->backend, device->new_backend, sizeof(device->backend));
	device->backend_domid = (uint16_t)domid;
	follow(device);
}

static void identify(struct xenbus_device *device)
{
	if (device->read_backend.busy || device->read_domid.busy) {
		device->identify_again = true;
		return;
	}
	device->identify_again = false;
	device->read_backend.base = device->read_domid.base = device->path;
	device->read_backend.key = "backend";
	device->read_domid.key = "backend-id";
	xenstore_read(&device->read_backend);
	xenstore_read(&device->read_domid);
}

/* ---- finding devices ---- */

static struct xenbus_device *find(struct xenbus_driver *driver, uint32_t id)
{
	struct list *node;

	list_for_each (node, &driver->devices) {
		struct xenbus_device *device = container_of(node, struct xenbus_device, node);

		if (device->id == id)
			return device;
	}
	return NULL;
}

static struct xenbus_device *add(struct xenbus_driver *driver, uint32_t id)
{
	struct xenbus_device *device = driver->probe(id);

	if (!device)
		return NULL;
	memset(device, 0, sizeof(*device));
	device->driver = driver;
	device->id = id;
	device->state = XenbusStateInitialising; /* as the toolstack has written it */
	snprintf(device->path, sizeof(device->path), "device/%s/%u", driver->type, (unsigned)id);
	device->read_backend = (struct xenstore_request){.done = backend_was_read, .ctx = device};
	device->read_domid = (struct xenstore_request){.done = domid_was_read, .ctx = device};
	device->read_state = (struct xenstore_request){.done = state_was_read, .ctx = device};
	device->write_state = (struct xenstore_request){.done = state_was_written, .ctx = device};
	list_push_back(&driver->devices, &device->node);
	identify(device);
	return device;
}

static void stop_identifying(struct xenbus_device *device)
{
	device->identify_again = false;
	xenstore_cancel(&device->read_backend);
	xenstore_cancel(&device->read_domid);
}

static void drop_device(struct xenbus_device *device)
{
	stop_identifying(device);
	forget(device);
	if (device->resuming) {
		device->resuming = false;
		device->driver->gone(device);
	}
	list_remove(&device->node);
}

static void add_listed(struct xenbus_driver *driver, const char *names, size_t len)
{
	bool refused = false;

	/* A NUL stands behind the last name even if the store sent none. */
	for (size_t at = 0; at < len; at += strlen(names + at) + 1) {
		struct xenbus_device *device;
		uint64_t id;

		if (xenstore_parse_number(names + at, UINT32_MAX, &id))
			continue;
		device = find(driver, (uint32_t)id);
		if (!device)
			device = add(driver, (uint32_t)id);
		if (device)
			device->listed = true;
		else
			refused = true;
	}
	if (refused && !driver->refused)
		log_warning("xenbus", "more %s devices than can be served", driver->type);
	driver->refused = refused;
}

static void was_listed(struct xenstore_request *request)
{
	struct xenbus_driver *driver = request->ctx;
	struct list *node, *after;

	if (request->error && request->error != -ENOENT) {
		log_warning(
			"xenbus", "device/%s cannot be listed (%d)", driver->type, request->error);
		return;
	}
	list_for_each (node, &driver->devices)
		container_of(node, struct xenbus_device, node)->listed = false;
	add_listed(driver, request->reply, request->reply_len);
	if (driver->rescan)
		scan(driver);
	list_for_each_safe (node, after, &driver->devices) {
		struct xenbus_device *device = container_of(node, struct xenbus_device, node);

		if (!device->listed)
			drop_device(device);
	}
	driver->scanned = true;
}

static void scan(struct xenbus_driver *driver)
{
	if (driver->list.busy) {
		driver->rescan = true;
		return;
	}
	driver->rescan = false;
	xenstore_directory(&driver->list);
}

/* The rest of TEXT behind PREFIX and a slash (or its end), or NULL. */
static const char *below(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(text, prefix, len) != 0 || (text[len] && text[len] != '/'))
		return NULL;
	return text[len] ? text + len + 1 : text + len;
}

/*
 * REST is what has changed below device/TYPE. Of a device that we know, only its coming, going and
 * its backend matter; most events are the echo of our own writes.
 */
static void type_event(struct xenbus_driver *driver, const char *rest)
{
	size_t digits = strspn(rest, "0123456789");
	struct xenbus_device *device = NULL;
	const char *key;
	char name[12];
	uint64_t id;

	if (digits && digits < sizeof(name)) {
		memcpy(name, rest, digits);
		name[digits] = 0;
		if (!xenstore_parse_number(name, UINT32_MAX, &id))
			device = find(driver, (uint32_t)id);
	}
	key = rest + digits + (rest[digits] == '/');
	if (!device || !*key)
		scan(driver);
	if (device && (!*key || !device->ready || !strncmp(key, "backend", 7)))
		identify(device);
}

static void device_event(void *ctx, const char *path)
{
	const char *rest = below(path, "device");

	(void)ctx;
	if (!rest)
		return;
	for (struct xenbus_driver *driver = drivers; driver; driver = driver->next) {
		const char *within = below(rest, driver->type);

		if (!*rest)
			scan(driver);
		else if (within)
			type_event(driver, within);
	}
}

void xenbus_register(struct xenbus_driver *driver)
{
	list_init(&driver->devices);
	snprintf(driver->path, sizeof(driver->path), "device/%s", driver->type);
	driver->list =
		(struct xenstore_request){.base = driver->path, .done = was_listed, .ctx = driver};
	driver->rescan = driver->scanned = driver->refused = false;
	driver->next = drivers;
	drivers = driver;
}

int xenbus_start(void)
{
	return xenstore_watch("device", device_event, NULL) ? 0 : -ENOMEM;
}

void xenbus_forget(void)
{
	struct list *node;

	for (struct xenbus_driver *driver = drivers; driver; driver = driver->next) {
		xenstore_cancel(&driver->list);
		driver->scanned = driver->rescan = false;
		list_for_each (node, &driver->devices) {
			struct xenbus_device *device =
				container_of(node, struct xenbus_device, node);

			stop_identifying(device);
			device->resuming |= device->ready;
			forget(device);
			device->state = XenbusStateInitialising;
		}
	}
}

void xenbus_resume(void)
{
	struct list *node;

	for (struct xenbus_driver *driver = drivers; driver; driver = driver->next) {
		list_for_each (node, &driver->devices)
			identify(container_of(node, struct xenbus_device, node));
		scan(driver);
	}
}

bool xenbus_count(const char *type, unsigned *count)
{
	struct list *node;

	*count = 0;
	for (struct xenbus_driver *driver = drivers; driver; driver = driver->next) {
		if (strcmp(driver->type, type) != 0)
			continue;
		list_for_each (node, &driver->devices)
			++*count;
		return driver->scanned;
	}
	return false;
}
