/* SPDX-License-Identifier: ISC */
/* Notifications of change (RFC 1996): written, read and answered. Called by the app. */
#ifndef LIB_DNS_NOTIFY_H
#define LIB_DNS_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/query.h"
#include "lib/dns/zone.h"

/* "ZONE has changed", with its SOA, to BUF (SIZE: at least 900): its length. */
size_t dns_notify_write(const struct dns_zone *zone, uint16_t id, uint8_t *buf, size_t size);

/*
 * Reads a notification: the zone's name and, if it tells it (*HAS_SERIAL), the new serial.
 * DNS_NOERROR, or what is to be answered.
 */
enum dns_rcode dns_notify_read(const uint8_t *message, size_t len, struct dns_key *zone,
	bool *has_serial, uint32_t *serial);

#endif
