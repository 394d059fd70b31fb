# SPDX-License-Identifier: ISC
APPS += https
https_SRCS    := $(filter-out %/lean.c,$(wildcard apps/https/*.c))
https_LIBS    := http http2 tls disk many
https_ARCHIVE := apps/https/www build/https/tls
https_BUDGET  := 1600000
