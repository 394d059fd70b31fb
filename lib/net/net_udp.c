/* SPDX-License-Identifier: ISC */
/*
 * UDP by handler. The answer is written in place, with room for its headers before it; lwIP copies
 * it to the device at once, or into its heap when a neighbour must be asked first, so that one
 * buffer is enough.
 */
#include "lib/net/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/wire.h"
#include "lib/net/internal.h"
#include "lib/net/net_fast.h"
#include <lwip/ip.h>
#include <lwip/pbuf.h>
#include <lwip/udp.h>

#define SEND_MAX 8192
#define HEADROOM LWIP_MEM_ALIGN_SIZE(PBUF_TRANSPORT)

struct udp_socket {
	struct udp_socket *next;
	struct udp_pcb *pcb;
	uint16_t port;
	size_t reply_max;
	udp_handler *handler;
	void *ctx;
};

static struct udp_socket *sockets;
static bool asking; /* a handler runs */

static struct {
	struct pbuf_custom custom;
	uint8_t room[HEADROOM + NET_UDP_REPLY_MAX] __attribute__((aligned(MEM_ALIGNMENT)));
} reply;

static void reply_is_free(struct pbuf *p)
{
	(void)p;
}

const struct udp_socket *net_udp_find(uint16_t port)
{
	const struct udp_socket *socket = sockets;

	while (socket && socket->port != port)
		socket = socket->next;
	return socket;
}

size_t net_udp_reply_max(const struct udp_socket *socket)
{
	return socket->reply_max;
}

uint8_t net_udp_ttl(const struct udp_socket *socket)
{
	return socket->pcb->ttl;
}

bool net_udp_is_asking(void)
{
	return asking;
}

size_t net_udp_ask(const struct udp_socket *socket, const struct net_addr *from,
	const struct net_addr *to, const uint8_t *data, size_t len, uint8_t *out)
{
	size_t reply_len;

	asking = true;
	reply_len = socket->handler(socket->ctx, from, to, data, len, out, socket->reply_max);
	asking = false;
	ASSERT(reply_len <= socket->reply_max);
	return reply_len;
}

/* True for an address that belongs to nobody alone, which no answer may leave from. */
static bool is_shared(const ip_addr_t *ip, struct netif *netif)
{
	return ip_addr_ismulticast(ip) || ip_addr_isbroadcast(ip, netif);
}

/* FROM the address that was asked, if an answer may leave from it. */
static void send_reply(struct udp_pcb *pcb, size_t len, const ip_addr_t *from, const ip_addr_t *to,
	u16_t port, struct netif *netif)
{
	/* Volatile: whoever has to keep it takes a copy. lwIP adds its flags to the type, too. */
	/* NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange) */
	pbuf_type type = (pbuf_type)(PBUF_RAM | PBUF_TYPE_FLAG_DATA_VOLATILE);
	struct pbuf *p = pbuf_alloced_custom(
		PBUF_TRANSPORT, (u16_t)len, type, &reply.custom, reply.room, sizeof(reply.room));

	ASSERT(p);
	if (is_shared(from, netif))
		udp_sendto_if(pcb, p, to, port, netif);
	else
		udp_sendto_if_src(pcb, p, to, port, netif, from);
	ASSERT(p->ref == 1);
	pbuf_free(p);
}

size_t net_udp_ask_aside(const struct udp_socket *socket, const struct net_addr *from,
	const struct net_addr *to, const uint8_t *data, size_t len, const uint8_t **out)
{
	*out = reply.room + HEADROOM;
	return net_udp_ask(socket, from, to, data, len, reply.room + HEADROOM);
}

void net_udp_send_aside(const struct udp_socket *socket, const struct net_addr *from,
	const struct net_addr *to, struct netif *netif, size_t len)
{
	ip_addr_t source, dest;

	net_addr_to_lwip(&source, from);
	net_addr_to_lwip(&dest, to);
	send_reply(socket->pcb, len, &source, &dest, to->port, netif);
}

static void received(
	void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *ip, u16_t port)
{
	struct udp_socket *socket = arg;
	struct netif *netif = ip_current_input_netif();
	struct net_addr from, to;
	ip_addr_t peer = *ip;
	size_t len;

	p = pbuf_coalesce(p, PBUF_RAW); /* a datagram put together from fragments */
	if (p->next || !port) {
		pbuf_free(p);
		return;
	}
	net_addr_from_lwip(&from, &peer, port, netif);
	net_addr_from_lwip(&to, ip_current_dest_addr(), pcb->local_port, netif);
	len = net_udp_ask(socket, &from, &to, p->payload, p->len, reply.room + HEADROOM);
	pbuf_free(p);
	if (len)
		send_reply(pcb, len, ip_current_dest_addr(), &peer, port, netif);
}

int net_udp_listen(struct udp_socket **result, uint16_t port, size_t reply_max,
	udp_handler *handler, void *ctx)
{
	struct udp_socket *socket = malloc(sizeof(*socket));
	struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_ANY);

	ASSERT(reply_max <= NET_UDP_REPLY_MAX);
	if (!socket || !pcb) {
		if (pcb)
			udp_remove(pcb);
		free(socket);
		return -ENOMEM;
	}
	if (udp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK) {
		udp_remove(pcb);
		free(socket);
		return -EADDRINUSE;
	}
	*socket = (struct udp_socket){
		.next = sockets,
		.pcb = pcb,
		.port = port,
		.reply_max = reply_max,
		.handler = handler,
		.ctx = ctx,
	};
	sockets = socket;
	reply.custom.custom_free_function = reply_is_free;
	udp_recv(pcb, received, socket);
	*result = socket;
	return 0;
}

static int errno_of(err_t error)
{
	switch (error) {
	case ERR_OK:
		return 0;
	case ERR_MEM:
	case ERR_BUF:
		return -ENOMEM;
	default:
		return -ENETUNREACH;
	}
}

static int send_fast(
	const struct udp_socket *socket, const struct net_addr *to, const void *data, size_t len)
{
	uint8_t ports[4];

	if (!net_addr_is_v4(to) || to->netif != NET_ANY)
		return -EAGAIN;
	wire_set_u16(ports, to->port);
	wire_set_u16(ports + 2, socket->port);
	return net_fast_send(socket, to->ip + 12, ports, data, len);
}

static int send_slowly(
	struct udp_socket *socket, const struct net_addr *to, const void *data, size_t len)
{
	struct netif *netif = net_addr_netif(to);
	struct pbuf *p;
	ip_addr_t ip;
	err_t error;

	if (len > SEND_MAX)
		return -EMSGSIZE;
	p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)len, PBUF_RAM);
	if (!p)
		return -ENOMEM;
	pbuf_take(p, data, (u16_t)len);
	net_addr_to_lwip(&ip, to);
	if (netif)
		error = udp_sendto_if(socket->pcb, p, &ip, to->port, netif);
	else
		error = udp_sendto(socket->pcb, p, &ip, to->port);
	pbuf_free(p);
	return errno_of(error);
}

int net_udp_send(struct udp_socket *socket, const struct net_addr *to, const void *data, size_t len)
{
	int error;

	ASSERT(!asking); /* the device may be busy with its answer */
	error = send_fast(socket, to, data, len);
	if (error != -EAGAIN)
		return error;
	error = send_slowly(socket, to, data, len);
	net_fast_left_over();
	return error;
}

void net_udp_close(struct udp_socket *socket)
{
	struct udp_socket **at = &sockets;

	while (*at != socket)
		at = &(*at)->next;
	*at = socket->next;
	udp_remove(socket->pcb);
	free(socket);
}
