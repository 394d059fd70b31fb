/* SPDX-License-Identifier: ISC */
/* Makes requests and judges their answers. DNS: RFC 1035 section 4, with an OPT record (RFC 6891).
 */
#include "tests/bench/load/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DNS_HEADER   12
#define EDNS_PAYLOAD 1232
#define ETHERTYPE    0x88b5 /* IEEE 802: local experimental */

static const struct {
	const char *name;
	unsigned code;
} types[] = {{"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"PTR", 12}, {"MX", 15}, {"TXT", 16},
	{"AAAA", 28}, {"SRV", 33}, {"DS", 43}, {"RRSIG", 46}, {"NSEC", 47}, {"DNSKEY", 48},
	{"ANY", 255}};

static int type_code(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			return (int)types[i].code;
	return -1;
}

/* The name in wire form at AT; its length, or 0 when it is none. */
static size_t name_put(uint8_t *at, const char *name)
{
	size_t len = 0;

	while (*name && strcmp(name, ".") != 0) {
		size_t label = strcspn(name, ".");

		if (label < 1 || label > 63 || len + label > 250)
			return 0;
		at[len++] = (uint8_t)label;
		memcpy(at + len, name, label);
		len += label;
		name += label + (name[label] == '.');
	}
	at[len++] = 0;
	return len;
}

static size_t put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return 2;
}

static size_t query_put(uint8_t *at, const char *name, unsigned type)
{
	static const uint8_t header[DNS_HEADER] = {[5] = 1, [11] = 1};
	size_t len = DNS_HEADER, name_len = name_put(at + DNS_HEADER, name);

	if (!name_len)
		return 0;
	memcpy(at, header, sizeof(header));
	len += name_len;
	len += put16(at + len, type);
	len += put16(at + len, 1);
	at[len++] = 0; /* OPT: the root name */
	len += put16(at + len, 41);
	len += put16(at + len, EDNS_PAYLOAD);
	memset(at + len, 0, 6); /* no flags, no options */
	return len + 6;
}

/* The header, and the question as it was asked. */
static bool dns_check(
	const struct request *request, const uint8_t *bytes, size_t len, struct answer *answer)
{
	size_t question = request->len - 11; /* without the OPT record */

	if (len < question || !(bytes[2] & 0x80) || bytes[4] != 0 || bytes[5] != 1 ||
		memcmp(bytes + DNS_HEADER, request->bytes + DNS_HEADER, question - DNS_HEADER) != 0)
		return false;
	answer->rcode = bytes[3] & 15;
	answer->flags = bytes[2];
	answer->ancount = (unsigned)bytes[6] << 8 | bytes[7];
	answer->nscount = (unsigned)bytes[8] << 8 | bytes[9];
	return true;
}

/* The same bytes but for those that were not ours to say: the tag, and a frame's addresses. */
static bool echo_check(
	const struct request *request, const uint8_t *bytes, size_t len, struct answer *answer)
{
	(void)answer;
	return len >= request->len && memcmp(bytes + 2, request->bytes + 2, request->len - 2) == 0;
}

static bool frame_check(
	const struct request *request, const uint8_t *bytes, size_t len, struct answer *answer)
{
	(void)answer;
	return len >= request->len && memcmp(bytes, request->bytes + 6, 6) == 0 &&
	       memcmp(bytes + 16, request->bytes + 16, request->len - 16) == 0;
}

static int request_add(struct requests *requests, const uint8_t *bytes, size_t len)
{
	struct request *list =
		realloc(requests->list, (requests->count + 1) * sizeof(requests->list[0]));
	uint8_t *copy = malloc(len);

	if (!list || !copy) {
		fprintf(stderr, "load: out of memory\n");
		return -1;
	}
	memcpy(copy, bytes, len);
	requests->list = list;
	list[requests->count++] = (struct request){.bytes = copy, .len = len};
	return 0;
}

int requests_of_file(struct requests *requests, const char *path)
{
	FILE *file = fopen(path, "r");
	char name[300], type[20];
	uint8_t bytes[512];

	*requests = (struct requests){.check = dns_check};
	if (!file) {
		fprintf(stderr, "load: %s: expected a file of queries, got none\n", path);
		return -1;
	}
	while (fscanf(file, "%299s %19s", name, type) == 2) {
		int code = type_code(type);
		size_t len = code < 0 ? 0 : query_put(bytes, name, (unsigned)code);

		if (!len || request_add(requests, bytes, len)) {
			fprintf(stderr, "load: %s: expected \"NAME TYPE\", got \"%s %s\"\n", path,
				name, type);
			fclose(file);
			return -1;
		}
	}
	fclose(file);
	if (requests->count)
		return 0;
	fprintf(stderr, "load: %s: expected queries, got none\n", path);
	return -1;
}

static void fill(uint8_t *bytes, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		bytes[i] = (uint8_t)i;
}

int requests_of_echo(struct requests *requests, size_t size)
{
	uint8_t bytes[REQUEST_MAX];

	*requests = (struct requests){.check = echo_check};
	if (size < 4 || size > 1472) {
		fprintf(stderr, "load: size of a datagram: expected 4 to 1472, got %zu\n", size);
		return -1;
	}
	fill(bytes, 0, size);
	return request_add(requests, bytes, size);
}

int requests_of_frames(
	struct requests *requests, const uint8_t from[6], const uint8_t to[6], size_t size)
{
	uint8_t bytes[REQUEST_MAX];

	*requests = (struct requests){.check = frame_check, .tag_at = 14};
	if (size < 60 || size > REQUEST_MAX) {
		fprintf(stderr, "load: size of a frame: expected 60 to %d, got %zu\n", REQUEST_MAX,
			size);
		return -1;
	}
	memcpy(bytes, to, 6);
	memcpy(bytes + 6, from, 6);
	put16(bytes + 12, ETHERTYPE);
	fill(bytes, 14, size);
	return request_add(requests, bytes, size);
}
