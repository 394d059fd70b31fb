/* SPDX-License-Identifier: ISC */
/*
 * Record types: mnemonics, numbers and the layout of their rdata, in one table (types.c), which is
 * the one place to change for a new type. The parser reads text by it, the database checks
 * and splits wire rdata by it, and the tests print by it. Sources: IANA "DNS Parameters" and the
 * RFC that is named beside each type.
 */
#ifndef LIB_DNS_TYPES_H
#define LIB_DNS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_number { /* the types that the engine itself knows about */
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_AAAA = 28,
	DNS_DNAME = 39,
	DNS_OPT = 41,
	DNS_DS = 43,
	DNS_RRSIG = 46,
	DNS_NSEC = 47,
	DNS_DNSKEY = 48,
	DNS_NSEC3 = 50,
	DNS_NSEC3PARAM = 51,
	DNS_TKEY = 249,
	DNS_TSIG = 250,
	DNS_IXFR = 251,
	DNS_AXFR = 252,
	DNS_MAILB = 253,
	DNS_MAILA = 254,
	DNS_ANY = 255,
};

#define DNS_CLASS_IN  1
#define DNS_CLASS_ANY 255

/* The parts that rdata is made of; the last kinds run to the end of the rdata. */
enum dns_field {
	DNS_FIELD_END,
	DNS_FIELD_NAME,
	DNS_FIELD_U8,
	DNS_FIELD_U16,
	DNS_FIELD_U32,
	DNS_FIELD_PERIOD,    /* u32 of seconds; text may have units: 1h30m */
	DNS_FIELD_TIME,      /* u32; text YYYYMMDDHHmmSS or seconds */
	DNS_FIELD_ALGORITHM, /* u8; text may be a DNSSEC algorithm's mnemonic */
	DNS_FIELD_CERT,      /* u16; text may be a certificate type's mnemonic */
	DNS_FIELD_TYPE,      /* u16; text is a type's mnemonic */
	DNS_FIELD_IP4,
	DNS_FIELD_IP6,
	DNS_FIELD_EUI48, /* text 00-00-5e-00-53-2a */
	DNS_FIELD_EUI64,
	DNS_FIELD_LOCATOR, /* u64; text four groups of hex: 2001:db8:0:1 */
	DNS_FIELD_TEXT,    /* character-string */
	DNS_FIELD_TAG,     /* character-string of 1..255 letters and digits */
	DNS_FIELD_SALT,    /* length byte and bytes; text is hex, "-" when empty */
	DNS_FIELD_HASH,    /* length byte and bytes; text is base32hex without padding */
	DNS_FIELD_LOC,     /* 16 bytes, RFC 1876 */
	/* Kinds that take the rest of the rdata. */
	DNS_FIELD_TEXTS,     /* one character-string or more */
	DNS_FIELD_LONG_TEXT, /* text without a length */
	DNS_FIELD_HEX,
	DNS_FIELD_BASE64,
	DNS_FIELD_BITMAP, /* types, RFC 4034 section 4.1.2; may be empty */
	DNS_FIELD_PARAMS, /* service parameters, RFC 9460 section 2.2 */
};

#define DNS_FIELDS_MAX 10

enum {
	DNS_TYPE_NODES = 1,    /* names are kept as nodes: fixed bytes, then names, then the rest */
	DNS_TYPE_COMPRESS = 2, /* and may be compressed (RFC 3597 section 4: those of RFC 1035) */
	DNS_TYPE_ADDRESSES = 4, /* the last name's addresses go to the additional section */
	DNS_TYPE_META = 8,      /* never in a zone */
	DNS_TYPE_SINGLE = 16,   /* one record a name */
};

struct dns_type {
	char name[12];
	uint16_t number;
	uint8_t flags;
	uint8_t fields[DNS_FIELDS_MAX]; /* enum dns_field, ends in DNS_FIELD_END */
};

/* The table's line, or NULL for a type that it does not know (an opaque one, RFC 3597). */
const struct dns_type *dns_type_by_number(uint16_t number);

/* A mnemonic in any case, or TYPE123 (RFC 3597). False when it is neither. */
bool dns_type_parse(const char *text, size_t len, uint16_t *number);

/* The mnemonic or TYPE123, in TEXT (12 bytes are enough). Returns TEXT. */
char *dns_type_text(char *text, uint16_t number);

/* IN, CH, HS, CS or CLASS123. */
bool dns_class_parse(const char *text, size_t len, uint16_t *number);

#endif
