/* SPDX-License-Identifier: ISC */
/* For unit tests: runs an array of Check tests as one suite. Returns main's exit status. */
#ifndef TESTS_UNIT_DNS_RUN_H
#define TESTS_UNIT_DNS_RUN_H

#include <check.h>
#include <stddef.h>

#include "tests/support/check.h"

static inline int run_tests(const char *name, const TTest *const *tests, size_t count,
	void (*begin)(void), void (*end)(void))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	size_t i;

	tcase_set_timeout(tcase, 30);
	if (begin)
		tcase_add_checked_fixture(tcase, begin, end);
	for (i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return check_run(suite);
}

#endif
