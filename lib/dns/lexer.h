/* SPDX-License-Identifier: ISC */
/*
 * Splits a master file (RFC 1035 section 5.1) into words and ends of lines. Handles comments,
 * parentheses, quotes, CRLF and a missing final newline; leaves escapes inside words to those
 * who know what the word means. Called by the zone parser.
 */
#ifndef LIB_DNS_LEXER_H
#define LIB_DNS_LEXER_H

#include <stdbool.h>
#include <stddef.h>

enum dns_token_kind {
	DNS_TOKEN_WORD,
	DNS_TOKEN_QUOTED, /* text is what stands between the quotes */
	DNS_TOKEN_EOL,
	DNS_TOKEN_END,
	DNS_TOKEN_BAD, /* text says why */
};

struct dns_token {
	enum dns_token_kind kind;
	const char *text; /* within the file; not ended by NUL */
	size_t len;
};

struct dns_lexer {
	const char *at, *end;
	unsigned line;       /* where AT is, from 1 */
	unsigned token_line; /* where the last token started */
	unsigned parens;     /* how deep */
	bool ended;          /* the EOL that a last line without newline gets has been given */
};

void dns_lexer_init(struct dns_lexer *lexer, const char *text, size_t len);

/* Whether the line that starts here starts with a blank: its owner is the one before. */
bool dns_lexer_blank(const struct dns_lexer *lexer);

/* The next token. Past the end it gives DNS_TOKEN_END for ever. */
struct dns_token dns_lexer_next(struct dns_lexer *lexer);

/* What is left of this line, as it stands, without comment and blanks at its ends. */
struct dns_token dns_lexer_rest(struct dns_lexer *lexer);

#endif
