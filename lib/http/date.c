/* SPDX-License-Identifier: ISC */
/* See date.h. Days are counted as in "days from civil": years that begin in March. */
#include "lib/http/date.h"

#include <string.h>

#define DAY       86400u
#define YEAR_MOST 9999u

static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static uint64_t days_from_date(uint64_t year, unsigned month, unsigned day)
{
	uint64_t era, of_era, of_year;

	year -= month <= 2;
	era = year / 400;
	of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
	of_era = (year % 400) * 365 + (year % 400) / 4 - (year % 400) / 100 + of_year;
	return era * 146097 + of_era - 719468;
}

static void date_from_days(uint64_t count, unsigned *year, unsigned *month, unsigned *day)
{
	uint64_t z = count + 719468, era = z / 146097, of_era = z % 146097;
	uint64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = (unsigned)(of_era - (365 * y + y / 4 - y / 100));
	unsigned m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = (unsigned)(y + era * 400) + (*month <= 2);
}

static void put_two(char *at, unsigned number)
{
	at[0] = (char)('0' + number / 10);
	at[1] = (char)('0' + number % 10);
}

void http_date_write(uint64_t seconds, char out[HTTP_DATE_LEN + 1])
{
	unsigned year, month, day, rest = (unsigned)(seconds % DAY);

	date_from_days(seconds / DAY, &year, &month, &day);
	if (year > YEAR_MOST)
		year = YEAR_MOST;
	memcpy(out, "Day, 00 Mon 0000 00:00:00 GMT", HTTP_DATE_LEN);
	memcpy(out, days + seconds / DAY % 7 * 3, 3);
	put_two(out + 5, day);
	memcpy(out + 8, months + ((size_t)month - 1) * 3, 3);
	put_two(out + 12, year / 100);
	put_two(out + 14, year % 100);
	put_two(out + 17, rest / 3600);
	put_two(out + 20, rest / 60 % 60);
	put_two(out + 23, rest % 60);
	out[HTTP_DATE_LEN] = '\0';
}

/* Two or four digits at AT. */
static bool take_number(const char *at, size_t len, unsigned most, unsigned *number)
{
	uint64_t value;

	if (!http_text_number((struct http_text){at, len}, &value) || value > most)
		return false;
	*number = (unsigned)value;
	return true;
}

static unsigned month_of(const char *name)
{
	for (unsigned i = 0; i < 12; i++) {
		if (memcmp(months + (size_t)i * 3, name, 3) == 0)
			return i + 1;
	}
	return 0;
}

bool http_date_read(struct http_text text, uint64_t *seconds)
{
	unsigned year, month, day, hour, minute, second;
	char again[HTTP_DATE_LEN + 1];

	if (text.len != HTTP_DATE_LEN)
		return false;
	month = month_of(text.at + 8);
	if (!month || !take_number(text.at + 5, 2, 31, &day) ||
		!take_number(text.at + 12, 4, YEAR_MOST, &year) || year < 1970 || !day ||
		!take_number(text.at + 17, 2, 23, &hour) ||
		!take_number(text.at + 20, 2, 59, &minute) ||
		!take_number(text.at + 23, 2, 59, &second))
		return false;
	*seconds = days_from_date(year, month, day) * DAY + hour * 3600u + minute * 60u + second;
	http_date_write(*seconds, again); /* day of the week, and all that stands between */
	return memcmp(again, text.at, HTTP_DATE_LEN) == 0;
}
