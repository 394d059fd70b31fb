/* SPDX-License-Identifier: ISC */
/* See driverless.h; the close cycle of xen/io/xenbus.h, without a connection before it. */
#include "drivers/driverless.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/base/list.h"
#include "lib/base/log.h"
#include "xen/xenbus.h"

#define DEVICES_MAX 16 /* at a time; further ones are refused with a warning */

static struct xenbus_device *devices[DEVICES_MAX]; /* made when first needed, and kept */

static bool is_free(const struct xenbus_device *device)
{
	return !device->node.next || list_empty(&device->node);
}

static struct xenbus_device *probe(uint32_t id)
{
	(void)id;
	for (unsigned i = 0; i < DEVICES_MAX; i++) {
		if (!devices[i])
			devices[i] = calloc(1, sizeof(*devices[i]));
		if (!devices[i] || is_free(devices[i]))
			return devices[i];
	}
	return NULL;
}

static void identified(struct xenbus_device *device)
{
	if (!device->resuming)
		log_warning("devices", "%s: there is no driver for it in this image", device->path);
}

static void backend_changed(struct xenbus_device *device, enum xenbus_state state)
{
	if (state == XenbusStateClosing || state == XenbusStateClosed)
		xenbus_set_state(device, XenbusStateClosed);
}

static void gone(struct xenbus_device *device)
{
	if (!device->resuming)
		log_info("devices", "%s: detached", device->path);
}

static struct xenbus_driver driver = {
	.type = "vbd",
	.probe = probe,
	.identified = identified,
	.backend_changed = backend_changed,
	.gone = gone,
};

void driverless_init(void)
{
	xenbus_register(&driver);
}
