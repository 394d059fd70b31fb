/* SPDX-License-Identifier: ISC */
/* The frame around an app: settings, banner, scheduler, network, main, shutdown. */
#include "lib/app/app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/archive/boot.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define SETTINGS_FILE "config"       /* in the boot archive */
#define NETWORK_LATE  10000000000ull /* ns after which a person wants to know what is missing */
#define WATCH_STACK   ((size_t)8 * 1024)

static bool want_help;

static int parse_log(const struct config_key *key, unsigned index, const char *value)
{
	static const char *const words[] = {"error", "warning", "info", "debug"};

	(void)key, (void)index;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			log_threshold = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

static const struct config_key keys[] = {
	{.name = "help",
		.type = CONFIG_BOOL,
		.target = &want_help,
		.help = "lists all settings, and ends [no]"},
	{.name = "log",
		.type = CONFIG_CUSTOM,
		.parse = parse_log,
		.live = true,
		.expected = "error, warning, info or debug",
		.help = "what is said on the console: this, and what is worse [info]"},
};

static const struct config_table app_config = {
	.area = "every app", .keys = keys, .count = ARRAY_SIZE(keys)};

static const struct config_table *tables[5];
static size_t table_count;

static void fail(const char *message)
{
	log_error(app.name, "%s", message);
	platform_exit(PLATFORM_FAILED);
}

/* ---- settings ---- */

static void print_help(void)
{
	static const char stars[] = "Those with a star can be set while it runs.\n";
	char line[LOG_LINE];

	for (size_t t = 0; t < table_count; t++) {
		int len = snprintf(line, sizeof(line), "settings of %s:\n", tables[t]->area);

		platform_console_write(line, (size_t)len);
		for (size_t k = 0; k < tables[t]->count; k++) {
			const struct config_key *key = &tables[t]->keys[k];

			len = snprintf(line, sizeof(line), "  %-16s%s %s\n", key->name,
				key->live ? "*" : " ", key->help ? key->help : "");
			platform_console_write(line, MIN((size_t)len, sizeof(line) - 1));
		}
	}
	platform_console_write(stars, sizeof(stars) - 1);
	platform_exit(PLATFORM_POWEROFF);
}

/* The settings file, if there is an archive with one in it. */
static bool find_settings_file(struct archive_file *file)
{
	struct archive archive;
	const char *message;
	int error = archive_boot(&archive, &message);

	if (error == -EINVAL) {
		log_error(app.name, "boot archive (ramdisk=): %s", message);
		platform_exit(PLATFORM_FAILED);
	}
	if (!error)
		error = archive_find(&archive, SETTINGS_FILE, file);
	if (error == -EINVAL)
		fail("the boot archive is damaged");
	return error == 0;
}

/* The command line is read first, and what it sets the file does not set again. */
static void read_settings(void)
{
	static struct config_seen seen, seen_in_file;
	static struct archive_file file;
	const char *cmdline = platform_cmdline();
	char message[CONFIG_MESSAGE];

	tables[table_count++] = &app_config;
	tables[table_count++] = platform_config();
	tables[table_count++] = &net_config;
	if (app.config)
		tables[table_count++] = app.config;
	if (app.more_config && app.more_config->count)
		tables[table_count++] = app.more_config;
	if (config_apply(tables, table_count, CONFIG_CMDLINE, "command line", cmdline,
		    strlen(cmdline), &seen, NULL, message) != 0)
		fail(message);
	if (want_help)
		print_help();
	if (find_settings_file(&file) &&
		config_apply(tables, table_count, CONFIG_FILE, SETTINGS_FILE,
			(const char *)file.data, file.len, &seen_in_file, &seen, message) != 0)
		fail(message);
}

static void set_live(
	void *ctx, const char *key, const char *value, size_t len, char outcome[PLATFORM_OUTCOME])
{
	(void)ctx;
	config_set(tables, table_count, key, value, len, outcome);
}
_Static_assert(PLATFORM_OUTCOME >= CONFIG_MESSAGE, "an outcome has room");

/* ---- life ---- */

static void log_thread(const struct thread *thread, void *ctx)
{
	struct thread_info info;

	(void)ctx;
	thread_get_info(thread, &info);
	log_debug("sched", "thread %s: %zu of %zu bytes of stack used, %llu us in one go at most",
		info.name, info.stack_used, info.stack_size,
		(unsigned long long)(info.longest_ns / 1000));
}

static void told_to_end(void *ctx, enum platform_exit how)
{
	(void)ctx;
	log_info(app.name, how == PLATFORM_REBOOT ? "told to start anew" : "told to end");
	if (log_threshold >= LOG_DEBUG)
		thread_for_each(log_thread, NULL);
	if (app.shutdown)
		app.shutdown();
	platform_exit(how);
}

static bool ready_to_suspend(void *ctx)
{
	(void)ctx;
	return !app.suspend_ready || app.suspend_ready();
}

static void resumed(void *ctx)
{
	(void)ctx;
	net_renew_keys();
	if (app.resumed)
		app.resumed();
}

static void run_main(void *arg)
{
	(void)arg;
	if (app.main() != 0)
		platform_exit(PLATFORM_FAILED);
}

/* Says what is missing when the network does not come; the app serves as soon as it does. */
static void watch_network(void *arg)
{
	(void)arg;
	if (net_wait_ready(platform_time_ns() + NETWORK_LATE) != 0)
		log_warning("net", "not reachable: %s", net_explain());
}

static void print_banner(void)
{
	char line[LOG_LINE];
	size_t archive_len;
	int len;

	platform_archive(&archive_len);
	len = snprintf(line, sizeof(line), "kinglet %s %s: %zu KiB of memory, archive %zu bytes\n",
		app.name, app.version, platform_memory_total() / 1024, archive_len);
	platform_console_write(line, MIN((size_t)len, sizeof(line) - 1));
}

void app_start(void)
{
	print_banner();
	read_settings();
	sched_init();
	platform_on_shutdown(told_to_end, NULL);
	platform_on_setting(set_live, NULL);
	platform_on_suspend(ready_to_suspend, resumed, NULL);
	if (net_init() != 0)
		platform_exit(PLATFORM_FAILED);
	if (thread_create("main", app.stack_size ? app.stack_size : THREAD_STACK_DEFAULT, run_main,
		    NULL) != 0 ||
		thread_create("network", WATCH_STACK, watch_network, NULL) != 0)
		fail("no memory for the first threads");
	sched_run();
}
