# SPDX-License-Identifier: ISC
# apps/https with TLS 1.3, P-256 and X25519, HTTP/1.1 and small tables alone.
APPS += https-lean
https-lean_SRCS   := $(filter-out %/protocols.c,$(wildcard apps/https/*.c))
https-lean_LIBS   := http tls-lean disk many
https-lean_BUDGET := 800000
