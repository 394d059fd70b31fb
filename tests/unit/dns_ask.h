/* SPDX-License-Identifier: ISC */
/*
 * For unit tests of the DNS engine: loads a zone from a string, asks a question, and gives the
 * reply as lines of text, in the order of the reply: "NOERROR aa", then "AN|AU|AD OWNER TYPE
 * RDATA". Names are decompressed with their case; addresses and names in rdata are shown as such,
 * the rest in hex.
 */
#ifndef TESTS_UNIT_DNS_ASK_H
#define TESTS_UNIT_DNS_ASK_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/dns/master.h"
#include "lib/dns/rdata.h"
#include "lib/dns/server.h"
#include "lib/dns/types.h"

static char ask_message[DNS_MESSAGE];
static uint8_t ask_query[1024], ask_reply[65535];
static size_t ask_query_len, ask_reply_len, ask_room = DNS_REPLY_MAX;

/* The zone, or NULL with ask_message. */
static inline struct dns_zone *zone_from(const char *apex, const char *text)
{
	struct dns_load load = {.apex = apex, .file = "test", .text = text, .len = strlen(text)};

	return dns_zone_load(&load, ask_message);
}

static inline void serve(struct dns_server *server, const char *apex, const char *text)
{
	struct dns_zone *zone = zone_from(apex, text), *old;

	ck_assert_msg(zone != NULL, "%s", ask_message);
	ck_assert_int_eq(dns_server_put_zone(server, zone, &old), 0);
	ck_assert_ptr_null(old);
}

static inline size_t put_u16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return 2;
}

/* "NAME TYPE [+noedns] [+do] [+tcp]" to ask_query; EDNS with 1232 bytes unless told otherwise. */
static inline enum dns_transport make_query(const char *question)
{
	static const uint8_t opt[11] = {0, 0, 41, 1232 >> 8, 1232 & 255};
	char name[600], type[20];
	const char *why;
	uint8_t *p = ask_query + 12;
	uint16_t number;

	ck_assert_int_eq(sscanf(question, "%599s %19s", name, type), 2);
	memset(ask_query, 0, sizeof(ask_query));
	put_u16(ask_query, 0x1234);
	ask_query[5] = 1;
	p += dns_name_parse(p, name, strlen(name), NULL, &why);
	ck_assert(dns_type_parse(type, strlen(type), &number));
	p += put_u16(p, number);
	p += put_u16(p, 1);
	if (!strstr(question, "+noedns")) {
		ask_query[11] = 1;
		memcpy(p, opt, sizeof(opt));
		if (strstr(question, "+do"))
			p[7] = 0x80;
		p += sizeof(opt);
	}
	ask_query_len = (size_t)(p - ask_query);
	return strstr(question, "+tcp") ? DNS_TCP : DNS_UDP;
}

/* A name of the reply from *AT on, as text at OUT; returns behind the text. */
static inline char *show_name(char *out, size_t *at)
{
	uint8_t name[256];
	size_t p = *at, len = 0, hops = 0;
	bool jumped = false;

	for (;;) {
		ck_assert_uint_lt(p, ask_reply_len);
		if (ask_reply[p] >= 0xc0) {
			if (!jumped)
				*at = p + 2;
			jumped = true;
			ck_assert_uint_lt(++hops, 128);
			p = (size_t)(ask_reply[p] & 0x3f) << 8 | ask_reply[p + 1];
			continue;
		}
		ck_assert_uint_lt(len + ask_reply[p] + 1u, sizeof(name));
		memcpy(name + len, ask_reply + p, ask_reply[p] + 1u);
		len += ask_reply[p] + 1u;
		p += ask_reply[p] + 1u;
		if (!ask_reply[p - 1] && name[len - 1] == 0 && len == dns_name_len(name))
			break;
	}
	if (!jumped)
		*at = p;
	dns_name_text(out, DNS_NAME_TEXT, name);
	return out + strlen(out);
}

static inline unsigned reply_u16(size_t at)
{
	return (unsigned)ask_reply[at] << 8 | ask_reply[at + 1];
}

static inline char *show_field(char *out, uint8_t field, size_t *at, size_t end)
{
	const uint8_t *p = ask_reply + *at;
	int len, i;

	*out++ = ' ';
	if (field == DNS_FIELD_NAME)
		return show_name(out, at);
	len = dns_field_len(field, p, end - *at);
	ck_assert_int_ge(len, 0);
	*at += (size_t)len;
	if (field == DNS_FIELD_IP4)
		return out + sprintf(out, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	if (len <= 2)
		return out + sprintf(out, "%u", len == 1 ? p[0] : (unsigned)p[0] << 8 | p[1]);
	for (i = 0; i < len; i++)
		out += sprintf(out, "%02x", p[i]);
	return out;
}

static inline char *show_record(char *out, const char *section, size_t *at)
{
	const struct dns_type *type;
	const uint8_t *field;
	char text[12];
	size_t end;

	out += sprintf(out, "%s ", section);
	out = show_name(out, at);
	type = dns_type_by_number((uint16_t)reply_u16(*at));
	out += sprintf(out, " %s", dns_type_text(text, (uint16_t)reply_u16(*at)));
	end = *at + 10 + reply_u16(*at + 8);
	ck_assert_uint_le(end, ask_reply_len);
	if (reply_u16(*at) == DNS_OPT) {
		out += sprintf(out, " %u %u%s", reply_u16(*at + 2), ask_reply[*at + 4],
			ask_reply[*at + 6] & 0x80 ? " do" : "");
		*at = end;
	} else {
		*at += 10;
		for (field = type ? type->fields : (const uint8_t *)""; *field; field++)
			out = show_field(out, *field, at, end);
		while (*at < end)
			out += sprintf(out, "\\%02x", ask_reply[(*at)++]);
	}
	ck_assert_uint_eq(*at, end);
	*out++ = '\n';
	*out = 0;
	return out;
}

/* The reply as text, without OPT records unless SHOW_OPT. */
static inline const char *show_reply(bool show_opt)
{
	static const char *const rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", "YXRRSET"};
	static const char *const sections[] = {"AN", "AU", "AD"};
	static char text[1 << 20];
	char *out = text, *before;
	size_t at = 12, i, n;

	ck_assert_uint_ge(ask_reply_len, 12);
	ck_assert_uint_eq(reply_u16(0), (unsigned)ask_query[0] << 8 | ask_query[1]);
	ck_assert(ask_reply[2] & 0x80);
	out += sprintf(out, "%s%s%s%s\n", rcodes[ask_reply[3] & 15], ask_reply[2] & 4 ? " aa" : "",
		ask_reply[2] & 2 ? " tc" : "", ask_reply[2] & 1 ? " rd" : "");
	if (reply_u16(4)) {
		ck_assert_uint_eq(reply_u16(4), 1);
		at += dns_name_check(ask_reply + 12, ask_reply_len - 12) + 4;
		ck_assert_mem_eq(ask_reply + 12, ask_query + 12, at - 12);
	}
	for (i = 0; i < 3; i++) {
		for (n = 0; n < reply_u16(6 + 2 * i); n++) {
			before = out;
			out = show_record(out, sections[i], &at);
			if (!show_opt && strstr(before, " OPT "))
				*(out = before) = 0;
		}
	}
	ck_assert_uint_eq(at, ask_reply_len);
	return text;
}

static inline const char *ask(const struct dns_server *server, const char *question)
{
	enum dns_transport transport = make_query(question);
	enum dns_result result = dns_server_answer(
		server, ask_query, ask_query_len, transport, ask_reply, ask_room, &ask_reply_len);

	ck_assert_int_eq(result, DNS_ANSWER);
	return show_reply(false);
}

#endif
