/* SPDX-License-Identifier: ISC */
/* The archive that the guest was booted with (platform_archive()), until it is freed. */
#ifndef LIB_ARCHIVE_BOOT_H
#define LIB_ARCHIVE_BOOT_H

#include "lib/archive/archive.h"

/*
 * 0; -ENOENT when there is none, -EINVAL when it is no archive; then MESSAGE says for a person what
 * there is instead.
 */
int archive_boot(struct archive *archive, const char **message);

/* Its file called NAME. 0; -ENOENT when there is none, or no archive; -EINVAL when it is damaged.
 */
int archive_boot_find(struct archive_file *file, const char *name);

#endif
