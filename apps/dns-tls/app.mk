# SPDX-License-Identifier: ISC
# apps/dns with DNS over TLS.
APPS += dns-tls
dns-tls_SRCS    := $(filter-out %/plain.c,$(wildcard apps/dns/*.c))
dns-tls_LIBS    := dns crypto store disk tls
dns-tls_ARCHIVE := apps/dns/zones build/https/tls
dns-tls_BUDGET  := 1720320
