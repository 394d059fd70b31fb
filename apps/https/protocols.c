/* SPDX-License-Identifier: ISC */
/* HTTP/2 where a client agrees to it, and HTTP/1.1. */
#include "apps/https/serve.h"
#include "lib/http2/http2.h"
#include "lib/sched/sched.h"

const char *const protocols = "h2,http/1.1";

/* The read that the thread waits in gives -EINTR (serve.c). */
static void wake_thread(void *thread)
{
	thread_cancel(thread);
}

void protocols_serve(
	const char *protocol, const struct http_connection *connection, struct thread *thread)
{
	const struct http2_wake wake = {wake_thread, thread};

	if (http_text_is(HTTP_TEXT("h2"), protocol))
		http2_serve(connection, &wake);
	else
		http1_serve(connection);
}
