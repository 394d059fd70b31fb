/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/message6.h"

#include <string.h>

#define RELAY_HEAD 34 /* type, hops, two addresses */
#define HEAD       4  /* of an option */

static bool next(struct wire_reader *r, uint16_t *code, struct dhcp6_field *value)
{
	if (!wire_left(r))
		return false;
	*code = wire_get_u16(r);
	value->len = wire_get_u16(r);
	value->data = wire_get_bytes(r, value->len);
	return !wire_failed(r);
}

bool dhcp6_is_sound(struct dhcp6_field field)
{
	struct dhcp6_field value;
	struct wire_reader r;
	uint16_t code;

	wire_reader_init(&r, field.data, field.len);
	while (next(&r, &code, &value))
		;
	return !wire_failed(&r);
}

bool dhcp6_next_option(struct dhcp6_field *field, uint16_t *code, struct dhcp6_field *value)
{
	struct wire_reader r;

	wire_reader_init(&r, field->data, field->len);
	if (!next(&r, code, value))
		return false;
	field->data += HEAD + value->len;
	field->len -= HEAD + value->len;
	return true;
}

struct dhcp6_field dhcp6_find(struct dhcp6_field field, uint16_t wanted)
{
	struct dhcp6_field value;
	uint16_t code;

	while (field.data && dhcp6_next_option(&field, &code, &value))
		if (code == wanted)
			return value;
	return (struct dhcp6_field){NULL, 0};
}

static bool from_client(unsigned type)
{
	return (type >= DHCP6_SOLICIT && type <= DHCP6_REBIND && type != DHCP6_ADVERTISE) ||
	       type == DHCP6_RELEASE || type == DHCP6_DECLINE || type == DHCP6_INFORMATION_REQUEST;
}

/* Takes one envelope off; what was in it replaces FIELD. */
static bool unwrap(struct dhcp6_message *message, struct dhcp6_field *field)
{
	struct dhcp6_envelope *envelope = &message->envelopes[message->hops];
	struct dhcp6_field options;

	if (message->hops == DHCP6_HOPS || field->len < RELAY_HEAD)
		return false;
	options = (struct dhcp6_field){field->data + RELAY_HEAD, field->len - RELAY_HEAD};
	if (!dhcp6_is_sound(options))
		return false;
	envelope->hops = field->data[1];
	envelope->link = field->data + 2;
	envelope->peer = field->data + 18;
	envelope->interface = dhcp6_find(options, DHCP6_OPTION_INTERFACE_ID);
	message->hops++;
	*field = dhcp6_find(options, DHCP6_OPTION_RELAY_MESSAGE);
	return field->data;
}

bool dhcp6_message_read(struct dhcp6_message *message, const void *data, size_t len)
{
	struct dhcp6_field field = {data, len};

	message->hops = 0;
	while (field.len && field.data[0] == DHCP6_RELAY_FORW)
		if (!unwrap(message, &field))
			return false;
	if (field.len < 4 || !from_client(field.data[0]))
		return false;
	message->type = field.data[0];
	memcpy(message->transaction, field.data + 1, 3);
	message->options = (struct dhcp6_field){field.data + 4, field.len - 4};
	return dhcp6_is_sound(message->options);
}

/* ---- answers ---- */

uint8_t *dhcp6_open(struct wire_writer *w, uint16_t code)
{
	uint8_t *head = w->at;

	wire_put_u16(w, code);
	wire_put_u16(w, 0);
	return head;
}

void dhcp6_close(struct wire_writer *w, uint8_t *head)
{
	if (!wire_overflowed(w))
		wire_set_u16(head + 2, (uint16_t)(w->at - head - HEAD));
}

void dhcp6_put(struct wire_writer *w, uint16_t code, const void *value, size_t len)
{
	wire_put_u16(w, code);
	wire_put_u16(w, (uint16_t)len);
	wire_put_bytes(w, value, len);
}

/* Section 19.3: each relay gets back what it has said. The message is the last option. */
void dhcp6_reply_begin(
	struct wire_writer *w, const struct dhcp6_message *message, enum dhcp6_type type)
{
	for (unsigned i = 0; i < message->hops; i++) {
		const struct dhcp6_envelope *e = &message->envelopes[i];

		wire_put_u8(w, DHCP6_RELAY_REPL);
		wire_put_u8(w, e->hops);
		wire_put_bytes(w, e->link, 16);
		wire_put_bytes(w, e->peer, 16);
		if (e->interface.data)
			dhcp6_put(
				w, DHCP6_OPTION_INTERFACE_ID, e->interface.data, e->interface.len);
		dhcp6_open(w, DHCP6_OPTION_RELAY_MESSAGE);
	}
	wire_put_u8(w, (uint8_t)type);
	wire_put_bytes(w, message->transaction, 3);
}

/* The lengths of the envelopes' messages, each of which goes to the end. */
void dhcp6_reply_end(struct wire_writer *w, const struct dhcp6_message *message)
{
	uint8_t *at = w->start;

	if (wire_overflowed(w))
		return;
	for (unsigned i = 0; i < message->hops; i++) {
		const struct dhcp6_field *interface = &message->envelopes[i].interface;

		at += RELAY_HEAD + (interface->data ? HEAD + interface->len : 0);
		dhcp6_close(w, at);
		at += HEAD;
	}
}
