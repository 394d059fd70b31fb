/* SPDX-License-Identifier: ISC */
/* Sites: what wolfSSL makes of their certificates, how they are set up, and which a name chooses.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem() */
#endif
#include "lib/tls/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include <wolfssl/wolfcrypt/asn_public.h>

#define NS_PER_S  1000000000ull
#define WEEK      604800u /* seconds that a ticket may be used, RFC 8446 section 4.6.1 */
#define RSA_LEAST 2048

/* TLS 1.3's three, then those of 1.2 that have forward secrecy and are authenticated at once. */
#define CIPHERS_13 "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256"
#define CIPHERS_12                                                                                 \
	":ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"                               \
	":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"                               \
	":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

int tls_server_create(struct tls_server **result, const struct tls_options *options)
{
	struct tls_server *server = calloc(1, sizeof(*server));

	if (!server || tls_port_init()) {
		free(server);
		return -ENOMEM;
	}
	server->options = *options;
	server->options.ticket_seconds = MIN(options->ticket_seconds, (uint64_t)WEEK);
	server->tickets.lifetime = server->options.ticket_seconds * NS_PER_S;
	*result = server;
	return 0;
}

void tls_server_renew_keys(struct tls_server *server)
{
	tickets_forget(&server->tickets);
}

size_t tls_server_sites(const struct tls_server *server)
{
	size_t n = 0;

	for (const struct site *site = server->sites; site; site = site->next)
		n++;
	return n;
}

/* ---- a site's context ---- */

static int groups[] = {
#ifdef WOLFSSL_HAVE_MLKEM
	WOLFSSL_X25519MLKEM768,
#endif
	WOLFSSL_ECC_X25519,
	WOLFSSL_ECC_SECP256R1,
#ifdef HAVE_ECC384
	WOLFSSL_ECC_SECP384R1,
#endif
};

static bool set_protocol(WOLFSSL_CTX *wolf, const struct tls_options *options)
{
#ifdef WOLFSSL_NO_TLS12
	const bool tls12 = false;
#else
	const bool tls12 = !options->no_tls12;
#endif
	(void)options;
	return wolfSSL_CTX_SetMinVersion(wolf, tls12 ? WOLFSSL_TLSV1_2 : WOLFSSL_TLSV1_3) ==
		       WOLFSSL_SUCCESS &&
	       wolfSSL_CTX_set_cipher_list(wolf, tls12 ? CIPHERS_13 CIPHERS_12 : CIPHERS_13) ==
		       WOLFSSL_SUCCESS &&
	       wolfSSL_CTX_set_groups(wolf, groups, (int)ARRAY_SIZE(groups)) == WOLFSSL_SUCCESS;
}

static bool set_tickets(struct site *site)
{
	unsigned seconds = (unsigned)site->server->options.ticket_seconds;

	if (!seconds)
		return wolfSSL_CTX_no_ticket_TLSv13(site->wolf) == 0;
	return wolfSSL_CTX_set_TicketEncCb(site->wolf, tickets_crypt) == WOLFSSL_SUCCESS &&
	       wolfSSL_CTX_set_TicketEncCtx(site->wolf, site) == WOLFSSL_SUCCESS &&
	       wolfSSL_CTX_set_TicketHint(site->wolf, (int)seconds) == WOLFSSL_SUCCESS &&
	       wolfSSL_CTX_set_timeout(site->wolf, seconds) != BAD_FUNC_ARG;
}

static int refuse(char message[TLS_MESSAGE], const char *what, const char *expected)
{
	snprintf(message, TLS_MESSAGE, "%s: expected %s", what, expected);
	return -EINVAL;
}

static int load_pair(WOLFSSL_CTX *wolf, const struct tls_site *site, char message[TLS_MESSAGE])
{
#ifndef NO_RSA
	wolfSSL_CTX_SetMinRsaKey_Sz(wolf, RSA_LEAST);
#endif
	if (!site->chain.data || wolfSSL_CTX_use_certificate_chain_buffer(wolf, site->chain.data,
					 (long)site->chain.len) != WOLFSSL_SUCCESS)
		return refuse(message, "certificate",
			"PEM, the site's own first, with a key of a kind that this image knows");
	if (!site->key.data ||
		wolfSSL_CTX_use_PrivateKey_buffer(wolf, site->key.data, (long)site->key.len,
			WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)
		return refuse(
			message, "key", "PEM without a password, as PKCS #8, SEC 1 or PKCS #1");
	if (wolfSSL_CTX_check_private_key(wolf) != WOLFSSL_SUCCESS)
		return refuse(message, "key", "the one that belongs to the certificate");
	return 0;
}

static int load_clients(WOLFSSL_CTX *wolf, const struct tls_site *site, char message[TLS_MESSAGE])
{
	int mode = WOLFSSL_VERIFY_PEER;

	if (!site->clients.data)
		return 0;
	if (site->clients_must)
		mode |= WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	if (wolfSSL_CTX_load_verify_buffer(wolf, site->clients.data, (long)site->clients.len,
		    WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)
		return refuse(message, "clients' certificates", "PEM of those who sign them");
	wolfSSL_CTX_set_verify(wolf, mode, NULL);
	return 0;
}

/* ---- stapling ---- */

#ifdef HAVE_CERTIFICATE_STATUS_REQUEST
/* wolfSSL asks for the response as if by network. It only reads it. */
static int give_ocsp(void *ctx, const char *url, int url_len, unsigned char *request,
	int request_len, unsigned char **response)
{
	struct site *site = ctx;

	(void)url, (void)url_len, (void)request, (void)request_len;
	*response = site->ocsp;
	return (int)site->ocsp_len;
}

static void keep_ocsp(void *ctx, unsigned char *response)
{
	(void)ctx, (void)response;
}

/*
 * wolfSSL staples only what it has verified, by the certificate after the site's own. From then on
 * it would take clients' certificates by the same issuer, too: so a site has one or the other.
 */
static int load_issuer(WOLFSSL_CTX *wolf, const struct tls_site *site, char message[TLS_MESSAGE])
{
	static const char begin[] = "-----BEGIN CERTIFICATE";
	const char *at = site->chain.data, *end = at + site->chain.len;
	const char *issuer = memmem(at + 1, site->chain.len - 1, begin, sizeof(begin) - 1);

	if (site->clients.data)
		return refuse(
			message, "OCSP response", "none at a site with clients' certificates");
	if (issuer && wolfSSL_CTX_load_verify_buffer(wolf, (const uint8_t *)issuer, end - issuer,
			      WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS)
		return 0;
	return refuse(message, "OCSP response", "the issuer's certificate after the site's own");
}

static int load_ocsp(struct site *site, const struct tls_site *from, char message[TLS_MESSAGE])
{
	if (!from->ocsp.data)
		return 0;
	if (load_issuer(site->wolf, from, message))
		return -EINVAL;
	site->ocsp = malloc(from->ocsp.len + 1);
	if (!site->ocsp)
		return -ENOMEM;
	memcpy(site->ocsp, from->ocsp.data, from->ocsp.len);
	site->ocsp_len = from->ocsp.len;
	if (wolfSSL_CTX_EnableOCSPStapling(site->wolf) != WOLFSSL_SUCCESS ||
		wolfSSL_CTX_SetOCSP_OverrideURL(site->wolf, "file") != WOLFSSL_SUCCESS ||
		wolfSSL_CTX_EnableOCSP(site->wolf,
			WOLFSSL_OCSP_NO_NONCE | WOLFSSL_OCSP_URL_OVERRIDE) != WOLFSSL_SUCCESS ||
		wolfSSL_CTX_SetOCSP_Cb(site->wolf, give_ocsp, keep_ocsp, site) != WOLFSSL_SUCCESS)
		return refuse(message, "OCSP response", "memory for it");
	return 0;
}
#else
static int load_ocsp(struct site *site, const struct tls_site *from, char message[TLS_MESSAGE])
{
	(void)site;
	return from->ocsp.data ? refuse(message, "OCSP response", "none, in a lean image") : 0;
}
#endif

/* ---- sites ---- */

static void site_free(struct site *site)
{
	if (site->wolf)
		wolfSSL_CTX_free(site->wolf);
	free(site->ocsp);
	free(site);
}

void site_put(struct site *site)
{
	ASSERT(site->users);
	if (--site->users == 0)
		site_free(site);
}

static int site_fill(struct site *site, const struct tls_site *from, char message[TLS_MESSAGE])
{
	int error;

#ifdef WOLFSSL_NO_TLS12
	site->wolf = wolfSSL_CTX_new(wolfTLSv1_3_server_method());
#else
	site->wolf = wolfSSL_CTX_new(wolfSSLv23_server_method());
#endif
	if (!site->wolf)
		return refuse(message, "site", "memory for it");
	if (!set_protocol(site->wolf, &site->server->options) || !set_tickets(site))
		return refuse(message, "site", "settings that wolfSSL takes");
	conn_io_set(site->wolf);
	error = load_pair(site->wolf, from, message);
	if (!error)
		error = load_clients(site->wolf, from, message);
	return error ? error : load_ocsp(site, from, message);
}

/* Puts SITE in the place of the one of its name, or at the end. */
static void site_enter(struct tls_server *server, struct site *site)
{
	struct site **at = &server->sites;

	while (*at && strcmp((*at)->name, site->name) != 0)
		at = &(*at)->next;
	if (*at) {
		struct site *old = *at;

		site->next = old->next;
		old->next = NULL;
		site_put(old);
	}
	*at = site;
}

int tls_server_put(
	struct tls_server *server, const struct tls_site *from, char message[TLS_MESSAGE])
{
	struct site *site = calloc(1, sizeof(*site));
	struct account *before;
	int error;

	if (!site) {
		refuse(message, "site", "memory for it");
		return -ENOMEM;
	}
	site->server = server;
	site->users = 1;
	if (strlen(from->name) >= sizeof(site->name)) {
		free(site);
		return refuse(message, "name", "at most 255 bytes");
	}
	memcpy(site->name, from->name, strlen(from->name) + 1);
	before = account_switch(NULL);
	error = site_fill(site, from, message);
	account_switch(before);
	if (error) {
		site_free(site);
		return error;
	}
	site_enter(server, site);
	return 0;
}

static struct site *find(struct tls_server *server, const char *name)
{
	struct site *site = server->sites;

	while (site && strcmp(site->name, name) != 0)
		site = site->next;
	return site;
}

/* By the whole name, then by "*" for its first label, then the one for all others. */
struct site *site_get(struct tls_server *server, const char *name)
{
	struct site *site = *name ? find(server, name) : NULL;
	const char *dot = strchr(name, '.');
	char wild[TLS_NAME_MAX + 1];

	if (!site && dot) {
		snprintf(wild, sizeof(wild), "*%s", dot);
		site = find(server, wild);
	}
	if (!site)
		site = find(server, "default");
	if (site)
		site->users++;
	return site;
}
