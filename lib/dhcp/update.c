/* SPDX-License-Identifier: ISC */
/* The updates of RFC 4703 section 5, in RFC 2136's form. */
#include <string.h>

#include "lib/base/wire.h"
#include "lib/dhcp/names.h"
#include "lib/dhcp/parse.h"

#define OPCODE_UPDATE 5
#define TYPE_A        1
#define TYPE_SOA      6
#define TYPE_PTR      12
#define TYPE_AAAA     28
#define TYPE_DHCID    49
#define TYPE_ANY      255
#define CLASS_IN      1
#define CLASS_NONE    254
#define CLASS_ANY     255

#define NOERROR  0
#define SERVFAIL 2
#define YXDOMAIN 6
#define YXRRSET  7
#define NXRRSET  8

enum step {
	ADD_NEW,        /* section 5.3.1: the name is nobody's */
	ADD_OWN,        /* 5.3.2: it is this client's */
	ADD_REVERSE,    /* 5.4 */
	REMOVE_ADDRESS, /* 5.5: the address, if the name is this client's */
	REMOVE_NAME,    /* the rest, if no address is left */
	REMOVE_REVERSE
};

/* ---- names ---- */

static size_t wire_len(const uint8_t *name)
{
	const uint8_t *at = name;

	while (*at)
		at += *at + 1;
	return (size_t)(at - name) + 1;
}

static bool ends_with(const uint8_t *name, const uint8_t *zone)
{
	size_t len = wire_len(zone);

	for (;; name += *name + 1) {
		if (wire_len(name) == len && memcmp(name, zone, len) == 0)
			return true;
		if (!*name)
			return false;
	}
}

static const uint8_t *zone_of(const uint8_t *name, const uint8_t *const *zones, unsigned count)
{
	const uint8_t *best = NULL;

	for (unsigned i = 0; i < count; i++)
		if (ends_with(name, zones[i]) && (!best || wire_len(zones[i]) > wire_len(best)))
			best = zones[i];
	return best;
}

/* RFC 1035 section 3.5. */
static void reverse_name(uint8_t *to, uint32_t address)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned byte = address >> (8 * i) & 0xff;
		uint8_t *len = to++;

		if (byte >= 100)
			*to++ = (uint8_t)('0' + byte / 100);
		if (byte >= 10)
			*to++ = (uint8_t)('0' + byte / 10 % 10);
		*to++ = (uint8_t)('0' + byte % 10);
		*len = (uint8_t)(to - len - 1);
	}
	memcpy(to, "\7in-addr\4arpa", 14);
}

bool dhcp_update_begin(struct dhcp_update *update, const struct dhcp_name_task *task,
	const char *domain, const uint8_t *const *zones, unsigned count)
{
	memset(update, 0, sizeof(*update));
	if (!dhcp_name_wire(task->name, domain, update->name))
		return false;
	reverse_name(update->address_name, task->address);
	update->task = task;
	update->forward = zone_of(update->name, zones, count);
	update->reverse = zone_of(update->address_name, zones, count);
	if (update->forward)
		update->step = task->remove ? REMOVE_ADDRESS : ADD_NEW;
	else
		update->step = task->remove ? REMOVE_REVERSE : ADD_REVERSE;
	return update->forward || update->reverse;
}

/* ---- requests ---- */

struct request {
	struct wire_writer w;
	const struct dhcp_update *update;
	const uint8_t *name; /* that all its records have */
	uint16_t prerequisites, updates;
};

static void put_record(struct request *r, uint16_t type, uint16_t class, uint32_t ttl,
	const void *data, size_t len)
{
	wire_put_bytes(&r->w, r->name, wire_len(r->name));
	wire_put_u16(&r->w, type);
	wire_put_u16(&r->w, class);
	wire_put_u32(&r->w, ttl);
	wire_put_u16(&r->w, (uint16_t)len);
	wire_put_bytes(&r->w, data, len);
}

/* RFC 2136 sections 2.4 and 2.5: what a record means lies in its class and in whether it has data.
 */
static void require(struct request *r, uint16_t type, uint16_t class, const void *data, size_t len)
{
	put_record(r, type, class, 0, data, len);
	r->prerequisites++;
}

static void change(struct request *r, uint16_t type, uint16_t class, const void *data, size_t len)
{
	put_record(r, type, class, class == CLASS_IN ? r->update->task->ttl : 0, data, len);
	r->updates++;
}

static void require_own(struct request *r)
{
	require(r, TYPE_DHCID, CLASS_IN, r->update->task->dhcid, DHCP_DHCID_LEN);
}

static void add_address(struct request *r, const uint8_t address[4])
{
	change(r, TYPE_A, CLASS_IN, address, 4);
}

static void put_step(struct request *r)
{
	const struct dhcp_update *u = r->update;
	const struct dhcp_name_task *task = u->task;
	uint8_t address[4] = {(uint8_t)(task->address >> 24), (uint8_t)(task->address >> 16),
		(uint8_t)(task->address >> 8), (uint8_t)task->address};

	switch ((enum step)u->step) {
	case ADD_NEW:
		require(r, TYPE_ANY, CLASS_NONE, NULL, 0);
		add_address(r, address);
		change(r, TYPE_DHCID, CLASS_IN, task->dhcid, DHCP_DHCID_LEN);
		break;
	case ADD_OWN:
		require_own(r);
		change(r, TYPE_A, CLASS_ANY, NULL, 0);
		add_address(r, address);
		break;
	case ADD_REVERSE:
		change(r, TYPE_PTR, CLASS_ANY, NULL, 0);
		change(r, TYPE_DHCID, CLASS_ANY, NULL, 0);
		change(r, TYPE_PTR, CLASS_IN, u->name, wire_len(u->name));
		change(r, TYPE_DHCID, CLASS_IN, task->dhcid, DHCP_DHCID_LEN);
		break;
	case REMOVE_ADDRESS:
		require_own(r);
		change(r, TYPE_A, CLASS_NONE, address, 4);
		break;
	case REMOVE_NAME:
		require_own(r);
		require(r, TYPE_A, CLASS_NONE, NULL, 0);
		require(r, TYPE_AAAA, CLASS_NONE, NULL, 0);
		change(r, TYPE_ANY, CLASS_ANY, NULL, 0);
		break;
	case REMOVE_REVERSE:
		require(r, TYPE_PTR, CLASS_IN, u->name, wire_len(u->name));
		change(r, TYPE_ANY, CLASS_ANY, NULL, 0);
		break;
	}
}

size_t dhcp_update_write(
	const struct dhcp_update *update, uint16_t id, uint8_t *message, size_t size)
{
	bool reverse = update->step == ADD_REVERSE || update->step == REMOVE_REVERSE;
	const uint8_t *zone = reverse ? update->reverse : update->forward;
	struct request r = {
		.update = update, .name = reverse ? update->address_name : update->name};

	wire_writer_init(&r.w, message, size);
	wire_put_u16(&r.w, id);
	wire_put_u16(&r.w, OPCODE_UPDATE << 11);
	wire_put_u16(&r.w, 1);
	wire_put_u16(&r.w, 0);
	wire_put_u32(&r.w, 0);
	wire_put_bytes(&r.w, zone, wire_len(zone));
	wire_put_u16(&r.w, TYPE_SOA);
	wire_put_u16(&r.w, CLASS_IN);
	put_step(&r);
	if (wire_overflowed(&r.w))
		return 0;
	wire_set_u16(message + 6, r.prerequisites);
	wire_set_u16(message + 8, r.updates);
	return wire_written(&r.w);
}

/* ---- answers ---- */

/* To the other half, or to the end. */
static bool go_on(struct dhcp_update *update, unsigned step, enum dhcp_name_result *result)
{
	update->step = step;
	*result = update->taken ? DHCP_NAME_TAKEN : DHCP_NAME_TOLD;
	return update->reverse && !update->taken;
}

bool dhcp_update_answered(struct dhcp_update *update, unsigned rcode, enum dhcp_name_result *result)
{
	*result = DHCP_NAME_LATER;
	switch ((enum step)update->step) {
	case ADD_NEW:
		if (rcode == YXDOMAIN) {
			update->step = ADD_OWN;
			return true;
		}
		return rcode == NOERROR && go_on(update, ADD_REVERSE, result);
	case ADD_OWN:
		update->taken = rcode == NXRRSET; /* without a DHCID it is an administrator's */
		return (rcode == NOERROR || update->taken) && go_on(update, ADD_REVERSE, result);
	case REMOVE_ADDRESS:
		if (rcode == NOERROR) {
			update->step = REMOVE_NAME;
			return true;
		}
		return rcode == NXRRSET && go_on(update, REMOVE_REVERSE, result);
	case REMOVE_NAME: /* YXRRSET: it has other addresses */
		return (rcode == NOERROR || rcode == NXRRSET || rcode == YXRRSET) &&
		       go_on(update, REMOVE_REVERSE, result);
	default: /* a reverse zone that is not to be had keeps no name from its address */
		if (rcode != SERVFAIL)
			*result = DHCP_NAME_TOLD;
		return false;
	}
}
