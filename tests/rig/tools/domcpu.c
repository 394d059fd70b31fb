/* SPDX-License-Identifier: ISC */
/*
 * Prints the CPU time that a domain has used, in nanoseconds, as the hypervisor counts it (`xl
 * list` shows tenths of a second). Runs in dom0, as root. Usage: domcpu DOMID...; prints one
 * line.
 *
 * XEN_DOMCTL_getdomaininfo of xen/domctl.h, whose structures may change with Xen's version: what is
 * read below is alike from 4.13 to 4.20. Xen refuses every version of the interface but its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define HYPERVISOR_DOMCTL    36
#define DOMCTL_OLDEST        0x12
#define DOMCTL_NEWEST        0x18
#define DOMCTL_GETDOMAININFO 5
#define IOCTL_PRIVCMD_CALL   _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_call))

struct privcmd_call {
	uint64_t op, arg[5];
};

struct domctl {
	uint32_t cmd, interface_version;
	uint16_t domain, pad[3];
	struct {
		uint16_t domain, pad;
		uint32_t flags;
		uint64_t tot_pages, max_pages, outstanding_pages, shr_pages, paged_pages;
		uint64_t shared_info_frame, cpu_time;
		uint8_t rest[64];
	} info;
};

/* Nanoseconds, or -1. *VERSION is the interface's, and is found by trying. */
static int64_t cpu_time(int privcmd, struct domctl *ctl, uint16_t domain, uint32_t *version)
{
	struct privcmd_call call = {.op = HYPERVISOR_DOMCTL, .arg = {(uintptr_t)ctl}};

	for (; *version <= DOMCTL_NEWEST; ++*version) {
		memset(ctl, 0, sizeof(*ctl));
		ctl->cmd = DOMCTL_GETDOMAININFO;
		ctl->interface_version = *version;
		ctl->domain = domain;
		if (ioctl(privcmd, IOCTL_PRIVCMD_CALL, &call) == 0)
			return ctl->info.domain == domain ? (int64_t)ctl->info.cpu_time : -1;
		if (errno != EACCES)
			break;
	}
	return -1;
}

int main(int argc, char **argv)
{
	int privcmd = open("/dev/xen/privcmd", O_RDWR),
	    buffers = open("/dev/xen/hypercall", O_RDWR);
	uint32_t version = DOMCTL_OLDEST;
	struct domctl *ctl;

	if (argc < 2 || privcmd < 0 || buffers < 0) {
		fprintf(stderr, "usage (in dom0): domcpu DOMID...\n");
		return 2;
	}
	ctl = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, buffers, 0);
	if (ctl == MAP_FAILED) {
		perror("/dev/xen/hypercall");
		return 1;
	}
	for (int i = 1; i < argc; i++) {
		int64_t ns = cpu_time(privcmd, ctl, (uint16_t)atoi(argv[i]), &version);

		if (ns < 0) {
			fprintf(stderr, "domcpu: domain %s: Xen does not tell (%s)\n", argv[i],
				strerror(errno));
			return 1;
		}
		printf("%lld%c", (long long)ns, i + 1 < argc ? ' ' : '\n');
	}
	return 0;
}
