/* SPDX-License-Identifier: ISC */
/* The lies that a network backend may tell, each on a vif that has just served a question. */
#ifndef TESTS_RIG_LIAR_LIES_H
#define TESTS_RIG_LIAR_LIES_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/rig/liar/vif.h"

enum outcome {
	SERVES, /* the same connection goes on serving */
	BREAKS, /* the guest closes the vif and reports it */
	LIVES,  /* the guest lives, and serves on a new connection */
};

struct lie {
	const char *name;
	/* NULL, or what the guest did wrong while it was lied to. */
	const char *(*tell)(struct vif *vif);
	enum outcome outcome;
	const char *report; /* what the console has to say, or NULL */
};

#define LIE_COUNT 27u

extern const struct lie lies[LIE_COUNT];

#endif
