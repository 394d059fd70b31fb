/* SPDX-License-Identifier: ISC */
/*
 * TLS 1.3 (RFC 8446) and 1.2 (RFC 5246) for servers. wolfSSL is below and stays below: no type of
 * it appears here. Bytes travel by functions of the caller's, which may park the running thread;
 * any number of connections may be under way at a time, each in one thread.
 *
 * A server has sites, each with a certificate, one of which is chosen by the name that the client
 * asks for (SNI, RFC 6066 section 3).
 */
#ifndef LIB_TLS_TLS_H
#define LIB_TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_NAME_MAX    256 /* bytes of a host's name with its NUL */
#define TLS_MESSAGE     160 /* bytes enough for any message below */
#define TLS_RECORD_MAX  16384u
#define TLS_STACK       ((size_t)32 * 1024) /* a thread needs, beyond what its I/O needs */
#define TLS_MEMORY_MOST ((size_t)96 * 1024) /* heap of one connection: above, it fails */

struct tls_server;
struct tls_conn;

struct tls_options {
	bool no_tls12;           /* TLS 1.3 alone */
	const char *alpn;        /* "h2,http/1.1", most wanted first; NULL: none. Must stay */
	uint64_t ticket_seconds; /* how long a session may be resumed, at most 7 days; 0: never */
};

/* 0, or -ENOMEM. The options are copied. */
int tls_server_create(struct tls_server **server, const struct tls_options *options);

/* A file of a site, or a thing that is not there (DATA NULL). Not kept. */
struct tls_bytes {
	const void *data;
	size_t len;
};

/*
 * What a site is made of: a certificate with its chain, leaf first, and its key, both PEM; an OCSP
 * response (DER) to be stapled, or none; the certificates (PEM) of those who sign clients', or
 * none.
 */
struct tls_site {
	const char *name; /* "www.example.org", "*.example.org", or "default" for any other name */
	struct tls_bytes chain, key, ocsp, clients;
	bool clients_must; /* have a certificate; with CLIENTS only */
};

/*
 * Adds a site, or takes the place of one of the same name: connections that are open keep theirs.
 * 0; -EINVAL with what is wrong in MESSAGE, the old site kept; -ENOMEM.
 */
int tls_server_put(
	struct tls_server *server, const struct tls_site *site, char message[TLS_MESSAGE]);
size_t tls_server_sites(const struct tls_server *server);

/*
 * Forgets the keys of tickets: none that was given out is taken from now on. To be called when the
 * machine may have been copied.
 */
void tls_server_renew_keys(struct tls_server *server);

/*
 * How a connection's bytes travel. READ: 1..LEN bytes, 0 at the end, or -Exxx. WRITE: 0 when all
 * are on their way, or -Exxx. Both may park the running thread, and hold the deadlines.
 */
struct tls_io {
	long (*read)(void *ctx, void *data, size_t len);
	int (*write)(void *ctx, const void *data, size_t len);
	void *ctx;
};

/*
 * The handshake. 0 and a connection that is the caller's, or -Exxx: that of the I/O, or -EPROTO,
 * with what was wrong in MESSAGE. IO is copied.
 */
int tls_accept(struct tls_server *server, const struct tls_io *io, struct tls_conn **conn,
	char message[TLS_MESSAGE]);

/*
 * 1..LEN bytes; 0 at the peer's end; -Exxx of the I/O, of which -ETIMEDOUT alone leaves the
 * connection as it was; -EPROTO.
 */
long tls_read(struct tls_conn *conn, void *data, size_t len);
/* 0 when all are on their way, in records of up to TLS_RECORD_MAX; -Exxx of the I/O; -EPROTO. */
int tls_write(struct tls_conn *conn, const void *data, size_t len);
/* Bytes that tls_read() has without its I/O. */
size_t tls_pending(struct tls_conn *conn);
/* Says that there is no more (close_notify), unless the I/O has failed; and frees it. */
void tls_close(struct tls_conn *conn);

struct tls_info {
	const char *version, *cipher, *group; /* "TLSv1.3" ... */
	const char *alpn;                     /* "" when none was agreed upon */
	const char *name;                     /* the host's that the client asked for, or "" */
	bool resumed;
	bool client_certificate; /* one that was checked */
};

/* What was agreed upon. The texts live as long as the connection. */
void tls_get_info(const struct tls_conn *conn, struct tls_info *info);

struct tls_memory {
	size_t now, most; /* bytes of heap that all connections have, and ever had at a time */
	size_t most_one;  /* that one connection ever had */
};
void tls_get_memory(struct tls_memory *memory);

#endif
