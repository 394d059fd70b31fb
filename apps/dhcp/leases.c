/* SPDX-License-Identifier: ISC */
#include "apps/dhcp/leases.h"

#include <errno.h>
#include <string.h>

#include "apps/dhcp/serve.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/disk/disk.h"
#include "lib/disk/disk_store.h"
#include "lib/store/store.h"

#define DISK_NS     30000000000ull /* until the disk must be there */
#define SAVE_NS     30000000000ull /* for a full batch to be written */
#define PREFIX4     '4'
#define PREFIX6     '6'
#define KEY_DUID    'D'  /* the whole key of DHCPv6's own identifier */
#define RECORD_COST 128u /* bytes of the store's index for a record, at most */
#define MS          1000u

static struct disk_store disk;
static struct store store;
static struct store_sync sync;
static bool kept;

bool leases_are_kept(void)
{
	return kept;
}

bool leases_are_idle(void)
{
	return !kept || store_sync_is_idle(&sync);
}

uint64_t leases_memory(uint64_t leases)
{
	return leases * RECORD_COST + (uint64_t)4 * STORE_BATCH_DEFAULT;
}

static int open_store(const char *name)
{
	struct store_options options = {0};
	struct blkdev *dev;
	int error = disk_wait(&dev, name, platform_time_ns() + DISK_NS);

	if (error) {
		log_error("dhcp", "disk=%s: there is no such disk after %u s", name,
			(unsigned)(DISK_NS / 1000000000));
		return error;
	}
	disk_store_init(&disk, dev);
	platform_random(&options.random, sizeof(options.random));
	error = store_open(&store, &disk.disk, &options);
	if (error) {
		log_error("dhcp", "disk=%s: %s", name, store.message);
		return error;
	}
	if (store.read_only) {
		log_error("dhcp", "disk=%s: expected a disk that can be written", name);
		return -EROFS;
	}
	return 0;
}

struct restored {
	struct dhcp_server *server;
	struct dhcp6_server *server6;
	unsigned taken, foreign, damaged;
	bool has_duid;
};

static bool is_key(const uint8_t *key, size_t len)
{
	return (len == 5 && key[0] == PREFIX4) || (len == 17 && key[0] == PREFIX6);
}

/* No time before the last that a client was heard at: the host's clock may have been set back. */
static int restore_one(
	void *ctx, const uint8_t *key, size_t key_len, const uint8_t *record, size_t len)
{
	struct restored *restored = ctx;
	char name[DHCP_NAME_MAX + 1];
	struct dhcp_lease lease;
	int error = -EBADMSG;

	if (key_len == 1 && key[0] == KEY_DUID) {
		restored->has_duid = dhcp6_server_set_duid(restored->server6, record, len);
		return 0;
	}

	if (is_key(key, key_len) && dhcp_record_read(&lease, name, record, len)) {
		serve_not_before(lease.touched * MS);
		error = key[0] == PREFIX6
				? dhcp6_server_restore(
					  restored->server6, serve_now(), key + 1, &lease)
				: dhcp_server_restore(restored->server, serve_now(), &lease, name);
	}
	restored->taken += !error;
	restored->foreign += error == -ENOENT;
	restored->damaged += error && error != -ENOENT;
	return 0;
}

/*
 * DHCPv6 clients know the server by its identifier, which is made of a MAC at first: it goes on
 * when the MAC is another. It is on the disk no later than the first lease.
 */
static int keep_duid(const struct dhcp6_server *server6)
{
	const uint8_t key = KEY_DUID;

	return store_sync_put(
		&sync, &key, 1, server6->duid, server6->duid_len, platform_time_ns() + SAVE_NS);
}

/* Who has a lease that is lost may meet another who is given its address: nobody could tell. */
static int restore(struct restored *restored, const char *name, bool tolerant)
{
	int error = store_each(&store, restore_one, restored);

	if (error) {
		log_error("dhcp", "disk=%s: leases cannot be read: error %d", name, -error);
		return error;
	}
	log_info("dhcp", "disk %s: %u leases; %u of addresses that are no more given out", name,
		restored->taken, restored->foreign);
	if (!restored->damaged)
		return 0;
	if (tolerant) {
		log_warning("dhcp",
			"disk=%s: %u leases are damaged, or too many for dhcp-lease-max: they are "
			"left out, and their addresses may be given to others",
			name, restored->damaged);
		return 0;
	}
	log_error("dhcp",
		"disk=%s: %u leases are damaged, or too many for dhcp-lease-max; with "
		"damaged=leave-out the guest starts without them",
		name, restored->damaged);
	return -EBADMSG;
}

int leases_open(
	struct dhcp_server *server, struct dhcp6_server *server6, const char *name, bool tolerant)
{
	struct restored restored = {.server = server, .server6 = server6};
	int error = open_store(name);

	if (error)
		return error;
	error = restore(&restored, name, tolerant);
	if (!error)
		error = store_sync_start(&sync, &store);
	if (!error && server6->duid_len && !restored.has_duid)
		error = keep_duid(server6);
	kept = !error;
	return error;
}

int leases_save(const uint8_t *address, size_t address_len, const uint8_t *record, size_t len,
	struct store_later *later)
{
	uint8_t key[17] = {address_len == 4 ? PREFIX4 : PREFIX6};
	int error;

	memcpy(key + 1, address, address_len);
	error = store_sync_put(
		&sync, key, 1 + address_len, record, len, platform_time_ns() + SAVE_NS);
	if (!error)
		store_sync_later(&sync, later);
	return error;
}
