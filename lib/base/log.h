/* SPDX-License-Identifier: ISC */
/*
 * One line a message, to the machine's console: "level area: text". Lines are at most LOG_LINE
 * bytes; longer ones are cut. Control bytes in the text are replaced, so that nothing that a
 * peer sent can forge a line or drive a terminal.
 *
 * A flood of messages is cut: after LOG_BURST lines there are LOG_PER_SECOND, and what does not
 * come through is counted and said in one line.
 */
#ifndef LIB_BASE_LOG_H
#define LIB_BASE_LOG_H

#include <stdarg.h>

#define LOG_LINE       256
#define LOG_BURST      200
#define LOG_PER_SECOND 20

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG
};

/* Messages above this level are not printed. LOG_INFO at the start. */
extern enum log_level log_threshold;

void log_message(enum log_level level, const char *area, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void log_message_va(enum log_level level, const char *area, const char *format, va_list args);

/* Says how many lines were dropped, once there is room for that; the loop calls it each turn. */
void log_settle(void);

#define log_error(area, ...)   log_message(LOG_ERROR, area, __VA_ARGS__)
#define log_warning(area, ...) log_message(LOG_WARNING, area, __VA_ARGS__)
#define log_info(area, ...)    log_message(LOG_INFO, area, __VA_ARGS__)
#define log_debug(area, ...)   log_message(LOG_DEBUG, area, __VA_ARGS__)

#endif
