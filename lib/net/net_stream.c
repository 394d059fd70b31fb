/* SPDX-License-Identifier: ISC */
/* Bytes between lwIP and the threads that read and write a connection. */
#include "lib/net/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/heap.h"
#include "lib/base/platform.h"
#include "lib/net/limits.h"
#include <lwip/priv/tcp_priv.h>

#define CHUNK      992u /* 1 KiB with its head and malloc's */
#define CHUNKS_OWN 2 /* a connection may have in any case: a segment finds room, nobody starves */

struct chunk {
	struct chunk *next;
	uint16_t start, end;
	uint8_t data[CHUNK];
};

static unsigned chunks_used;

void net_stream_init(struct tcp_stream *stream, struct tcp_pcb *pcb)
{
	memset(stream, 0, sizeof(*stream));
	stream->pcb = pcb;
	list_init(&stream->node);
	wait_queue_init(&stream->readers);
	wait_queue_init(&stream->writers);
}

static void drop_first(struct tcp_stream *stream)
{
	struct chunk *chunk = stream->first;

	stream->first = chunk->next;
	if (!stream->first)
		stream->last = NULL;
	heap_free_public(chunk); /* the network has seen it */
	chunks_used--;
	stream->held--;
}

void net_stream_fini(struct tcp_stream *stream)
{
	ASSERT(list_empty(&stream->readers.waiters) && list_empty(&stream->writers.waiters));
	while (stream->first)
		drop_first(stream);
	list_remove(&stream->node);
}

/* ---- from lwIP ---- */

static struct chunk *new_chunk(struct tcp_stream *stream)
{
	struct chunk *chunk;

	if (chunks_used >= net_limits.chunks && stream->held >= CHUNKS_OWN)
		return NULL;
	chunk = malloc(sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunks_used++;
	stream->held++;
	chunk->next = NULL;
	chunk->start = chunk->end = 0;
	return chunk;
}

/* Appends empty chunks until LEN bytes more have room: all that it takes, or none. */
static bool make_room(struct tcp_stream *stream, size_t len)
{
	struct chunk **end = stream->last ? &stream->last->next : &stream->first, **at = end;
	size_t room = stream->last ? CHUNK - stream->last->end : 0u;

	for (; room < len; room += CHUNK) {
		*at = new_chunk(stream);
		if (!*at)
			break;
		at = &(*at)->next;
	}
	if (room >= len) {
		while (*end) {
			stream->last = *end;
			end = &(*end)->next;
		}
		return true;
	}
	while (*end) {
		struct chunk *chunk = *end;

		*end = chunk->next;
		free(chunk);
		chunks_used--;
		stream->held--;
	}
	return false;
}

/* Copies LEN bytes of P from OFFSET on into chunks, which have room. */
static void keep(struct tcp_stream *stream, const struct pbuf *p, size_t offset, size_t len)
{
	stream->unread += len;
	for (struct chunk *chunk = stream->first; len; chunk = chunk->next) {
		size_t n = MIN(len, (size_t)(CHUNK - chunk->end)); /* 0 in those that are full */

		pbuf_copy_partial(p, chunk->data + chunk->end, (u16_t)n, (u16_t)offset);
		chunk->end = (uint16_t)(chunk->end + n);
		offset += n;
		len -= n;
	}
}

bool net_stream_take(struct tcp_stream *stream, const struct pbuf *p)
{
	size_t direct = 0;

	if (stream->reader.data && !stream->unread)
		direct = MIN((size_t)p->tot_len, stream->reader.room - stream->reader.got);
	if (!make_room(stream, p->tot_len - direct))
		return false;
	keep(stream, p, direct, p->tot_len - direct);
	if (direct) {
		pbuf_copy_partial(p, stream->reader.data + stream->reader.got, (u16_t)direct, 0);
		stream->reader.got += direct;
		tcp_recved(stream->pcb, (u16_t)direct);
	}
	wait_queue_wake_all(&stream->readers);
	return true;
}

/* ---- reading ---- */

static size_t take_out(struct tcp_stream *stream, uint8_t *data, size_t len)
{
	size_t done = 0;

	while (done < len && stream->unread) {
		struct chunk *chunk = stream->first;
		size_t n = MIN(len - done, (size_t)(chunk->end - chunk->start));

		memcpy(data + done, chunk->data + chunk->start, n);
		chunk->start = (uint16_t)(chunk->start + n);
		done += n;
		stream->unread -= n;
		if (chunk->start == chunk->end)
			drop_first(stream);
	}
	return done;
}

/* Tells the peer of N bytes of new room, and lwIP that it may offer again what was refused. */
static void open_window(struct tcp_stream *stream, size_t n)
{
	if (!stream->pcb)
		return;
	tcp_recved(stream->pcb, (u16_t)n);
	if (stream->pcb->refused_data)
		tcp_process_refused_data(stream->pcb);
}

long net_tcp_read(struct tcp_stream *stream, void *data, size_t len, uint64_t deadline)
{
	size_t n;
	int error;

	ASSERT(len && !stream->reader.data);
	len = MIN(len, (size_t)UINT16_MAX);
	for (;;) {
		n = take_out(stream, data, len);
		if (n) {
			open_window(stream, n);
			return (long)n;
		}
		if (stream->error || stream->eof)
			return stream->error;
		stream->reader.data = data;
		stream->reader.room = len;
		stream->reader.got = 0;
		error = wait_queue_wait(&stream->readers, deadline);
		stream->reader.data = NULL;
		if (stream->reader.got)
			return (long)stream->reader.got;
		if (error)
			return error;
	}
}

/* ---- writing ---- */

/* One segment, as long as the device takes it and not as long as it travels, or a part of one. */
static err_t write_segment(
	struct tcp_pcb *pcb, const uint8_t *data, size_t len, u16_t most, u8_t flags)
{
	u16_t mss = pcb->mss;
	err_t error;

	pcb->mss = most;
	error = tcp_write(pcb, data, (u16_t)len, flags);
	pcb->mss = mss;
	return error;
}

/* Queues as much as lwIP takes now. Returns the count, or -ECONNRESET. */
static long queue_some(struct tcp_stream *stream, const uint8_t *data, size_t len)
{
	size_t done = 0;

	if (!stream->pcb)
		return stream->error;
	while (done < len) {
		struct tcp_pcb *pcb = stream->pcb;
		u16_t most = net_tcp_segment(pcb);
		size_t n = MIN(MIN(len - done, (size_t)tcp_sndbuf(pcb)), (size_t)most);
		u8_t flags = TCP_WRITE_FLAG_COPY | (done + n < len ? TCP_WRITE_FLAG_MORE : 0);
		err_t error = n ? write_segment(pcb, data + done, n, most, flags) : ERR_MEM;

		if (error == ERR_MEM)
			break;
		if (error != ERR_OK)
			return -ECONNRESET;
		done += n;
	}
	tcp_output(stream->pcb);
	return (long)done;
}

int net_tcp_write(struct tcp_stream *stream, const void *data, size_t len, uint64_t deadline)
{
	const uint8_t *p = data;

	while (len) {
		long done = stream->error ? stream->error : queue_some(stream, p, len);
		int error;

		if (done < 0)
			return (int)done;
		p += done;
		len -= (size_t)done;
		if (!len)
			break;
		error = wait_queue_wait(&stream->writers, deadline);
		if (error)
			return error;
	}
	return 0;
}
