/* SPDX-License-Identifier: ISC */
/*
 * $GENERATE RANGE OWNER [TTL] [CLASS] TYPE RDATA, as BIND has it: for each number of the range the
 * line is read with "$" and "${offset,width,base}" replaced. Called by master.c.
 */
#include <errno.h>
#include <string.h>

#include "lib/dns/master_parser.h"

#define LINE_MAX_BYTES 2048

struct range {
	uint32_t start, stop, step;
};

/* START-STOP or START-STOP/STEP */
static bool parse_range(const struct dns_token *word, struct range *range)
{
	const char *dash = memchr(word->text, '-', word->len), *slash;
	const char *end = word->text + word->len;

	if (!dash)
		return false;
	slash = memchr(dash, '/', (size_t)(end - dash));
	range->step = 1;
	if (slash &&
		!dns_number_parse(slash + 1, (size_t)(end - slash - 1), INT32_MAX, &range->step))
		return false;
	if (!slash)
		slash = end;
	return dns_number_parse(
		       word->text, (size_t)(dash - word->text), INT32_MAX, &range->start) &&
	       dns_number_parse(dash + 1, (size_t)(slash - dash - 1), INT32_MAX, &range->stop) &&
	       range->start <= range->stop && range->step > 0;
}

/* A line under construction; latches that it is full. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
	bool full;
};

static void put(struct line *line, char c)
{
	if (line->len < sizeof(line->text))
		line->text[line->len++] = c;
	else
		line->full = true;
}

/* What "${offset,width,base}" says. */
struct format {
	int64_t offset;
	uint32_t width;
	char base;
};

/* VALUE in the base, filled up with zeros. */
static void put_number(struct line *line, int64_t value, const struct format *format)
{
	const char *digits = format->base == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	uint64_t left = value < 0 ? (uint64_t)-value : (uint64_t)value;
	unsigned base = format->base == 'd' ? 10 : format->base == 'o' ? 8 : 16;
	char text[24];
	size_t used = 0, width = format->width;

	do {
		text[used++] = digits[left % base];
		left /= base;
	} while (left);
	if (value < 0) {
		put(line, '-');
		width -= width > 0;
	}
	for (; width > used; width--)
		put(line, '0');
	while (used)
		put(line, text[--used]);
}

/* The number's low hex digits first, a dot between them, at least WIDTH characters. */
static void put_nibbles(struct line *line, int64_t value, const struct format *format)
{
	const char *digits = format->base == 'N' ? "0123456789ABCDEF" : "0123456789abcdef";
	uint64_t left = (uint64_t)value;
	uint32_t width = format->width;

	do {
		put(line, digits[left & 15]);
		left >>= 4;
		width -= width > 0;
		if (width > 0 || left) {
			put(line, '.');
			width -= width > 0;
		}
	} while (width > 0 || left);
}

/* Reads what stands between the braces; P is behind "${". NULL if it is wrong. */
static const char *parse_format(const char *p, const char *end, struct format *format)
{
	const char *brace = memchr(p, '}', (size_t)(end - p)), *comma;
	bool minus = p < end && *p == '-';
	uint32_t offset = 0;

	if (!brace)
		return NULL;
	p += minus || *p == '+';
	comma = memchr(p, ',', (size_t)(brace - p));
	if (!dns_number_parse(p, (size_t)((comma ? comma : brace) - p), INT32_MAX, &offset))
		return NULL;
	format->offset = minus ? -(int64_t)offset : (int64_t)offset;
	if (!comma)
		return brace + 1;
	p = comma + 1;
	comma = memchr(p, ',', (size_t)(brace - p));
	if (!dns_number_parse(p, (size_t)((comma ? comma : brace) - p), 255, &format->width))
		return NULL;
	if (!comma)
		return brace + 1;
	if (brace - comma != 2 || !memchr("doxXnN", comma[1], 6))
		return NULL;
	format->base = comma[1];
	return brace + 1;
}

/* Adds TEMPLATE to LINE, with VALUE in it. False if a "${" is wrong. */
static bool substitute(struct line *line, const char *p, size_t len, uint32_t value)
{
	const char *end = p + len;
	struct format format;

	while (p < end) {
		if (*p == '\\' && p + 1 < end) {
			if (p[1] != '$')
				put(line, *p);
			put(line, p[1]);
			p += 2;
		} else if (*p != '$') {
			put(line, *p++);
		} else if (++p < end && *p == '$') {
			put(line, *p++);
		} else {
			format = (struct format){0, 0, 'd'};
			if (p < end && *p == '{')
				p = parse_format(p + 1, end, &format);
			if (!p)
				return false;
			if (format.base == 'n' || format.base == 'N')
				put_nibbles(line, value + format.offset, &format);
			else
				put_number(line, value + format.offset, &format);
		}
	}
	return true;
}

/* Reads LINE as a record, with messages that name the line of the $GENERATE. */
static int read_line(struct dns_master *master, struct line *line, size_t owner_len)
{
	struct dns_token owner = {DNS_TOKEN_WORD, line->text, owner_len};
	struct dns_lexer *outer = master->lexer, lexer;
	int error;

	dns_lexer_init(&lexer, line->text, line->len);
	lexer.at += owner_len;
	lexer.line = lexer.token_line = outer->token_line;
	master->lexer = &lexer;
	master->owner_text = NULL;
	error = dns_master_record(master, &owner);
	master->owner_text = NULL; /* it points into the line */
	master->lexer = outer;
	return error;
}

static int generate(struct dns_master *master, const struct dns_token *owner,
	const struct dns_token *rest, uint32_t value)
{
	struct line line;
	size_t owner_len;

	if (++master->generated > DNS_GENERATES_MAX)
		return dns_master_fail(master, "$GENERATE makes more than 1000000 records");
	line.len = 0;
	line.full = false;
	if (!substitute(&line, owner->text, owner->len, value))
		return dns_master_fail_word(master,
			"expected ${offset,width,base} with base d, o, x, X, n or N", owner);
	owner_len = line.len;
	put(&line, ' ');
	if (!substitute(&line, rest->text, rest->len, value))
		return dns_master_fail_word(
			master, "expected ${offset,width,base} with base d, o, x, X, n or N", rest);
	if (line.full)
		return dns_master_fail(master, "$GENERATE makes a line longer than 2048 bytes");
	return read_line(master, &line, owner_len);
}

int dns_master_generate(struct dns_master *master)
{
	struct dns_token word = dns_lexer_next(master->lexer), owner, rest;
	struct range range;
	uint64_t value;

	if (word.kind != DNS_TOKEN_WORD || !parse_range(&word, &range))
		return dns_master_fail_word(
			master, "expected a range as 1-10 or 1-10/2 after $GENERATE", &word);
	if ((range.stop - range.start) / range.step >= DNS_GENERATE_MAX)
		return dns_master_fail_word(
			master, "expected a range of up to 65536 numbers", &word);
	owner = dns_lexer_next(master->lexer);
	if (owner.kind != DNS_TOKEN_WORD)
		return dns_master_fail_word(master, "expected an owner after the range", &owner);
	rest = dns_lexer_rest(master->lexer);
	if (rest.kind != DNS_TOKEN_WORD || rest.len == 0 || master->lexer->parens)
		return dns_master_fail(master, "expected a type and rdata on the $GENERATE line");
	for (value = range.start; value <= range.stop; value += range.step) {
		if (generate(master, &owner, &rest, (uint32_t)value))
			return -EINVAL;
	}
	return 0;
}
