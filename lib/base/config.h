/* SPDX-License-Identifier: ISC */
/*
 * Settings: one grammar, "key=value", for the command line (separated by blanks; a value with
 * blanks stands in double quotes) and for a settings file (one a line; '#' at a line's start or
 * after a blank begins a comment; blanks around '=' do not count). Each
 * module that has settings declares a table; a key that no table knows, a value of the wrong form
 * or a key without value is an error that names the key, the value and what was expected.
 */
#ifndef LIB_BASE_CONFIG_H
#define LIB_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_MESSAGE  200 /* bytes enough for any message below */
#define CONFIG_LIVE_MAX 128 /* bytes of a value that is set while the machine runs */

enum config_type {
	CONFIG_TEXT,   /* target: const char *; points into storage that lives as long as needed */
	CONFIG_BOOL,   /* target: bool; yes no on off true false 1 0 */
	CONFIG_NUMBER, /* target: uint64_t, with low <= value <= high; suffixes K M G are 2^10.. */
	CONFIG_CUSTOM, /* parse() */
};

struct config_key {
	const char *name;
	enum config_type type;
	void *target;         /* holds the default at the start */
	const char *expected; /* for messages and help: "an address as 10.0.0.2/24 or dhcp" */
	const char *help;
	uint64_t low, high; /* CONFIG_NUMBER */
	/*
	 * CONFIG_CUSTOM: 0, or -EINVAL for a wrong value, which then has changed nothing. INDEX:
	 * see `indexed`.
	 */
	int (*parse)(const struct config_key *key, unsigned index, const char *value);
	bool repeats;     /* CONFIG_CUSTOM: may be given several times in one source */
	unsigned indexed; /* N > 1: the key may carry a number below N at its end: ip, ip.1, or ip1
			   */
	bool live;        /* may be set while the machine runs; not for CONFIG_TEXT */
	bool secret;      /* the value is never shown or told */
	void (*changed)(void); /* of a live key, may be NULL: it has just been set, in the loop */
};

struct config_table {
	const char *area; /* whose settings these are, for help */
	const struct config_key *keys;
	size_t count;
};

enum config_source {
	CONFIG_CMDLINE,
	CONFIG_FILE
};

/*
 * Applies TEXT (LEN bytes; need not end in NUL) to the tables. Returns 0, or -EINVAL with one
 * clear line in MESSAGE, for a file with the line's number after NAME. The text of CONFIG_TEXT is
 * copied to the heap and never freed: settings live as long as the machine. VALUE of a
 * CONFIG_CUSTOM lives only until its parse() returns.
 * Keys in SKIP (may be NULL: a table of keys seen, made by an earlier call for the command line)
 * are left alone, so that the command line wins over a file that is read after it.
 */
struct config_seen {
	const struct config_key *key[64];
	unsigned index[64];
	size_t count;
};

int config_apply(const struct config_table *const *tables, size_t table_count,
	enum config_source source, const char *name, const char *text, size_t len,
	struct config_seen *seen, const struct config_seen *skip, char message[CONFIG_MESSAGE]);

/*
 * Sets the one setting KEY (with its NUL) to VALUE (LEN bytes of any kind) while the machine runs.
 * Returns 0 with "ok VALUE" in OUTCOME; or, with "error: " and the reason, and the old value kept:
 * -ENOENT for a key that is none, -EROFS for one that takes effect only at boot, -EINVAL for a
 * value that is wrong or of more than CONFIG_LIVE_MAX bytes.
 */
int config_set(const struct config_table *const *tables, size_t table_count, const char *key,
	const char *value, size_t len, char outcome[CONFIG_MESSAGE]);

#endif
