/* SPDX-License-Identifier: ISC */
/* A lease as it stands on a disk: a version, then fixed fields, then the client's identity. */
#include <string.h>

#include "lib/base/wire.h"
#include "lib/dhcp/parse.h"
#include "lib/dhcp/server.h"

#define VERSION  3
#define NO_RELAY 2 /* an earlier version: without the relay */
#define UNNAMED  1 /* the first: nor a name at its end */

/* What is to be in DNS; of a lease that is over, what is to be taken out of it. */
static const char *name_of(const struct dhcp_leases *leases, const struct dhcp_lease *lease)
{
	const struct dhcp_lease_name *entry = dhcp_lease_name(leases, lease);

	if (!entry)
		return "";
	return lease->state == DHCP_LEASE_BOUND ? entry->name : entry->told;
}

size_t dhcp_record_write(uint8_t record[DHCP_RECORD_MAX], const struct dhcp_leases *leases,
	const struct dhcp_lease *lease)
{
	const char *name = name_of(leases, lease);
	struct wire_writer w;

	wire_writer_init(&w, record, DHCP_RECORD_MAX);
	wire_put_u8(&w, VERSION);
	wire_put_u8(&w, lease->state);
	wire_put_u8(&w, lease->htype);
	wire_put_u8(&w, lease->hlen);
	wire_put_u32(&w, lease->address);
	wire_put_u64(&w, lease->end);
	wire_put_u64(&w, lease->touched);
	wire_put_bytes(&w, lease->chaddr, sizeof(lease->chaddr));
	wire_put_u8(&w, lease->id.len);
	wire_put_bytes(&w, lease->id.bytes, lease->id.len);
	wire_put_u32(&w, lease->relay);
	wire_put_u8(&w, (uint8_t)strlen(name));
	wire_put_bytes(&w, name, strlen(name));
	return wire_written(&w);
}

static bool read_name(struct wire_reader *r, char name[DHCP_NAME_MAX + 1])
{
	size_t len = wire_get_u8(r);

	if (wire_failed(r) || len > DHCP_NAME_MAX || wire_left(r) != len)
		return false;
	if (len)
		memcpy(name, wire_get_bytes(r, len), len);
	name[len] = '\0';
	return !len || dhcp_parse_label(name);
}

bool dhcp_record_read(
	struct dhcp_lease *lease, char name[DHCP_NAME_MAX + 1], const uint8_t *record, size_t len)
{
	struct wire_reader r;
	const uint8_t *bytes;
	uint8_t version;

	memset(lease, 0, sizeof(*lease));
	wire_reader_init(&r, record, len);
	version = wire_get_u8(&r);
	if (version < UNNAMED || version > VERSION)
		return false;
	lease->state = wire_get_u8(&r);
	lease->htype = wire_get_u8(&r);
	lease->hlen = wire_get_u8(&r);
	lease->address = wire_get_u32(&r);
	lease->end = wire_get_u64(&r);
	lease->touched = wire_get_u64(&r);
	bytes = wire_get_bytes(&r, sizeof(lease->chaddr));
	if (bytes)
		memcpy(lease->chaddr, bytes, sizeof(lease->chaddr));
	lease->id.len = wire_get_u8(&r);
	if (wire_failed(&r) || lease->id.len < 2 || lease->id.len > DHCP_IDENTITY ||
		wire_left(&r) < lease->id.len || lease->hlen > sizeof(lease->chaddr))
		return false;
	memcpy(lease->id.bytes, wire_get_bytes(&r, lease->id.len), lease->id.len);
	if (version > NO_RELAY)
		lease->relay = wire_get_u32(&r);
	name[0] = '\0';
	if (version == UNNAMED ? wire_left(&r) : !read_name(&r, name))
		return false;
	return lease->state == DHCP_LEASE_PAST || lease->state == DHCP_LEASE_BOUND ||
	       lease->state == DHCP_LEASE_DECLINED;
}
