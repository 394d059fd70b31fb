/* SPDX-License-Identifier: ISC */
/* The load generator's loop. One thread, one socket, batches by sendmmsg(2) and recvmmsg(2). */
#include "tests/bench/load/run.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define TAGS    65536u
#define BATCH   32u
#define SAMPLES (4u << 20)
#define ROOM    2048 /* of an answer */

struct run {
	const struct targets *targets;
	const struct requests *requests;
	const struct plan *plan;
	struct outcome *outcome;
	/* Of each tag under way: when it was due (0: none), and which request it is. */
	uint64_t due[TAGS];
	uint32_t which[TAGS];
	uint16_t next_tag, oldest_tag;
	unsigned under_way;
	uint64_t next_request, next_due, random;
	uint64_t began, last_answer, ends;
	uint32_t *samples; /* latencies, ns / 16 */
	size_t sample_count;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Time to the next arrival; xorshift64, the same sequence each run. */
static uint64_t arrival(struct run *run)
{
	double uniform;

	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	uniform = ((double)(run->random >> 11) + 1) / 9007199254740993.0;
	return (uint64_t)(-log(uniform) * 1e9 / run->plan->rate);
}

static bool finished(const struct run *run, uint64_t now)
{
	return run->plan->requests ? run->outcome->sent >= run->plan->requests : now >= run->ends;
}

/* How many may be sent now. */
static unsigned allowance(const struct run *run, uint64_t now)
{
	unsigned room = run->plan->window - run->under_way;

	if (finished(run, now) || run->under_way >= run->plan->window)
		return 0;
	if (run->plan->rate > 0 && run->next_due > now)
		return 0;
	return room < BATCH ? room : BATCH;
}

static void forget(struct run *run, uint16_t tag)
{
	run->due[tag] = 0;
	run->under_way--;
	while (run->oldest_tag != run->next_tag && !run->due[run->oldest_tag])
		run->oldest_tag++;
}

static int send_batch(struct run *run, unsigned count)
{
	static uint8_t room[BATCH][REQUEST_MAX];
	struct mmsghdr messages[BATCH] = {0};
	struct iovec parts[BATCH];
	uint64_t now = now_ns();
	unsigned n = 0;
	int sent;

	while (n < count && !(run->plan->rate > 0 && run->next_due > now)) {
		uint16_t tag = run->next_tag;
		uint64_t number = run->next_request;
		const struct request *request = &run->requests->list[number % run->requests->count];

		if (run->due[tag] || (run->plan->requests && number >= run->plan->requests))
			break;
		memcpy(room[n], request->bytes, request->len);
		request_tag_set(run->requests, room[n], tag);
		parts[n] = (struct iovec){.iov_base = room[n], .iov_len = request->len};
		messages[n].msg_hdr = (struct msghdr){
			.msg_name = (void *)&run->targets->address[number % run->targets->count],
			.msg_namelen = run->targets->address_len,
			.msg_iov = &parts[n],
			.msg_iovlen = 1};
		run->which[tag] = (uint32_t)(number % run->requests->count);
		run->due[tag] = run->plan->rate > 0 ? run->next_due : now;
		if (run->plan->rate > 0)
			run->next_due += arrival(run);
		run->next_tag++;
		run->next_request++;
		n++;
	}
	run->under_way += n;
	run->outcome->sent += n;
	for (unsigned done = 0; done < n; done += (unsigned)sent) {
		sent = sendmmsg(run->targets->fd, messages + done, n - done, 0);
		if (sent >= 0)
			continue;
		/* A full queue is a loss like any other: it shows as an answer that never comes. */
		if (errno != EAGAIN && errno != ENOBUFS && errno != EHOSTUNREACH &&
			errno != ECONNREFUSED) {
			perror("load: sendmmsg");
			return -1;
		}
		sent = 1;
	}
	return 0;
}

static void take(struct run *run, const uint8_t *bytes, size_t len, uint64_t now)
{
	struct outcome *outcome = run->outcome;
	int tag = request_tag_get(run->requests, bytes, len);
	struct answer answer = {0};
	uint64_t latency;

	if (tag < 0 || !run->due[tag]) {
		outcome->late++;
		return;
	}
	if (!run->requests->check(&run->requests->list[run->which[tag]], bytes, len, &answer)) {
		outcome->wrong++;
		return;
	}
	latency = (now - run->due[tag]) / 16;
	if (run->sample_count < SAMPLES)
		run->samples[run->sample_count++] = (uint32_t)latency;
	if (run->plan->notes)
		run->plan->notes[run->which[tag]] = answer;
	outcome->rcodes[answer.rcode]++;
	outcome->received++;
	run->last_answer = now;
	forget(run, (uint16_t)tag);
}

static int receive_batch(struct run *run)
{
	static uint8_t room[BATCH][ROOM];
	struct mmsghdr messages[BATCH] = {0};
	struct iovec parts[BATCH];
	uint64_t now;
	int got;

	for (unsigned i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){.iov_base = room[i], .iov_len = ROOM};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	got = recvmmsg(run->targets->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	if (got < 0)
		return errno == EAGAIN || errno == ECONNREFUSED || errno == EHOSTUNREACH ? 0 : -1;
	now = now_ns();
	for (int i = 0; i < got; i++)
		take(run, room[i], messages[i].msg_len, now);
	return got;
}

/* Gives up what has waited too long; tags are used in order, so the oldest stands first. */
static void give_up(struct run *run, uint64_t now)
{
	uint64_t patience = (uint64_t)(run->plan->patience * 1e9);

	while (run->under_way && now > run->due[run->oldest_tag] + patience) {
		run->outcome->lost++;
		forget(run, run->oldest_tag);
	}
}

/* Until an answer, the next arrival, or the oldest request's end. */
static void wait_for_more(const struct run *run, uint64_t now)
{
	struct pollfd pfd = {.fd = run->targets->fd, .events = POLLIN};
	uint64_t until = now + (uint64_t)(run->plan->patience * 1e9);
	struct timespec ts;

	if (run->plan->rate > 0 && !finished(run, now) && run->next_due < until)
		until = run->next_due;
	else if (run->under_way)
		until = run->due[run->oldest_tag] + (uint64_t)(run->plan->patience * 1e9);
	if (until <= now)
		return;
	ts = (struct timespec){.tv_sec = (time_t)((until - now) / 1000000000u),
		.tv_nsec = (long)((until - now) % 1000000000u)};
	ppoll(&pfd, 1, &ts, NULL);
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double percentile(const struct run *run, double share)
{
	size_t at = (size_t)(share * (double)run->sample_count);

	if (!run->sample_count)
		return 0;
	if (at >= run->sample_count)
		at = run->sample_count - 1;
	return (double)run->samples[at] * 16 / 1000;
}

static void conclude(struct run *run)
{
	struct outcome *outcome = run->outcome;

	qsort(run->samples, run->sample_count, sizeof(run->samples[0]), ascending);
	outcome->p50 = percentile(run, 0.5);
	outcome->p90 = percentile(run, 0.9);
	outcome->p99 = percentile(run, 0.99);
	outcome->max = percentile(run, 1);
	outcome->seconds = (double)(run->last_answer - run->began) / 1e9;
	outcome->rate = outcome->seconds > 0 ? (double)outcome->received / outcome->seconds : 0;
}

int load_run(const struct targets *targets, const struct requests *requests,
	const struct plan *plan, struct outcome *outcome)
{
	static struct run run;
	uint64_t now = now_ns();
	int got = 0;

	*outcome = (struct outcome){0};
	memset(&run, 0, sizeof(run));
	run.targets = targets, run.requests = requests, run.plan = plan, run.outcome = outcome;
	run.random = 88172645463325252u;
	run.samples = malloc(SAMPLES * sizeof(run.samples[0]));
	if (!run.samples) {
		fprintf(stderr, "load: out of memory\n");
		return -1;
	}
	run.began = run.next_due = run.last_answer = now;
	run.ends = now + (uint64_t)(plan->seconds * 1e9);
	while (got >= 0 && (run.under_way || !finished(&run, now))) {
		unsigned count = allowance(&run, now);

		if (count && send_batch(&run, count))
			break;
		got = receive_batch(&run);
		now = now_ns();
		give_up(&run, now);
		if (got == 0 && !allowance(&run, now))
			wait_for_more(&run, now);
	}
	conclude(&run);
	free(run.samples);
	if (got < 0)
		perror("load: recvmmsg");
	return got < 0 ? -1 : 0;
}

/* Asks once; true when a right answer came within the time that one waits before asking again. */
static bool ask_once(const struct targets *targets, const struct requests *requests, uint16_t tag)
{
	const struct timespec again = {.tv_nsec = 4000000};
	struct pollfd pfd = {.fd = targets->fd, .events = POLLIN};
	const struct request *request = &requests->list[0];
	uint8_t bytes[ROOM];
	struct answer answer = {0};
	ssize_t len;

	memcpy(bytes, request->bytes, request->len);
	request_tag_set(requests, bytes, tag);
	sendto(targets->fd, bytes, request->len, 0, (const struct sockaddr *)&targets->address[0],
		targets->address_len);
	if (ppoll(&pfd, 1, &again, NULL) <= 0)
		return false;
	len = recv(targets->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	/* SERVFAIL and REFUSED come from a server that has not loaded its zones yet. */
	return len > 0 && requests->check(request, bytes, (size_t)len, &answer) &&
	       answer.rcode != 2 && answer.rcode != 5;
}

int load_first(const struct targets *targets, const struct requests *requests, double limit)
{
	uint64_t end = now_ns() + (uint64_t)(limit * 1e9);
	uint16_t tag = 0;

	while (now_ns() < end)
		if (ask_once(targets, requests, tag++))
			return 0;
	return -1;
}
