# SPDX-License-Identifier: ISC
APPS += dns
dns_TLS     := apps/dns/tls.c apps/dns/certificates.c
dns_SRCS    := $(filter-out $(dns_TLS),$(wildcard apps/dns/*.c))
dns_LIBS    := dns crypto store disk
dns_ARCHIVE := apps/dns/zones
dns_BUDGET  := 450560

# What no query passes through is made small.
dns_SMALL := $(filter-out %/udp.c %/ask.c %/options.c,$(dns_SRCS) $(dns_TLS)) $(addprefix lib/dns/,tsig.c tsig_keys.c message.c change.c edit.c zone_copy.c \
	xfr_in.c xfr_out.c update.c notify.c secondary.c rules.c catalog.c)
$(dns_SMALL:%.c=build/guest/%.o): EXTRA := -Os
