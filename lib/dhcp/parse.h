/* SPDX-License-Identifier: ISC */
/* What the files that read the words share: the line at hand, its fields, and how it is refused. */
#ifndef LIB_DHCP_PARSE_H
#define LIB_DHCP_PARSE_H

#include "lib/dhcp/config.h"

#define DHCP_LINE_MAX   1024
#define DHCP_FIELDS_MAX 64

struct dhcp_parser {
	struct dhcp_config *config;
	const char *name; /* of the file */
	unsigned line;
	const char *word;
	char value[DHCP_LINE_MAX + 1];     /* cut into the fields */
	char *fields[DHCP_FIELDS_MAX + 1]; /* without blanks and quotes around */
	unsigned count;
	unsigned at; /* the field that is read next */
	char *message;
	int error;
};

/* Refuse the line, once; they return false. The second: there is no memory for it. */
bool dhcp_parse_fail(struct dhcp_parser *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool dhcp_parse_no_memory(struct dhcp_parser *p);

/* SIZE zeroed bytes of the configuration, or NULL with the line refused. */
void *dhcp_parse_alloc(struct dhcp_parser *p, size_t size);
const char *dhcp_parse_copy(struct dhcp_parser *p, const char *text, size_t len);

/* The next field, or NULL. */
char *dhcp_parse_next(struct dhcp_parser *p);

/* The bit of the tag NAME, which is made if need be; 0 with the line refused. */
uint64_t dhcp_parse_tag(struct dhcp_parser *p, const char *name);
/* Takes FIELD if it is `tag:NAME`, `tag:!NAME` or `set:NAME`. 1, 0 (it is not), -1 refused. */
int dhcp_parse_tag_field(
	struct dhcp_parser *p, const char *field, struct dhcp_cond *cond, uint64_t *set);

/* Values: true when the whole of TEXT is one. */
bool dhcp_parse_number(const char *text, uint64_t high, uint64_t *value);
bool dhcp_parse_address(const char *text, uint32_t *address);
bool dhcp_parse_time(const char *text, uint32_t *seconds); /* 90, 45m, 12h, 2d, 1w, infinite */
/* "aa:bb:..", at least MIN pairs; bytes that are "*" are told by OPEN if it is given. */
bool dhcp_parse_hex(
	const char *text, size_t min, uint8_t *bytes, size_t size, size_t *len, uint32_t *open);
bool dhcp_parse_hardware(const char *text, struct dhcp_hardware *hardware);
bool dhcp_parse_label(const char *text); /* a host's name */
/* LEN bytes with letters in lower case; TO may be FROM. */
void dhcp_lower(void *to, const void *from, size_t len);
/* A domain name as on the wire, uncompressed; the length, or 0. */
size_t dhcp_parse_domain(const char *text, uint8_t out[DHCP_DOMAIN_MAX + 1]);
/* The same of LABEL in DOMAIN (both may not be ""), in lower case. */
size_t dhcp_name_wire(const char *label, const char *domain, uint8_t out[DHCP_DOMAIN_MAX + 1]);

/* The words. */
bool dhcp_word_range(struct dhcp_parser *p);
bool dhcp_word_host(struct dhcp_parser *p);
bool dhcp_word_option(struct dhcp_parser *p, bool force);
bool dhcp_word_option6(struct dhcp_parser *p, const char *name, struct dhcp_cond cond);
bool dhcp_word_match(struct dhcp_parser *p);
bool dhcp_word_name_match(struct dhcp_parser *p);
bool dhcp_word_boot(struct dhcp_parser *p);
bool dhcp_word_class(struct dhcp_parser *p, enum dhcp_match_kind kind);
bool dhcp_word_tag_if(struct dhcp_parser *p);
bool dhcp_word_range6(struct dhcp_parser *p, struct dhcp_cond cond, uint64_t set);
bool dhcp_word_ra_param(struct dhcp_parser *p);

/* An option's code by "option:NAME", "NUMBER"; 0: none. */
uint8_t dhcp_option_code(const char *text);

/* What no line alone can show: overlaps, reservations outside of every network. */
bool dhcp_config_check(struct dhcp_parser *p);
bool dhcp_config6_check(struct dhcp_parser *p);

#endif
