/* SPDX-License-Identifier: ISC */
/*
 * What an app shows of its state, as a guest does in xenstore: a file for each key in the folder of
 * --state, replaced as a whole. Without that option nothing is shown.
 */
#include "arch/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/platform.h"

static int folder = -1;

int host_state_open(const char *path)
{
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -errno : 0;
}

static bool write_all(int fd, const char *text, size_t len)
{
	return write(fd, text, len) == (ssize_t)len && write(fd, "\n", 1) == 1;
}

bool platform_show(const char *key, const char *value)
{
	int fd;
	bool written;

	if (folder < 0)
		return true;
	fd = openat(folder, ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return true;
	written = write_all(fd, value, strlen(value));
	close(fd);
	if (written)
		renameat(folder, ".new", folder, key);
	return true;
}
