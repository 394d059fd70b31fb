/* SPDX-License-Identifier: ISC */
/*
 * How wolfSSL is built: a server for TLS 1.3 and 1.2, one thread, no files, no sockets, memory and
 * random bytes of ours. Read by every file of wolfSSL, assembly too, and by lib/tls. TLS_LEAN, set
 * by the Makefile for images that are to be small, leaves TLS 1.3 with P-256 and X25519 alone.
 */
#ifndef LIB_TLS_PORT_USER_SETTINGS_H
#define LIB_TLS_PORT_USER_SETTINGS_H

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h> /* which wolfSSL uses, and does not include by these settings */

/* Random bytes come from the platform each time, so a machine that was copied shares none. */
int tls_port_random(uint8_t *out, unsigned len);

/* Memory, counted for each connection. PUBLIC: it needs no wiping. */
void *tls_port_alloc(size_t size);
void *tls_port_realloc(void *piece, size_t size);
void tls_port_free(void *piece, int public);
#endif
#define XMALLOC_OVERRIDE
#define XMALLOC(size, heap, type)         ((void)(heap), tls_port_alloc(size))
#define XREALLOC(piece, size, heap, type) tls_port_realloc(piece, size)
/* What is freed as a record that goes out has been encrypted where it lies, and sent. */
#define XFREE(piece, heap, type)   tls_port_free(piece, (type) == DYNAMIC_TYPE_OUT_BUFFER)
#define CUSTOM_RAND_GENERATE_BLOCK tls_port_random

/* The machine. */
#define SINGLE_THREADED
#define NO_FILESYSTEM
#define NO_STDIO_FILESYSTEM
#define WOLFSSL_USER_IO
#define WOLFSSL_NO_SOCK
#define NO_WRITEV
#define NO_MAIN_DRIVER
#define WOLFSSL_IGNORE_FILE_WARN
#define HAVE_GMTIME_R
#define WOLFSSL_SMALL_STACK
#define WOLFSSL_SMALL_CERT_VERIFY
#define WOLFSSL_NO_ATOMICS

/* What is spoken. */
#define WOLFSSL_TLS13
#define HAVE_TLS_EXTENSIONS
#define HAVE_SUPPORTED_CURVES
#define HAVE_EXTENDED_MASTER
#define HAVE_SERVER_RENEGOTIATION_INFO
#define HAVE_SNI
#define HAVE_ALPN
#define HAVE_HKDF
#define HAVE_SESSION_TICKET
#define WOLFSSL_TICKET_NONCE_MALLOC
#define WOLFSSL_TLS13_MIDDLEBOX_COMPAT
#define WOLFSSL_PEM_TO_DER
#define WOLFSSL_ASN_TEMPLATE
#define WOLFSSL_ALT_NAMES
#define NO_WOLFSSL_CLIENT
#define NO_OLD_TLS
#define NO_PSK_KEY_EXCHANGE_ONLY
#define MICRO_SESSION_CACHE /* tickets hold the sessions; without any, tickets do not link */
#define WOLFSSL_NO_DEF_TICKET_ENC_CB
#define NO_DES3
#define NO_RC4
#define NO_MD4
#define NO_MD5
#define NO_DSA
#define NO_DH
#define NO_PSK_DEFAULT
#define NO_PWDBASED
#define NO_PKCS12
#define WOLFSSL_NO_SHAKE128
#define NO_ERROR_STRINGS
#define NO_ERROR_QUEUE
#define WOLFSSL_NO_CLIENT_AUTH_LATER

/* Numbers. */
#define HAVE___UINT128_T 1
#define SIZEOF_LONG      8
#define SIZEOF_LONG_LONG 8
#define WOLFSSL_SP_MATH_ALL
#define WOLFSSL_HAVE_SP_ECC
#define WOLFSSL_SP_NO_2048
#define WOLFSSL_SP_NO_3072
#define SP_INT_BITS 4096
#define HAVE_ECC
#define ECC_TIMING_RESISTANT
#define TFM_TIMING_RESISTANT
#define WC_RSA_BLINDING
#define ECC_USER_CURVES
#define HAVE_CURVE25519
#define HAVE_AESGCM
#define HAVE_CHACHA
#define HAVE_POLY1305
#define WOLFSSL_SHA384
#define WOLFSSL_SHA512

#ifdef TLS_LEAN
#define WOLFSSL_NO_TLS12
#define NO_RSA
#define NO_SHA
#define WOLFSSL_AES_NO_192
#define NO_AES_192
#define NO_AES_CBC
#else
#define HAVE_ECC384
#define HAVE_ED25519
#define WC_RSA_PSS
#define HAVE_CERTIFICATE_STATUS_REQUEST
#define HAVE_OCSP
#define WOLFSSL_HAVE_MLKEM
#define WOLFSSL_PQC_HYBRIDS
#define WOLFSSL_TLS_NO_MLKEM_STANDALONE
#define WOLFSSL_NO_ML_KEM_512
#define WOLFSSL_NO_ML_KEM_1024
#define WOLFSSL_SHA3
#define WOLFSSL_SHAKE256
#undef WOLFSSL_NO_SHAKE128
#define WOLFSSL_SHAKE128
#define HAVE_ENCRYPT_THEN_MAC
#endif

/* x86-64's instructions: AES and carry-less multiplication always, since tables for AES leak keys.
 */
#define WOLFSSL_AESNI
#define WOLFSSL_X86_64_BUILD
#define WOLFSSL_SP_X86_64_ASM
#ifdef TLS_LEAN
#define WOLFSSL_SP_SMALL
#else
#define USE_INTEL_SPEEDUP
#endif

#endif
