/* SPDX-License-Identifier: ISC */
/*
 * The frame around an app, the same on every machine: the machine's root calls app_start() once the
 * platform and its devices work; it reads the settings, starts the scheduler and the network,
 * and runs the app's main in a thread.
 */
#ifndef LIB_APP_APP_H
#define LIB_APP_APP_H

#include <stdbool.h>

#include "lib/base/config.h"

struct app {
	const char *name;                       /* "dns" */
	const char *version;                    /* Kinglet's, from the build */
	const struct config_table *config;      /* the app's own settings, or NULL */
	const struct config_table *more_config; /* those of a part that not all its images have */
	size_t stack_size;                      /* of main's thread; 0 for the default */
	/*
	 * Runs in a thread. It may return when handlers and threads that it started do the work.
	 * Returns 0, or -Exxx after it has said on the console what is wrong: the machine
	 * then ends with PLATFORM_FAILED.
	 */
	int (*main)(void);
	/* Optional: told to end; must return soon, and the machine ends when it has. */
	void (*shutdown)(void);
	/* Optional, as platform_on_suspend() tells: whether all is flushed; and afterwards. */
	bool (*suspend_ready)(void);
	void (*resumed)(void);
};

/* Each image defines exactly one. */
extern const struct app app;

void app_start(void) __attribute__((noreturn));

#endif
