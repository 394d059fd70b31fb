/* SPDX-License-Identifier: ISC */
/*
 * The header that stands before each frame of a tap device (struct virtio_net_hdr of
 * linux/virtio_net.h, in the machine's byte order): what is left to who gets the frame.
 */
#ifndef ARCH_HOST_TAP_HEADER_H
#define ARCH_HOST_TAP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/netdev.h"

struct virtio_net_hdr;

/* Tells of FRAME (LEN bytes) what OFFLOAD does. False: it is no frame that this can be done with.
 */
bool tap_header_make(struct virtio_net_hdr *header, const uint8_t *frame, size_t len,
	struct netdev_offload offload);

/* NETDEV_CSUM_OK, NETDEV_CSUM_BLANK of a frame received. */
uint16_t tap_header_flags(const struct virtio_net_hdr *header);
/* Whether it was joined from TCP segments, of header->gso_size bytes each. */
bool tap_header_segments(const struct virtio_net_hdr *header);

#endif
