/* SPDX-License-Identifier: ISC */
/*
 * The boot archive, read in place: see archive.h. Called by apps. Formats: cpio(5) "New ASCII" and
 * tar(5) ustar, GNU 'L' records, pax 'x' records (POSIX.1-2001). Every length is checked against
 * the bytes that are there, so that a damaged archive is an error and never a crash.
 */
#include "lib/archive/archive.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"

/* ---- names ---- */

/*
 * Copies a name without leading "/" and "./" and without doubled slashes. 0; -EINVAL for a ".."
 * component, for one that is too long, or for a NUL within. The name may become empty.
 */
static int normalise(char out[ARCHIVE_NAME_MAX], const char *name, size_t len)
{
	size_t used = 0, part;

	for (; len; name += part, len -= part) {
		if (*name == '/') {
			part = 1;
			continue;
		}
		for (part = 0; part < len && name[part] != '/'; part++) {
			if (!name[part])
				return -EINVAL;
		}
		if (part == 1 && name[0] == '.')
			continue;
		if (part == 2 && name[0] == '.' && name[1] == '.')
			return -EINVAL;
		if (used + 1 + part + 1 > ARCHIVE_NAME_MAX)
			return -EINVAL;
		if (used)
			out[used++] = '/';
		memcpy(out + used, name, part);
		used += part;
	}
	out[used] = 0;
	return 0;
}

/* The bytes of NAME up to its NUL, or all of SIZE. */
static size_t length(const char *name, size_t size)
{
	const char *nul = memchr(name, 0, size);

	return nul ? (size_t)(nul - name) : size;
}

/* ---- cpio ---- */

#define CPIO_HEADER 110

/* Field I of the header: eight hex digits after the magic. */
static int cpio_field(const uint8_t *header, unsigned i, size_t *value)
{
	const uint8_t *p = header + 6 + (size_t)i * 8;
	unsigned digit;

	for (*value = 0, i = 0; i < 8; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			digit = (unsigned)(p[i] - '0');
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
			digit = (unsigned)((p[i] | 0x20) - 'a' + 10);
		else
			return -EINVAL;
		*value = *value << 4 | digit;
	}
	return 0;
}

static bool cpio_magic(const uint8_t *p, size_t len)
{
	return len >= 6 && (memcmp(p, "070701", 6) == 0 || memcmp(p, "070702", 6) == 0);
}

/* One entry: 1 a regular file, 2 something else, 0 the trailer. */
static int cpio_entry(const struct archive *archive, size_t *cursor, struct archive_file *file)
{
	size_t at = *cursor, left = archive->len - at, mode, size, name_len, data_at, mtime;
	const uint8_t *header = archive->data + at;
	const char *name = (const char *)header + CPIO_HEADER;

	if (left < CPIO_HEADER || !cpio_magic(header, left))
		return -EINVAL;
	if (cpio_field(header, 1, &mode) || cpio_field(header, 5, &mtime) ||
		cpio_field(header, 6, &size) || cpio_field(header, 11, &name_len))
		return -EINVAL;
	if (name_len == 0 || name_len > left - CPIO_HEADER || name[name_len - 1])
		return -EINVAL;
	/* All is padded to 4 bytes, counted from the start of the archive. */
	data_at = ROUND_UP(at + CPIO_HEADER + name_len, 4);
	if (strcmp(name, "TRAILER!!!") == 0)
		return 0;
	if (data_at > archive->len || size > archive->len - data_at)
		return -EINVAL;
	file->data = archive->data + data_at;
	file->len = size;
	file->mtime = (int64_t)mtime;
	*cursor = MIN(ROUND_UP(data_at + size, 4), archive->len);
	if ((mode & 0170000) != 0100000)
		return 2;
	return normalise(file->name, name, length(name, name_len)) ? -EINVAL : 1;
}

static int cpio_next(const struct archive *archive, size_t *cursor, struct archive_file *file)
{
	size_t at = *cursor;
	int got;

	do {
		*cursor = at;
		got = cpio_entry(archive, &at, file);
		/* An archive that ends without a trailer has been cut off, unless it is just over.
		 */
		if (got < 0 && *cursor == archive->len && *cursor > 0)
			return 0;
	} while (got == 2 || (got == 1 && !file->name[0]));
	if (got == 1)
		*cursor = at;
	return got;
}

/* ---- tar ---- */

#define TAR_BLOCK 512

enum {
	TAR_NAME = 0,
	TAR_SIZE = 124,
	TAR_MTIME = 136,
	TAR_SUM = 148,
	TAR_TYPE = 156,
	TAR_MAGIC = 257,
	TAR_PREFIX = 345
};

/* Octal digits, with blanks around them; or, with the high bit set, big-endian binary (GNU). */
static int tar_number(const uint8_t *p, size_t len, uint64_t *value)
{
	size_t i = 0;

	*value = 0;
	if (p[0] & 0x80) {
		for (*value = p[0] & 0x7f, i = 1; i < len; i++) {
			if (*value >> 55)
				return -EINVAL;
			*value = *value << 8 | p[i];
		}
		return 0;
	}
	while (i < len && p[i] == ' ')
		i++;
	for (; i < len && p[i] >= '0' && p[i] <= '7'; i++)
		*value = *value << 3 | (uint64_t)(p[i] - '0');
	return i == len || p[i] == ' ' || p[i] == 0 ? 0 : -EINVAL;
}

/* The sum of the header's bytes, with the sum itself taken as blanks. */
static bool tar_sum_is_right(const uint8_t *header)
{
	uint64_t sum = 0, stated;
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		sum += i >= TAR_SUM && i < TAR_SUM + 8 ? ' ' : header[i];
	return tar_number(header + TAR_SUM, 8, &stated) == 0 && sum == stated;
}

static bool is_zero(const uint8_t *block)
{
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++) {
		if (block[i])
			return false;
	}
	return true;
}

/* What extended headers say about the file after them. */
struct tar_extra {
	const char *name;
	size_t name_len;
	uint64_t size;
	bool has_size;
};

/* Records "LENGTH KEY=VALUE\n" in decimal: the path and the size matter here. */
static int read_pax(struct tar_extra *extra, const char *p, size_t len)
{
	size_t record, i, j;

	for (; len; p += record, len -= record) {
		for (record = 0, i = 0; i < len && i < 8 && p[i] >= '0' && p[i] <= '9'; i++)
			record = record * 10 + (size_t)(p[i] - '0');
		if (i == 0 || i >= len || p[i] != ' ' || record > len || record < i + 3 ||
			p[record - 1] != '\n')
			return -EINVAL;
		i++;
		if (record - i > 6 && memcmp(p + i, "path=", 5) == 0) {
			extra->name = p + i + 5;
			extra->name_len = record - i - 6;
		} else if (record - i > 6 && memcmp(p + i, "size=", 5) == 0) {
			extra->has_size = true;
			for (extra->size = 0, j = i + 5; j < record - 1; j++) {
				if (p[j] < '0' || p[j] > '9' || extra->size > SIZE_MAX / 16)
					return -EINVAL;
				extra->size = extra->size * 10 + (uint64_t)(p[j] - '0');
			}
		}
	}
	return 0;
}

/* The name in the header: PREFIX "/" NAME, or what an extended header said. */
static int tar_name(
	char out[ARCHIVE_NAME_MAX], const uint8_t *header, const struct tar_extra *extra)
{
	const char *name = (const char *)header + TAR_NAME;
	const char *prefix = (const char *)header + TAR_PREFIX;
	size_t len = length(name, 100), prefix_len = length(prefix, 155);
	char whole[155 + 1 + 100];

	if (extra->name)
		return normalise(out, extra->name, extra->name_len);
	/* Old GNU archives ("ustar  ") have other things where the prefix is. */
	if (memcmp(header + TAR_MAGIC, "ustar\0", 6) != 0 || prefix_len == 0)
		return normalise(out, name, len);
	memcpy(whole, prefix, prefix_len);
	whole[prefix_len] = '/';
	memcpy(whole + prefix_len + 1, name, len);
	return normalise(out, whole, prefix_len + 1 + len);
}

/* Archives older than POSIX mark a folder by its name alone. */
static bool is_folder(const char *name)
{
	size_t len = length(name, 100);

	return len > 0 && name[len - 1] == '/';
}

/* One header and its data: 1 a regular file, 2 something else, 0 the end. */
static int tar_entry(const struct archive *archive, size_t *cursor, struct tar_extra *extra,
	struct archive_file *file)
{
	size_t at = *cursor, left = archive->len - at;
	const uint8_t *header = archive->data + at;
	uint64_t size, mtime;
	char type;

	if (left == 0 || (left >= TAR_BLOCK && is_zero(header)))
		return 0;
	if (left < TAR_BLOCK || !tar_sum_is_right(header) ||
		tar_number(header + TAR_SIZE, 12, &size))
		return -EINVAL;
	/* Times before 1970 or of no known form are no damage. */
	if (tar_number(header + TAR_MTIME, 12, &mtime) || mtime > INT64_MAX)
		mtime = 0;
	type = (char)header[TAR_TYPE];
	if (extra->has_size && type != 'x' && type != 'g' && type != 'L' && type != 'K')
		size = extra->size;
	if (size > left - TAR_BLOCK)
		return -EINVAL;
	file->data = header + TAR_BLOCK;
	file->len = (size_t)size;
	file->mtime = (int64_t)mtime;
	*cursor = MIN(ROUND_UP(at + TAR_BLOCK + (size_t)size, TAR_BLOCK), archive->len);
	if (type == 'x')
		return read_pax(extra, (const char *)file->data, file->len) ? -EINVAL : 2;
	if (type == 'L') {
		extra->name = (const char *)file->data;
		extra->name_len = length(extra->name, file->len);
		return 2;
	}
	if (type == 'g' || type == 'K')
		return 2;
	if (type == '0' || type == '7' || type == 0) {
		if (tar_name(file->name, header, extra))
			return -EINVAL;
		*extra = (struct tar_extra){0};
		return is_folder((const char *)header) ? 2 : 1;
	}
	*extra = (struct tar_extra){0};
	return 2;
}

static int tar_next(const struct archive *archive, size_t *cursor, struct archive_file *file)
{
	struct tar_extra extra = {0};
	size_t at = *cursor;
	int got;

	do {
		*cursor = at;
		got = tar_entry(archive, &at, &extra, file);
	} while (got == 2 || (got == 1 && !file->name[0]));
	if (got == 1)
		*cursor = at;
	return got;
}

/* ---- both ---- */

int archive_open(struct archive *archive, const void *data, size_t len, const char **message)
{
	const uint8_t *p = data;

	archive->data = p;
	archive->len = len;
	if (cpio_magic(p, len)) {
		archive->format = ARCHIVE_CPIO;
		return 0;
	}
	archive->format = ARCHIVE_TAR;
	if (len >= TAR_BLOCK && (is_zero(p) || tar_sum_is_right(p)))
		return 0;
	if (len >= 2 && ((p[0] == 0x1f && p[1] == 0x8b) || (p[0] == 0x28 && p[1] == 0xb5) ||
				(p[0] == 0xfd && p[1] == '7')))
		*message = "it is compressed: expected a plain cpio (newc) or tar file";
	else
		*message = "expected a cpio (newc) or tar file";
	return -EINVAL;
}

int archive_next(const struct archive *archive, size_t *cursor, struct archive_file *file)
{
	if (*cursor > archive->len)
		return -EINVAL;
	return archive->format == ARCHIVE_CPIO ? cpio_next(archive, cursor, file)
					       : tar_next(archive, cursor, file);
}

int archive_find(const struct archive *archive, const char *name, struct archive_file *file)
{
	char wanted[ARCHIVE_NAME_MAX];
	size_t cursor = 0;
	int got;

	if (normalise(wanted, name, strlen(name)))
		return -EINVAL;
	while ((got = archive_next(archive, &cursor, file)) == 1) {
		if (strcmp(file->name, wanted) == 0)
			return 0;
	}
	return got < 0 ? got : -ENOENT;
}
