/* SPDX-License-Identifier: ISC */
/* See fakestore.h. The wire format is that of xen/io/xs_wire.h. */
#include "tests/fakexen/fakestore.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "tests/fakexen/fakexen.h"

#define NODES   512
#define WATCHES 64
#define PATH    160

struct node {
	char path[PATH];
	char *value;
};

static struct node nodes[NODES];
static unsigned node_count;

static struct {
	char path[PATH]; /* as registered */
	char token[32];
} watches[WATCHES];
static unsigned watch_count;

static unsigned open_transactions;
static uint32_t last_transaction;

unsigned fakestore_conflicts, fakestore_requests;
const char *fakestore_readonly;
void (*fakestore_written)(const char *path);
bool (*fakestore_lie)(uint32_t type, uint32_t id, const char *payload, size_t payload_len);

static uint8_t message[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
static size_t message_len;
static uint8_t *replies;
static size_t replies_len, replies_room;

void fakestore_init(void)
{
	for (unsigned i = 0; i < node_count; i++)
		free(nodes[i].value);
	free(replies);
	replies = NULL;
	replies_len = replies_room = message_len = 0;
	node_count = watch_count = open_transactions = 0;
	fakestore_conflicts = 0;
	fakestore_readonly = NULL;
}

static const char *absolute(const char *path, char full[PATH])
{
	if (path[0] == '/')
		return path;
	snprintf(full, PATH, FAKESTORE_HOME "/%.*s", PATH - (int)sizeof(FAKESTORE_HOME) - 1, path);
	return full;
}

static struct node *find(const char *path)
{
	for (unsigned i = 0; i < node_count; i++)
		if (!strcmp(nodes[i].path, path))
			return &nodes[i];
	return NULL;
}

static bool is_below(const char *path, const char *parent)
{
	size_t len = strlen(parent);

	return !strncmp(path, parent, len) && (!path[len] || path[len] == '/');
}

/* ---- replies ---- */

static void append(const void *data, size_t len)
{
	if (replies_len + len > replies_room) {
		replies_room = (replies_len + len) * 2;
		replies = realloc(replies, replies_room);
		if (!replies)
			abort();
	}
	if (len)
		memcpy(replies + replies_len, data, len);
	replies_len += len;
}

static void reply(const struct xsd_sockmsg *to, uint32_t type, const void *data, size_t len)
{
	struct xsd_sockmsg header = {
		.type = type, .req_id = to->req_id, .tx_id = to->tx_id, .len = (uint32_t)len};

	append(&header, sizeof(header));
	append(data, len);
}

static void reply_error(const struct xsd_sockmsg *to, const char *name)
{
	reply(to, XS_ERROR, name, strlen(name) + 1);
}

static void reply_ok(const struct xsd_sockmsg *to)
{
	reply(to, to->type, "OK", 3);
}

void fakestore_say(uint32_t type, uint32_t id, uint32_t claimed, const void *data, size_t len)
{
	struct xsd_sockmsg header = {.type = type, .req_id = id, .len = claimed};

	append(&header, sizeof(header));
	append(data, len);
}

static void fire(unsigned watch, const char *path)
{
	struct xsd_sockmsg header = {.type = XS_WATCH_EVENT};
	size_t home = strlen(FAKESTORE_HOME);

	/* A relative watch hears relative paths. */
	if (watches[watch].path[0] != '/' && is_below(path, FAKESTORE_HOME))
		path += home + 1;
	header.len = (uint32_t)(strlen(path) + strlen(watches[watch].token) + 2);
	append(&header, sizeof(header));
	append(path, strlen(path) + 1);
	append(watches[watch].token, strlen(watches[watch].token) + 1);
}

static void fire_all(const char *path)
{
	char full[PATH];

	for (unsigned i = 0; i < watch_count; i++)
		if (is_below(path, absolute(watches[i].path, full)))
			fire(i, path);
}

/* ---- the tree ---- */

static void store(const char *path, const char *value, size_t len)
{
	struct node *node = find(path);

	if (!node) {
		if (node_count == NODES)
			abort();
		node = &nodes[node_count++];
		memset(node, 0, sizeof(*node));
		snprintf(node->path, PATH, "%s", path);
	}
	free(node->value);
	node->value = malloc(len + 1);
	if (!node->value)
		abort();
	memcpy(node->value, value, len);
	node->value[len] = 0;
	fire_all(path);
}

void fakestore_write(const char *path, const char *value)
{
	char full[PATH];

	store(absolute(path, full), value, strlen(value));
}

void fakestore_remove(const char *path)
{
	char full[PATH];
	const char *from = absolute(path, full);

	for (unsigned i = 0; i < node_count;) {
		if (!is_below(nodes[i].path, from)) {
			i++;
			continue;
		}
		free(nodes[i].value);
		nodes[i] = nodes[--node_count];
		memset(&nodes[node_count], 0, sizeof(nodes[0]));
	}
	fire_all(from);
}

const char *fakestore_read(const char *path)
{
	char full[PATH];
	struct node *node = find(absolute(path, full));

	return node ? node->value : NULL;
}

const char *fakestore_get(const char *folder, const char *key)
{
	char path[PATH];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return fakestore_read(path);
}

void fakestore_set(const char *folder, const char *key, const char *value)
{
	char path[PATH];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	fakestore_write(path, value);
}

/* ---- requests ---- */

static void do_directory(const struct xsd_sockmsg *header, const char *path)
{
	char names[XENSTORE_PAYLOAD_MAX];
	size_t len = 0, parent = strlen(path);
	bool exists = false;

	for (unsigned i = 0; i < node_count; i++) {
		const char *name = nodes[i].path + parent + 1;
		size_t size;
		bool seen = false;

		if (!is_below(nodes[i].path, path))
			continue;
		exists = true;
		if (!nodes[i].path[parent])
			continue;
		size = strcspn(name, "/");
		for (size_t at = 0; at < len; at += strlen(names + at) + 1)
			seen |= strlen(names + at) == size && !memcmp(names + at, name, size);
		if (seen || len + size + 1 > sizeof(names))
			continue;
		memcpy(names + len, name, size);
		names[len + size] = 0;
		len += size + 1;
	}
	if (exists)
		reply(header, XS_DIRECTORY, names, len);
	else
		reply_error(header, "ENOENT");
}

static void do_watch(const struct xsd_sockmsg *header, const char *path, const char *token)
{
	char full[PATH];

	if (watch_count == WATCHES) {
		reply_error(header, "E2BIG");
		return;
	}
	snprintf(watches[watch_count].path, PATH, "%.*s", PATH - 1, path);
	snprintf(watches[watch_count].token, sizeof(watches[0].token), "%.31s", token);
	watch_count++;
	reply_ok(header);
	fire(watch_count - 1, absolute(path, full));
}

static void do_unwatch(const struct xsd_sockmsg *header, const char *path, const char *token)
{
	for (unsigned i = 0; i < watch_count; i++) {
		if (strcmp(watches[i].path, path) || strcmp(watches[i].token, token))
			continue;
		watches[i] = watches[--watch_count];
		reply_ok(header);
		return;
	}
	reply_error(header, "ENOENT");
}

/* The folders of devices are dom0's to make: a guest may write only into one that is there. */
static bool may_write(const char *path)
{
	char folder[PATH];
	const char *slash = strrchr(path, '/');

	if (!is_below(path, FAKESTORE_HOME "/device"))
		return true;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = 0;
	for (unsigned i = 0; i < node_count; i++)
		if (is_below(nodes[i].path, folder))
			return true;
	return false;
}

static void do_write(const struct xsd_sockmsg *header, const char *path, const char *payload)
{
	const char *value = payload + strlen(payload) + 1;

	if (!may_write(path) || (fakestore_readonly && !strcmp(payload, fakestore_readonly))) {
		reply_error(header, "EACCES");
		return;
	}
	/* What a transaction writes that will not be committed is not seen. */
	if (!header->tx_id || !fakestore_conflicts)
		store(path, value, header->len - (size_t)(value - payload));
	reply_ok(header);
	if (fakestore_written)
		fakestore_written(path);
}

static void do_transaction(const struct xsd_sockmsg *header, const char *payload)
{
	char id[16];

	if (header->type == XS_TRANSACTION_START) {
		open_transactions++;
		snprintf(id, sizeof(id), "%u", ++last_transaction);
		reply(header, header->type, id, strlen(id) + 1);
		return;
	}
	open_transactions--;
	if (payload[0] == 'T' && fakestore_conflicts) {
		fakestore_conflicts--;
		reply_error(header, "EAGAIN");
		return;
	}
	reply_ok(header);
}

static void serve(const struct xsd_sockmsg *header, const char *payload)
{
	char full[PATH];
	const char *path = absolute(payload, full);
	const char *second = payload + strlen(payload) + 1;
	struct node *node = find(path);

	fakestore_requests++;
	if (fakestore_lie && fakestore_lie(header->type, header->req_id, payload, header->len))
		return;
	switch (header->type) {
	case XS_READ:
		if (node)
			reply(header, XS_READ, node->value, strlen(node->value));
		else
			reply_error(header, "ENOENT");
		break;
	case XS_WRITE:
		do_write(header, path, payload);
		break;
	case XS_DIRECTORY:
		do_directory(header, path);
		break;
	case XS_RM:
		fakestore_remove(path);
		reply_ok(header);
		break;
	case XS_WATCH:
		do_watch(header, payload, second);
		break;
	case XS_UNWATCH:
		do_unwatch(header, payload, second);
		break;
	case XS_TRANSACTION_START:
	case XS_TRANSACTION_END:
		do_transaction(header, payload);
		break;
	default:
		reply_error(header, "ENOSYS");
	}
}

/* ---- the ring ---- */

static bool take_bytes(void)
{
	struct xenstore_domain_interface *ring = fakexen_store();
	bool any = false;

	while (ring->req_cons != ring->req_prod) {
		struct xsd_sockmsg header;

		any = true;
		message[message_len++] = (uint8_t)ring->req[MASK_XENSTORE_IDX(ring->req_cons++)];
		if (message_len < sizeof(header))
			continue;
		memcpy(&header, message, sizeof(header));
		/* Only a test that writes into the ring can bring this about. */
		if (header.len > XENSTORE_PAYLOAD_MAX) {
			message_len = 0;
			continue;
		}
		if (message_len < sizeof(header) + header.len)
			continue;
		message[message_len] = 0;
		message_len = 0;
		serve(&header, (const char *)message + sizeof(header));
	}
	return any;
}

static bool give_bytes(void)
{
	struct xenstore_domain_interface *ring = fakexen_store();
	size_t room = XENSTORE_RING_SIZE - (ring->rsp_prod - ring->rsp_cons);
	size_t len = replies_len < room ? replies_len : room;

	for (size_t i = 0; i < len; i++)
		ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod++)] = (char)replies[i];
	if (len)
		memmove(replies, replies + len, replies_len - len);
	replies_len -= len;
	return len > 0;
}

bool fakestore_turn(void)
{
	bool took = take_bytes();
	bool gave = give_bytes();

	if (took || gave)
		fakexen_raise(FAKEXEN_STORE_PORT);
	return took || gave;
}

unsigned fakestore_watches(void)
{
	return watch_count;
}

unsigned fakestore_transactions(void)
{
	return open_transactions;
}
