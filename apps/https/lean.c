/* SPDX-License-Identifier: ISC */
/* HTTP/1.1 alone: stands for protocols.c in a lean image. */
#include "apps/https/serve.h"

const char *const protocols = "http/1.1";

void protocols_serve(
	const char *protocol, const struct http_connection *connection, struct thread *thread)
{
	(void)protocol, (void)thread;
	http1_serve(connection);
}
