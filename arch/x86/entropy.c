/* SPDX-License-Identifier: ISC */
/* See entropy.h. RDRAND and RDSEED as in Intel's DRNG guide, sections 4.2 and 5. */
#include "arch/x86/entropy.h"

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/cpu.h"
#include "lib/base/chacha.h"

#define CPUID1_ECX_RDRAND (1u << 30)
#define CPUID7_EBX_RDSEED (1u << 18)
#define RETRIES           10
#define WORDS             8 /* from each instruction: 512 bits */
#define JITTER_SAMPLES    128

static struct chacha_rng rng;

static bool rdrand(uint64_t *value)
{
	bool ok;

	__asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

static bool rdseed(uint64_t *value)
{
	bool ok;

	__asm__ volatile("rdseed %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

static void absorb_from(bool (*read)(uint64_t *value))
{
	for (unsigned i = 0; i < WORDS; i++) {
		uint64_t value;

		for (unsigned retry = 0; retry < RETRIES; retry++) {
			if (read(&value)) {
				entropy_absorb(&value, sizeof(value));
				break;
			}
		}
	}
}

/* Times a walk over memory whose path depends on the times so far. */
static void absorb_jitter(void)
{
	static volatile uint8_t field[4096];
	uint64_t times[2];
	unsigned at = 0;

	for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
		times[0] = cpu_tsc();
		for (unsigned j = 0; j < 8; j++) {
			at = (at * 33 + (unsigned)times[0] + j) % sizeof(field);
			field[at]++;
		}
		times[1] = cpu_tsc();
		if (i % 4 == 3)
			entropy_absorb(times, sizeof(times));
	}
}

void entropy_init(void)
{
	uint32_t last = cpu_id(0, 0).eax;

	if (cpu_id(1, 0).ecx & CPUID1_ECX_RDRAND)
		absorb_from(rdrand);
	if (last >= 7 && cpu_id(7, 0).ebx & CPUID7_EBX_RDSEED)
		absorb_from(rdseed);
	absorb_jitter();
}

void entropy_reseed(void)
{
	entropy_init();
}

void entropy_absorb(const void *data, size_t len)
{
	chacha_rng_absorb(&rng, data, len);
}

void entropy_generate(void *out, size_t len)
{
	uint64_t now = cpu_tsc();

	entropy_absorb(&now, sizeof(now));
	chacha_rng_generate(&rng, out, len);
}
