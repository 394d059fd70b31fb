/* SPDX-License-Identifier: ISC */
/*
 * liar DOMID VIF GUEST-ADDRESS HONEST-ADDRESS CONSOLE-LOG SECONDS [SEED [NAME]]
 *
 * A program in dom0 that is the backend of the guest's vif number VIF (which the toolstack has not
 * made), where the guest serves DNS at GUEST-ADDRESS; at HONEST-ADDRESS it does so by an honest
 * vif. Each lie is told on a fresh vif that has answered rightly just before. Afterwards the guest
 * has to go on serving or to report, to answer at the honest address, and to serve on the next
 * fresh vif. Every lie (whose name has NAME in it) is told once, then any of them until SECONDS
 * have passed. Prints what the tests of the rig print; exits 1 after "not ok". Called by
 * tests/rig/liar.sh.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <xen/io/xenbus.h>

#include "tests/rig/liar/lies.h"
#include "tests/rig/liar/question.h"
#include "tests/rig/liar/store.h"
#include "tests/rig/liar/vif.h"

static const char *console_path;
static struct sockaddr_in honest = {.sin_family = AF_INET};
static unsigned failures;

static void not_ok(const char *name, const char *why)
{
	printf("not ok lie: %s: %s\n", name, why);
	failures++;
}

/* ---- the guest, seen from elsewhere ---- */

static long console_size(void)
{
	int fd = open(console_path, O_RDONLY | O_CLOEXEC);
	long size = fd < 0 ? 0 : (long)lseek(fd, 0, SEEK_END);

	if (fd >= 0)
		close(fd);
	return size;
}

/* The guest says TEXT on its console, from MARK on, within two seconds. */
static bool console_says(const char *text, long mark)
{
	static char log[65536];
	uint64_t end = now_ms() + 2000;

	do {
		int fd = open(console_path, O_RDONLY | O_CLOEXEC);
		ssize_t len = fd < 0 ? 0 : pread(fd, log, sizeof(log) - 1, mark);

		if (fd >= 0)
			close(fd);
		log[len > 0 ? len : 0] = 0;
		if (strstr(log, text))
			return true;
		pause_ms(10);
	} while (now_ms() < end);
	return false;
}

static bool asked_once(int fd)
{
	uint8_t message[1500];
	struct question q;
	ssize_t len;

	question_new(&q);
	len = (ssize_t)question_message(&q, message);
	if (sendto(fd, message, (size_t)len, 0, (struct sockaddr *)&honest, sizeof(honest)) != len)
		return false;
	len = recv(fd, message, sizeof(message), 0);
	return len > 0 && question_answered(&q, message, (size_t)len);
}

static bool honest_answers(void)
{
	struct timeval limit = {.tv_sec = 1};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool right = false;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	for (unsigned tries = 0; tries < 3 && !right; tries++)
		right = asked_once(fd);
	close(fd);
	return right;
}

/* ---- one lie ---- */

static bool open_honestly(struct vif *vif)
{
	if (vif_attach(vif) && vif_connect(vif, 5000) && vif_ask(vif))
		return true;
	printf("# frontend in state %ld, we are %sconnected; its address is %sknown\n",
		vif_front_state(vif), vif->connected ? "" : "not ", vif->guest_known ? "" : "not ");
	if (vif->connected)
		printf("# transmit: requests to %u, taken to %u; receive: posted to %u, filled to "
		       "%u, "
		       "event at %u\n",
			LOAD(vif->tx->req_prod), vif->tx_cons, LOAD(vif->rx->req_prod), vif->rx_rsp,
			LOAD(vif->rx->rsp_event));
	return false;
}

static bool kept(const struct lie *lie, struct vif *vif, long mark)
{
	if (lie->report && !console_says(lie->report, mark)) {
		not_ok(lie->name, "the guest does not report it on its console");
		return false;
	}
	if (lie->outcome == BREAKS && !vif_wait_front(vif, XenbusStateClosed, 3000)) {
		not_ok(lie->name, "the guest does not close the vif");
		return false;
	}
	if (lie->outcome == SERVES && !vif_ask(vif)) {
		not_ok(lie->name, "no right answer on the same connection");
		return false;
	}
	return true;
}

static void tell(const struct lie *lie, struct vif *vif)
{
	static const char *const what[] = {"serves on", "reported and closed", "lives on"};
	long mark = console_size();
	const char *why = lie->tell(vif);
	bool good = false;

	if (why)
		not_ok(lie->name, why);
	else
		good = kept(lie, vif, mark);
	if (!honest_answers()) {
		not_ok(lie->name, "no right answer on the honest vif");
		good = false;
	}
	vif_detach(vif);
	if (!open_honestly(vif)) {
		not_ok(lie->name, "no right answer on a new vif afterwards");
		good = false;
		vif_detach(vif);
		(void)open_honestly(vif);
	}
	if (good)
		printf("ok lie: %s: %s, and a new vif serves\n", lie->name, what[lie->outcome]);
	fflush(stdout);
}

static void end(struct vif *vif)
{
	vif_detach(vif);
	store_remove("/local/domain/0/liar");
	exit(failures ? 1 : 0);
}

static void prepare(struct vif *vif, char **args)
{
	static const struct link link = {
		.our_mac = {2, 0, 0, 0, 0, 9}, .guest_mac = {0, 0x16, 0x3e, 0, 0, 9}};

	vif->domid = (unsigned)atoi(args[1]);
	vif->index = (unsigned)atoi(args[2]);
	vif->link = link;
	if (inet_pton(AF_INET, args[3], vif->link.guest_ip) != 1 ||
		inet_pton(AF_INET, args[4], &honest.sin_addr) != 1) {
		fprintf(stderr, "liar: expected two IPv4 addresses, got %s and %s\n", args[3],
			args[4]);
		exit(2);
	}
	memcpy(vif->link.our_ip, vif->link.guest_ip, 4);
	vif->link.our_ip[3] ^= 3; /* .2 has .1 beside it */
	honest.sin_port = htons(53);
	console_path = args[5];
	if (!store_open() || !vif_open_devices()) {
		perror("liar: /dev/xen");
		exit(2);
	}
}

static void usage(void)
{
	fprintf(stderr, "usage: liar DOMID VIF ADDRESS HONEST-ADDRESS CONSOLE-LOG SECONDS "
			"[SEED [NAME]]\n");
}

/* The N-th lie to tell, or NULL: it has another name. */
static const struct lie *choose(uint64_t n, const char *name)
{
	const struct lie *lie = &lies[n < LIE_COUNT ? n : (unsigned)random() % LIE_COUNT];

	return strstr(lie->name, name) ? lie : NULL;
}

int main(int argc, char **argv)
{
	static struct vif vif;
	const char *name = argc > 8 ? argv[8] : "";
	const struct lie *lie;
	unsigned long told = 0;
	uint64_t limit;
	unsigned seed;

	if (argc < 7) {
		usage();
		return 2;
	}
	prepare(&vif, argv);
	limit = now_ms() + (uint64_t)atoi(argv[6]) * 1000;
	seed = argc > 7 && argv[7][0] ? (unsigned)atoi(argv[7]) : (unsigned)now_ms();
	printf("# seed %u\n", seed);
	srandom(seed);
	if (open_honestly(&vif))
		printf("ok lie: none: a program as backend, right answers\n");
	else
		not_ok("none", "no right answer from an honest backend");
	for (uint64_t n = 0; failures < 10 && (n < LIE_COUNT || now_ms() < limit); n++) {
		lie = choose(n, name);
		if (!lie)
			continue;
		tell(lie, &vif);
		told++;
	}
	printf("# %lu lies told on %u vifs, %lu frames from the guest\n", told, vif.sequence,
		vif.frames);
	end(&vif);
}
