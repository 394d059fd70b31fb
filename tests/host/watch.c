/* SPDX-License-Identifier: ISC */
/*
 * watch DEVICE COMMAND...: runs COMMAND and counts the frames on DEVICE meanwhile, as Linux gives
 * them to the device ("in": a tap's program gets them) and gets them from it ("out"): all; those
 * longer than an Ethernet frame; those whose checksum is left blank (packet(7), PACKET_AUXDATA).
 * Prints one line of counts, after what the command prints; exits as the command did.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST 1514

static struct {
	unsigned all, longer, blank;
} counts[2]; /* out, in */

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static int listen_to(const char *device)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1,
	    room = 4 << 20;

	if (fd < 0 || !address.sll_ifindex)
		die(device);
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("packet socket");
	return fd;
}

static bool is_blank(struct msghdr *message)
{
	struct tpacket_auxdata data;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&data, CMSG_DATA(c), sizeof(data));
		return data.tp_status & TP_STATUS_CSUMNOTREADY;
	}
	return false;
}

static bool count_one(int fd)
{
	char head[64];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll from;
	struct iovec part = {.iov_base = head, .iov_len = sizeof(head)};
	struct msghdr message = {.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(fd, &message, MSG_TRUNC);
	bool in = from.sll_pkttype == PACKET_OUTGOING;

	if (len < 0)
		return false;
	counts[in].all++;
	counts[in].longer += len > LONGEST;
	counts[in].blank += is_blank(&message);
	return true;
}

int main(int argc, char **argv)
{
	int fd, status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: watch DEVICE COMMAND...\n");
		return 125;
	}
	fd = listen_to(argv[1]);
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("waiting for the command");
	while (count_one(fd))
		;
	printf("in=%u in_long=%u in_blank=%u out=%u out_long=%u out_blank=%u\n", counts[1].all,
		counts[1].longer, counts[1].blank, counts[0].all, counts[0].longer,
		counts[0].blank);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
