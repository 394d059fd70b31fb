# SPDX-License-Identifier: ISC
# lwIP, the TCP/IP stack: which of its files are compiled. Included by the root Makefile, for the
# guest and for Linux alike. Objects wait for LWIP_STAMP.

LWIP_DIR := build/ext/src/lwip/src
LWIP_INC := $(LWIP_DIR)/include
LWIP_STAMP := build/ext/src/lwip.stamp

LWIP_SRCS := $(addprefix $(LWIP_DIR)/, \
	core/altcp.c core/altcp_alloc.c core/altcp_tcp.c core/def.c core/dns.c core/inet_chksum.c \
	core/init.c core/ip.c core/mem.c core/memp.c core/netif.c core/pbuf.c core/raw.c \
	core/stats.c core/sys.c core/tcp.c core/tcp_in.c core/tcp_out.c core/timeouts.c core/udp.c \
	core/ipv4/acd.c core/ipv4/autoip.c core/ipv4/dhcp.c core/ipv4/etharp.c core/ipv4/icmp.c \
	core/ipv4/igmp.c core/ipv4/ip4.c core/ipv4/ip4_addr.c core/ipv4/ip4_frag.c \
	core/ipv6/dhcp6.c core/ipv6/ethip6.c core/ipv6/icmp6.c core/ipv6/inet6.c core/ipv6/ip6.c \
	core/ipv6/ip6_addr.c core/ipv6/ip6_frag.c core/ipv6/mld6.c core/ipv6/nd6.c \
	netif/ethernet.c)

$(LWIP_STAMP): lib/ext/pins $(wildcard lib/ext/patches/lwip/*.patch)
	@scripts/fetch lwip

$(LWIP_SRCS): | $(LWIP_STAMP) ;
