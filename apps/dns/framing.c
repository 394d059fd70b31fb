/* SPDX-License-Identifier: ISC */
/* Messages out of a stream: see framing.h. */
#include "apps/dns/framing.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

#define ROOM_FIRST 512u /* enough for nearly all queries */

void *framing_alloc(struct framing_budget *budget, size_t size)
{
	size_t left = budget->most - MIN(budget->used, budget->most);
	void *data = size <= MAX(left, (size_t)FRAMING_SMALL) ? malloc(size) : NULL;

	if (data)
		budget->used += size;
	return data;
}

void framing_free(struct framing_budget *budget, void *data, size_t size)
{
	if (data)
		budget->used -= size;
	free(data);
}

void framing_init(struct framing *frame, struct framing_budget *budget)
{
	*frame = (struct framing){.budget = budget};
}

bool framing_begun(const struct framing *frame)
{
	return frame->prefix_got > 0;
}

void framing_next(struct framing *frame)
{
	framing_free(frame->budget, frame->data, frame->room);
	framing_init(frame, frame->budget);
}

/* Doubles the room, up to the message's length. */
static bool grow(struct framing *frame)
{
	size_t room = MIN(frame->len, MAX(2 * frame->room, (size_t)ROOM_FIRST));
	uint8_t *data = framing_alloc(frame->budget, room);

	if (!data)
		return false;
	if (frame->got)
		memcpy(data, frame->data, frame->got);
	framing_free(frame->budget, frame->data, frame->room);
	frame->data = data;
	frame->room = room;
	return true;
}

static enum framing_result take_message(
	struct framing *frame, const uint8_t *data, size_t len, size_t *used)
{
	while (frame->got < frame->len && *used < len) {
		size_t n;

		if (frame->got == frame->room && !grow(frame))
			return FRAMING_FULL;
		n = MIN(len - *used, frame->room - frame->got);
		memcpy(frame->data + frame->got, data + *used, n);
		frame->got += n;
		*used += n;
	}
	return frame->got == frame->len ? FRAMING_WHOLE : FRAMING_MORE;
}

enum framing_result framing_take(
	struct framing *frame, const uint8_t *data, size_t len, size_t *used)
{
	*used = 0;
	while (frame->prefix_got < FRAMING_PREFIX) {
		if (*used == len)
			return FRAMING_MORE;
		frame->prefix[frame->prefix_got++] = data[(*used)++];
	}
	frame->len = (size_t)frame->prefix[0] << 8 | frame->prefix[1];
	if (frame->len < FRAMING_LEAST)
		return FRAMING_BAD;
	return take_message(frame, data, len, used);
}
