/* SPDX-License-Identifier: ISC */
/* The table of record types: see types.h. To add a type, add a line here. */
#include "lib/dns/types.h"

#include <string.h>

#include "lib/base/bytes.h"

#define NAME      DNS_FIELD_NAME
#define U8        DNS_FIELD_U8
#define U16       DNS_FIELD_U16
#define U32       DNS_FIELD_U32
#define PERIOD    DNS_FIELD_PERIOD
#define TIME      DNS_FIELD_TIME
#define ALGORITHM DNS_FIELD_ALGORITHM
#define TYPE      DNS_FIELD_TYPE
#define TEXT      DNS_FIELD_TEXT
#define TEXTS     DNS_FIELD_TEXTS
#define HEX       DNS_FIELD_HEX
#define BASE64    DNS_FIELD_BASE64
#define BITMAP    DNS_FIELD_BITMAP

/* Flags of the types whose names are nodes: those of RFC 1035, and later ones. */
#define OLD  (DNS_TYPE_NODES | DNS_TYPE_COMPRESS)
#define NEW  DNS_TYPE_NODES
#define ADD  DNS_TYPE_ADDRESSES
#define ONE  DNS_TYPE_SINGLE
#define META DNS_TYPE_META

/* Searched from the top: what zones have most of comes first. */
static const struct dns_type types[] = {
	{"A", 1, 0, {DNS_FIELD_IP4}},             /* RFC 1035 */
	{"NS", 2, OLD | ADD, {NAME}},             /* RFC 1035 */
	{"AAAA", 28, 0, {DNS_FIELD_IP6}},         /* RFC 3596 */
	{"DS", 43, 0, {U16, ALGORITHM, U8, HEX}}, /* RFC 4034 */
	{"NSEC", 47, 0, {NAME, BITMAP}},          /* RFC 4034 */
	{"RRSIG", 46, 0, {TYPE, ALGORITHM, U8, PERIOD, TIME, TIME, U16, NAME, BASE64}},
	{"CNAME", 5, OLD | ONE, {NAME}},               /* RFC 1035 */
	{"MX", 15, OLD | ADD, {U16, NAME}},            /* RFC 1035 */
	{"TXT", 16, 0, {TEXTS}},                       /* RFC 1035 */
	{"PTR", 12, OLD, {NAME}},                      /* RFC 1035 */
	{"SRV", 33, NEW | ADD, {U16, U16, U16, NAME}}, /* RFC 2782 */
	{"SOA", 6, OLD | ONE, {NAME, NAME, U32, PERIOD, PERIOD, PERIOD, PERIOD}},
	{"DNSKEY", 48, 0, {U16, U8, ALGORITHM, BASE64}},                         /* RFC 4034 */
	{"NSEC3", 50, 0, {U8, U8, U16, DNS_FIELD_SALT, DNS_FIELD_HASH, BITMAP}}, /* RFC 5155 */
	{"NSEC3PARAM", 51, 0, {U8, U8, U16, DNS_FIELD_SALT}},                    /* RFC 5155 */
	{"DNAME", 39, NEW | ONE, {NAME}},                                        /* RFC 6672 */
	{"CAA", 257, 0, {U8, DNS_FIELD_TAG, DNS_FIELD_LONG_TEXT}},               /* RFC 8659 */
	{"TLSA", 52, 0, {U8, U8, U8, HEX}},                                      /* RFC 6698 */
	{"HTTPS", 65, 0, {U16, NAME, DNS_FIELD_PARAMS}},                         /* RFC 9460 */
	{"SVCB", 64, 0, {U16, NAME, DNS_FIELD_PARAMS}},                          /* RFC 9460 */
	{"SSHFP", 44, 0, {U8, U8, HEX}},                                         /* RFC 4255 */
	{"NAPTR", 35, NEW | ADD, {U16, U16, TEXT, TEXT, TEXT, NAME}},            /* RFC 3403 */
	{"CDS", 59, 0, {U16, ALGORITHM, U8, HEX}},                               /* RFC 7344 */
	{"CDNSKEY", 60, 0, {U16, U8, ALGORITHM, BASE64}},                        /* RFC 7344 */
	{"SPF", 99, 0, {TEXTS}},                                                 /* RFC 7208 */
	{"HINFO", 13, 0, {TEXT, TEXT}},                                          /* RFC 1035 */
	{"LOC", 29, 0, {DNS_FIELD_LOC}},                                         /* RFC 1876 */
	{"RP", 17, NEW, {NAME, NAME}},                                           /* RFC 1183 */
	{"AFSDB", 18, NEW | ADD, {U16, NAME}},                                   /* RFC 1183 */
	{"URI", 256, 0, {U16, U16, DNS_FIELD_LONG_TEXT}},                        /* RFC 7553 */
	{"SMIMEA", 53, 0, {U8, U8, U8, HEX}},                                    /* RFC 8162 */
	{"OPENPGPKEY", 61, 0, {BASE64}},                                         /* RFC 7929 */
	{"ZONEMD", 63, 0, {U32, U8, U8, HEX}},                                   /* RFC 8976 */
	{"CSYNC", 62, 0, {U32, U16, BITMAP}},                                    /* RFC 7477 */
	{"CERT", 37, 0, {DNS_FIELD_CERT, U16, ALGORITHM, BASE64}},               /* RFC 4398 */
	{"DHCID", 49, 0, {BASE64}},                                              /* RFC 4701 */
	{"KX", 36, NEW | ADD, {U16, NAME}},                                      /* RFC 2230 */
	{"EUI48", 108, 0, {DNS_FIELD_EUI48}},                                    /* RFC 7043 */
	{"EUI64", 109, 0, {DNS_FIELD_EUI64}},                                    /* RFC 7043 */
	{"NID", 104, 0, {U16, DNS_FIELD_LOCATOR}},                               /* RFC 6742 */
	{"L32", 105, 0, {U16, DNS_FIELD_IP4}},                                   /* RFC 6742 */
	{"L64", 106, 0, {U16, DNS_FIELD_LOCATOR}},                               /* RFC 6742 */
	{"LP", 107, NEW, {U16, NAME}},                                           /* RFC 6742 */
	{"DLV", 32769, 0, {U16, ALGORITHM, U8, HEX}},                            /* RFC 4431 */
	{"TA", 32768, 0, {U16, ALGORITHM, U8, HEX}},                             /* IANA */
	{"KEY", 25, 0, {U16, U8, ALGORITHM, BASE64}},                            /* RFC 2535 */
	{"SIG", 24, 0, {TYPE, ALGORITHM, U8, PERIOD, TIME, TIME, U16, NAME, BASE64}},
	{"MD", 3, OLD, {NAME}},                                  /* RFC 1035, obsolete */
	{"MF", 4, OLD, {NAME}},                                  /* RFC 1035, obsolete */
	{"MB", 7, OLD | ADD, {NAME}},                            /* RFC 1035, experimental */
	{"MG", 8, OLD, {NAME}},                                  /* RFC 1035, experimental */
	{"MR", 9, OLD, {NAME}},                                  /* RFC 1035, experimental */
	{"MINFO", 14, OLD, {NAME, NAME}},                        /* RFC 1035, experimental */
	{"X25", 19, 0, {TEXT}},                                  /* RFC 1183 */
	{"ISDN", 20, 0, {TEXTS}},                                /* RFC 1183 */
	{"RT", 21, NEW | ADD, {U16, NAME}},                      /* RFC 1183 */
	{"NSAP-PTR", 23, NEW, {NAME}},                           /* RFC 1706 */
	{"PX", 26, NEW, {U16, NAME, NAME}},                      /* RFC 2163 */
	{"GPOS", 27, 0, {TEXT, TEXT, TEXT}},                     /* RFC 1712 */
	{"TALINK", 58, NEW, {NAME, NAME}},                       /* IANA */
	{"AVC", 258, 0, {TEXTS}},                                /* IANA */
	{"RESINFO", 261, 0, {TEXTS}},                            /* RFC 9606 */
	{"HIP", 55, 0, {DNS_FIELD_HIP}},                         /* RFC 8005 */
	{"IPSECKEY", 45, 0, {DNS_FIELD_IPSECKEY}},               /* RFC 4025 */
	{"AMTRELAY", 260, 0, {DNS_FIELD_AMTRELAY}},              /* RFC 8777 */
	{"APL", 42, 0, {DNS_FIELD_APL}},                         /* RFC 3123 */
	{"DSYNC", 66, NEW, {TYPE, DNS_FIELD_SCHEME, U16, NAME}}, /* RFC 9859 */
	{"HHIT", 67, 0, {BASE64}},                               /* RFC 9886 */
	{"BRID", 68, 0, {BASE64}},                               /* RFC 9886 */
	{"WALLET", 262, 0, {TEXTS}},                             /* IANA */
	{"CLA", 263, 0, {TEXTS}},                                /* IANA */
	{"NINFO", 56, 0, {TEXTS}},                               /* IANA */
	{"RKEY", 57, 0, {U16, U8, ALGORITHM, BASE64}},           /* IANA */
	{"NSAP", 22, 0, {DNS_FIELD_NSAP}},                       /* RFC 1706 */
	{"EID", 31, 0, {HEX}},                                   /* IANA */
	{"NIMLOC", 32, 0, {HEX}},                                /* IANA */
	{"NXNAME", 128, META, {HEX}},                            /* RFC 9824 */
	{"NULL", 10, META, {HEX}},                               /* RFC 1035: not in master files */
	{"OPT", 41, META, {HEX}},                                /* RFC 6891 */
	{"TKEY", 249, META, {HEX}},                              /* RFC 2930 */
	{"TSIG", 250, META, {HEX}},                              /* RFC 8945 */
	{"IXFR", 251, META, {HEX}},                              /* RFC 1995 */
	{"AXFR", 252, META, {HEX}},                              /* RFC 5936 */
	{"MAILB", 253, META, {HEX}},                             /* RFC 1035 */
	{"MAILA", 254, META, {HEX}},                             /* RFC 1035 */
	{"ANY", 255, META, {HEX}},                               /* RFC 1035 */
};

const struct dns_type *dns_type_by_number(uint16_t number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i].number == number)
			return &types[i];
	}
	return NULL;
}

/* PREFIX and a number up to 65535, as in TYPE123; PREFIX is in capitals. */
static bool parse_generic(const char *prefix, const char *text, size_t len, uint16_t *number)
{
	size_t skip = strlen(prefix), i;
	uint32_t value = 0;

	if (len <= skip || len > skip + 5 || memcmp(text, prefix, skip) != 0)
		return false;
	for (i = skip; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(text[i] - '0');
	}
	*number = (uint16_t)value;
	return value <= UINT16_MAX;
}

/* In capitals, filled up with NULs, so that comparing is two loads. False if it is too long. */
static bool capitals(char out[12], const char *text, size_t len)
{
	size_t i;

	memset(out, 0, 12);
	if (len == 0 || len > 11)
		return false;
	for (i = 0; i < len; i++) {
		out[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
		if (!text[i])
			return false;
	}
	return true;
}

bool dns_type_parse(const char *text, size_t len, uint16_t *number)
{
	char word[12];
	size_t i;

	if (!capitals(word, text, len))
		return false;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (memcmp(types[i].name, word, sizeof(word)) == 0) {
			*number = types[i].number;
			return true;
		}
	}
	return parse_generic("TYPE", word, len, number);
}

char *dns_type_text(char *text, uint16_t number)
{
	const struct dns_type *type = dns_type_by_number(number);
	uint32_t scale = 10000;
	char *p = text;

	if (type)
		return memcpy(text, type->name, sizeof(type->name));
	memcpy(p, "TYPE", 4);
	p += 4;
	while (scale > 1 && number < scale)
		scale /= 10;
	for (; scale; scale /= 10)
		*p++ = (char)('0' + number / scale % 10);
	*p = 0;
	return text;
}

bool dns_class_parse(const char *text, size_t len, uint16_t *number)
{
	static const struct {
		char name[12];
		uint16_t number;
	} classes[] = {{"IN", 1}, {"CH", 3}, {"HS", 4}, {"CS", 2}};
	char word[12];
	size_t i;

	if (!capitals(word, text, len))
		return false;
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		if (memcmp(classes[i].name, word, sizeof(word)) == 0) {
			*number = classes[i].number;
			return true;
		}
	}
	return parse_generic("CLASS", word, len, number);
}
