/* SPDX-License-Identifier: ISC */
/* See accept.h. */
#include "lib/http/accept.h"

/* "q=0.8" as 800; what is wrong counts as 0, so that nobody gets what he may not want. */
static unsigned weight_of(struct http_text text)
{
	unsigned weight = 0, unit = 1000;

	if (text.len < 3 || http_lower(text.at[0]) != 'q' || text.at[1] != '=')
		return 0;
	for (size_t i = 2; i < text.len; i++) {
		if (i == 3 && text.at[i] == '.')
			continue;
		if (!http_is_digit(text.at[i]) || !unit)
			return 0;
		weight += (unsigned)(text.at[i] - '0') * unit;
		unit /= 10;
	}
	return weight <= 1000 ? weight : 0;
}

unsigned http_accept_coding(const struct http_request *request, const char *coding)
{
	unsigned any = 0;

	for (size_t i = 0; i < request->field_count; i++) {
		struct http_text list = request->fields[i].value, item, name, weight;

		if (!http_text_is_nocase(request->fields[i].name, "accept-encoding"))
			continue;
		while (http_text_next(&list, ',', &item)) {
			unsigned q = 1000;

			if (!http_text_next(&item, ';', &name))
				continue;
			if (http_text_next(&item, ';', &weight))
				q = weight_of(weight);
			if (http_text_is_nocase(name, coding))
				return q;
			if (http_text_is(name, "*"))
				any = q;
		}
	}
	return any;
}
