/* SPDX-License-Identifier: ISC */
/*
 * The xenstore ring, requests and watches; see xenstore.h. One message at a time is composed for
 * sending and one is assembled from what arrives, both in private memory; the ring's indices are
 * ours, the shared copies are only written, and the store's are checked before use.
 */
#include "xen/xenstore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "xen/evtchn.h"
#include "xen/pvclock.h"
#include "xen/shared.h"

#define HEADER     sizeof(struct xsd_sockmsg)
#define IN_FLIGHT  16u /* xenstored stops listening to a domain with 20 outstanding */
#define SYNC_NS    5000000000ull
#define TOKEN_SIZE 9

struct xenstore_watch {
	struct list node;
	void (*fn)(void *ctx, const char *path); /* NULL: given up by its owner */
	void *ctx;
	uint32_t number;
	char token[TOKEN_SIZE];
	char path[XENSTORE_PATH_MAX];
	bool removing;
	struct xenstore_request request;
};

struct xenstore_stats xenstore_stats;

static struct xenstore_domain_interface *page;
static uint32_t channel;
static uint32_t req_prod, rsp_cons;
static bool unannounced;

static struct list queued = LIST_INIT(queued); /* not composed yet, in order */
static struct list sent = LIST_INIT(sent);     /* wait for the reply */
static unsigned in_flight;
static uint32_t last_id;

static uint8_t out[HEADER + XENSTORE_PAYLOAD_MAX];
static size_t out_len, out_done;

static struct xsd_sockmsg in_header;
static char in_payload[XENSTORE_PAYLOAD_MAX + 1];
static size_t in_done; /* bytes of header and payload that are here */

static struct list watches = LIST_INIT(watches);
static uint32_t last_watch;

/* ---- completion ---- */

static void complete(struct xenstore_request *request, int error, const char *reply, size_t len)
{
	list_remove(&request->node);
	request->busy = false;
	request->error = error;
	request->reply = reply;
	request->reply_len = len;
	request->done(request);
}

static void give_up(const char *why)
{
	if (xenstore_stats.broken)
		return;
	xenstore_stats.broken = true;
	log_error("xenstore", "%s: the ring is given up", why);
	evtchn_mark(channel);
}

/* Completes what is there now; what done() asks for anew fails with the next turn. */
static void fail_all(void)
{
	struct list failed = LIST_INIT(failed), *node;

	while ((node = list_pop_front(&sent)))
		list_push_back(&failed, node);
	while ((node = list_pop_front(&queued)))
		list_push_back(&failed, node);
	in_flight = 0;
	out_len = out_done = 0;
	while ((node = failed.next) != &failed)
		complete(container_of(node, struct xenstore_request, node), -EIO, "", 0);
}

/* ---- sending ---- */

static void put(const void *data, size_t len)
{
	if (len)
		memcpy(out + out_len, data, len);
	out_len += len;
}

static size_t payload_length(const struct xenstore_request *request)
{
	size_t len = request->base ? strlen(request->base) : 0;

	if (request->word)
		return strlen(request->word) + 1;
	if (request->key)
		len += strlen(request->key) + (request->base ? 1 : 0);
	return len + 1 + request->value_len;
}

static bool compose(struct xenstore_request *request)
{
	size_t len = payload_length(request);
	struct xsd_sockmsg header = {
		.type = request->type, .tx_id = request->tx, .len = (uint32_t)len};

	out_len = out_done = 0;
	if (len > XENSTORE_PAYLOAD_MAX)
		return false;
	request->id = header.req_id = ++last_id;
	put(&header, sizeof(header));
	if (request->word) {
		put(request->word, len);
		return true;
	}
	if (request->base)
		put(request->base, strlen(request->base));
	if (request->base && request->key)
		put("/", 1);
	if (request->key)
		put(request->key, strlen(request->key));
	put("", 1);
	put(request->value, request->value_len);
	return true;
}

/* Puts as much of the composed message into the ring as it takes. True when it is all in. */
static bool push_out(void)
{
	uint32_t filled = req_prod - shared_load(&page->req_cons);
	size_t room, len, at;

	if (filled > XENSTORE_RING_SIZE) {
		give_up("the store's request index is out of range");
		return false;
	}
	/* The store has read what we write over: it moved its index after reading. */
	shared_mb();
	for (room = XENSTORE_RING_SIZE - filled; room && out_done < out_len; room -= len) {
		at = MASK_XENSTORE_IDX(req_prod);
		len = MIN(MIN(room, XENSTORE_RING_SIZE - at), out_len - out_done);
		shared_copy_in(page->req + at, out + out_done, len);
		out_done += len;
		req_prod += (uint32_t)len;
	}
	/* The bytes are there before the index says so. */
	shared_wmb();
	shared_store(&page->req_prod, req_prod);
	unannounced = true;
	return out_done == out_len;
}

/* Sends until the ring is full, too much is in flight or nothing is queued. */
static void send_queued(void)
{
	while (!xenstore_stats.broken) {
		struct xenstore_request *request;

		if (out_done < out_len && !push_out())
			return;
		if (list_empty(&queued) || in_flight >= IN_FLIGHT)
			return;
		request = container_of(queued.next, struct xenstore_request, node);
		if (!compose(request)) {
			complete(request, -E2BIG, "", 0);
			continue;
		}
		list_remove(&request->node);
		list_push_back(&sent, &request->node);
		in_flight++;
		xenstore_stats.requests++;
	}
}

/* ---- receiving ---- */

static int error_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(xsd_errors); i++)
		if (!strcmp(name, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	return -EIO;
}

static void take_event(void)
{
	const char *path = in_payload;
	size_t path_len = strnlen(path, in_header.len);
	const char *token = path + path_len + 1;
	struct list *node;

	if (path_len + 1 >= in_header.len || path[in_header.len - 1]) {
		xenstore_stats.dropped++;
		return;
	}
	xenstore_stats.events++;
	list_for_each (node, &watches) {
		struct xenstore_watch *watch = container_of(node, struct xenstore_watch, node);

		if (!watch->fn || strcmp(watch->token, token) != 0)
			continue;
		watch->fn(watch->ctx, path);
		return;
	}
	xenstore_stats.dropped++;
}

static void take_reply(void)
{
	struct list *node;

	list_for_each (node, &sent) {
		struct xenstore_request *request =
			container_of(node, struct xenstore_request, node);
		int error = 0;

		if (request->id != in_header.req_id)
			continue;
		if (in_header.type == XS_ERROR)
			error = error_number(in_payload);
		else if (in_header.type != request->type)
			error = -EIO;
		xenstore_stats.replies++;
		in_flight--;
		complete(request, error, error ? "" : in_payload, error ? 0 : in_header.len);
		return;
	}
	xenstore_stats.dropped++;
}

static void take_message(void)
{
	in_payload[in_header.len] = 0;
	in_done = 0;
	if (in_header.type == XS_WATCH_EVENT)
		take_event();
	else
		take_reply();
}

/* Moves at most LEN bytes of the ring's into the message; returns how many it took. */
static size_t assemble(size_t len)
{
	size_t at = MASK_XENSTORE_IDX(rsp_cons);
	size_t want = in_done < HEADER ? HEADER - in_done : HEADER + in_header.len - in_done;
	char *to =
		in_done < HEADER ? (char *)&in_header + in_done : in_payload + (in_done - HEADER);

	len = MIN(MIN(len, want), XENSTORE_RING_SIZE - at);
	shared_copy_out(to, page->rsp + at, len);
	rsp_cons += (uint32_t)len;
	in_done += len;
	return len;
}

/* Takes what one look at the index shows, so that a store that writes on and on cannot hold us. */
static void receive(void)
{
	uint32_t start = rsp_cons;
	size_t left = shared_load(&page->rsp_prod) - rsp_cons;

	if (left > XENSTORE_RING_SIZE) {
		give_up("the store's response index is out of range");
		return;
	}
	if (!left)
		return;
	/* The bytes are read after the index that says they are there. */
	shared_rmb();
	while (left && !xenstore_stats.broken) {
		left -= assemble(left);
		if (in_done >= HEADER && in_header.len > XENSTORE_PAYLOAD_MAX)
			give_up("the store sends a message that is too long");
		else if (in_done >= HEADER && in_done == HEADER + in_header.len)
			take_message();
	}
	/* The bytes are read before the store may write over them. */
	shared_mb();
	shared_store(&page->rsp_cons, rsp_cons);
	/* A store that found the ring full waits for us to say that it no longer is. */
	shared_mb();
	if (shared_load(&page->rsp_prod) - start >= XENSTORE_RING_SIZE)
		unannounced = true;
}

static bool on_event(void *ctx)
{
	(void)ctx;
	if (!xenstore_stats.broken)
		receive();
	if (!xenstore_stats.broken)
		send_queued();
	if (xenstore_stats.broken) {
		fail_all();
		return !list_empty(&queued);
	}
	if (unannounced) {
		unannounced = false;
		(void)evtchn_send(channel);
	}
	/* A composed message that the ring did not take goes on when the store has read: an event.
	 */
	return false;
}

static void renew_watches(void);

/* The second time (a resumed domain) the ring is a new one: what was under way fails, watches are
 * registered anew. */
int xenstore_init(struct xenstore_domain_interface *ring, uint32_t port)
{
	int error = evtchn_adopt(port);

	/* It may be started anew on the channel that it has. */
	if (error && !(error == -EEXIST && page && port == channel))
		return error;
	page = ring;
	channel = port;
	fail_all();
	req_prod = shared_load(&ring->req_prod);
	rsp_cons = shared_load(&ring->rsp_cons);
	in_done = 0;
	unannounced = false;
	xenstore_stats = (struct xenstore_stats){0};
	evtchn_set_handler(port, on_event, NULL);
	evtchn_mark(port);
	renew_watches();
	return 0;
}

/* ---- requests ---- */

static void submit(struct xenstore_request *request, uint32_t type)
{
	ASSERT(page && request->done && !request->busy);
	if (type != XS_TRANSACTION_START && type != XS_TRANSACTION_END)
		request->word = NULL;
	request->type = type;
	request->busy = true;
	list_push_back(&queued, &request->node);
	evtchn_mark(channel);
}

static void submit_plain(struct xenstore_request *request, uint32_t type)
{
	request->value = NULL;
	request->value_len = 0;
	submit(request, type);
}

void xenstore_read(struct xenstore_request *request)
{
	submit_plain(request, XS_READ);
}

void xenstore_directory(struct xenstore_request *request)
{
	submit_plain(request, XS_DIRECTORY);
}

void xenstore_write(struct xenstore_request *request)
{
	submit(request, XS_WRITE);
}

void xenstore_remove(struct xenstore_request *request)
{
	submit_plain(request, XS_RM);
}

/* The two messages of a transaction carry a fixed word in place of a path. */
static void submit_word(struct xenstore_request *request, uint32_t type, const char *word)
{
	request->word = word;
	submit_plain(request, type);
}

void xenstore_tx_start(struct xenstore_request *request)
{
	request->tx = XENSTORE_NO_TX;
	submit_word(request, XS_TRANSACTION_START, "");
}

void xenstore_tx_end(struct xenstore_request *request, bool commit)
{
	submit_word(request, XS_TRANSACTION_END, commit ? "T" : "F");
}

void xenstore_cancel(struct xenstore_request *request)
{
	bool was_sent = false;
	struct list *node;

	if (!request->busy)
		return;
	list_for_each (node, &sent)
		if (node == &request->node)
			was_sent = true;
	/* The reply of one that was sent will find nobody and be dropped. */
	if (was_sent)
		in_flight--;
	list_remove(&request->node);
	request->busy = false;
}

/* ---- watches ---- */

static void free_watch(struct xenstore_watch *watch)
{
	list_remove(&watch->node);
	free(watch);
}

static void watch_done(struct xenstore_request *request)
{
	struct xenstore_watch *watch = request->ctx;

	if (watch->removing) {
		free_watch(watch);
		return;
	}
	if (request->error && watch->fn && !xenstore_stats.broken)
		log_warning("xenstore", "no watch on %s (%d)", watch->path, request->error);
	if (!watch->fn && request->error)
		free_watch(watch);
	else if (!watch->fn)
		xenstore_unwatch(watch);
}

static void submit_watch(struct xenstore_watch *watch, uint32_t type)
{
	watch->request = (struct xenstore_request){.base = watch->path,
		.value = watch->token,
		.value_len = strlen(watch->token) + 1,
		.done = watch_done,
		.ctx = watch};
	submit(&watch->request, type);
}

struct xenstore_watch *xenstore_watch(
	const char *path, void (*fn)(void *ctx, const char *path), void *ctx)
{
	struct xenstore_watch *watch;

	ASSERT(strlen(path) < XENSTORE_PATH_MAX);
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return NULL;
	watch->fn = fn;
	watch->ctx = ctx;
	/* Never used again, so that a late event cannot reach a younger watch. */
	watch->number = ++last_watch;
	snprintf(watch->token, sizeof(watch->token), "%x", (unsigned)watch->number);
	snprintf(watch->path, sizeof(watch->path), "%s", path);
	list_push_back(&watches, &watch->node);
	submit_watch(watch, XS_WATCH);
	return watch;
}

void xenstore_unwatch(struct xenstore_watch *watch)
{
	if (!watch)
		return;
	watch->fn = NULL;
	if (watch->request.busy)
		return; /* watch_done() goes on from here */
	watch->removing = true;
	submit_watch(watch, XS_UNWATCH);
}

static void renew_watches(void)
{
	struct list *node;

	list_for_each (node, &watches) {
		struct xenstore_watch *watch = container_of(node, struct xenstore_watch, node);

		if (watch->fn && !watch->request.busy)
			submit_watch(watch, XS_WATCH);
	}
}

/* ---- for boot ---- */

static void sync_done(struct xenstore_request *request)
{
	*(bool *)request->ctx = true;
}

/* Serves the ring until *DONE. */
static int wait_sync(struct xenstore_request *request, const bool *done)
{
	uint64_t deadline = pvclock_system_ns() + SYNC_NS;

	for (;;) {
		(void)evtchn_poll_one(channel);
		if (*done)
			return request->error;
		if (pvclock_system_ns() >= deadline)
			break;
		(void)evtchn_wait_one(channel, deadline);
	}
	xenstore_cancel(request);
	return -ETIMEDOUT;
}

struct sync_read {
	bool done;
	char *text;
	size_t size;
};

static void sync_read_done(struct xenstore_request *request)
{
	struct sync_read *read = request->ctx;

	read->done = true;
	if (request->error)
		return;
	if (request->reply_len >= read->size) {
		request->error = -ERANGE;
		return;
	}
	if (memchr(request->reply, 0, request->reply_len)) {
		request->error = -EINVAL;
		return;
	}
	memcpy(read->text, request->reply, request->reply_len + 1);
}

int xenstore_read_sync(const char *path, char *text, size_t size)
{
	struct sync_read read = {.text = text, .size = size};
	struct xenstore_request request = {.base = path, .done = sync_read_done, .ctx = &read};

	text[0] = 0;
	xenstore_read(&request);
	return wait_sync(&request, &read.done);
}

int xenstore_write_sync(const char *path, const char *text)
{
	bool done = false;
	struct xenstore_request request = {.base = path,
		.value = text,
		.value_len = strlen(text),
		.done = sync_done,
		.ctx = &done};

	xenstore_write(&request);
	return wait_sync(&request, &done);
}

int xenstore_parse_number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	if (number > max)
		return -EINVAL;
	*value = number;
	return 0;
}
