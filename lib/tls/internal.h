/* SPDX-License-Identifier: ISC */
/* What the files of lib/tls share. */
#ifndef LIB_TLS_INTERNAL_H
#define LIB_TLS_INTERNAL_H

#include "lib/base/bytes.h" /* before wolfSSL's, which has the same macros where there are none */
#include "lib/tls/port/user_settings.h"
#include "lib/tls/tls.h"
#include <wolfssl/ssl.h>

#define TICKET_NAME 16 /* bytes that tell a ticket's key, RFC 5077 section 4 */

struct ticket_key {
	uint8_t name[TICKET_NAME];
	uint8_t key[32];
	uint64_t born; /* platform_time_ns(); 0: there is none */
};

/* The newest first: tickets are made with it, and taken from both. */
struct tickets {
	struct ticket_key keys[2];
	uint64_t lifetime; /* ns */
};

void tickets_forget(struct tickets *tickets);
/* wolfSSL's SessionTicketEncCb. */
int tickets_crypt(WOLFSSL *ssl, unsigned char name[TICKET_NAME], unsigned char *iv,
	unsigned char *mac, int make, unsigned char *ticket, int len, int *out_len, void *ctx);

/* A site: its name, and what wolfSSL made of its certificate. */
struct site {
	struct site *next;
	struct tls_server *server;
	char name[TLS_NAME_MAX];
	WOLFSSL_CTX *wolf;
	unsigned users; /* connections and, while it is the site of its name, the server */
	void *ocsp;
	size_t ocsp_len;
};

struct tls_server {
	struct tls_options options;
	struct tickets tickets;
	struct site *sites;
};

/* The site for NAME ("" for none); the caller gives it back. NULL: there is none. */
struct site *site_get(struct tls_server *server, const char *name);
void site_put(struct site *site);

/*
 * What one connection has of memory. It outlives the connection when wolfSSL has put something into
 * the site that was asked for on its account.
 */
struct account {
	size_t now, most;
	bool closed;
};
struct account *account_open(void); /* NULL: no memory */
void account_close(struct account *account);
/* On whose account wolfSSL asks for memory from now on: NULL for nobody's. Gives the one before. */
struct account *account_switch(struct account *account);

void conn_io_set(WOLFSSL_CTX *wolf); /* how the bytes of its connections travel */

int tls_port_init(void); /* once; 0 or -EIO */

#endif
