/* SPDX-License-Identifier: ISC */
/* Bytes between lwIP and the threads that read and write a connection. */
#include "lib/net/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include <lwip/priv/tcp_priv.h>

#define CHUNK      992 /* 1 KiB with its head and malloc's */
#define CHUNKS_MAX 64  /* of all connections: five windows of data that nobody reads */

struct chunk {
	struct list node;
	uint16_t start, end;
	uint8_t data[CHUNK];
};

static unsigned chunks_used;

void net_stream_init(struct tcp_stream *stream, struct tcp_pcb *pcb)
{
	memset(stream, 0, sizeof(*stream));
	stream->pcb = pcb;
	list_init(&stream->node);
	list_init(&stream->chunks);
	wait_queue_init(&stream->readers);
	wait_queue_init(&stream->writers);
}

static void drop_chunk(struct list *node)
{
	free(container_of(node, struct chunk, node));
	chunks_used--;
}

void net_stream_fini(struct tcp_stream *stream)
{
	struct list *node;

	ASSERT(list_empty(&stream->readers.waiters) && list_empty(&stream->writers.waiters));
	while ((node = list_pop_front(&stream->chunks)))
		drop_chunk(node);
	list_remove(&stream->node);
}

/* ---- from lwIP ---- */

static size_t tail_room(struct tcp_stream *stream)
{
	if (list_empty(&stream->chunks))
		return 0;
	return CHUNK - container_of(stream->chunks.prev, struct chunk, node)->end;
}

/* Appends empty chunks for LEN bytes more. */
static bool make_room(struct tcp_stream *stream, size_t len)
{
	struct list fresh = LIST_INIT(fresh), *node;
	size_t room = tail_room(stream);
	bool enough = true;

	for (; enough && room < len; room += CHUNK) {
		struct chunk *chunk = chunks_used < CHUNKS_MAX ? malloc(sizeof(*chunk)) : NULL;

		enough = chunk != NULL;
		if (!chunk)
			break;
		chunks_used++;
		chunk->start = chunk->end = 0;
		list_push_back(&fresh, &chunk->node);
	}
	while ((node = list_pop_front(&fresh))) {
		if (enough)
			list_push_back(&stream->chunks, node);
		else
			drop_chunk(node);
	}
	return enough;
}

/* Copies LEN bytes of P from OFFSET on into chunks, which have room. */
static void keep(struct tcp_stream *stream, const struct pbuf *p, size_t offset, size_t len,
	struct list *node)
{
	stream->unread += len;
	for (; len; node = node->next) {
		struct chunk *chunk = container_of(node, struct chunk, node);
		size_t n = MIN(len, (size_t)CHUNK - chunk->end);

		pbuf_copy_partial(p, chunk->data + chunk->end, (u16_t)n, (u16_t)offset);
		chunk->end = (uint16_t)(chunk->end + n);
		offset += n;
		len -= n;
	}
}

bool net_stream_take(struct tcp_stream *stream, const struct pbuf *p)
{
	struct list *tail = stream->chunks.prev;
	size_t direct = 0;

	if (stream->reader.data && !stream->unread)
		direct = MIN((size_t)p->tot_len, stream->reader.room - stream->reader.got);
	if (!make_room(stream, p->tot_len - direct))
		return false;
	/* The old tail first, or the first of the new ones where there was none. */
	keep(stream, p, direct, p->tot_len - direct,
		tail == &stream->chunks ? stream->chunks.next : tail);
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

	while (done < len && !list_empty(&stream->chunks)) {
		struct chunk *chunk = container_of(stream->chunks.next, struct chunk, node);
		size_t n = MIN(len - done, (size_t)(chunk->end - chunk->start));

		memcpy(data + done, chunk->data + chunk->start, n);
		chunk->start = (uint16_t)(chunk->start + n);
		done += n;
		if (chunk->start == chunk->end)
			drop_chunk(list_pop_front(&stream->chunks));
	}
	stream->unread -= done;
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

/* Queues as much as lwIP takes now. Returns the count, or -ECONNRESET. */
static long queue_some(struct tcp_stream *stream, const uint8_t *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t room = stream->pcb ? tcp_sndbuf(stream->pcb) : 0;
		size_t n = MIN(MIN(len - done, room), (size_t)TCP_MSS);
		u8_t flags = TCP_WRITE_FLAG_COPY | (done + n < len ? TCP_WRITE_FLAG_MORE : 0);
		err_t error;

		if (!stream->pcb)
			return stream->error;
		error = n ? tcp_write(stream->pcb, data + done, (u16_t)n, flags) : ERR_MEM;
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
