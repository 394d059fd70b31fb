/* SPDX-License-Identifier: ISC */
/*
 * A connection: its first record is read to learn the site's name, then wolfSSL goes on with it.
 * wolfSSL is entered by one thread at a time for each connection; while its I/O parks a thread,
 * others may be in it for theirs, so that the account of memory changes with them.
 */
#include "lib/tls/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tls/hello.h"
#include <wolfssl/error-ssl.h>

/* A record of a client's first message; longer ones are left to wolfSSL, without a look at them. */
#define HELLO_MAX 4096u

struct tls_conn {
	struct tls_io io;
	struct site *site;
	WOLFSSL *wolf;
	struct account *account;
	int error; /* of the I/O, or -EPROTO: nothing more is sent or read */
	int late;  /* why the I/O had nothing to read yet: -ETIMEDOUT or -EINTR, or 0 */
	char name[TLS_NAME_MAX];
	char alpn[24];
	uint8_t *hello; /* read ahead */
	size_t hello_len, hello_at;
};

/* ---- bytes ---- */

static int read_ahead(struct tls_conn *conn, char *data, size_t len)
{
	size_t n = MIN(len, conn->hello_len - conn->hello_at);

	memcpy(data, conn->hello + conn->hello_at, n);
	conn->hello_at += n;
	if (conn->hello_at == conn->hello_len) {
		free(conn->hello);
		conn->hello = NULL;
	}
	return (int)n;
}

static int on_read(WOLFSSL *wolf, char *data, int len, void *ctx)
{
	struct tls_conn *conn = ctx;
	long n;

	(void)wolf;
	if (conn->hello)
		return read_ahead(conn, data, (size_t)len);
	account_switch(NULL);
	n = conn->error ? conn->error : conn->io.read(conn->io.ctx, data, (size_t)len);
	account_switch(conn->account);
	if (n > 0)
		return (int)n;
	if (n == -ETIMEDOUT || n == -EINTR) {
		conn->late = (int)n;
		return WOLFSSL_CBIO_ERR_WANT_READ;
	}
	if (n < 0)
		conn->error = (int)n;
	return n ? WOLFSSL_CBIO_ERR_GENERAL : WOLFSSL_CBIO_ERR_CONN_CLOSE;
}

static int on_write(WOLFSSL *wolf, char *data, int len, void *ctx)
{
	struct tls_conn *conn = ctx;
	int error;

	(void)wolf;
	account_switch(NULL);
	error = conn->error ? conn->error : conn->io.write(conn->io.ctx, data, (size_t)len);
	account_switch(conn->account);
	if (error) {
		conn->error = error;
		return WOLFSSL_CBIO_ERR_GENERAL;
	}
	return len;
}

void conn_io_set(WOLFSSL_CTX *wolf)
{
	wolfSSL_CTX_SetIORecv(wolf, on_read);
	wolfSSL_CTX_SetIOSend(wolf, on_write);
}

/* ---- the handshake ---- */

/* Until there are LEN bytes. 0 or -Exxx. */
static int read_hello(struct tls_conn *conn, size_t len)
{
	while (conn->hello_len < len) {
		long n = conn->io.read(conn->io.ctx, conn->hello + conn->hello_len,
			MIN(len, HELLO_MAX) - conn->hello_len);

		if (n <= 0)
			return n ? (int)n : -ECONNRESET;
		conn->hello_len += (size_t)n;
	}
	return 0;
}

static int look_at_hello(struct tls_conn *conn)
{
	size_t len;
	int error;

	conn->hello = malloc(HELLO_MAX);
	if (!conn->hello)
		return -ENOMEM;
	error = read_hello(conn, HELLO_RECORD);
	if (error)
		return error;
	len = hello_length(conn->hello);
	if (len == 0 || len > HELLO_MAX)
		return 0;
	error = read_hello(conn, len);
	if (!error)
		hello_name(conn->hello, len, conn->name);
	return error;
}

static int fail(struct tls_conn *conn, int result, char message[TLS_MESSAGE])
{
	int code = wolfSSL_get_error(conn->wolf, result);

	if (conn->late)
		conn->error = conn->late;
	if (!conn->error) {
		conn->error = -EPROTO;
		snprintf(message, TLS_MESSAGE, "wolfSSL's error %d", code);
	} else {
		snprintf(message, TLS_MESSAGE, "%s",
			conn->error == -ETIMEDOUT ? "too slow" : "the connection broke");
	}
	return conn->error;
}

static void note_alpn(struct tls_conn *conn)
{
	char *name = NULL;
	unsigned short len = 0;

	if (wolfSSL_ALPN_GetProtocol(conn->wolf, &name, &len) == WOLFSSL_SUCCESS && name &&
		len < sizeof(conn->alpn)) {
		memcpy(conn->alpn, name, len);
		conn->alpn[len] = '\0';
	}
}

static int shake_hands(struct tls_conn *conn, char message[TLS_MESSAGE])
{
	const char *alpn = conn->site->server->options.alpn;
	int result;

	conn->wolf = wolfSSL_new(conn->site->wolf);
	if (!conn->wolf) {
		snprintf(message, TLS_MESSAGE, "no memory for a connection");
		return -ENOMEM;
	}
	wolfSSL_SetIOReadCtx(conn->wolf, conn);
	wolfSSL_SetIOWriteCtx(conn->wolf, conn);
	if (alpn)
		wolfSSL_UseALPN(conn->wolf, (char *)(uintptr_t)alpn, (unsigned)strlen(alpn),
			WOLFSSL_ALPN_FAILED_ON_MISMATCH);
	result = wolfSSL_accept(conn->wolf);
	if (result != WOLFSSL_SUCCESS)
		return fail(conn, result, message);
	note_alpn(conn);
	return 0;
}

static void conn_free(struct tls_conn *conn)
{
	if (conn->wolf)
		wolfSSL_free(conn->wolf);
	if (conn->site)
		site_put(conn->site);
	free(conn->hello);
	if (conn->account)
		account_close(conn->account);
	free(conn);
}

static int conn_start(struct tls_conn *conn, struct tls_server *server, char message[TLS_MESSAGE])
{
	struct account *before;
	int error = look_at_hello(conn);

	if (error) {
		conn->error = error;
		snprintf(message, TLS_MESSAGE, "no hello: %s",
			error == -ETIMEDOUT ? "too slow" : "the connection broke");
		return error;
	}
	conn->site = site_get(server, conn->name);
	conn->account = account_open();
	if (!conn->site || !conn->account) {
		snprintf(message, TLS_MESSAGE, "no site of this name, or no memory");
		return -ENOENT;
	}
	before = account_switch(conn->account);
	error = shake_hands(conn, message);
	account_switch(before);
	return error;
}

int tls_accept(struct tls_server *server, const struct tls_io *io, struct tls_conn **result,
	char message[TLS_MESSAGE])
{
	struct tls_conn *conn = calloc(1, sizeof(*conn));
	int error;

	message[0] = '\0';
	if (!conn)
		return -ENOMEM;
	conn->io = *io;
	error = conn_start(conn, server, message);
	if (error) {
		conn_free(conn);
		return error;
	}
	*result = conn;
	return 0;
}

/* ---- afterwards ---- */

long tls_read(struct tls_conn *conn, void *data, size_t len)
{
	struct account *before;
	int n;

	if (conn->error)
		return conn->error;
	conn->late = 0;
	before = account_switch(conn->account);
	n = wolfSSL_read(conn->wolf, data, (int)MIN(len, (size_t)INT32_MAX));
	account_switch(before);
	if (n > 0)
		return n;
	n = wolfSSL_get_error(conn->wolf, n);
	if (n == WOLFSSL_ERROR_ZERO_RETURN)
		return 0;
	if (conn->late)
		return conn->late;
	if (!conn->error) /* cut off without close_notify counts as broken */
		conn->error = n == SOCKET_PEER_CLOSED_E ? -ECONNRESET : -EPROTO;
	return conn->error;
}

int tls_write(struct tls_conn *conn, const void *data, size_t len)
{
	struct account *before;
	const uint8_t *p = data;

	while (len && !conn->error) {
		int n;

		before = account_switch(conn->account);
		n = wolfSSL_write(conn->wolf, p, (int)MIN(len, (size_t)TLS_RECORD_MAX));
		account_switch(before);
		if (n <= 0) {
			conn->error = conn->error ? conn->error : -EPROTO;
			break;
		}
		p += n;
		len -= (size_t)n;
	}
	return conn->error;
}

size_t tls_pending(struct tls_conn *conn)
{
	return conn->error ? 0 : (size_t)wolfSSL_pending(conn->wolf);
}

void tls_close(struct tls_conn *conn)
{
	struct account *before = account_switch(conn->account);

	if (!conn->error)
		wolfSSL_shutdown(conn->wolf);
	account_switch(before);
	conn_free(conn);
}

void tls_get_info(const struct tls_conn *conn, struct tls_info *info)
{
	*info = (struct tls_info){
		.version = wolfSSL_get_version(conn->wolf),
		.cipher = wolfSSL_get_cipher_name(conn->wolf),
		.group = wolfSSL_get_curve_name(conn->wolf),
		.alpn = conn->alpn,
		.name = conn->name,
		.resumed = wolfSSL_session_reused(conn->wolf) != 0,
	};
}
