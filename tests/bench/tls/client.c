/* SPDX-License-Identifier: ISC */
/* See client.h. */
#include "tests/bench/tls/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 4096u
#define STALLED  20.0 /* seconds in which nothing at all happens: then it has failed */

struct conn {
	SSL *ssl; /* NULL: there is none */
	int fd;
	bool shaken, ticket;
	bool offered;         /* that session, in this handshake */
	SSL_SESSION *session; /* of the last handshake */
	char head[HEAD_MAX];  /* of the answer, as far as it has come */
	size_t head_len;
	bool in_body;
	uint64_t left; /* bytes of the body to come */
};

static const struct client_plan *plan;
static struct client_outcome *out;
static SSL_CTX *ctx;
static struct conn *conns;
static char request[512];
static int poller;
static uint64_t started; /* handshakes or requests begun */
static unsigned shaken;  /* connections that are */
static double begin, end;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool is_over(void)
{
	return plan->count ? started >= plan->count : now() >= end;
}

/* ---- a connection's begin and end ---- */

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct conn *conn = SSL_get_app_data(ssl);

	SSL_SESSION_free(conn->session);
	conn->session = session;
	conn->ticket = true;
	return 1; /* the session is ours */
}

static int connect_socket(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)plan->port)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, plan->address, &to.sin_addr);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

static int conn_open(struct conn *conn)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP, .data.ptr = conn};

	conn->fd = connect_socket();
	if (conn->fd < 0)
		return -1;
	conn->ssl = SSL_new(ctx);
	SSL_set_app_data(conn->ssl, conn);
	SSL_set_fd(conn->ssl, conn->fd);
	SSL_set_connect_state(conn->ssl);
	conn->offered = plan->kind == CLIENT_RESUMED && conn->session;
	if (conn->offered)
		SSL_set_session(conn->ssl, conn->session);
	conn->shaken = conn->ticket = conn->in_body = false;
	conn->head_len = 0;
	return epoll_ctl(poller, EPOLL_CTL_ADD, conn->fd, &event);
}

static void conn_close(struct conn *conn)
{
	struct linger hard = {.l_onoff = 1}; /* a reset: no port waits for its time */

	SSL_shutdown(conn->ssl); /* says it; the answer is not waited for */
	SSL_free(conn->ssl);
	conn->ssl = NULL;
	setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(conn->fd);
}

static int conn_fail(struct conn *conn, const char *what)
{
	if (!out->failed++ && !plan->patience) {
		fprintf(stderr, "tlsload: %s\n", what);
		ERR_print_errors_fp(stderr);
	}
	ERR_clear_error();
	conn_close(conn);
	return -1;
}

/* ---- requests ---- */

static int send_request(struct conn *conn)
{
	started++;
	return SSL_write(conn->ssl, request, (int)strlen(request)) > 0
		       ? 0
		       : conn_fail(conn, "a request was not taken");
}

/* The whole head is there. 0, or -1: it is no good answer. */
static int read_head(struct conn *conn, const char *blank)
{
	const char *length;

	if (strncmp(conn->head, "HTTP/1.1 200 ", 13) != 0)
		return -1;
	for (char *p = conn->head; p < blank; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	length = strstr(conn->head, "\r\ncontent-length: ");
	if (!length || length > blank)
		return -1;
	conn->left = strtoull(length + 18, NULL, 10);
	conn->in_body = true;
	return 0;
}

/* Takes N bytes of what has come. 0 or -1. */
static int take(struct conn *conn, const char *data, size_t n)
{
	while (n) {
		size_t part;
		char *blank;

		if (conn->in_body) {
			part = n < conn->left ? n : (size_t)conn->left;
			conn->left -= part;
			out->bytes += part;
		} else {
			size_t before = conn->head_len;

			part = n < HEAD_MAX - 1 - before ? n : HEAD_MAX - 1 - before;
			memcpy(conn->head + before, data, part);
			conn->head[before + part] = '\0';
			blank = strstr(conn->head, "\r\n\r\n");
			if (!blank && before + part == HEAD_MAX - 1)
				return -1;
			conn->head_len += part;
			if (blank) {
				part = (size_t)(blank + 4 - conn->head) - before;
				if (read_head(conn, blank))
					return -1;
			}
		}
		data += part;
		n -= part;
		if (conn->in_body && !conn->left) {
			conn->in_body = false;
			conn->head_len = 0;
			out->done++;
			if (!is_over() && send_request(conn))
				return 0;
		}
	}
	return 0;
}

/* ---- going on ---- */

/* All connections are there: from here on it counts. */
static void begin_requests(void)
{
	if (plan->waits) {
		puts("ready");
		fflush(stdout);
		while (getchar() != '\n' && !feof(stdin))
			;
	}
	begin = now();
	end = begin + plan->seconds;
	for (unsigned i = 0; i < plan->connections; i++)
		send_request(&conns[i]);
}

static int on_shaken(struct conn *conn)
{
	conn->shaken = true;
	if (++shaken < plan->connections || plan->kind != CLIENT_GET)
		return 0;
	begin_requests();
	return conn->ssl ? 0 : -1;
}

/* A handshake has its ticket: the next one. */
static void go_round(struct conn *conn)
{
	if (conn->offered && !SSL_session_reused(conn->ssl)) {
		conn_fail(conn, "a session was not resumed");
	} else {
		out->done++;
		conn_close(conn);
	}
	if (!is_over()) {
		started++;
		if (conn_open(conn))
			out->failed++;
	}
}

static bool is_waiting(struct conn *conn, int result)
{
	int why = SSL_get_error(conn->ssl, result);

	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static void conn_go(struct conn *conn)
{
	static char data[65536];
	int n;

	if (!conn->ssl)
		return;
	if (!conn->shaken) {
		n = SSL_do_handshake(conn->ssl);
		if (n != 1) {
			if (!is_waiting(conn, n))
				conn_fail(conn, "a handshake failed");
			return;
		}
		if (on_shaken(conn))
			return;
	}
	while ((n = SSL_read(conn->ssl, data, sizeof(data))) > 0) {
		if (plan->kind != CLIENT_GET || take(conn, data, (size_t)n)) {
			conn_fail(conn, "not the answer that was expected");
			return;
		}
		if (!conn->ssl)
			return;
	}
	if (plan->kind <= CLIENT_RESUMED && conn->ticket)
		go_round(conn);
	else if (!is_waiting(conn, n))
		conn_fail(conn, "the connection broke");
}

static bool is_going(void)
{
	if (plan->kind == CLIENT_IDLE)
		return true;
	if (plan->kind == CLIENT_GET && out->failed)
		return false;
	return !is_over() || (plan->count && out->done + out->failed < plan->count);
}

static bool stdin_ended(void)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};

	return poll(&in, 1, 0) > 0;
}

static int go_on(void)
{
	double stirred = now();
	bool told = false;

	while (is_going()) {
		struct epoll_event events[64];
		int n = epoll_wait(poller, events, 64, 100);

		if (n > 0)
			stirred = now();
		for (int i = 0; i < n; i++)
			conn_go(events[i].data.ptr);
		if (plan->kind == CLIENT_IDLE && shaken + out->failed >= plan->connections &&
			!told) {
			told = true;
			printf("ready %u\n", shaken);
			fflush(stdout);
		}
		if (told && stdin_ended())
			break;
		if (plan->kind != CLIENT_IDLE && now() - stirred > STALLED) {
			fprintf(stderr, "tlsload: nothing has come for %.0f s\n", STALLED);
			return -1;
		}
	}
	return 0;
}

/* ---- all of it ---- */

static int set_up(void)
{
	SSL_CTX_free(ctx);
	ctx = SSL_CTX_new(TLS_client_method());
	if (!ctx || SSL_CTX_set1_groups_list(ctx, plan->groups) != 1 ||
		SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") != 1 ||
		SSL_CTX_set_max_proto_version(ctx, plan->tls12 ? TLS1_2_VERSION : 0) != 1) {
		fprintf(stderr, "tlsload: OpenSSL does not take these settings\n");
		return -1;
	}
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	return 0;
}

static int run_once(void)
{
	int error;

	begin = now();
	end = begin + plan->seconds + (plan->kind == CLIENT_GET ? STALLED : 0);
	memset(out, 0, sizeof(*out));
	started = shaken = 0;
	poller = epoll_create1(0);
	conns = calloc(plan->connections, sizeof(*conns));
	for (unsigned i = 0; i < plan->connections; i++) {
		if (plan->kind <= CLIENT_RESUMED)
			started++;
		if (conn_open(&conns[i]))
			out->failed++;
	}
	error = go_on();
	out->seconds = now() - begin;
	if (plan->kind == CLIENT_IDLE)
		out->done = shaken;
	for (unsigned i = 0; i < plan->connections; i++) {
		if (conns[i].ssl)
			conn_close(&conns[i]);
		SSL_SESSION_free(conns[i].session);
	}
	free(conns);
	close(poller);
	return error;
}

/* Until a handshake works. */
static int wait_first(const struct client_plan *whole)
{
	struct client_plan one = *whole;
	double limit = now() + whole->patience;

	one.kind = CLIENT_FULL;
	one.connections = 1;
	one.count = 1;
	plan = &one;
	do {
		const struct timespec moment = {.tv_nsec = 20000000};

		run_once();
		if (out->done)
			return 0;
		nanosleep(&moment, NULL);
	} while (now() < limit);
	fprintf(stderr, "tlsload: %s: no handshake within %.0f s\n", whole->address,
		whole->patience);
	return -1;
}

int client_run(const struct client_plan *whole, struct client_outcome *outcome)
{
	struct client_plan rest = *whole;

	signal(SIGPIPE, SIG_IGN);
	plan = whole;
	out = outcome;
	if (set_up())
		return -1;
	if (whole->patience && wait_first(whole))
		return -1;
	rest.patience = 0;
	plan = &rest;
	snprintf(request, sizeof(request), "GET %.400s HTTP/1.1\r\nHost: kinglet.test\r\n\r\n",
		plan->path ? plan->path : "/");
	return run_once();
}
