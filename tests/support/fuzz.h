/* SPDX-License-Identifier: ISC */
/* The entry of each fuzzer, as libFuzzer and replay_main.c call it. */
#ifndef TESTS_SUPPORT_FUZZ_H
#define TESTS_SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
