/* SPDX-License-Identifier: ISC */
/* Names of clients: which one is taken, option 81, and what DNS is told, by RFCs 4701 to 4703. */
#include <check.h>
#include <stdlib.h>

#include "lib/dhcp/fqdn.h"
#include "lib/dhcp/names.h"
#include "lib/dhcp/parse.h"
#include "tests/support/check.h"
#include "tests/support/panic.h"
#include "tests/unit/dhcp_client.h"

#define CONF "dhcp-range=10.0.0.10,10.0.0.19,1h\nno-ping\ndomain=Lan.example\n"

static const struct dhcp_limits with_names = {.offers = 16, .mac_leases = 3, .names = true};
static struct dhcp_name_task task;

static void start_names(const char *text)
{
	start_with(text, &with_names);
}

/* A client that says its name in option CODE asks for a lease; its address. */
static uint32_t get_named(unsigned who, uint8_t code, const void *name, size_t len)
{
	uint32_t address;

	begin(who, DHCP_DISCOVER, (struct dhcp_fixed){0});
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	address = yiaddr();
	begin(who, DHCP_REQUEST, (struct dhcp_fixed){0});
	option32(DHCP_OPTION_REQUESTED, address);
	option32(DHCP_OPTION_SERVER_ID, OURS);
	option(code, name, len);
	ck_assert_uint_eq(send_it(), DHCP_ACK);
	return address;
}

static uint32_t get_host(unsigned who, const char *name)
{
	return get_named(who, DHCP_OPTION_HOST_NAME, name, strlen(name));
}

static void expect(bool remove, uint32_t address, const char *name)
{
	ck_assert(dhcp_name_next(&server, &task));
	ck_assert_str_eq(task.name, name);
	ck_assert_int_eq(task.remove, remove);
	ck_assert_uint_eq(task.address, address);
}

static void expect_nothing(void)
{
	ck_assert(!dhcp_name_next(&server, &task));
}

static void done(enum dhcp_name_result result)
{
	dhcp_name_done(&server, &task, result);
}

/* ---- DHCID: the examples of RFC 4701 section 3.6 ---- */

static const struct {
	const char *label;
	uint8_t kind; /* of struct dhcp_identity */
	uint8_t len;
	uint8_t bytes[20];
	uint8_t dhcid[DHCP_DHCID_LEN];
} dhcids[] = {
	/* clang-format off */
	/* "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=", of a DUID, here with an IAID */
	{"chi6", 1, 19, {255, 1, 2, 3, 4, 0, 1, 0, 6, 0x41, 0x2d, 0xf1, 0x66, 1, 2, 3, 4, 5, 6},
		{0x00, 0x02, 0x01, 0x63, 0x6f, 0xc0, 0xb8, 0x27, 0x1c, 0x82, 0x82, 0x5b, 0xb1, 0xac,
		0x5c, 0x41, 0xcf, 0x53, 0x51, 0xaa, 0x69, 0xb4, 0xfe, 0xbd, 0x94, 0xe8, 0xf1, 0x7c,
		0xdb, 0x95, 0x00, 0x0d, 0xa4, 0x8c, 0x40}},
	/* "AAEBOSD+XR3Os/0LozeXVqcNc7FwCfQdWL3b/NaiUDlW2No=" */
	{"chi", 1, 7, {1, 7, 8, 9, 10, 11, 12},
		{0x00, 0x01, 0x01, 0x39, 0x20, 0xfe, 0x5d, 0x1d, 0xce, 0xb3, 0xfd, 0x0b, 0xa3, 0x37,
		0x97, 0x56, 0xa7, 0x0d, 0x73, 0xb1, 0x70, 0x09, 0xf4, 0x1d, 0x58, 0xbd, 0xdb, 0xfc,
		0xd6, 0xa2, 0x50, 0x39, 0x56, 0xd8, 0xda}},
	/* "AAABxLmlskllE0MVjd57zHcWmEH3pCQ6VytcKD//7es/deY=" */
	{"client", 0, 7, {1, 1, 2, 3, 4, 5, 6},
		{0x00, 0x00, 0x01, 0xc4, 0xb9, 0xa5, 0xb2, 0x49, 0x65, 0x13, 0x43, 0x15, 0x8d, 0xde,
		0x7b, 0xcc, 0x77, 0x16, 0x98, 0x41, 0xf7, 0xa4, 0x24, 0x3a, 0x57, 0x2b, 0x5c, 0x28,
		0x3f, 0xff, 0xed, 0xeb, 0x3f, 0x75, 0xe6}},
	/* clang-format on */
};

START_TEST(dhcid)
{
	struct dhcp_lease lease = {.htype = 1, .hlen = 6, .chaddr = {1, 2, 3, 4, 5, 6}};
	uint8_t wire[DHCP_DOMAIN_MAX + 1], got[DHCP_DHCID_LEN];
	size_t len = dhcp_name_wire(dhcids[_i].label, "Example.COM", wire);

	lease.id.len = (uint8_t)(dhcids[_i].len + 1);
	lease.id.bytes[0] = dhcids[_i].kind;
	memcpy(lease.id.bytes + 1, dhcids[_i].bytes, dhcids[_i].len);
	ck_assert_uint_ne(len, 0);
	dhcp_name_dhcid(got, &lease, wire, len);
	ck_assert_mem_eq(got, dhcids[_i].dhcid, sizeof(got));
}
END_TEST

/* ---- which name ---- */

static const struct {
	const char *config, *host, *fqdn, *name; /* fqdn: flags, two bytes, name */
	size_t fqdn_len;
} named[] = {
	{CONF, "Laptop", NULL, "laptop", 0},
	{CONF, "laptop.lan.example", NULL, "laptop", 0},
	{CONF, "laptop.lan.example.", NULL, "laptop", 0},
	{CONF, "laptop.example.org", NULL, "", 0}, /* another domain's */
	{CONF, "no good", NULL, "", 0},
	{CONF, "-x", NULL, "", 0},
	{CONF, "a.", NULL, "a", 0},
	{CONF, ".", NULL, "", 0},
	{CONF, "one", "\1\0\0two", "two", 6},
	{CONF, "one", "\5\0\0\3two\3LAN\7example\0", "two", 20},
	{CONF, "one", "\5\0\0\3two", "two", 7},         /* a partial name */
	{CONF, "one", "\5\0\0\77two", "one", 7},        /* past the end */
	{CONF, "one", "\5\0\0\3two\0\3lan", "one", 12}, /* something behind the root */
	{CONF, "one", "\1\0\0", "one", 3},              /* none in it: the server may choose */
	{CONF, "one", "\11\0\0two", "", 6},             /* nothing is to be told */
	{CONF "dhcp-host=02:00:00:00:00:09,taken\n", "taken", NULL, "", 0},
	{CONF "dhcp-host=02:00:00:00:00:01,printer\n", "one", NULL, "printer", 0},
	{CONF "dhcp-ignore-names\n", "one", NULL, "", 0},
	{CONF "dhcp-ignore-names=tag:!known\ndhcp-host=02:00:00:00:00:01,Printer\n", "one", NULL,
		"printer", 0},
	{CONF "dhcp-fqdn\n", "0123456789012345678901234567890123456789012345678901234567890123",
		NULL, "", 0},
};

START_TEST(which_name)
{
	start_names(named[_i].config);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	begin(1, DHCP_REQUEST, (struct dhcp_fixed){0});
	option32(DHCP_OPTION_REQUESTED, yiaddr());
	option32(DHCP_OPTION_SERVER_ID, OURS);
	option(DHCP_OPTION_HOST_NAME, named[_i].host, strlen(named[_i].host));
	if (named[_i].fqdn)
		option(DHCP_OPTION_FQDN, named[_i].fqdn, named[_i].fqdn_len);
	ck_assert_uint_eq(send_it(), DHCP_ACK);
	if (named[_i].name[0])
		expect(false, yiaddr(), named[_i].name);
	else
		expect_nothing();
	stop();
}
END_TEST

static const struct {
	bool names;
	const char *asked, *answer;
	size_t asked_len, answer_len;
} fqdns[] = {
	{true, "\1\0\0pc", "\1\377\377pc.Lan.example", 5, 17},
	{true, "\5\0\0\2pc\0", "\5\377\377\2pc\3Lan\7example\0", 7, 19},
	{true, "\0\0\0pc", "\3\377\377pc.Lan.example", 5, 17}, /* against its wish */
	{true, "\10\0\0pc", "\10\377\377pc.Lan.example", 5, 17},
	{false, "\1\0\0pc", "\12\377\377pc.Lan.example", 5, 17},
	{true, "\1\0\0p c", "\12\377\377p c", 6, 6},
	{true, "\1\0", NULL, 2, 0},
};

START_TEST(fqdn_answer)
{
	size_t len;
	const uint8_t *value;

	start_with(CONF, fqdns[_i].names ? &with_names : &limits);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_FQDN, fqdns[_i].asked, fqdns[_i].asked_len);
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	value = answer_option(DHCP_OPTION_FQDN, &len);
	ck_assert_int_eq(!value, !fqdns[_i].answer);
	if (value) {
		ck_assert_uint_eq(len, fqdns[_i].answer_len);
		ck_assert_mem_eq(value, fqdns[_i].answer, len);
	}
	stop();
}
END_TEST

/* ---- what is due ---- */

START_TEST(comes_and_goes)
{
	uint32_t address;

	start_names(CONF);
	address = get_host(1, "pc");
	expect(false, address, "pc");
	ck_assert_uint_eq(task.ttl, 1200); /* a third of the lease */
	done(DHCP_NAME_LATER);
	expect(false, address, "pc");
	done(DHCP_NAME_TOLD);
	expect_nothing();
	/* Renewing tells nothing, with or without the name. */
	ck_assert_uint_eq(renew(1, address), DHCP_ACK);
	expect_nothing();
	give_back(1, DHCP_RELEASE, address);
	expect(true, address, "pc");
	done(DHCP_NAME_TOLD);
	expect_nothing();
	/* At the end of its time. */
	ck_assert_uint_eq(get_host(1, "pc"), address);
	expect(false, address, "pc");
	done(DHCP_NAME_TOLD);
	now += 3601 * 1000;
	for (unsigned i = 0; i < 20; i++)
		dhcp_server_tick(&server, now);
	expect(true, address, "pc");
	/* Back before that was told: there is nothing to tell any more. */
	ck_assert_uint_eq(get_host(1, "pc"), address);
	done(DHCP_NAME_LATER);
	expect_nothing();
	stop();
}
END_TEST

START_TEST(another_name)
{
	uint8_t first[DHCP_DHCID_LEN];
	uint32_t address;

	start_names(CONF);
	address = get_host(1, "old");
	expect(false, address, "old");
	memcpy(first, task.dhcid, sizeof(first));
	done(DHCP_NAME_TOLD);
	ck_assert_uint_eq(get_host(1, "new"), address);
	expect(true, address, "old");
	ck_assert_mem_eq(task.dhcid, first, sizeof(first));
	done(DHCP_NAME_TOLD);
	expect(false, address, "new");
	done(DHCP_NAME_TAKEN);
	expect_nothing();
	ck_assert_uint_eq(get_host(1, "new"), address); /* it stays refused */
	expect_nothing();
	give_back(1, DHCP_DECLINE, address); /* and there is nothing to take out */
	expect_nothing();
	stop();
}
END_TEST

/* Another client has the address before the first one's name is out of DNS. */
START_TEST(another_client)
{
	uint8_t first[DHCP_DHCID_LEN];

	start_names("dhcp-range=10.0.0.10,10.0.0.10,1h\nno-ping\ndomain=lan.example\n");
	get_host(1, "one");
	expect(false, IP(10, 0, 0, 10), "one");
	memcpy(first, task.dhcid, sizeof(first));
	done(DHCP_NAME_TOLD);
	give_back(1, DHCP_RELEASE, IP(10, 0, 0, 10));
	get_host(2, "two");
	expect(true, IP(10, 0, 0, 10), "one");
	ck_assert_mem_eq(task.dhcid, first, sizeof(first));
	done(DHCP_NAME_TOLD);
	expect(false, IP(10, 0, 0, 10), "two");
	ck_assert_mem_ne(task.dhcid, first, sizeof(first));
	done(DHCP_NAME_TOLD);
	stop();
}
END_TEST

START_TEST(after_a_restart)
{
	uint8_t bound[DHCP_RECORD_MAX], past[DHCP_RECORD_MAX];
	size_t bound_len, past_len;
	char name[DHCP_NAME_MAX + 1];
	struct dhcp_lease lease;
	uint32_t address, other;

	start_names(CONF);
	address = get_host(1, "pc");
	bound_len = dhcp_record_write(bound, &server.leases, reply.changed);
	other = get_host(2, "gone");
	expect(false, address, "pc");
	done(DHCP_NAME_TOLD);
	expect(false, other, "gone");
	done(DHCP_NAME_TOLD);
	give_back(2, DHCP_RELEASE, other);
	past_len = dhcp_record_write(past, &server.leases, reply.changed);
	stop();
	start_names(CONF);
	ck_assert(dhcp_record_read(&lease, name, bound, bound_len));
	ck_assert_int_eq(dhcp_server_restore(&server, now, &lease, name), 0);
	ck_assert(dhcp_record_read(&lease, name, past, past_len));
	ck_assert_int_eq(dhcp_server_restore(&server, now, &lease, name), 0);
	expect(false, address, "pc");
	done(DHCP_NAME_TOLD);
	expect(true, other, "gone");
	done(DHCP_NAME_TOLD);
	expect_nothing();
	for (size_t i = 0; i < past_len; i++)
		ck_assert(!dhcp_record_read(&lease, name, past, i));
	stop();
}
END_TEST

/* An entry that is needed for another address takes its name with it, and that is counted. */
START_TEST(lost)
{
	uint32_t address;

	start_names(CONF "dhcp-lease-max=1\n");
	address = get_host(1, "pc");
	expect(false, address, "pc");
	done(DHCP_NAME_TOLD);
	give_back(1, DHCP_RELEASE, address);
	get_host(2, "two");
	ck_assert_uint_eq(server.leases.names_lost, yiaddr() != address);
	stop();
}
END_TEST

/* ---- the updates ---- */

#define Z_LAN "\3lan\7example"
#define Z_SUB "\3sub\3lan\7example"
#define Z_REV                                                                                      \
	"\2"                                                                                       \
	"10\7in-addr\4arpa"

enum {
	NO = 0,
	YXD = 6,
	YXR = 7,
	NXR = 8,
	REFUSED = 5,
	SERVFAIL = 2
};

/* What an update says, by records: "P" or "U", type, class; A address is told by its data. */
static void read_update(const uint8_t *message, size_t len, char *text)
{
	struct wire_reader r;
	unsigned prerequisites = message[6] << 8 | message[7],
		 updates = message[8] << 8 | message[9];

	wire_reader_init(&r, message + 12, len - 12);
	while (wire_get_bytes(&r, 1)[0])
		wire_get_bytes(&r, r.at[-1]);
	ck_assert_uint_eq(wire_get_u32(&r), 6u << 16 | 1); /* SOA, IN */
	for (unsigned i = 0; i < prerequisites + updates; i++) {
		uint16_t type, class, size;

		while (wire_get_bytes(&r, 1)[0])
			wire_get_bytes(&r, r.at[-1]);
		type = wire_get_u16(&r);
		class = wire_get_u16(&r);
		wire_get_u32(&r);
		size = wire_get_u16(&r);
		wire_get_bytes(&r, size);
		text += sprintf(
			text, "%c%u/%u/%u ", i < prerequisites ? 'P' : 'U', type, class, size);
	}
	ck_assert(!wire_failed(&r));
	ck_assert_uint_eq(wire_left(&r), 0);
}

#define OWN    "P49/1/35 "
#define NEW    "P255/254/0 U1/1/4 U49/1/35 "
#define MINE   OWN "U1/255/0 U1/1/4 "
#define PTR    "U12/255/0 U49/255/0 U12/1/16 U49/1/35 "
#define GONE   OWN "U1/254/4 "
#define EMPTY  OWN "P1/254/0 P28/254/0 U255/255/0 "
#define NO_PTR "P12/1/16 U255/255/0 "

static const struct {
	bool remove, no_forward, no_reverse;
	unsigned rcodes[4];
	const char *updates[4];
	enum dhcp_name_result result;
} exchanges[] = {
	{.rcodes = {NO, NO}, .updates = {NEW, PTR}, .result = DHCP_NAME_TOLD},
	{.rcodes = {YXD, NO, NO}, .updates = {NEW, MINE, PTR}, .result = DHCP_NAME_TOLD},
	{.rcodes = {YXD, NXR}, .updates = {NEW, MINE}, .result = DHCP_NAME_TAKEN},
	{.rcodes = {REFUSED}, .updates = {NEW}, .result = DHCP_NAME_LATER},
	{.rcodes = {YXD, REFUSED}, .updates = {NEW, MINE}, .result = DHCP_NAME_LATER},
	{.rcodes = {NO, REFUSED}, .updates = {NEW, PTR}, .result = DHCP_NAME_TOLD},
	{.rcodes = {NO, SERVFAIL}, .updates = {NEW, PTR}, .result = DHCP_NAME_LATER},
	{.no_reverse = true, .rcodes = {NO}, .updates = {NEW}, .result = DHCP_NAME_TOLD},
	{.no_forward = true, .rcodes = {NO}, .updates = {PTR}, .result = DHCP_NAME_TOLD},
	{.remove = true,
		.rcodes = {NO, NO, NO},
		.updates = {GONE, EMPTY, NO_PTR},
		.result = DHCP_NAME_TOLD},
	{.remove = true,
		.rcodes = {NO, YXR, NO},
		.updates = {GONE, EMPTY, NO_PTR},
		.result = DHCP_NAME_TOLD},
	{.remove = true, .rcodes = {NXR, NXR}, .updates = {GONE, NO_PTR}, .result = DHCP_NAME_TOLD},
	{.remove = true, .rcodes = {REFUSED}, .updates = {GONE}, .result = DHCP_NAME_LATER},
	{.remove = true,
		.no_forward = true,
		.rcodes = {NXR},
		.updates = {NO_PTR},
		.result = DHCP_NAME_TOLD},
};

START_TEST(exchange)
{
	const uint8_t *zones[2];
	unsigned count = 0, step = 0;
	struct dhcp_name_task t = {.address = IP(10, 0, 0, 7),
		.ttl = 600,
		.remove = exchanges[_i].remove,
		.name = "pc"};
	enum dhcp_name_result result;
	struct dhcp_update update;
	uint8_t message[DHCP_UPDATE_MAX];
	bool more = true;

	if (!exchanges[_i].no_forward)
		zones[count++] = (const uint8_t *)Z_LAN;
	if (!exchanges[_i].no_reverse)
		zones[count++] = (const uint8_t *)Z_REV;
	ck_assert(dhcp_update_begin(&update, &t, "lan.example", zones, count));
	while (more) {
		char text[400] = "";
		size_t len = dhcp_update_write(&update, 7, message, sizeof(message));

		ck_assert_uint_ne(len, 0);
		read_update(message, len, text);
		ck_assert_ptr_nonnull(exchanges[_i].updates[step]);
		ck_assert_str_eq(text, exchanges[_i].updates[step]);
		for (size_t i = 0; i < len; i++)
			ck_assert_uint_eq(dhcp_update_write(&update, 7, message, i), 0);
		more = dhcp_update_answered(&update, exchanges[_i].rcodes[step++], &result);
	}
	ck_assert_ptr_null(exchanges[_i].updates[step]);
	ck_assert_int_eq(result, exchanges[_i].result);
}
END_TEST

START_TEST(zones)
{
	static const uint8_t *const all[] = {
		(const uint8_t *)Z_LAN, (const uint8_t *)Z_SUB, (const uint8_t *)Z_REV};
	static const uint8_t reversed[] = "\1"
					  "7\3"
					  "100\2"
					  "20\2"
					  "10\7in-addr\4arpa";
	struct dhcp_name_task t = {.address = IP(10, 20, 100, 7), .name = "pc"};
	struct dhcp_update update;

	ck_assert(dhcp_update_begin(&update, &t, "sub.lan.example", all, 3));
	ck_assert_ptr_eq(update.forward, all[1]);
	ck_assert_ptr_eq(update.reverse, all[2]);
	ck_assert_mem_eq(update.address_name, reversed, sizeof(reversed));
	t.address = IP(192, 168, 0, 1);
	ck_assert(!dhcp_update_begin(&update, &t, "xlan.example", all, 3));
	ck_assert(!dhcp_update_begin(&update, &t, "", all, 3));
}
END_TEST

#define LOOP(c, test, table)                                                                       \
	tcase_add_loop_test(c, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *s = suite_create("dhcp_names");
	TCase *c = tcase_create("all");

	LOOP(c, dhcid, dhcids);
	LOOP(c, which_name, named);
	LOOP(c, fqdn_answer, fqdns);
	tcase_add_test(c, comes_and_goes);
	tcase_add_test(c, another_name);
	tcase_add_test(c, another_client);
	tcase_add_test(c, after_a_restart);
	tcase_add_test(c, lost);
	LOOP(c, exchange, exchanges);
	tcase_add_test(c, zones);
	suite_add_tcase(s, c);
	return check_run(s);
}
