/* SPDX-License-Identifier: ISC */
/* What the files of the HTTPS app share. */
#ifndef APPS_HTTPS_SERVE_H
#define APPS_HTTPS_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/http/server.h"
#include "lib/tls/folder.h"
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

/* ---- sites.c: files and certificates of the boot archive, and of a disk ---- */

extern uint64_t sites_hsts, sites_max_age;

/* Reads the archive, and opens the disk called DISK (NULL: none). 0, or -Exxx after it has said
 * what is wrong. In a thread. */
int sites_load(const char *disk);
/* The site for a host's name, as struct http_server has it. */
const struct http_site *sites_find(void *ctx, struct http_text host);
size_t sites_files(void);
/* All that is beside www/, for tls_put_folder(). */
extern const struct tls_files sites_certificates;

/* For disk.c: a file in memory, called NAME, whose LEN bytes stay; -ENOMEM. */
int sites_add_file(const char *name, const void *data, size_t len, int64_t mtime);
/* And a site of the host NAME, of LEN bytes, unless there is one. 0 or -E2BIG. */
int sites_add(const char *name, size_t len);
/* The strong entity tag of TAG and SIZE. */
void sites_etag(char etag[HTTP_ETAG_MAX], uint64_t tag, uint64_t size);

/* ---- disk.c ---- */

/* 0, or -Exxx after it has said what is wrong. */
int disk_load(const char *name);
/* As struct http_source has them. Without a disk there are no files. */
int disk_find(const char *name, struct http_file *file);
int disk_read_file(void *ctx, const struct http_file *file, uint64_t offset, void *out, size_t len);
size_t disk_files(void);

/* ---- status.c ---- */

/* GET /status.json */
void status_serve(struct http_exchange *exchange, void *ctx);

#endif
