/* SPDX-License-Identifier: ISC */
/* DNS over TCP (RFC 1035 section 4.2.2): the bytes as they are. */
#include "apps/dns/serve.h"

#include "apps/dns/stream.h"

static int open_plain(struct tcp_stream *tcp, uint64_t deadline, void **ctx, bool *transfers)
{
	(void)deadline;
	*ctx = tcp;
	*transfers = true;
	return 0;
}

static long read_plain(void *ctx, void *data, size_t len, uint64_t deadline)
{
	return net_tcp_read(ctx, data, len, deadline);
}

static int write_plain(void *ctx, const void *data, size_t len, uint64_t deadline)
{
	return net_tcp_write(ctx, data, len, deadline);
}

static void close_plain(void *ctx, bool broken)
{
	if (broken)
		net_tcp_abort(ctx);
	else
		net_tcp_close(ctx);
}

static const struct stream_kind plain = {
	.name = "dns/tcp",
	.stack = (size_t)32 * 1024,
	.open = open_plain,
	.read = read_plain,
	.write = write_plain,
	.close = close_plain,
};

int serve_tcp(uint16_t port)
{
	stream_fit_memory(&plain);
	return stream_serve(&plain, port);
}
