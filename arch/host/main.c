/* SPDX-License-Identifier: ISC */
/*
 * The root of a Linux program: makes a machine of the process (see docs/host.md) and starts the
 * app in it, as the guest's boot code does on Xen.
 */
#include "arch/host/host.h"

#include <fcntl.h>
#include <stdarg.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/blkdev.h"
#include "drivers/netdev.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/config.h"
#include "lib/base/platform.h"

#define CMDLINE_MAX 4096

static char cmdline[CMDLINE_MAX];
static void *archive;
static size_t archive_len;

/* What a guest is given is accepted here, too, and means nothing: Linux has better. */
const struct config_table *platform_config(void)
{
	static uint64_t watchdog;
	static const char *seed;
	static const struct config_key keys[] = {
		{.name = "watchdog",
			.type = CONFIG_NUMBER,
			.target = &watchdog,
			.high = 3600,
			.help = "for guests only"},
		{.name = "seed", .type = CONFIG_TEXT, .target = &seed, .help = "for guests only"},
	};
	static const struct config_table table = {
		.area = "the machine", .keys = keys, .count = ARRAY_SIZE(keys)};

	return &table;
}

const char *platform_cmdline(void)
{
	return cmdline;
}

const void *platform_archive(size_t *len)
{
	*len = archive_len;
	return archive;
}

void platform_archive_free(void)
{
	if (archive)
		munmap(archive, archive_len);
	archive = NULL;
	archive_len = 0;
}

static void refuse(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void refuse(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", app.name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(PLATFORM_FAILED);
}

static void usage(void)
{
	printf("usage: %s [--tap NAME]... [--disk FILE]... [--loss PERCENT] [--plain]\n"
	       "       [--archive FILE] [--settings FIFO] [--state FOLDER] [KEY=VALUE]...\n"
	       "  --tap NAME      network device: the first is vif 0 (made if it is not there)\n"
	       "  --disk FILE     a disk: the first is xvda. After FILE may stand \",ro\" "
	       "(read-only) "
	       "and\n                  \",sector=4096\" (instead of 512)\n"
	       "  --loss PERCENT  every device loses this share of its frames, for tests\n"
	       "  --plain         devices after it leave no checksum blank and take no long "
	       "segments\n"
	       "  --archive FILE  the boot archive, a cpio (newc) or tar file\n"
	       "  --settings FIFO lines KEY=VALUE from it are settings that change meanwhile\n"
	       "  --state FOLDER  what the app shows of its state is written to files there\n"
	       "  KEY=VALUE       settings, as in extra=\"...\" of an xl config; help=yes lists "
	       "them\n",
		app.name);
	exit(0);
}

static void map_archive(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		refuse("--archive %s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode) || status.st_size == 0)
		refuse("--archive %s: expected a file that is not empty", path);
	platform_archive_free();
	archive_len = (size_t)status.st_size;
	archive = mmap(NULL, archive_len, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (archive == MAP_FAILED) {
		archive = NULL;
		refuse("--archive %s: %s", path, strerror(errno));
	}
}

/* Appends one argument; a value with blanks gets its quotes back, which the shell has eaten. */
static void add_setting(const char *text)
{
	size_t used = strlen(cmdline), key_len = strcspn(text, "=");
	const char *value = text[key_len] ? text + key_len + 1 : NULL;
	bool quote = value && *value != '"' && strpbrk(value, " \t");
	int len = snprintf(cmdline + used, sizeof(cmdline) - used, "%s%.*s%s%s%s", used ? " " : "",
		(int)(quote ? key_len : strlen(text)), text, quote ? "=\"" : "", quote ? value : "",
		quote ? "\"" : "");

	if (len < 0 || (size_t)len >= sizeof(cmdline) - used)
		refuse("settings: expected at most %d bytes", CMDLINE_MAX - 1);
}

static void add_tap(const char *name)
{
	static unsigned count;
	int error;

	if (count == NETDEV_MAX)
		refuse("--tap %s: expected at most %d devices", name, NETDEV_MAX);
	error = host_tap_open(count++, name);
	if (error)
		refuse("--tap %s: %s", name, strerror(-error));
}

static const char *disk_error(int error)
{
	if (error == -EBUSY)
		return "another program has it open";
	if (error == -ENOTBLK)
		return "expected a file or a block device";
	return error == -ENODATA ? "expected at least one sector" : strerror(-error);
}

static void add_disk(const char *text)
{
	static unsigned count;
	int error;

	if (count == BLKDEV_MAX)
		refuse("--disk %s: expected at most %d disks", text, BLKDEV_MAX);
	error = host_disk_open(count++, text);
	if (error)
		refuse("--disk %s: %s", text, disk_error(error));
}

static void follow_settings(const char *path)
{
	int error = host_settings_open(path);

	if (error)
		refuse("--settings %s: %s", path,
			error == -EINVAL ? "expected a FIFO (mkfifo)" : strerror(-error));
}

static void show_state(const char *path)
{
	int error = host_state_open(path);

	if (error)
		refuse("--state %s: expected a folder: %s", path, strerror(-error));
}

static void set_loss(const char *text)
{
	char *end;
	unsigned long percent = strtoul(text, &end, 10);

	if (end == text || *end || percent > 100)
		refuse("--loss %s: expected a number from 0 to 100", text);
	host_tap_lose((unsigned)percent);
}

/* The function that takes what follows OPTION, or NULL. */
static void (*option_taker(const char *option))(const char *)
{
	if (strcmp(option, "--tap") == 0)
		return add_tap;
	if (strcmp(option, "--disk") == 0)
		return add_disk;
	if (strcmp(option, "--archive") == 0)
		return map_archive;
	if (strcmp(option, "--settings") == 0)
		return follow_settings;
	if (strcmp(option, "--state") == 0)
		return show_state;
	return strcmp(option, "--loss") == 0 ? set_loss : NULL;
}

static void read_arguments(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		void (*taker)(const char *) = option_taker(word);

		if (strcmp(word, "--help") == 0) {
			usage();
		} else if (strcmp(word, "--plain") == 0) {
			host_tap_plain();
		} else if (taker) {
			if (++i == argc)
				refuse("%s: expected something after it", word);
			taker(argv[i]);
		} else if (word[0] == '-') {
			refuse("%s: no such option; --help lists those there are", word);
		} else {
			add_setting(word);
		}
	}
}

int main(int argc, char **argv)
{
	host_catch_signals();
	read_arguments(argc, argv);
	app_start();
}
