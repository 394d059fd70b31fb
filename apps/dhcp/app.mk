# SPDX-License-Identifier: ISC
APPS += dhcp
dhcp_SRCS    := $(wildcard apps/dhcp/*.c)
dhcp_LIBS    := dhcp store disk
dhcp_ARCHIVE := apps/dhcp/dhcp.conf
dhcp_BUDGET  := 358400
