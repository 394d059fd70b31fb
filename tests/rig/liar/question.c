/* SPDX-License-Identifier: ISC */
/* DNS questions and ARP as frames; see question.h. */
#include "tests/rig/liar/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IP_AT  14
#define UDP_AT (IP_AT + 20)
#define DNS_AT (UDP_AT + 8)

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

void question_new(struct question *q)
{
	q->id = (uint16_t)random();
	q->port = (uint16_t)(1024 + random() % 60000);
	q->host = (unsigned)random() % 16;
}

size_t question_message(const struct question *q, uint8_t *message)
{
	static const uint8_t rest[] = "\7kinglet\7example\0\0\1\0"; /* and a 1: class IN */
	char label[9];

	memset(message, 0, 12);
	put16(message, q->id);
	message[5] = 1;
	/* As $GENERATE has made them: host-1 for 192.0.2.1, with an offset of 0 and two digits. */
	snprintf(label, sizeof(label), "%chost-%02u", 7, q->host + 1);
	memcpy(message + 12, label, 8);
	memcpy(message + 20, rest, sizeof(rest) - 1);
	message[20 + sizeof(rest) - 1] = 1;
	return 20 + sizeof(rest);
}

bool question_answered(const struct question *q, const uint8_t *message, size_t len)
{
	uint8_t asked[64];
	size_t at = question_message(q, asked);
	const uint8_t *rr = message + at;

	if (len < at + 16 || get16(message) != q->id || (message[2] & 0xf8) != 0x80)
		return false;
	if ((message[3] & 15) || get16(message + 4) != 1 || get16(message + 6) != 1)
		return false;
	if (memcmp(message + 12, asked + 12, at - 12) != 0 || get16(rr) != 0xc00c ||
		get16(rr + 2) != 1)
		return false;
	return get16(rr + 10) == 4 && rr[12] == 192 && !rr[13] && rr[14] == 2 &&
	       rr[15] == q->host + 1;
}

static unsigned sum(const uint8_t *data, size_t len, unsigned start)
{
	unsigned total = start;

	for (size_t i = 0; i < len; i++)
		total += i % 2 ? data[i] : (unsigned)data[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

static unsigned udp_sum(const uint8_t *frame)
{
	unsigned len = get16(frame + UDP_AT + 4);

	return sum(frame + UDP_AT, len, sum(frame + IP_AT + 12, 8, 17 + len));
}

size_t question_frame(const struct question *q, const struct link *link, uint8_t *frame)
{
	size_t len = DNS_AT + question_message(q, frame + DNS_AT);
	uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT;

	memset(frame, 0, DNS_AT);
	memcpy(frame, link->guest_mac, 6);
	memcpy(frame + 6, link->our_mac, 6);
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)len - IP_AT);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, link->our_ip, 4);
	memcpy(ip + 16, link->guest_ip, 4);
	put16(ip + 10, ~sum(ip, 20, 0) & 0xffff);
	put16(udp, q->port);
	put16(udp + 2, 53);
	put16(udp + 4, (unsigned)len - UDP_AT);
	put16(udp + 6, ~udp_sum(frame) & 0xffff);
	return len;
}

bool question_answered_by(
	const struct question *q, const struct link *link, const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT;

	if (len < DNS_AT || memcmp(frame, link->our_mac, 6) != 0 ||
		memcmp(frame + 6, link->guest_mac, 6) != 0 || get16(frame + 12) != 0x0800)
		return false;
	if (ip[0] != 0x45 || ip[9] != 17 || sum(ip, 20, 0) != 0xffff ||
		memcmp(ip + 12, link->guest_ip, 4) != 0 || memcmp(ip + 16, link->our_ip, 4) != 0)
		return false;
	if (get16(udp) != 53 || get16(udp + 2) != q->port || get16(udp + 4) < 8 ||
		UDP_AT + get16(udp + 4) > len || get16(ip + 2) != 20 + get16(udp + 4))
		return false;
	return udp_sum(frame) == 0xffff && question_answered(q, frame + DNS_AT, get16(udp + 4) - 8);
}

size_t arp_frame(const struct link *link, uint16_t operation, uint8_t *frame)
{
	static const uint8_t start[] = {8, 6, 0, 1, 8, 0, 6, 4};
	uint8_t *arp = frame + 22;

	memset(frame, 0, 60);
	if (operation == ARP_REQUEST)
		memset(frame, 0xff, 6);
	else
		memcpy(frame, link->guest_mac, 6);
	memcpy(frame + 6, link->our_mac, 6);
	memcpy(frame + 12, start, sizeof(start));
	put16(frame + 20, operation);
	memcpy(arp, link->our_mac, 6);
	memcpy(arp + 6, link->our_ip, 4);
	if (operation == ARP_REPLY)
		memcpy(arp + 10, link->guest_mac, 6);
	memcpy(arp + 16, link->guest_ip, 4);
	return 60;
}

bool arp_is(const struct link *link, uint16_t operation, const uint8_t *frame, size_t len)
{
	const uint8_t *arp = frame + 22;

	return len >= 42 && get16(frame + 12) == 0x0806 && get16(frame + 20) == operation &&
	       memcmp(arp, link->guest_mac, 6) == 0 && memcmp(arp + 6, link->guest_ip, 4) == 0 &&
	       memcmp(arp + 16, link->our_ip, 4) == 0;
}
