/* SPDX-License-Identifier: ISC */
/*
 * Linux as a machine: what the files of arch/host share. A source is a file descriptor with a
 * handler; platform_poll() calls the handlers of those that are readable, and platform_wait()
 * sleeps in poll(2) on all of them.
 */
#ifndef ARCH_HOST_HOST_H
#define ARCH_HOST_HOST_H

#include <stdbool.h>

/* FN reads a bounded share from FD and returns true when more may be there. */
void host_add_source(int fd, bool (*fn)(void *ctx), void *ctx);

/* Turns SIGTERM and SIGINT into the machine's shutdown. */
void host_catch_signals(void);

/* Attaches to (or makes) the tap device NAME as network device INDEX. 0 or -errno. */
int host_tap_open(unsigned index, const char *name);

/*
 * A file or block device as disk INDEX ("xvda" for 0): PATH, then ",ro" to open it read-only,
 * ",sector=4096" for another size than 512. 0 or -errno; -EBUSY another program of ours has it,
 * -ENOTBLK it is neither, -ENODATA it is empty.
 */
int host_disk_open(unsigned index, const char *text);

/* Lines KEY=VALUE that are written to the FIFO at PATH set live settings. 0 or -errno. */
int host_settings_open(const char *path);

/* What the app shows of its state goes to files in the folder at PATH. 0 or -errno. */
int host_state_open(const char *path);

/* Taps opened from now on complete no checksums and cut up no segments; for tests. */
void host_tap_plain(void);

/* From now on every tap loses so many of a hundred frames, in each direction; for tests. */
void host_tap_lose(unsigned percent);

#endif
