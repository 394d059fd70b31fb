/* SPDX-License-Identifier: ISC */
/*
 * Turns every frame of eth0 round where the kernel takes it from the driver, by XDP: the least that
 * Linux can do with one. It is the generic kind: xen-netfront's own (of Linux 6.1) sends frames
 * from the wrong offset, or with the headroom counted in, as the backend was quicker or slower than
 * it. The program is given as instructions, since a compiler for them is more than the rest of this
 * guest. See bpf(2), linux/bpf.h.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(size, to, from, at)                                                                   \
	{                                                                                          \
		.code = BPF_LDX | BPF_MEM | (size), .dst_reg = (to), .src_reg = (from),            \
		.off = (at)                                                                        \
	}
#define STORE(size, to, at, from)                                                                  \
	{                                                                                          \
		.code = BPF_STX | BPF_MEM | (size), .dst_reg = (to), .src_reg = (from),            \
		.off = (at)                                                                        \
	}
#define RETURN(value)                                                                              \
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = (value)},               \
	{                                                                                          \
		.code = BPF_JMP | BPF_EXIT                                                         \
	}

static const struct bpf_insn program[] = {
	LOAD(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data)),
	LOAD(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(struct xdp_md, data_end)),
	{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_4, .src_reg = BPF_REG_2},
	{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_4, .imm = 14},
	{.code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = BPF_REG_4, .src_reg = BPF_REG_3, .off = 10},
	LOAD(BPF_W, BPF_REG_4, BPF_REG_2, 0),
	LOAD(BPF_H, BPF_REG_5, BPF_REG_2, 4),
	LOAD(BPF_W, BPF_REG_6, BPF_REG_2, 6),
	LOAD(BPF_H, BPF_REG_7, BPF_REG_2, 10),
	STORE(BPF_W, BPF_REG_2, 0, BPF_REG_6),
	STORE(BPF_H, BPF_REG_2, 4, BPF_REG_7),
	STORE(BPF_W, BPF_REG_2, 6, BPF_REG_4),
	STORE(BPF_H, BPF_REG_2, 10, BPF_REG_5),
	RETURN(XDP_TX),
	RETURN(XDP_PASS),
};

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

int main(void)
{
	static char log[16384];
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (unsigned long)program,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.license = (unsigned long)"ISC",
		.log_buf = (unsigned long)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	union bpf_attr link = {.link_create = {.target_ifindex = if_nametoindex("eth0"),
				       .attach_type = BPF_XDP,
				       .flags = XDP_FLAGS_SKB_MODE}};
	long fd = bpf(BPF_PROG_LOAD, &load);

	if (fd < 0) {
		fprintf(stderr, "floor: the program: %s\n%s", strerror(errno), log);
		return 1;
	}
	link.link_create.prog_fd = (unsigned)fd;
	if (bpf(BPF_LINK_CREATE, &link) < 0) {
		fprintf(stderr, "floor: attaching: %s\n", strerror(errno));
		return 1;
	}
	fprintf(stderr, "floor: ready\n");
	for (;;)
		pause();
}
