/* SPDX-License-Identifier: ISC */
/* Which vifs are not up, and why: for people, and for who waits. See netfront.h. */
#include "drivers/netfront.h"

#include <stdio.h>
#include <string.h>

#include "drivers/netdev.h"
#include "drivers/netfront_vif.h"
#include "lib/base/list.h"
#include "xen/xenbus.h"

static void add_text(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", len ? "; " : "", more);
}

static void explain(const struct netfront_vif *vif, char *line, size_t size)
{
	unsigned index = vif->ring.netdev.index;
	enum xenbus_state state = vif->bus.backend_state;

	if (vif->disabled)
		snprintf(line, size, "vif %u is disabled, see above", index);
	else if (vif->resting)
		snprintf(line, size, "vif %u is closed for a while, see above", index);
	else if (!vif->bus.ready)
		snprintf(line, size, "vif %u: %s names no backend", index, vif->bus.path);
	else
		snprintf(line, size, "vif %u: backend %s is in state %u (%s)", index,
			vif->bus.backend, (unsigned)state, xenbus_state_name(state));
}

/* Attached now (a detached one keeps its struct). */
static bool attached(const struct netfront_vif *vif)
{
	return vif && vif->bus.node.next && !list_empty(&vif->bus.node);
}

void netfront_explain(char *text, size_t size)
{
	const struct netfront_vif *vif;
	unsigned count;
	char line[200];

	text[0] = 0;
	if (!xenbus_count("vif", &count)) {
		snprintf(text, size, "xenstore has not answered yet");
		return;
	}
	if (!count)
		snprintf(text, size, "the domain has no vif");
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		vif = netfront_vif_get(i);
		if (!attached(vif) || vif->ring.netdev.up)
			continue;
		explain(vif, line, sizeof(line));
		add_text(text, size, line);
	}
}

bool netfront_all_up(void)
{
	unsigned count;

	if (!xenbus_count("vif", &count) || !count)
		return false;
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		const struct netfront_vif *vif = netfront_vif_get(i);

		if (attached(vif) && !vif->ring.netdev.up)
			return false;
	}
	return true;
}
