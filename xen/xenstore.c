/* SPDX-License-Identifier: ISC */
/*
 * Requests to xenstore, from their being asked for to their completion; see xenstore.h. The bytes
 * are in xenstore_ring.c, watches in xenstore_watch.c, the calls that wait in xenstore_sync.c.
 */
#include "xen/xenstore.h"

#include <errno.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "xen/evtchn.h"
#include "xen/xenstore_internal.h"

#define IN_FLIGHT 16u /* xenstored stops listening to a domain with 20 outstanding */

struct xenstore_stats xenstore_stats;

static uint32_t channel; /* 0: not started */

static struct list queued = LIST_INIT(queued); /* not composed yet, in order */
static struct list sent = LIST_INIT(sent);     /* wait for the reply */
static unsigned in_flight;
static unsigned abandoned; /* of those: cancelled, their replies are still to come */
static uint32_t last_id;

uint32_t xenstore_port(void)
{
	return channel;
}

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

void xenstore_give_up(const char *why)
{
	if (xenstore_stats.broken)
		return;
	xenstore_stats.broken = true;
	log_error("xenstore", "%s: the ring is given up", why);
	evtchn_mark(channel);
}

/* Completes what is there now; what done() asks for anew fails with the next turn. */
static void fail_all(int error)
{
	struct list failed = LIST_INIT(failed), *node;

	while ((node = list_pop_front(&sent)))
		list_push_back(&failed, node);
	while ((node = list_pop_front(&queued)))
		list_push_back(&failed, node);
	in_flight = abandoned = 0;
	xenstore_ring_clear();
	while ((node = failed.next) != &failed)
		complete(container_of(node, struct xenstore_request, node), error, "", 0);
}

/* ---- sending ---- */

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

	xenstore_ring_clear();
	if (len > XENSTORE_PAYLOAD_MAX)
		return false;
	request->id = header.req_id = ++last_id;
	xenstore_ring_put(&header, sizeof(header));
	if (request->word) {
		xenstore_ring_put(request->word, len);
		return true;
	}
	if (request->base)
		xenstore_ring_put(request->base, strlen(request->base));
	if (request->base && request->key)
		xenstore_ring_put("/", 1);
	if (request->key)
		xenstore_ring_put(request->key, strlen(request->key));
	xenstore_ring_put("", 1);
	xenstore_ring_put(request->value, request->value_len);
	return true;
}

/* Sends until the ring is full, too much is in flight or nothing is queued. */
static void send_queued(void)
{
	while (!xenstore_stats.broken) {
		struct xenstore_request *request;

		if (!xenstore_ring_push())
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

void xenstore_take_reply(const struct xsd_sockmsg *header, const char *payload)
{
	struct list *node;

	list_for_each (node, &sent) {
		struct xenstore_request *request =
			container_of(node, struct xenstore_request, node);
		int error = 0;

		if (request->id != header->req_id)
			continue;
		if (header->type == XS_ERROR)
			error = error_number(payload);
		else if (header->type != request->type)
			error = -EIO;
		xenstore_stats.replies++;
		in_flight--;
		complete(request, error, error ? "" : payload, error ? 0 : header->len);
		return;
	}
	if (abandoned) {
		abandoned--;
		in_flight--;
	}
	xenstore_stats.dropped++;
}

static bool on_event(void *ctx)
{
	(void)ctx;
	if (!xenstore_stats.broken)
		xenstore_ring_receive();
	if (!xenstore_stats.broken)
		send_queued();
	if (xenstore_stats.broken) {
		fail_all(-EIO);
		return !list_empty(&queued);
	}
	xenstore_ring_announce();
	/* A composed message that the ring did not take goes on when the store has read: an event.
	 */
	return false;
}

/* The second time (a resumed domain) the ring is a new one: what was under way fails, watches are
 * registered anew. */
int xenstore_init(struct xenstore_domain_interface *ring, uint32_t port)
{
	int error = evtchn_adopt(port);

	/* It may be started anew on the channel that it has. */
	if (error && !(error == -EEXIST && port == channel))
		return error;
	channel = port;
	fail_all(-EINTR);
	xenstore_ring_init(ring, port);
	xenstore_stats = (struct xenstore_stats){0};
	evtchn_set_handler(port, on_event, NULL);
	evtchn_mark(port);
	xenstore_renew_watches();
	return 0;
}

/* ---- requests ---- */

void xenstore_submit(struct xenstore_request *request, uint32_t type)
{
	ASSERT(channel && request->done && !request->busy);
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
	xenstore_submit(request, type);
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
	xenstore_submit(request, XS_WRITE);
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
	/* The reply of one that was sent will find nobody; until then the store still counts it. */
	abandoned += was_sent;
	list_remove(&request->node);
	request->busy = false;
}
