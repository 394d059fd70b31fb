/* SPDX-License-Identifier: ISC */
/* xenstore from dom0; see store.h. One request at a time, no watches. */
#include "tests/rig/liar/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

static int fd = -1;
static uint32_t last_id;

bool store_open(void)
{
	fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
	return fd >= 0;
}

static bool read_all(void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t got = read(fd, (char *)data + at, len - at);

		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

/* The length of what came back, or -1: an error, or more than SIZE. */
static int ask(uint32_t type, const void *payload, size_t len, char *reply, size_t size)
{
	static char message[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	struct xsd_sockmsg header = {.type = type, .req_id = ++last_id, .len = (uint32_t)len};
	static char answer[XENSTORE_PAYLOAD_MAX + 1];

	if (len > XENSTORE_PAYLOAD_MAX)
		return -1;
	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), payload, len);
	len += sizeof(header);
	if (write(fd, message, len) != (ssize_t)len || !read_all(&header, sizeof(header)) ||
		header.len > XENSTORE_PAYLOAD_MAX || !read_all(answer, header.len)) {
		fprintf(stderr, "liar: xenstore does not answer: %s\n", strerror(errno));
		exit(2);
	}
	if (header.type != type || header.req_id != last_id || header.len >= size)
		return -1;
	memcpy(reply, answer, header.len);
	reply[header.len] = 0;
	return (int)header.len;
}

int store_read(const char *path, char *value, size_t size)
{
	return ask(XS_READ, path, strlen(path) + 1, value, size);
}

long store_read_number(const char *path)
{
	char text[32], *end;
	long number;

	if (store_read(path, text, sizeof(text)) <= 0)
		return -1;
	number = strtol(text, &end, 10);
	return *end ? -1 : number;
}

bool store_write_bytes(const char *path, const void *value, size_t len)
{
	char payload[XENSTORE_PAYLOAD_MAX], reply[16];
	size_t path_len = strlen(path) + 1;

	if (path_len + len > sizeof(payload))
		return false;
	memcpy(payload, path, path_len);
	memcpy(payload + path_len, value, len);
	return ask(XS_WRITE, payload, path_len + len, reply, sizeof(reply)) >= 0;
}

bool store_write(const char *path, const char *value)
{
	return store_write_bytes(path, value, strlen(value));
}

bool store_write_number(const char *path, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	return store_write(path, text);
}

bool store_remove(const char *path)
{
	char reply[16];

	return ask(XS_RM, path, strlen(path) + 1, reply, sizeof(reply)) >= 0;
}

bool store_make(const char *path, unsigned owner, unsigned reader)
{
	char payload[256], reply[16];
	int len = snprintf(payload, sizeof(payload), "%s%cn%u%cr%u", path, 0, owner, 0, reader);

	return store_write(path, "") &&
	       ask(XS_SET_PERMS, payload, (size_t)len + 1, reply, sizeof(reply)) >= 0;
}
