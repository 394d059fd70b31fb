/* SPDX-License-Identifier: ISC */
/*
 * Looks into the store on a disk image or a block device, by the guest's own code (lib/store).
 * Nothing is written. Called by scripts/kstore; docs/store.md has an example.
 *
 * Exit status: 0 all is well; 1 the store is damaged, or has no such record; 2 wrong usage, or
 * there is no store to be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/store/store.h"

#define SECTOR 512u

enum status {
	FINE = 0,
	DAMAGED = 1,
	UNUSABLE = 2
};

struct image {
	struct store_disk disk;
	int fd;
};

static const char *image_path;

/* ---- the image as a disk ---- */

static int image_read(struct store_disk *disk, uint64_t sector, void *data, uint32_t count)
{
	struct image *image = container_of(disk, struct image, disk);
	size_t left = (size_t)count * SECTOR;
	off_t at = (off_t)(sector * SECTOR);
	ssize_t len;

	for (char *out = data; left; out += len, at += len, left -= (size_t)len) {
		len = pread(image->fd, out, left, at);
		if (len < 0 && errno == EINTR)
			len = 0;
		else if (len <= 0)
			return len ? -errno : -EIO;
	}
	return 0;
}

/* Never called: it is read-only. */
static int image_write(struct store_disk *disk, uint64_t sector, const void *data, uint32_t count)
{
	(void)disk, (void)sector, (void)data, (void)count;
	return -EROFS;
}

static int image_flush(struct store_disk *disk)
{
	(void)disk;
	return 0;
}

static int complain(const char *what)
{
	fprintf(stderr, "kstore: %s: %s\n", image_path, what);
	return UNUSABLE;
}

static int open_image(struct image *image)
{
	struct stat status;
	uint64_t bytes;

	image->fd = open(image_path, O_RDONLY | O_CLOEXEC);
	if (image->fd < 0 || fstat(image->fd, &status) != 0)
		return complain(strerror(errno));
	bytes = (uint64_t)status.st_size;
	if (S_ISBLK(status.st_mode) && ioctl(image->fd, BLKGETSIZE64, &bytes) != 0)
		return complain(strerror(errno));
	if (!S_ISBLK(status.st_mode) && !S_ISREG(status.st_mode))
		return complain("expected a disk image or a block device");
	image->disk = (struct store_disk){.read = image_read,
		.write = image_write,
		.flush = image_flush,
		.sectors = bytes / SECTOR,
		.sector_size = SECTOR,
		.read_only = true};
	return FINE;
}

static int open_store(struct store *store, struct image *image)
{
	static const struct store_options options = {.random = 1}; /* nothing is written */
	int error = store_open(store, &image->disk, &options);

	if (!error)
		return FINE;
	complain(error == -EROFS ? "there is no store on it: it is blank" : store->message);
	return error == -EBADMSG ? DAMAGED : UNUSABLE;
}

/* ---- names and values as text ---- */

/* Bytes that are no plain text as \xNN, a backslash as \\, so that a line is a record. */
static void print_text(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\\')
			fputs("\\\\", stdout);
		else if (data[i] < ' ' || data[i] > '~')
			printf("\\x%02x", data[i]);
		else
			putchar(data[i]);
	}
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* One byte at *TEXT, which moves on. -1: there is none that print_text() would have written. */
static int parse_byte(const char **text)
{
	const char *at = *text;
	int high, low;

	*text += 1;
	if (*at != '\\')
		return (uint8_t)*at;
	*text += 1;
	if (at[1] == '\\')
		return '\\';
	if (at[1] != 'x')
		return -1;
	high = hex(at[2]);
	low = high < 0 ? -1 : hex(at[3]);
	*text += 2;
	return low < 0 ? -1 : high * 16 + low;
}

/* The bytes of TEXT, as print_text() has written them. Their number, or -1. */
static int parse_text(uint8_t out[STORE_KEY_MAX], const char *text)
{
	int len = 0, byte;

	while (*text) {
		byte = parse_byte(&text);
		if (byte < 0 || len == STORE_KEY_MAX)
			return -1;
		out[len++] = (uint8_t)byte;
	}
	return len;
}

/* ---- the commands ---- */

struct query {
	uint8_t key[STORE_KEY_MAX]; /* or the start of keys */
	size_t len;
};

static int list(struct store *store, const struct query *query)
{
	uint8_t key[STORE_KEY_MAX];
	size_t key_len = 0, value_len;

	while (store_next(store, query->key, query->len, key, &key_len, &value_len)) {
		print_text(key, key_len);
		printf("\t%zu\n", value_len);
	}
	return FINE;
}

static int dump(struct store *store, const struct query *query)
{
	static uint8_t value[STORE_VALUE_MAX];
	uint8_t key[STORE_KEY_MAX];
	size_t key_len = 0, len;
	int error, status = FINE;

	while (store_next(store, query->key, query->len, key, &key_len, &len)) {
		error = store_get(store, key, key_len, value, sizeof(value), &len);
		if (error) {
			fprintf(stderr, "kstore: %s: a record cannot be read: %s\n", image_path,
				error == -EBADMSG ? "damaged" : strerror(-error));
			status = DAMAGED;
			continue;
		}
		print_text(key, key_len);
		putchar('\t');
		print_text(value, len);
		putchar('\n');
	}
	return status;
}

static int get(struct store *store, const struct query *query)
{
	static uint8_t value[STORE_VALUE_MAX];
	size_t len;
	int error = store_get(store, query->key, query->len, value, sizeof(value), &len);

	if (error) {
		complain(error == -ENOENT    ? "no such record"
			 : error == -EBADMSG ? "the record is damaged"
					     : strerror(-error));
		return DAMAGED;
	}
	return fwrite(value, 1, len, stdout) == len ? FINE : UNUSABLE;
}

static int check(struct store *store, const struct query *query)
{
	const struct store_super *super = &store->super;
	uint64_t area = (uint64_t)super->area_units * super->unit;
	size_t bad;

	(void)query;
	if (store_check(store, &bad) != 0) {
		complain(store->message);
		return DAMAGED;
	}
	printf("%s: ok: %zu records of %" PRIu64 " bytes; the log has %" PRIu64 " of %" PRIu64
	       " bytes, in %" PRIu64 " batches; %" PRIu64 " compactions\n",
		image_path, store->records, store->live, (uint64_t)store->end * super->unit, area,
		store->sequence - super->first, super->serial - 1);
	return FINE;
}

/* ---- arguments ---- */

static const struct command {
	const char *name;
	int (*run)(struct store *store, const struct query *query);
	int least, most; /* of arguments after the image */
} commands[] = {
	{"list", list, 0, 1}, {"dump", dump, 0, 1}, {"get", get, 1, 1}, {"check", check, 0, 0}};

static int usage(FILE *out, int status)
{
	fputs("usage: kstore list IMAGE [PREFIX]    each record's key and the length of its value\n"
	      "       kstore dump IMAGE [PREFIX]    each record's key and value\n"
	      "       kstore get IMAGE KEY          one value, as it is\n"
	      "       kstore check IMAGE            read and verify all\n"
	      "IMAGE is a disk image or a block device; nothing is written to it. Bytes that are "
	      "no\n"
	      "plain text are shown, and can be given, as \\xNN, a backslash as \\\\.\n"
	      "Exit status: 0 fine, 1 damaged or no such record, 2 wrong usage or no store.\n",
		out);
	return status;
}

static const struct command *find_command(const char *name, int arguments)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0 && arguments >= commands[i].least &&
			arguments <= commands[i].most)
			return &commands[i];
	}
	return NULL;
}

static int run(const struct command *command, const struct query *query)
{
	struct image image;
	struct store store;
	int status = open_image(&image);

	status = status ? status : open_store(&store, &image);
	if (status)
		return status;
	status = command->run(&store, query);
	store_close(&store);
	close(image.fd);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "kstore: cannot write: %s\n", strerror(errno));
		return UNUSABLE;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command = argc > 2 ? find_command(argv[1], argc - 3) : NULL;
	struct query query = {.len = 0};
	int len;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, FINE);
	if (!command)
		return usage(stderr, UNUSABLE);
	image_path = argv[2];
	if (argc == 4) {
		len = parse_text(query.key, argv[3]);
		if (len < 0) {
			fprintf(stderr,
				"kstore: %s: expected up to %d bytes, others than text as \\xNN\n",
				argv[3], STORE_KEY_MAX);
			return UNUSABLE;
		}
		query.len = (size_t)len;
	}
	return run(command, &query);
}
