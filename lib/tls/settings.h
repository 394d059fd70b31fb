/* SPDX-License-Identifier: ISC */
/*
 * The settings that every app with TLS has, and the start of its server as they say. Its sites come
 * out of the folder that the live setting `certificates` names (folder.h).
 */
#ifndef LIB_TLS_SETTINGS_H
#define LIB_TLS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/config.h"
#include "lib/tls/folder.h"

struct tls_settings {
	bool tls13_only;
	uint64_t ticket_time; /* seconds */
};
extern struct tls_settings tls_settings;
int tls_set_certificates(const struct config_key *key, unsigned index, const char *value);

/* For the app's table of settings. */
#define TLS_SETTINGS TLS_SETTING_CERTIFICATES, TLS_SETTING_VERSION, TLS_SETTING_TICKETS

#define TLS_SETTING_CERTIFICATES                                                                   \
	{                                                                                          \
		.name = "certificates", .type = CONFIG_CUSTOM, .parse = tls_set_certificates,      \
		.live = true, .expected = "the name of a folder with NAME.crt and NAME.key",       \
		.help = "folder of certificates and keys [tls]"                                    \
	}
#define TLS_SETTING_VERSION                                                                        \
	{                                                                                          \
		.name = "tls13-only", .type = CONFIG_BOOL, .target = &tls_settings.tls13_only,     \
		.help = "no TLS 1.2 [no]"                                                          \
	}
#define TLS_SETTING_TICKETS                                                                        \
	{                                                                                          \
		.name = "ticket-time", .type = CONFIG_NUMBER, .target = &tls_settings.ticket_time, \
		.high = 604800, .expected = "a number of seconds up to 604800, or 0 for none",     \
		.help = "how long a TLS session may be resumed [43200]"                            \
	}

/*
 * Makes *SERVER, of which an app has one, with the sites of FILES, which must stay; ALPN as in
 * struct tls_options. 0, or -Exxx after it has said what is wrong.
 */
int tls_start(struct tls_server **server, const struct tls_files *files, const char *alpn);

#endif
