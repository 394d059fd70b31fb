/* SPDX-License-Identifier: ISC */
/* Tickets of TLS sessions: which keys make them, how long each opens them, and at which site. */
#include "lib/tls/internal.h"

#include "tests/support/check.h"
#include "tests/unit/machine.h"

#define LIFETIME 1000000000ull
#define LEN      100

static struct tls_server server;
static struct site one = {.server = &server, .name = "one.test"};
static struct site two = {.server = &server, .name = "two.test"};

struct ticket {
	uint8_t name[TICKET_NAME], iv[WOLFSSL_TICKET_IV_SZ], mac[WOLFSSL_TICKET_MAC_SZ];
	uint8_t data[LEN];
};

static struct ticket sealed(struct site *site)
{
	struct ticket ticket;
	int len = 0;

	for (unsigned i = 0; i < LEN; i++)
		ticket.data[i] = (uint8_t)i;
	ck_assert_int_eq(tickets_crypt(NULL, ticket.name, ticket.iv, ticket.mac, 1, ticket.data,
				 LEN, &len, site),
		WOLFSSL_TICKET_RET_OK);
	ck_assert_int_eq(len, LEN);
	return ticket;
}

static int opened(struct site *site, struct ticket ticket)
{
	int len = 0;
	int result = tickets_crypt(
		NULL, ticket.name, ticket.iv, ticket.mac, 0, ticket.data, LEN, &len, site);

	if (result != WOLFSSL_TICKET_RET_REJECT) {
		for (unsigned i = 0; i < LEN; i++)
			ck_assert_uint_eq(ticket.data[i], i);
	}
	return result;
}

static void set_up(void)
{
	tickets_forget(&server.tickets);
	server.tickets.lifetime = LIFETIME;
}

START_TEST(opens_what_it_sealed)
{
	struct ticket ticket = sealed(&one), other = sealed(&one);

	ck_assert_int_eq(opened(&one, ticket), WOLFSSL_TICKET_RET_OK);
	ck_assert_mem_ne(ticket.iv, other.iv, sizeof(ticket.iv));
	ck_assert_mem_eq(ticket.name, other.name, sizeof(ticket.name));
	for (unsigned i = 0; i < LEN; i++)
		ck_assert(ticket.data[i] != i || ticket.data[(i + 1) % LEN] != (i + 1) % LEN);
}
END_TEST

START_TEST(not_at_another_site)
{
	ck_assert_int_eq(opened(&two, sealed(&one)), WOLFSSL_TICKET_RET_REJECT);
}
END_TEST

START_TEST(nothing_that_was_changed)
{
	for (size_t i = 0; i < sizeof(struct ticket); i++) {
		struct ticket ticket = sealed(&one);
		uint8_t *byte = (uint8_t *)&ticket + i;

		if (i >= offsetof(struct ticket, iv) + 12 && i < offsetof(struct ticket, mac))
			continue; /* of wolfSSL's 16 bytes the nonce has 12 */
		if (i >= offsetof(struct ticket, mac) + 16 && i < offsetof(struct ticket, data))
			continue; /* and of its 32 the tag has 16 */
		*byte ^= 1;
		ck_assert_int_eq(opened(&one, ticket), WOLFSSL_TICKET_RET_REJECT);
	}
}
END_TEST

/* A key makes tickets for a lifetime, and opens them for one more; those get a new one. */
START_TEST(keys_rotate)
{
	struct ticket first = sealed(&one), second;

	machine.now += LIFETIME + 2;
	second = sealed(&one);
	ck_assert_mem_ne(first.name, second.name, sizeof(first.name));
	ck_assert_int_eq(opened(&one, first), WOLFSSL_TICKET_RET_CREATE);
	ck_assert_int_eq(opened(&one, second), WOLFSSL_TICKET_RET_OK);
	machine.now += LIFETIME;
	ck_assert_int_eq(opened(&one, first), WOLFSSL_TICKET_RET_REJECT);
	machine.now += 3;
	ck_assert_int_eq(opened(&one, second), WOLFSSL_TICKET_RET_CREATE);
	machine.now += LIFETIME;
	ck_assert_int_eq(opened(&one, second), WOLFSSL_TICKET_RET_REJECT);
}
END_TEST

START_TEST(nothing_from_before_a_copy)
{
	struct ticket ticket = sealed(&one);

	tickets_forget(&server.tickets);
	ck_assert_int_eq(opened(&one, ticket), WOLFSSL_TICKET_RET_REJECT);
	ck_assert_int_eq(opened(&one, sealed(&one)), WOLFSSL_TICKET_RET_OK);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("tls_tickets");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, set_up, NULL);
	tcase_add_test(all, opens_what_it_sealed);
	tcase_add_test(all, not_at_another_site);
	tcase_add_test(all, nothing_that_was_changed);
	tcase_add_test(all, keys_rotate);
	tcase_add_test(all, nothing_from_before_a_copy);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_run(suite());
}
