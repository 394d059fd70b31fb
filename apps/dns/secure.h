/* SPDX-License-Identifier: ISC */
/*
 * DNS over TLS (RFC 7858), for the images that have it: tls.c. In all others plain.c stands for it,
 * and does nothing.
 */
#ifndef APPS_DNS_SECURE_H
#define APPS_DNS_SECURE_H

#include "lib/base/config.h"

extern const struct config_table secure_config;

/*
 * Takes certificates and keys out of the boot archive, which may go then. 0, or -Exxx after it has
 * said what is wrong.
 */
int secure_load(void);
/* Starts to serve. 0, or -Exxx after it has said what is wrong. */
int secure_start(void);
/* The machine may have been copied. */
void secure_resumed(void);
/* Says what it has done. */
void secure_stopping(void);

#endif
