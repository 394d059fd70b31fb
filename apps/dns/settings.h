/* SPDX-License-Identifier: ISC */
/* The DNS app's settings: the table of them all, and those that are main.c's own to use. */
#ifndef APPS_DNS_SETTINGS_H
#define APPS_DNS_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/config.h"

struct dns_server;

extern const struct config_table settings_config;

struct settings {
	uint64_t port;
	const char *disk, *zone_disk; /* "" for none */
	/* Bytes of the longest answer over UDP that there ever is room for, whatever is set later;
	 * once there is a server. */
	size_t udp_room;
};
extern struct settings settings;

/* Makes SERVER, which lives on: it has what is set, now and when that is changed. */
void settings_use(struct dns_server *server);

#endif
