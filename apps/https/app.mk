# SPDX-License-Identifier: ISC
APPS += https
https_SRCS    := $(wildcard apps/https/*.c)
https_LIBS    := http tls
https_ARCHIVE := apps/https/www build/https/tls
https_BUDGET  := 1600000
