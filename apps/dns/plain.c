/* SPDX-License-Identifier: ISC */
/* No DNS over TLS: stands for tls.c in an image without it. */
#include "apps/dns/secure.h"

const struct config_table secure_config = {"dns", NULL, 0};

int secure_load(void)
{
	return 0;
}

int secure_start(void)
{
	return 0;
}

void secure_resumed(void)
{
}

void secure_stopping(void)
{
}
