/* SPDX-License-Identifier: ISC */
/* The master file's words: see lexer.h. */
#include "lib/dns/lexer.h"

#include <stdint.h>

/* What a byte may do at the start of, or within, a word. */
enum {
	PLAIN,
	BLANK,
	NEWLINE,
	COMMENT,
	PAREN,
	QUOTE,
	ESCAPE
};

static const uint8_t kind[256] = {
	[' '] = BLANK,
	['\t'] = BLANK,
	['\r'] = BLANK,
	['\f'] = BLANK,
	['\v'] = BLANK,
	['\n'] = NEWLINE,
	[';'] = COMMENT,
	['('] = PAREN,
	[')'] = PAREN,
	['"'] = QUOTE,
	['\\'] = ESCAPE,
};

#define KIND(c) (kind[(uint8_t)(c)])

void dns_lexer_init(struct dns_lexer *lexer, const char *text, size_t len)
{
	*lexer = (struct dns_lexer){.at = text, .end = text + len, .line = 1, .token_line = 1};
}

bool dns_lexer_blank(const struct dns_lexer *lexer)
{
	return lexer->at < lexer->end && KIND(*lexer->at) == BLANK;
}

static struct dns_token token(enum dns_token_kind what, const char *text, size_t len)
{
	return (struct dns_token){what, text, len};
}

static struct dns_token bad(const char *why)
{
	return token(DNS_TOKEN_BAD, why, 0);
}

/* Up to the closing quote, which may be on a later line. */
static struct dns_token quoted(struct dns_lexer *lexer)
{
	const char *start = lexer->at + 1, *p = start;

	while (p < lexer->end && *p != '"') {
		if (*p == '\\' && p + 1 < lexer->end)
			p++;
		if (*p == '\n')
			lexer->line++;
		p++;
	}
	if (p == lexer->end) {
		lexer->at = p;
		return bad("a quoted text has no end");
	}
	lexer->at = p + 1;
	return token(DNS_TOKEN_QUOTED, start, (size_t)(p - start));
}

/* A quote after "=" belongs to the word, as in SVCB's key="value" (RFC 9460 section 2.1). */
static const char *skip_value(const char *p, const char *end)
{
	for (p++; p < end && *p != '"' && *p != '\n'; p++) {
		if (*p == '\\' && p + 1 < end && p[1] != '\n')
			p++;
	}
	return p < end && *p == '"' ? p + 1 : p;
}

static struct dns_token word(struct dns_lexer *lexer)
{
	const char *start = lexer->at, *p = start, *end = lexer->end;

	for (;;) {
		while (p < end && KIND(*p) == PLAIN)
			p++;
		if (p < end && *p == '\\') {
			p++;
			if (p < end && *p != '\n')
				p++;
			continue;
		}
		if (p < end && *p == '"') {
			p = p[-1] == '=' ? skip_value(p, end) : p + 1;
			continue;
		}
		break;
	}
	lexer->at = p;
	return token(DNS_TOKEN_WORD, start, (size_t)(p - start));
}

static void skip_comment(struct dns_lexer *lexer)
{
	while (lexer->at < lexer->end && *lexer->at != '\n')
		lexer->at++;
}

/* False if the parenthesis has no partner. */
static bool paren(struct dns_lexer *lexer)
{
	if (*lexer->at++ == '(')
		lexer->parens++;
	else if (lexer->parens-- == 0)
		return false;
	return true;
}

static struct dns_token at_end(struct dns_lexer *lexer)
{
	bool first = !lexer->ended;

	lexer->ended = true;
	if (lexer->parens) {
		lexer->parens = 0;
		return bad("a parenthesis is not closed");
	}
	return token(first ? DNS_TOKEN_EOL : DNS_TOKEN_END, lexer->at, 0);
}

struct dns_token dns_lexer_next(struct dns_lexer *lexer)
{
	while (lexer->at < lexer->end) {
		lexer->token_line = lexer->line;
		switch (KIND(*lexer->at)) {
		case BLANK:
			lexer->at++;
			break;
		case NEWLINE:
			lexer->at++;
			lexer->line++;
			if (!lexer->parens)
				return token(DNS_TOKEN_EOL, lexer->at - 1, 1);
			break;
		case COMMENT:
			skip_comment(lexer);
			break;
		case PAREN:
			if (!paren(lexer))
				return bad("a parenthesis is closed that was never opened");
			break;
		case QUOTE:
			return quoted(lexer);
		default:
			return word(lexer);
		}
	}
	lexer->token_line = lexer->line;
	return at_end(lexer);
}

struct dns_token dns_lexer_rest(struct dns_lexer *lexer)
{
	const char *start, *stop, *p, *end = lexer->end;
	bool quotes = false;

	while (dns_lexer_blank(lexer))
		lexer->at++;
	start = stop = lexer->at;
	for (p = start; p < end && *p != '\n' && (quotes || *p != ';'); p++) {
		if (*p == '"')
			quotes = !quotes;
		if (*p == '\\' && p + 1 < end && p[1] != '\n')
			p++;
		if (KIND(*p) != BLANK)
			stop = p + 1;
	}
	lexer->at = p;
	skip_comment(lexer);
	return token(DNS_TOKEN_WORD, start, (size_t)(stop - start));
}
