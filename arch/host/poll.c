/* SPDX-License-Identifier: ISC */
/* Waiting and polling on Linux, and the signals that stand for the host's shutdown request. */
#include "arch/host/host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"

#define SOURCES_MAX 32

static struct {
	struct pollfd fds[SOURCES_MAX];
	struct {
		bool (*fn)(void *ctx);
		void *ctx;
		bool more; /* its handler has not seen the end yet */
	} source[SOURCES_MAX];
	nfds_t count;
	bool fresh; /* platform_wait() has just filled in what is readable */
} set;

static void (*shutdown_fn)(void *ctx, enum platform_exit how);
static void *shutdown_ctx;

void host_add_source(int fd, bool (*fn)(void *ctx), void *ctx)
{
	ASSERT(set.count < SOURCES_MAX);
	set.fds[set.count] = (struct pollfd){.fd = fd, .events = POLLIN};
	set.source[set.count].fn = fn;
	set.source[set.count].ctx = ctx;
	set.count++;
}

static void look(const struct timespec *timeout)
{
	if (ppoll(set.fds, set.count, timeout, NULL) < 0) {
		for (nfds_t i = 0; i < set.count; i++)
			set.fds[i].revents = 0;
	}
}

bool platform_poll(void)
{
	bool more = false;

	log_settle();
	if (!set.fresh)
		look(&(struct timespec){0});
	set.fresh = false;
	for (nfds_t i = 0; i < set.count; i++) {
		if (!set.fds[i].revents && !set.source[i].more)
			continue;
		set.source[i].more = set.source[i].fn(set.source[i].ctx);
		more |= set.source[i].more;
	}
	return more;
}

void platform_wait(uint64_t deadline)
{
	uint64_t now = platform_time_ns(), left = deadline > now ? deadline - now : 0;
	struct timespec timeout = {
		.tv_sec = (time_t)(left / 1000000000), .tv_nsec = (long)(left % 1000000000)};

	look(deadline == PLATFORM_NEVER ? NULL : &timeout);
	set.fresh = true;
}

void platform_on_shutdown(void (*fn)(void *ctx, enum platform_exit how), void *ctx)
{
	shutdown_fn = fn;
	shutdown_ctx = ctx;
}

/* A process that is stopped and continued notices nothing that it would have to mend. */
void platform_on_suspend(bool (*ready)(void *ctx), void (*resumed)(void *ctx), void *ctx)
{
	(void)ready, (void)resumed, (void)ctx;
}

static bool read_signal(void *ctx)
{
	int fd = *(int *)ctx;
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (!shutdown_fn)
			platform_exit(PLATFORM_POWEROFF);
		shutdown_fn(shutdown_ctx, PLATFORM_POWEROFF);
	}
	return false;
}

void host_catch_signals(void)
{
	static int fd;
	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		platform_panic("signalfd: %s", strerror(errno));
	host_add_source(fd, read_signal, &fd);
}
