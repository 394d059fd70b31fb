/* SPDX-License-Identifier: ISC */
/*
 * See entropy.h. RDRAND and RDSEED as in Intel's DRNG guide, sections 4.2 and 5. arc4random draws
 * its seeds by getentropy(), which ends in entropy_seed() here: so what is absorbed is laid ready
 * for it, block by block, and a reseed demanded for each (lib/ext/patches/newlib). It mixes a block
 * into its state by exclusive or and takes the next key from what ChaCha20 makes of that.
 */
#include "arch/x86/entropy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/cpu.h"
#include "lib/base/bytes.h"
#include "lib/libc/heap.h"

#define CPUID1_ECX_RDRAND (1u << 30)
#define CPUID7_EBX_RDSEED (1u << 18)
#define RETRIES           10
#define WORDS             16 /* drawn from each instruction */
#define RDSEED_BITS       64 /* believed of a word; docs/security.md */
#define RDRAND_BITS       32
#define JITTER_PER_BIT    4 /* samples for one bit */
#define JITTER_FEW        256
#define JITTER_MANY       8192
#define BLOCK             40 /* what arc4random draws at a time */

extern unsigned arc4random_demands;
unsigned arc4random_demands;

static bool have_rdrand, have_rdseed;
static uint8_t pending[BLOCK]; /* for the next entropy_seed() */
static unsigned believed;      /* bits; at most ENTROPY_ENOUGH */

/* A word that RDRAND or RDSEED gave in time, and that is not one of those broken CPUs give. */
static bool draw(bool (*read)(uint64_t *value), uint64_t *value)
{
	static uint64_t last;

	for (unsigned retry = 0; retry < RETRIES; retry++) {
		if (read(value) && *value && *value != UINT64_MAX && *value != last) {
			last = *value;
			return true;
		}
	}
	return false;
}

static uint64_t machine_word(void)
{
	uint64_t word = cpu_tsc(), value;

	if (have_rdrand && draw(cpu_rdrand, &value))
		word ^= value;
	if (have_rdseed && draw(cpu_rdseed, &value))
		word += value;
	return word;
}

/* Also called by arc4random after each megabyte or two, with nothing pending. */
void entropy_seed(void *out, size_t len)
{
	uint8_t *at = out;

	for (size_t i = 0; i < len; i++)
		at[i] = i < sizeof(pending) ? pending[i] : 0;
	base_zero(pending, sizeof(pending));
	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word = machine_word();

		for (size_t j = 0; j < 8; j++)
			at[i + j] ^= (uint8_t)(word >> 8 * j);
	}
}

void entropy_absorb(const void *data, size_t len, unsigned bits)
{
	const uint8_t *at = data;

	while (len) {
		size_t n = MIN(len, sizeof(pending));

		memcpy(pending, at, n);
		arc4random_demands++;
		(void)arc4random();
		at += n;
		len -= n;
	}
	believed = MIN(believed + MIN(bits, ENTROPY_ENOUGH), ENTROPY_ENOUGH);
}

static void absorb_words(bool (*read)(uint64_t *value), unsigned bits)
{
	for (unsigned i = 0; i < WORDS; i++) {
		uint64_t value;

		if (draw(read, &value))
			entropy_absorb(&value, sizeof(value), bits);
	}
}

/* Ticks that a walk over memory took whose path depends on the times so far. */
static uint64_t time_a_walk(void)
{
	static volatile uint8_t field[4096];
	static unsigned at;
	uint64_t start = cpu_tsc();

	for (unsigned i = 0; i < 8; i++) {
		at = (at * 33 + (unsigned)start + i) % sizeof(field);
		field[at]++;
	}
	return cpu_tsc() - start;
}

/*
 * A sample counts if its time, its change and its change's change all differ from nothing: a clock
 * that does not jitter gives no bits, however often it is read.
 */
static void absorb_jitter(unsigned samples)
{
	uint64_t last = 0, last_change = 0;
	unsigned good = 0, used = 0;
	uint8_t times[BLOCK];

	for (unsigned i = 0; i < samples; i++) {
		uint64_t time = time_a_walk(), change = time - last;

		good += time && change && change != last_change;
		last = time;
		last_change = change;
		times[used++] = (uint8_t)time;
		if (used < sizeof(times) && i + 1 < samples)
			continue;
		entropy_absorb(times, used, good / JITTER_PER_BIT);
		good %= JITTER_PER_BIT;
		used = 0;
	}
	base_zero(times, sizeof(times));
}

static void absorb_machine(void)
{
	uint64_t now = cpu_tsc();

	entropy_absorb(&now, sizeof(now), 0);
	if (have_rdseed)
		absorb_words(cpu_rdseed, RDSEED_BITS);
	if (have_rdrand)
		absorb_words(cpu_rdrand, RDRAND_BITS);
	absorb_jitter(JITTER_FEW);
}

void entropy_init(void)
{
	have_rdrand = cpu_id(1, 0).ecx & CPUID1_ECX_RDRAND;
	have_rdseed = cpu_id(0, 0).eax >= 7 && cpu_id(7, 0).ebx & CPUID7_EBX_RDSEED;
	absorb_machine();
}

/* The CPU may be another one. What was believed before holds for this copy, but not against others.
 */
bool entropy_reseed(void)
{
	unsigned before = believed;
	bool enough;

	believed = 0;
	entropy_init();
	enough = entropy_seeded();
	believed = MAX(before, believed);
	return enough;
}

/* Without the instructions the clock has to do: a few thousand samples, some milliseconds. */
bool entropy_seeded(void)
{
	if (believed < ENTROPY_ENOUGH)
		absorb_jitter(JITTER_MANY);
	return believed >= ENTROPY_ENOUGH;
}

void entropy_generate(void *out, size_t len)
{
	arc4random_buf(out, len);
}
