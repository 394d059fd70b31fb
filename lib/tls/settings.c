/* SPDX-License-Identifier: ISC */
/* Settings of a TLS server, and its start: see settings.h. */
#include "lib/tls/settings.h"

#include <errno.h>
#include <string.h>

#include "lib/base/log.h"

struct tls_settings tls_settings = {.ticket_time = 43200};

static char folder[TLS_FOLDER_MOST] = "tls";
static struct tls_server *server; /* NULL until it was started */
static const struct tls_files *files;

int tls_set_certificates(const struct config_key *key, unsigned index, const char *value)
{
	char message[TLS_FOLDER_MESSAGE];

	(void)key, (void)index;
	if (!tls_is_folder(value))
		return -EINVAL;
	if (server && tls_put_folder(server, files, value, message)) {
		log_error("tls", "%s; the certificates stay as they were", message);
		return -EINVAL;
	}
	memcpy(folder, value, strlen(value) + 1);
	return 0;
}

int tls_start(struct tls_server **result, const struct tls_files *from, const char *alpn)
{
	const struct tls_options options = {.no_tls12 = tls_settings.tls13_only,
		.alpn = alpn,
		.ticket_seconds = tls_settings.ticket_time};
	char message[TLS_FOLDER_MESSAGE] = "no memory to start";
	int error = tls_server_create(&server, &options);

	files = from;
	if (!error)
		error = tls_put_folder(server, files, folder, message);
	if (error)
		log_error("tls", "%s", message);
	*result = server;
	return error;
}
