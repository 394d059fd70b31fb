# SPDX-License-Identifier: ISC
APPS += https
https_SRCS    := $(filter-out %/lean.c,$(wildcard apps/https/*.c))
https_LIBS    := http http2 tls disk many
https_ARCHIVE := apps/https/www build/https/tls
https_BUDGET  := 1600000

# What runs at boot, or where a disk takes longer, is made small.
$(patsubst %.c,build/guest/%.o,$(wildcard lib/tree/*.c) lib/tls/folder.c lib/tls/settings.c apps/https/main.c apps/https/sites.c apps/https/disk.c): EXTRA := -Os
