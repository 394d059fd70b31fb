/* SPDX-License-Identifier: ISC */
/* Thread stacks from mmap(2), each above a page that nobody may touch. */
#include "lib/base/platform.h"

#include <sys/mman.h>

#include "lib/base/bytes.h"

#define PAGE ((size_t)4096)

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define forget_poison(start, size) __asan_unpoison_memory_region(start, size)
#else
#define forget_poison(start, size) ((void)0)
#endif

void *platform_stack_alloc(size_t size)
{
	char *map;

	size = ROUND_UP(size, PAGE);
	map = mmap(NULL, PAGE + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map + PAGE, size, PROT_READ | PROT_WRITE) != 0) {
		munmap(map, PAGE + size);
		return NULL;
	}
	return map + PAGE;
}

void platform_stack_free(void *stack, size_t size)
{
	size = ROUND_UP(size, PAGE);
	forget_poison(stack, size); /* of the frames that never returned */
	munmap((char *)stack - PAGE, PAGE + size);
}
