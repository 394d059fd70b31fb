/* SPDX-License-Identifier: ISC */
/*
 * Prints the CPU time that a domain has used, in nanoseconds, as the hypervisor counts it (`xl
 * list` shows tenths of a second). Runs in dom0 of the rig, as root. Usage: domcpu DOMID
 *
 * XEN_DOMCTL_getdomaininfo of xen/domctl.h, whose structures change with Xen's version: those below
 * are of 4.17, which the rig runs, and Xen refuses the call by any other.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define HYPERVISOR_DOMCTL    36
#define DOMCTL_VERSION       0x15
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

int main(int argc, char **argv)
{
	struct privcmd_call call = {.op = HYPERVISOR_DOMCTL};
	struct domctl *ctl;
	int privcmd = open("/dev/xen/privcmd", O_RDWR),
	    buffers = open("/dev/xen/hypercall", O_RDWR);

	if (argc != 2 || privcmd < 0 || buffers < 0) {
		fprintf(stderr, "usage (in dom0): domcpu DOMID\n");
		return 2;
	}
	ctl = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, buffers, 0);
	if (ctl == MAP_FAILED) {
		perror("/dev/xen/hypercall");
		return 1;
	}
	memset(ctl, 0, sizeof(*ctl));
	ctl->cmd = DOMCTL_GETDOMAININFO;
	ctl->interface_version = DOMCTL_VERSION;
	ctl->domain = (uint16_t)atoi(argv[1]);
	call.arg[0] = (uintptr_t)ctl;
	if (ioctl(privcmd, IOCTL_PRIVCMD_CALL, &call) < 0 || ctl->info.domain != atoi(argv[1])) {
		perror("domctl getdomaininfo");
		return 1;
	}
	printf("%llu\n", (unsigned long long)ctl->info.cpu_time);
	return 0;
}
