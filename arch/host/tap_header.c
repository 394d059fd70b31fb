/* SPDX-License-Identifier: ISC */
/* See tap_header.h. */
#include "arch/host/tap_header.h"

#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <string.h>

#define ETHERNET 14u
#define IP6      40u
#define TCP_SUM  16u /* where the checksum stands in the header */
#define UDP_SUM  6u

/* Of a TCP or UDP packet without IPv6 extension headers: where its transport header is, or 0. */
static size_t transport_of(const uint8_t *frame, size_t len, uint8_t *protocol, bool *ipv6)
{
	const uint8_t *ip = frame + ETHERNET;
	unsigned type = len >= ETHERNET + 20 ? (unsigned)(frame[12] << 8 | frame[13]) : 0;
	size_t at = 0;

	*ipv6 = type == 0x86dd;
	if (type == 0x0800) {
		*protocol = ip[9];
		at = ETHERNET + (size_t)(ip[0] & 15) * 4;
	} else if (*ipv6) {
		*protocol = ip[6];
		at = ETHERNET + IP6;
	}
	return at && at + 8 <= len ? at : 0;
}

bool tap_header_make(struct virtio_net_hdr *header, const uint8_t *frame, size_t len,
	struct netdev_offload offload)
{
	uint8_t protocol = 0;
	bool ipv6;
	size_t at;

	memset(header, 0, sizeof(*header));
	if (!(offload.flags & NETDEV_CSUM_BLANK))
		return !offload.gso_size; /* segments are made with checksums, or not at all */
	at = transport_of(frame, len, &protocol, &ipv6);
	if (!at || (protocol != IPPROTO_TCP && (protocol != IPPROTO_UDP || offload.gso_size)))
		return false;
	header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	header->csum_start = (uint16_t)at;
	header->csum_offset = protocol == IPPROTO_TCP ? TCP_SUM : UDP_SUM;
	if (!offload.gso_size)
		return true;
	if (at + 20 > len)
		return false;
	header->gso_type = ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	header->gso_size = offload.gso_size;
	header->hdr_len = (uint16_t)(at + (size_t)(frame[at + 12] >> 4) * 4);
	return true;
}

uint16_t tap_header_flags(const struct virtio_net_hdr *header)
{
	uint16_t flags = 0;

	if (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		flags |= NETDEV_CSUM_BLANK;
	if (header->flags & VIRTIO_NET_HDR_F_DATA_VALID)
		flags |= NETDEV_CSUM_OK;
	return flags;
}

bool tap_header_segments(const struct virtio_net_hdr *header)
{
	unsigned type = header->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;

	return header->gso_size &&
	       (type == VIRTIO_NET_HDR_GSO_TCPV4 || type == VIRTIO_NET_HDR_GSO_TCPV6);
}
