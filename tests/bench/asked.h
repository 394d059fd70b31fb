/* SPDX-License-Identifier: ISC */
/* What the benchmarks of the DNS engine have in common: a zone, and questions about it. */
#ifndef TESTS_BENCH_ASKED_H
#define TESTS_BENCH_ASKED_H

#include <stddef.h>
#include <stdint.h>

#include "lib/dns/server.h"

#define ASKED_MAX 4096

struct asked {
	uint8_t data[300]; /* with EDNS, whose record ends the message */
	size_t len;
};
extern struct asked asked[ASKED_MAX];

/* Every second question has DO. */
static inline void asked_set_do(struct asked *query, size_t number)
{
	query->data[query->len - 4] = number & 1 ? 0x80 : 0;
}

/* Ends the program, with one line. */
_Noreturn void asked_die(const char *what, const char *why);

/* Loads the zone NAME from the file PATH; says how large it is, and how long others would have
 * waited meanwhile. */
void asked_load(struct dns_server *server, const char *name, const char *path);

/* Reads lines "NAME TYPE"; WHICH (or NULL): only those whose type is this. How many there are. */
size_t asked_read(const char *path, const char *which);

#endif
