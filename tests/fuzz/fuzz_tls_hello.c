/* SPDX-License-Identifier: ISC */
/* Any bytes as a client's first record: the name in it is one that a host may have. */
#include <stdlib.h>
#include <string.h>

#include "lib/tls/hello.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char name[TLS_NAME_MAX];

	if (len < HELLO_RECORD)
		return 0;
	if (hello_length(data) > 65535 + HELLO_RECORD)
		abort();
	hello_name(data, len, name);
	if (strlen(name) >= TLS_NAME_MAX ||
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-._") != strlen(name))
		abort();
	return 0;
}
