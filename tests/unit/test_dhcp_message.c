/* SPDX-License-Identifier: ISC */
/* DHCPv4 messages: what is taken, why the rest is not, joined and overloaded options, replies. */
#include "lib/dhcp/message.h"

#include <check.h>
#include <string.h>

#include "tests/support/check.h"

static uint8_t packet[2000];
static struct dhcp_message message;

/* A packet with these bytes as its options; gives its length. */
static size_t make(const char *options, size_t len)
{
	static const uint8_t cookie[4] = {0x63, 0x82, 0x53, 0x63};

	memset(packet, 0, sizeof(packet));
	memcpy(packet, "\1\1\6\0\x12\x34\x56\x78\0\5\x80\0", 12);
	memcpy(packet + 24, "\x0a\0\0\1", 4);
	memcpy(packet + 28, "\2\0\0\0\0\x09stale", 11);
	memcpy(packet + 236, cookie, 4);
	memcpy(packet + DHCP_FIXED, options, len);
	return DHCP_FIXED + len;
}

static const struct row {
	const char *options;
	size_t len;
	enum dhcp_verdict verdict;
} rows[] = {
#define ROW(text, verdict)                                                                         \
	{                                                                                          \
		text, sizeof(text) - 1, verdict                                                    \
	}
	ROW("\x35\1\1\xff", DHCP_TAKEN), ROW("\0\0\x35\1\3\0\xff", DHCP_TAKEN),
	ROW("\x35\1\1\xff\x35\7", DHCP_TAKEN), /* what follows END is not looked at */
	ROW("\x35\1\x0a\xff", DHCP_TAKEN), ROW("\x35\1\1", DHCP_BAD_OPTIONS),
	ROW("", DHCP_BAD_OPTIONS), ROW("\x35", DHCP_BAD_OPTIONS),
	ROW("\x35\1\1\x3d\4\1\2\3", DHCP_BAD_OPTIONS),
	ROW("\x35\1\1\x34\1\0\xff", DHCP_BAD_OPTIONS),
	ROW("\x35\1\1\x34\1\4\xff", DHCP_BAD_OPTIONS),
	ROW("\x35\1\1\x34\2\1\1\xff", DHCP_BAD_OPTIONS),
	ROW("\x35\1\1\x34\1\1\xff", DHCP_BAD_OPTIONS), /* `file` has no END */
	ROW("\xff", DHCP_BAD_TYPE), ROW("\x35\0\xff", DHCP_BAD_TYPE),
	ROW("\x35\2\1\1\xff", DHCP_BAD_TYPE),
	ROW("\x35\1\2\xff", DHCP_BAD_TYPE), /* an OFFER is a server's */
	ROW("\x35\1\x0b\xff", DHCP_BAD_TYPE),
	ROW("\x35\1\1\x35\1\1\xff", DHCP_BAD_TYPE), /* joined, the type has two bytes */
};

START_TEST(verdicts)
{
	const struct row *row = &rows[_i];

	ck_assert_int_eq(
		dhcp_message_read(&message, packet, make(row->options, row->len)), row->verdict);
}
END_TEST

START_TEST(headers)
{
	size_t len = make("\x35\1\1\xff", 4);

	ck_assert_int_eq(dhcp_message_read(&message, packet, len), DHCP_TAKEN);
	ck_assert_uint_eq(message.fixed.xid, 0x12345678);
	ck_assert_uint_eq(message.fixed.secs, 5);
	ck_assert_uint_eq(message.fixed.flags, DHCP_BROADCAST);
	ck_assert_uint_eq(message.fixed.giaddr, 0x0a000001);
	ck_assert_mem_eq(message.fixed.chaddr, "\2\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_int_eq(message.type, DHCP_DISCOVER);
	ck_assert_int_eq(dhcp_message_read(&message, packet, DHCP_FIXED - 1), DHCP_BAD_SIZE);
	ck_assert_int_eq(dhcp_message_read(&message, packet, DHCP_MESSAGE_MAX + 1), DHCP_BAD_SIZE);
	ck_assert_int_eq(dhcp_message_read(&message, packet, DHCP_MESSAGE_MAX), DHCP_TAKEN);
	packet[2] = 17;
	ck_assert_int_eq(dhcp_message_read(&message, packet, len), DHCP_BAD_HEADER);
	packet[2] = 16;
	ck_assert_int_eq(dhcp_message_read(&message, packet, len), DHCP_TAKEN);
	packet[0] = DHCP_OP_REPLY;
	ck_assert_int_eq(dhcp_message_read(&message, packet, len), DHCP_BAD_HEADER);
	packet[0] = DHCP_OP_REQUEST;
	packet[239] ^= 1;
	ck_assert_int_eq(dhcp_message_read(&message, packet, len), DHCP_BAD_HEADER);
}
END_TEST

/* RFC 3396: options, then `file`, then `sname`; pieces of one code may stand apart. */
START_TEST(joins_pieces)
{
	size_t len = make("\x3d\2ab\x35\1\1\x34\1\3\x3d\1c\x50\0\xff", 16), size;
	const uint8_t *value;
	uint32_t number;

	memcpy(packet + 108, "\x3d\1d\xff", 4);
	memcpy(packet + 44, "\x3d\2ef\x32\4\x0a\0\0\7\xff", 11);
	ck_assert_int_eq(dhcp_message_read(&message, packet, len), DHCP_TAKEN);
	value = dhcp_message_option(&message, DHCP_OPTION_CLIENT_ID, &size);
	ck_assert_ptr_nonnull(value);
	ck_assert_uint_eq(size, 6);
	ck_assert_mem_eq(value, "abcdef", 6);
	ck_assert_ptr_nonnull(dhcp_message_option(&message, 80, &size));
	ck_assert_uint_eq(size, 0);
	ck_assert_ptr_null(dhcp_message_option(&message, 81, &size));
	ck_assert(dhcp_message_option_u32(&message, 50, &number));
	ck_assert_uint_eq(number, 0x0a000007);
	ck_assert(!dhcp_message_option_u32(&message, DHCP_OPTION_CLIENT_ID, &number));
	ck_assert(!dhcp_message_option_u32(&message, 51, &number));
}
END_TEST

START_TEST(replies)
{
	static uint8_t reply[DHCP_MESSAGE_MAX], big[300];
	struct wire_writer w;

	ck_assert_int_eq(dhcp_message_read(&message, packet, make("\x35\1\1\xff", 4)), DHCP_TAKEN);
	wire_writer_init(&w, reply, sizeof(reply));
	dhcp_reply_begin(&w, &message.fixed);
	ck_assert_uint_eq(wire_written(&w), DHCP_FIXED);
	dhcp_reply_option(&w, DHCP_OPTION_TYPE, "\2", 1);
	dhcp_reply_end(&w);
	ck_assert_uint_eq(wire_written(&w), DHCP_MESSAGE_MIN);
	ck_assert_mem_eq(reply, "\2\1\6\0\x12\x34\x56\x78", 8);
	ck_assert_mem_eq(reply + DHCP_FIXED, "\x35\1\2\xff\0", 5);

	wire_writer_init(&w, reply, sizeof(reply));
	memset(big, 'x', sizeof(big));
	dhcp_reply_option(&w, 121, big, sizeof(big));
	ck_assert_uint_eq(wire_written(&w), sizeof(big) + 4);
	ck_assert_mem_eq(reply, "\x79\xffx", 3);
	ck_assert_mem_eq(reply + 257, "\x79\x2dx", 3);
	wire_writer_init(&w, reply, DHCP_FIXED);
	dhcp_reply_begin(&w, &message.fixed);
	ck_assert(!wire_overflowed(&w));
	dhcp_reply_end(&w);
	ck_assert(wire_overflowed(&w));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dhcp message");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, verdicts, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(all, headers);
	tcase_add_test(all, joins_pieces);
	tcase_add_test(all, replies);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
