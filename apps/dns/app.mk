# SPDX-License-Identifier: ISC
APPS += dns
dns_SRCS    := $(wildcard apps/dns/*.c)
dns_LIBS    := dns crypto store disk
dns_ARCHIVE := apps/dns/zones
dns_BUDGET  := 409600
