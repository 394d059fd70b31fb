/* SPDX-License-Identifier: ISC */
/* What the files of the HTTPS app share. */
#ifndef APPS_HTTPS_SERVE_H
#define APPS_HTTPS_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/http/server.h"
#include "lib/tls/tls.h"

/* Settings; each is named in docs/https.md. Times in seconds. */
struct serve_settings {
	uint64_t port, http_port;
	uint64_t connections, per_address, handshakes;
	uint64_t handshake_time, head_time, body_time, reply_time, idle_time;
	uint64_t body_max;
};
extern struct serve_settings serve_settings;

struct serve_stats {
	uint64_t connections, refused; /* taken, and turned away by a limit */
	uint64_t handshakes, resumed, failed;
	unsigned open, open_most;
	struct http_stats http;
};
extern struct serve_stats serve_stats;

/* Starts to listen on both ports. 0, or -Exxx after it has said what is wrong. */
int serve_start(const struct http_server *server, struct tls_server *tls);

/* ---- protocols.c, or lean.c in an image without HTTP/2 ---- */

struct thread;
extern const char *const protocols; /* for ALPN */
/* Serves a connection of THREAD, the running one, on which PROTOCOL was agreed upon ("": none). */
void protocols_serve(
	const char *protocol, const struct http_connection *connection, struct thread *thread);

/* ---- sites.c: files and certificates of the boot archive ---- */

extern uint64_t sites_hsts, sites_max_age;

/* Reads the archive. 0, or -Exxx after it has said what is wrong. */
int sites_load(void);
/* The site for a host's name, as struct http_server has it. */
const struct http_site *sites_find(void *ctx, struct http_text host);
size_t sites_files(void);
/* Puts the certificates in FOLDER ("tls") into TLS. 0, or -EINVAL with why in MESSAGE. */
#define SITES_MESSAGE 256
int sites_certify(struct tls_server *tls, const char *folder, char message[SITES_MESSAGE]);

/* ---- status.c ---- */

/* GET /status.json */
void status_serve(struct http_exchange *exchange, void *ctx);

#endif
