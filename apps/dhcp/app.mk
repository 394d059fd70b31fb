# SPDX-License-Identifier: ISC
APPS += dhcp
dhcp_SRCS    := $(wildcard apps/dhcp/*.c)
dhcp_LIBS    := dhcp dns crypto store disk
dhcp_ARCHIVE := apps/dhcp/dhcp.conf
dhcp_BUDGET  := 358400

# A message costs the driver and the stack far more than the engine, and the boot archive is read once: all
# that is not in the way of frames is made small.
$(patsubst %.c,build/guest/%.o,$(wildcard lib/dhcp/*.c apps/dhcp/*.c lib/disk/*.c lib/archive/*.c)): EXTRA := -Os
