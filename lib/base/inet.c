/* SPDX-License-Identifier: ISC */
/* IP addresses from and to text. */
#include "lib/base/inet.h"
#include "lib/base/bytes.h"

#include <stdio.h>
#include <string.h>

/* Decimal without leading zeros, at most MAX; *P moves behind it. */
static bool parse_decimal(const char **p, const char *end, unsigned max, unsigned *value)
{
	const char *start = *p;

	for (*value = 0; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		*value = *value * 10 + (unsigned)(**p - '0');
		if (*value > max || (*start == '0' && *p > start))
			return false;
	}
	return *p > start;
}

bool inet_parse4(const char *text, size_t len, uint8_t out[4])
{
	const char *p = text, *end = text + len;
	unsigned value;

	for (int i = 0; i < 4; i++) {
		if (i && (p == end || *p++ != '.'))
			return false;
		if (!parse_decimal(&p, end, 255, &value))
			return false;
		out[i] = (uint8_t)value;
	}
	return p == end;
}

/* One group of one to four hexadecimal digits. */
static bool parse_group(const char **p, const char *end, uint8_t out[2])
{
	const char *start = *p;
	unsigned value = 0;

	for (; *p < end && *p - start < 4 && base_hex_digit(**p) >= 0; (*p)++)
		value = value << 4 | (unsigned)base_hex_digit(**p);
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	return *p > start;
}

/* Groups between colons until the end or "::". Returns the count of bytes, or -1. */
static int parse_groups(const char **p, const char *end, uint8_t *out, int room)
{
	int count = 0;

	while (*p < end && !(*p + 1 < end && (*p)[0] == ':' && (*p)[1] == ':')) {
		const char *start;

		if (count && *(*p)++ != ':')
			return -1;
		start = *p;
		if (room - count >= 4 && inet_parse4(start, (size_t)(end - start), out + count)) {
			*p = end;
			return count + 4;
		}
		if (room - count < 2 || !parse_group(p, end, out + count))
			return -1;
		count += 2;
	}
	return count;
}

bool inet_parse6(const char *text, size_t len, uint8_t out[16])
{
	const char *p = text, *end = text + len;
	uint8_t tail[16];
	int head_len = parse_groups(&p, end, out, 16), tail_len;

	if (head_len < 0)
		return false;
	if (p == end)
		return head_len == 16;
	p += 2;
	tail_len = parse_groups(&p, end, tail, 14 - head_len);
	if (tail_len < 0 || p != end || head_len > 14)
		return false;
	memset(out + head_len, 0, (size_t)(16 - head_len));
	memcpy(out + 16 - tail_len, tail, (size_t)tail_len);
	return true;
}

static bool parse_length(const char *slash, unsigned max, unsigned *length)
{
	const char *p = slash + 1, *end = p + strlen(p);

	return parse_decimal(&p, end, max, length) && p == end;
}

bool inet_parse4_prefix(const char *text, uint8_t out[4], unsigned *length)
{
	const char *slash = strchr(text, '/');

	return slash && inet_parse4(text, (size_t)(slash - text), out) &&
	       parse_length(slash, 32, length);
}

bool inet_parse6_prefix(const char *text, uint8_t out[16], unsigned *length)
{
	const char *slash = strchr(text, '/');

	return slash && inet_parse6(text, (size_t)(slash - text), out) &&
	       parse_length(slash, 128, length);
}

void inet_format4(const uint8_t address[4], char text[INET_TEXT])
{
	snprintf(text, INET_TEXT, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
}

static unsigned group(const uint8_t address[16], int index)
{
	const uint8_t *p = address + (size_t)index * 2;

	return (unsigned)(p[0] << 8 | p[1]);
}

/* The first of the longest runs of two or more zero groups, or -1. */
static int longest_zeros(const uint8_t address[16], int *length)
{
	int best = -1;

	*length = 1;
	for (int i = 0; i < 8; i++) {
		int run = 0;

		while (i + run < 8 && group(address, i + run) == 0)
			run++;
		if (run > *length) {
			*length = run;
			best = i;
		}
		i += run;
	}
	return best;
}

void inet_format6(const uint8_t address[16], char text[INET_TEXT])
{
	int length, zeros = longest_zeros(address, &length);
	char *p = text;

	for (int i = 0; i < 8; i++) {
		if (i == zeros) {
			p += sprintf(p, i ? ":" : "::");
			i += length - 1;
		} else {
			p += sprintf(p, i < 7 ? "%x:" : "%x", group(address, i));
		}
	}
}
