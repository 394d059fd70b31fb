/* SPDX-License-Identifier: ISC */
/*
 * The benchmarks' load generator; runs beside the guests, in dom0. Prints one line of
 * "name=value" pairs. See docs/bench.md.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/load/bulk.h"
#include "tests/bench/load/run.h"

#define ETHERTYPE 0x88b5

static const char usage[] =
	"usage: load [OPTION...] dns FILE ADDRESS...       queries \"NAME TYPE\" to UDP port 53\n"
	"       load [OPTION...] echo BYTES ADDRESS...     datagrams to UDP port 7\n"
	"       load [OPTION...] frame BYTES IFACE MAC     frames to be turned round\n"
	"       load [OPTION...] give ADDRESS              bytes to TCP port 9\n"
	"       load [OPTION...] take ADDRESS              characters from TCP port 19\n"
	"  -w N        requests under way at most (32)\n"
	"  -r N        requests a second; without it, as many as the window allows\n"
	"  -t SECONDS  how long (2)\n"
	"  -n N        how many requests or bytes, rather than how long\n"
	"  -o FILE     write what the last answer to each request said: rcode, flags, counts\n"
	"  -f SECONDS  only wait, so long at most, for the first right answer; prints when it "
	"came\n"
	"  -p PORT     another port\n";

static int udp_targets(struct targets *targets, char **names, unsigned port)
{
	int room = 4 << 20;

	targets->fd = socket(AF_INET, SOCK_DGRAM, 0);
	targets->address_len = sizeof(struct sockaddr_in);
	if (targets->fd < 0) {
		perror("load: socket");
		return -1;
	}
	setsockopt(targets->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	for (; *names && targets->count < TARGETS_MAX; names++) {
		struct sockaddr_in *in = (struct sockaddr_in *)&targets->address[targets->count++];

		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		if (inet_pton(AF_INET, *names, &in->sin_addr) != 1) {
			fprintf(stderr, "load: expected an IPv4 address, got %s\n", *names);
			return -1;
		}
	}
	return targets->count ? 0 : -1;
}

static int frame_targets(
	struct targets *targets, const char *iface, const char *mac, uint8_t from[6], uint8_t to[6])
{
	struct sockaddr_ll *ll = (struct sockaddr_ll *)&targets->address[0];
	int room = 4 << 20;
	struct ifreq request = {0};

	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to[0], &to[1], &to[2], &to[3], &to[4],
		    &to[5]) != 6) {
		fprintf(stderr, "load: expected a MAC, got %s\n", mac);
		return -1;
	}
	targets->fd = socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", iface);
	if (targets->fd < 0 || ioctl(targets->fd, SIOCGIFHWADDR, &request) < 0) {
		perror("load: packet socket");
		return -1;
	}
	memcpy(from, request.ifr_hwaddr.sa_data, 6);
	ll->sll_family = AF_PACKET;
	ll->sll_protocol = htons(ETHERTYPE);
	ll->sll_ifindex = (int)if_nametoindex(iface);
	ll->sll_halen = 6;
	memcpy(ll->sll_addr, to, 6);
	targets->address_len = sizeof(*ll);
	targets->count = 1;
	setsockopt(targets->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(targets->fd, (struct sockaddr *)ll, sizeof(*ll)) < 0) {
		perror("load: bind");
		return -1;
	}
	return 0;
}

static int prepare(
	char **args, int count, unsigned port, struct targets *targets, struct requests *requests)
{
	uint8_t from[6], to[6];

	if (count >= 3 && strcmp(args[0], "dns") == 0)
		return requests_of_file(requests, args[1]) ||
		       udp_targets(targets, args + 2, port ? port : 53);
	if (count >= 3 && strcmp(args[0], "echo") == 0)
		return requests_of_echo(requests, (size_t)atoi(args[1])) ||
		       udp_targets(targets, args + 2, port ? port : 7);
	if (count == 4 && strcmp(args[0], "frame") == 0)
		return frame_targets(targets, args[2], args[3], from, to) ||
		       requests_of_frames(requests, from, to, (size_t)atoi(args[1]));
	fputs(usage, stderr);
	return -1;
}

static int notes_write(const char *path, const struct answer *notes, size_t count)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		fprintf(file, "%zu rcode=%u flags=%02x an=%u ns=%u\n", i + 1, notes[i].rcode,
			notes[i].flags & 0x86, notes[i].ancount, notes[i].nscount);
	return fclose(file) ? -1 : 0;
}

static void print_outcome(const struct outcome *o)
{
	printf("sent=%llu received=%llu lost=%llu wrong=%llu late=%llu seconds=%.6f rate=%.1f "
	       "p50=%.1f p90=%.1f p99=%.1f max=%.1f",
		(unsigned long long)o->sent, (unsigned long long)o->received,
		(unsigned long long)o->lost, (unsigned long long)o->wrong,
		(unsigned long long)o->late, o->seconds, o->rate, o->p50, o->p90, o->p99, o->max);
	for (unsigned i = 0; i < 16; i++)
		if (o->rcodes[i])
			printf(" rcode%u=%llu", i, (unsigned long long)o->rcodes[i]);
	putchar('\n');
}

/* FAILED: what waiting for the first right answer has given. */
static int first(int failed, double limit)
{
	struct timespec ts;

	if (failed) {
		fprintf(stderr, "load: no right answer within %g s\n", limit);
		return 1;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	printf("%lld\n", (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	return 0;
}

static bool is_bulk(char **args, int count)
{
	return count == 2 && (strcmp(args[0], "give") == 0 || strcmp(args[0], "take") == 0);
}

static int bulk(const struct plan *plan, char **args, unsigned port, double limit)
{
	struct bulk_plan bulk = {.give = strcmp(args[0], "give") == 0,
		.port = port,
		.seconds = plan->seconds,
		.bytes = plan->requests,
		.patience = 10,
		.target = args[1]};
	struct bulk_outcome outcome;

	if (limit > 0)
		return first(bulk_first(&bulk, limit), limit);
	if (bulk_run(&bulk, &outcome))
		return 1;
	printf("bytes=%llu seconds=%.6f rate=%.0f\n", (unsigned long long)outcome.bytes,
		outcome.seconds, (double)outcome.bytes / outcome.seconds);
	return 0;
}

int main(int argc, char **argv)
{
	struct plan plan = {.window = 0, .seconds = 2, .patience = 1};
	struct targets targets = {.fd = -1};
	struct requests requests;
	struct outcome outcome;
	const char *notes = NULL;
	double limit = 0;
	unsigned port = 0;
	int option;

	while ((option = getopt(argc, argv, "+w:r:t:n:o:f:p:")) != -1) {
		switch (option) {
		case 'w':
			plan.window = (unsigned)atoi(optarg);
			break;
		case 'r':
			plan.rate = atof(optarg);
			break;
		case 't':
			plan.seconds = atof(optarg);
			break;
		case 'n':
			plan.requests = strtoull(optarg, NULL, 10);
			break;
		case 'o':
			notes = optarg;
			break;
		case 'f':
			limit = atof(optarg);
			break;
		case 'p':
			port = (unsigned)atoi(optarg);
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!plan.window)
		plan.window = plan.rate > 0 ? 16384 : 32;
	prctl(PR_SET_TIMERSLACK, 1);
	if (is_bulk(argv + optind, argc - optind))
		return bulk(&plan, argv + optind, port, limit);
	if (prepare(argv + optind, argc - optind, port, &targets, &requests))
		return 2;
	if (limit > 0)
		return first(load_first(&targets, &requests, limit), limit);
	if (notes)
		plan.notes = calloc(requests.count, sizeof(plan.notes[0]));
	if (load_run(&targets, &requests, &plan, &outcome))
		return 1;
	print_outcome(&outcome);
	return notes ? -notes_write(notes, plan.notes, requests.count) : 0;
}
