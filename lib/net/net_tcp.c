/* SPDX-License-Identifier: ISC */
/*
 * TCP connections from their first segment to their end. Half-open connections have the lowest
 * priority and are not counted in the backlog: a flood of SYNs takes the place of older ones of its
 * kind, never of a connection that is established (lwIP has no SYN cookies).
 */
#include "lib/net/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>

#define POLL_INTERVAL 2 /* of 500 ms: when a writer that found lwIP's heap full tries again */
#define NEAR_WINDOW   (112u * 1024u) /* what a peer that is near may send ahead */
#define NEAR_NS       4000000ull     /* one that sends so much in that time needs no more; */
#define FAR_WINDOWS   8u /* one that takes longer so many times in turn is held to be far */

/* ---- the window ---- */

/*
 * What a peer may send ahead stands in line before all else that comes to this machine: a ping, or
 * another connection's question, waits behind it. One that is near is kept busy by less. So the
 * window is small at first, and opens when the peer makes use of it and is slow all the same.
 */
static void hold_back(struct tcp_pcb *pcb)
{
	pcb->rcv_wnd = MIN(pcb->rcv_wnd, (tcpwnd_size_t)NEAR_WINDOW);
	pcb->rcv_ann_wnd = pcb->rcv_wnd;
}

static void begin_to_look(struct tcp_stream *stream)
{
	stream->held_back = TCP_WND_MAX(stream->pcb) -
			    MIN(TCP_WND_MAX(stream->pcb), (tcpwnd_size_t)NEAR_WINDOW);
	stream->pace.left = NEAR_WINDOW;
	stream->pace.since = platform_time_ns();
}

static void open_whole_window(struct tcp_stream *stream)
{
	stream->pcb->rcv_wnd += stream->held_back;
	stream->held_back = 0;
	tcp_update_rcv_ann_wnd(stream->pcb);
}

/* LEN bytes have come. A window's worth of them takes at least a round trip. */
static void look_how_near(struct tcp_stream *stream, size_t len)
{
	uint64_t now;

	stream->pace.left -= MIN(stream->pace.left, (uint32_t)len);
	if (!stream->held_back || stream->pace.left)
		return;
	now = platform_time_ns();
	stream->pace.slow = now - stream->pace.since > NEAR_NS ? stream->pace.slow + 1 : 0;
	stream->pace.left = NEAR_WINDOW;
	stream->pace.since = now;
	if (stream->pace.slow == FAR_WINDOWS)
		open_whole_window(stream);
}

/* ---- what lwIP tells of a connection ---- */

static err_t on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
	struct tcp_stream *stream = arg;

	(void)pcb, (void)error;
	if (!p) {
		stream->eof = true;
		wait_queue_wake_all(&stream->readers);
		return ERR_OK;
	}
	if (!net_stream_take(stream, p))
		return ERR_MEM; /* lwIP keeps it and offers it again */
	look_how_near(stream, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	struct tcp_stream *stream = arg;

	(void)pcb, (void)len;
	wait_queue_wake_all(&stream->writers);
	return ERR_OK;
}

static err_t on_poll(void *arg, struct tcp_pcb *pcb)
{
	return on_sent(arg, pcb, 0);
}

static void on_error(void *arg, err_t error)
{
	struct tcp_stream *stream = arg;

	stream->pcb = NULL; /* lwIP has freed it */
	/* Reset by the peer, or given up for lack of an answer. */
	if (stream->connecting)
		stream->error = error == ERR_RST ? -ECONNREFUSED : -ETIMEDOUT;
	else
		stream->error = -ECONNRESET;
	if (!list_empty(&stream->node)) { /* nobody has accepted it yet, nor will */
		net_stream_fini(stream);
		free(stream);
		return;
	}
	wait_queue_wake_all(&stream->readers);
	wait_queue_wake_all(&stream->writers);
}

static void attach(struct tcp_stream *stream)
{
	struct tcp_pcb *pcb = stream->pcb;

	tcp_setprio(pcb, TCP_PRIO_NORMAL);
	tcp_nagle_disable(pcb);
	tcp_arg(pcb, stream);
	tcp_recv(pcb, on_receive);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
	tcp_poll(pcb, on_poll, POLL_INTERVAL);
}

/* ---- listening ---- */

static err_t on_half_open(u8_t id, struct tcp_pcb_listen *listener, struct tcp_pcb *pcb)
{
	(void)id, (void)listener;
	hold_back(pcb);
	tcp_backlog_accepted(pcb);
	tcp_setprio(pcb, TCP_PRIO_MIN);
	return ERR_OK;
}

static const struct tcp_ext_arg_callbacks half_open = {.passive_open = on_half_open};

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t error)
{
	struct tcp_listener *listener = arg;
	struct tcp_stream *stream;

	if (!pcb || error != ERR_OK)
		return ERR_VAL; /* no memory for the connection: the peer tries again */
	stream = malloc(sizeof(*stream));
	if (!stream)
		return ERR_MEM; /* lwIP resets it */
	net_stream_init(stream, pcb);
	net_addr_from_lwip(
		&stream->peer, &pcb->remote_ip, pcb->remote_port, ip_current_input_netif());
	begin_to_look(stream);
	tcp_backlog_delayed(pcb);
	attach(stream);
	list_push_back(&listener->ready, &stream->node);
	wait_queue_wake_one(&listener->waiters);
	return ERR_OK;
}

/* A pcb in the state of listening, or NULL with *ERROR. */
static struct tcp_pcb *listen_on(uint16_t port, unsigned backlog, int *error)
{
	static int id = -1;
	struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY), *listening;

	*error = -ENOMEM;
	if (!pcb)
		return NULL;
	if (tcp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK) {
		*error = -EADDRINUSE;
		tcp_close(pcb);
		return NULL;
	}
	if (id < 0)
		id = tcp_ext_arg_alloc_id();
	tcp_ext_arg_set_callbacks(pcb, (u8_t)id, &half_open);
	listening = tcp_listen_with_backlog(pcb, (u8_t)MIN(MAX(backlog, 1u), 255u));
	if (!listening)
		tcp_close(pcb);
	return listening;
}

int net_tcp_listen(struct tcp_listener **result, uint16_t port, unsigned backlog)
{
	struct tcp_listener *listener = malloc(sizeof(*listener));
	int error;

	if (!listener)
		return -ENOMEM;
	listener->pcb = listen_on(port, backlog, &error);
	if (!listener->pcb) {
		free(listener);
		return error;
	}
	list_init(&listener->ready);
	wait_queue_init(&listener->waiters);
	tcp_arg(listener->pcb, listener);
	tcp_accept(listener->pcb, on_accept);
	*result = listener;
	return 0;
}

int net_tcp_accept(struct tcp_listener *listener, struct tcp_stream **stream, uint64_t deadline)
{
	struct list *node;

	while (!(node = list_pop_front(&listener->ready))) {
		int error = wait_queue_wait(&listener->waiters, deadline);

		if (error)
			return error;
	}
	*stream = container_of(node, struct tcp_stream, node);
	tcp_backlog_accepted((*stream)->pcb);
	return 0;
}

/* ---- connecting ---- */

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t error)
{
	struct tcp_stream *stream = arg;

	(void)pcb, (void)error; /* what fails comes to on_error() */
	stream->connecting = false;
	wait_queue_wake_all(&stream->writers);
	return ERR_OK;
}

/* Sends the SYN. 0, or why it cannot be. */
static int start_connect(struct tcp_stream *stream, const struct net_addr *to)
{
	struct netif *netif = net_addr_netif(to);
	ip_addr_t ip;

	net_addr_to_lwip(&ip, to);
	if (netif)
		tcp_bind_netif(stream->pcb, netif);
	switch (tcp_connect(stream->pcb, &ip, to->port, on_connected)) {
	case ERR_OK:
		return 0;
	case ERR_MEM:
	case ERR_BUF:
		return -ENOMEM;
	default:
		return -ENETUNREACH;
	}
}

static struct tcp_stream *new_stream(const struct net_addr *to)
{
	struct tcp_stream *stream = malloc(sizeof(*stream));
	struct tcp_pcb *pcb =
		stream ? tcp_new_ip_type(net_addr_is_v4(to) ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6)
		       : NULL;

	if (!pcb) {
		free(stream);
		return NULL;
	}
	net_stream_init(stream, pcb);
	stream->peer = *to;
	stream->connecting = true;
	attach(stream);
	return stream;
}

int net_tcp_connect(struct tcp_stream **result, const struct net_addr *to, uint64_t deadline)
{
	struct tcp_stream *stream = new_stream(to);
	int error;

	if (!stream)
		return -ENOMEM;
	error = start_connect(stream, to);
	while (!error && stream->connecting) {
		error = stream->error;
		if (!error)
			error = wait_queue_wait(&stream->writers, deadline);
	}
	if (error) {
		net_tcp_abort(stream);
		return error;
	}
	*result = stream;
	return 0;
}

void net_tcp_peer(const struct tcp_stream *stream, struct net_addr *peer)
{
	*peer = stream->peer;
}

/* ---- ending ---- */

static err_t discard(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
	(void)arg, (void)error;
	if (p) {
		tcp_recved(pcb, p->tot_len);
		pbuf_free(p);
	}
	return ERR_OK;
}

/* Nobody is told of this connection any more. */
static void detach(struct tcp_pcb *pcb)
{
	tcp_arg(pcb, NULL);
	tcp_recv(pcb, discard);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
	tcp_poll(pcb, NULL, 0);
}

void net_tcp_close(struct tcp_stream *stream)
{
	struct tcp_pcb *pcb = stream->pcb;

	if (pcb) {
		detach(pcb);
		open_whole_window(stream);
		/* As if it had been read: lwIP would reset, and what is queued would be lost. */
		for (size_t n; stream->unread; stream->unread -= n) {
			n = MIN(stream->unread, (size_t)UINT16_MAX);
			tcp_recved(pcb, (u16_t)n);
		}
		if (pcb->refused_data)
			tcp_process_refused_data(pcb);
		if (tcp_close(pcb) != ERR_OK)
			tcp_abort(pcb);
	}
	net_stream_fini(stream);
	free(stream);
}

void net_tcp_abort(struct tcp_stream *stream)
{
	if (stream->pcb) {
		detach(stream->pcb);
		tcp_abort(stream->pcb);
	}
	net_stream_fini(stream);
	free(stream);
}
