/* SPDX-License-Identifier: ISC */
/* What an answer says, collected before it is laid out: draft.c collects, answer.c lays out. */
#ifndef LIB_DHCP_DRAFT_H
#define LIB_DHCP_DRAFT_H

#include "lib/dhcp/engine.h"

#define DHCP_DRAFT_ITEMS   96
#define DHCP_DRAFT_SCRATCH 1024

struct dhcp_item {
	uint8_t code;
	const uint8_t *value;
	size_t len;
};

struct dhcp_draft {
	struct dhcp_item items[DHCP_DRAFT_ITEMS];
	unsigned count;
	uint32_t has[8]; /* a bit for each code */
	uint8_t scratch[DHCP_DRAFT_SCRATCH];
	size_t used;
	const char *file, *sname;
	uint32_t siaddr;
	bool cut; /* something found no room */
};

/* VALUE must live until the answer is laid out. What is there already stays as it is. */
void dhcp_draft_add(struct dhcp_draft *d, uint8_t code, const uint8_t *value, size_t len);
void dhcp_draft_add32(struct dhcp_draft *d, uint8_t code, uint32_t value);
/* Room of the draft's own; NULL when there is none. */
uint8_t *dhcp_draft_room(struct dhcp_draft *d, size_t len);

/* The configuration's option for the client: with tags before without, the last of equals. */
const struct dhcp_option_value *dhcp_find_option(
	const struct dhcp_config *config, const struct dhcp_client *client, uint8_t code);
/* What the client asks for, and what is sent unasked. */
void dhcp_draft_add_options(
	struct dhcp_draft *d, const struct dhcp_config *config, const struct dhcp_client *client);
/* What it is to boot: in the fields for it, or as options for who wants those. */
void dhcp_draft_add_boot(
	struct dhcp_draft *d, const struct dhcp_config *config, const struct dhcp_client *client);

#endif
