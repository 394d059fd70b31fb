/* SPDX-License-Identifier: ISC */
/* What wolfSSL asks of the machine: random bytes, and memory, which is counted and has an end. */
#include "lib/tls/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/heap.h"
#include "lib/base/platform.h"
#include <wolfssl/wolfcrypt/cpuid.h>

int tls_port_random(uint8_t *out, unsigned len)
{
	platform_random(out, len);
	return 0;
}

/* ---- memory ---- */

/* Before each piece. Pieces are as aligned as malloc's. */
struct head {
	struct account *account; /* NULL: of sites, which live long */
	size_t size;
};
_Static_assert(sizeof(struct head) == 16, "what follows is aligned");

static struct account *current;
static struct tls_memory memory;

struct account *account_switch(struct account *account)
{
	struct account *before = current;

	current = account;
	return before;
}

struct account *account_open(void)
{
	return calloc(1, sizeof(struct account));
}

void account_close(struct account *account)
{
	account->closed = true;
	if (!account->now)
		free(account);
}

static void count(struct account *account, size_t size)
{
	if (!account)
		return;
	account->now += size;
	account->most = MAX(account->most, account->now);
	memory.now += size;
	memory.most = MAX(memory.most, memory.now);
	memory.most_one = MAX(memory.most_one, account->most);
}

static void uncount(struct account *account, size_t size)
{
	if (!account)
		return;
	ASSERT(size && account->now >= size && memory.now >= size);
	account->now -= size;
	memory.now -= size;
	if (account->closed && !account->now)
		free(account);
}

static bool has_room(const struct account *account, size_t size)
{
	return !account || (size <= TLS_MEMORY_MOST && account->now <= TLS_MEMORY_MOST - size);
}

void *tls_port_alloc(size_t size)
{
	struct head *head = size && has_room(current, size) ? malloc(sizeof(*head) + size) : NULL;

	if (!head)
		return NULL;
	*head = (struct head){.account = current, .size = size};
	count(current, size);
	return head + 1;
}

void tls_port_free(void *piece, int public)
{
	struct head *head = piece;

	if (!head)
		return;
	head--;
	uncount(head->account, head->size);
	if (public)
		heap_free_public(head);
	else
		free(head);
}

void *tls_port_realloc(void *piece, size_t size)
{
	struct head *old = piece;
	void *new = tls_port_alloc(size);

	if (old && new) {
		memcpy(new, piece, MIN(old[-1].size, size));
		tls_port_free(piece, 0);
	}
	return new;
}

void tls_get_memory(struct tls_memory *out)
{
	*out = memory;
}

/* ---- the CPU ---- */

/*
 * wolfSSL asks CPUID alone. Whether the registers of AVX may be used is the machine's to say, and
 * those who have the instructions that come with it (BMI2, ADX) are chosen together with it.
 */
static void choose_instructions(void)
{
	cpuid_flags_t flags = cpuid_get_flags();

	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2"))
		flags &= ~(cpuid_flags_t)(CPUID_AVX1 | CPUID_AVX2 | CPUID_BMI1 | CPUID_BMI2 |
					  CPUID_ADX);
	cpuid_select_flags(flags);
}

int tls_port_init(void)
{
	static bool done;

	if (done)
		return 0;
	choose_instructions();
	done = wolfSSL_Init() == WOLFSSL_SUCCESS;
	return done ? 0 : -EIO;
}
