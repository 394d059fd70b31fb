/* SPDX-License-Identifier: ISC */
/*
 * Writes a loaded zone with all types by number and all rdata in hex (RFC 3597), for a server that
 * does not know every type by name. Used by tests/nsd/compare.c.
 */
#ifndef TESTS_NSD_WRITE_H
#define TESTS_NSD_WRITE_H

#include <stdio.h>

#include "lib/dns/zone.h"

void zone_write(FILE *file, const struct dns_zone *zone);

#endif
