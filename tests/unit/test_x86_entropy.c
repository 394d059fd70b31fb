/* SPDX-License-Identifier: ISC */
/*
 * When the machine's random bytes are believed in (arch/x86/entropy.h), with a CPU made for it:
 * instructions that are missing, broken or slow, a clock that jitters or does not. arc4random is
 * one that takes its seed and remembers it.
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

static struct {
	bool has_rdrand, has_rdseed, jitters;
	unsigned failures;              /* in a row, before each number */
	uint64_t (*number)(uint64_t n); /* the N-th drawn */
	uint64_t drawn, tries, now, walk;
} cpu;

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	return (struct cpuid){.eax = leaf ? 0 : 7,
		.ebx = leaf == 7 && cpu.has_rdseed ? 1u << 18 : 0,
		.ecx = leaf == 1 && cpu.has_rdrand ? 1u << 30 : 0};
}

static bool draw_number(uint64_t *value)
{
	*value = 0;
	if (cpu.tries++ % (cpu.failures + 1) < cpu.failures)
		return false;
	*value = cpu.number(cpu.drawn++);
	return true;
}

static bool cpu_rdrand(uint64_t *value)
{
	ck_assert(cpu.has_rdrand);
	return draw_number(value);
}

static bool cpu_rdseed(uint64_t *value)
{
	ck_assert(cpu.has_rdseed);
	return draw_number(value);
}

static uint64_t cpu_tsc(void)
{
	cpu.walk = cpu.walk * 6364136223846793005u + 1442695040888963407u;
	cpu.now += cpu.jitters ? 100 + (cpu.walk >> 60) : 100;
	return cpu.now;
}

#define ARCH_X86_CPU_H
#define arc4random     fake_arc4random
#define arc4random_buf fake_arc4random_buf
static uint32_t fake_arc4random(void);
static void fake_arc4random_buf(void *out, size_t len);
#include "arch/x86/entropy.c"

static unsigned seeds, demands_met;
static uint8_t seeded_with[4096][BLOCK];

static uint32_t fake_arc4random(void)
{
	if (demands_met == arc4random_demands)
		return 0;
	demands_met = arc4random_demands;
	entropy_seed(seeded_with[seeds++ % 4096], BLOCK);
	return 0;
}

static void fake_arc4random_buf(void *out, size_t len)
{
	memset(out, 0x5a, len);
}

static uint64_t good(uint64_t n)
{
	return (n + 1) * 0x9e3779b97f4a7c15u;
}

static uint64_t ones(uint64_t n)
{
	(void)n;
	return UINT64_MAX;
}

static uint64_t stuck(uint64_t n)
{
	(void)n;
	return 42;
}

static void setup(void)
{
	cpu.number = good;
}

START_TEST(rdseed_is_enough)
{
	cpu.has_rdseed = true;
	entropy_init();
	ck_assert(entropy_seeded());
}
END_TEST

START_TEST(rdrand_is_enough)
{
	cpu.has_rdrand = true;
	cpu.failures = RETRIES - 1;
	entropy_init();
	ck_assert(entropy_seeded());
}
END_TEST

START_TEST(jitter_is_enough)
{
	cpu.jitters = true;
	entropy_init();
	ck_assert(entropy_seeded());
}
END_TEST

START_TEST(nothing_is_not)
{
	entropy_init();
	ck_assert(!entropy_seeded());
	ck_assert(!entropy_seeded());
}
END_TEST

START_TEST(broken_instructions_are_not_believed)
{
	static uint64_t (*const numbers[])(uint64_t n) = {ones, stuck};

	for (unsigned i = 0; i < 2; i++) {
		cpu.has_rdrand = cpu.has_rdseed = true;
		cpu.number = numbers[i];
		entropy_init();
		ck_assert(!entropy_seeded());
	}
	cpu.number = good;
	cpu.failures = 1000000000;
	entropy_init();
	ck_assert(!entropy_seeded());
}
END_TEST

START_TEST(a_seed_counts_by_what_it_holds)
{
	entropy_init();
	entropy_absorb("0123456789abcdef0123456789abcdef", 32, 128);
	ck_assert(!entropy_seeded());
	entropy_absorb("0123456789abcdef0123456789abcdef", 32, 128);
	ck_assert(entropy_seeded());
}
END_TEST

START_TEST(every_byte_is_mixed_in_once)
{
	static const char text[] = "what the host gave, longer than a block of arc4random's is";
	unsigned before = seeds;
	char got[2 * BLOCK];

	entropy_absorb(text, sizeof(text), 0);
	ck_assert_uint_eq(seeds, before + 2);
	/* The machine's words lie above it; without its clock they would be nothing. */
	memcpy(got, seeded_with[before], sizeof(got));
	ck_assert_int_ne(memcmp(got, text, BLOCK), 0);
	for (unsigned i = 0; i < BLOCK; i++)
		ck_assert_uint_eq(pending[i], 0);
	cpu.now = 0;
	entropy_absorb(text, BLOCK, 0);
	cpu.now = 0;
	entropy_absorb("WHAT", 4, 0);
	/* The same clock, so the difference is that of the texts. */
	for (unsigned i = 0; i < BLOCK; i++) {
		char other = i < 4 ? "WHAT"[i] : 0;

		ck_assert_uint_eq(seeded_with[before + 2][i] ^ seeded_with[before + 3][i],
			(uint8_t)(text[i] ^ other));
	}
}
END_TEST

START_TEST(a_reseed_draws_anew)
{
	unsigned before;

	cpu.has_rdrand = true;
	entropy_init();
	before = seeds;
	ck_assert(entropy_reseed());
	ck_assert_uint_gt(seeds, before + WORDS);
	/* On a CPU that has no such instruction, nor jitter: it is not used, and the caller is
	 * told. */
	cpu.has_rdrand = false;
	ck_assert(!entropy_reseed());
	ck_assert(entropy_seeded());
	cpu.jitters = true;
	ck_assert(entropy_reseed());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("entropy");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, rdseed_is_enough);
	tcase_add_test(all, rdrand_is_enough);
	tcase_add_test(all, jitter_is_enough);
	tcase_add_test(all, nothing_is_not);
	tcase_add_test(all, broken_instructions_are_not_believed);
	tcase_add_test(all, a_seed_counts_by_what_it_holds);
	tcase_add_test(all, every_byte_is_mixed_in_once);
	tcase_add_test(all, a_reseed_draws_anew);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
