# SPDX-License-Identifier: ISC
# nghttp2, HTTP/2's frames and header compression: which of its files are compiled, for images that
# name the part `http2`. Included by the root Makefile. Objects wait for NGHTTP2_STAMP.

NGHTTP2_DIR := build/ext/src/nghttp2/lib
NGHTTP2_STAMP := build/ext/src/nghttp2.stamp

NGHTTP2_SRCS := $(patsubst %,$(NGHTTP2_DIR)/%.c,nghttp2_alpn nghttp2_buf nghttp2_callbacks nghttp2_debug nghttp2_extpri \
	nghttp2_frame nghttp2_hd nghttp2_hd_huffman nghttp2_hd_huffman_data nghttp2_helper nghttp2_http nghttp2_map nghttp2_mem \
	nghttp2_option nghttp2_outbound_item nghttp2_pq nghttp2_priority_spec nghttp2_queue nghttp2_ratelim nghttp2_rcbuf \
	nghttp2_session nghttp2_stream nghttp2_submit nghttp2_time nghttp2_version sfparse)

# What its configure script would find out, and the one header that it would make, in lib/http2/port.
NGHTTP2_CPPFLAGS := -DNGHTTP2_STATICLIB -DHAVE_ARPA_INET_H -DNDEBUG -I lib/http2/port -isystem $(NGHTTP2_DIR)/includes

$(NGHTTP2_STAMP): lib/ext/pins $(wildcard lib/ext/patches/nghttp2/*.patch)
	@scripts/fetch nghttp2

$(NGHTTP2_SRCS): | $(NGHTTP2_STAMP) ;

# What runs once a connection, or not at all, is made small.
$(patsubst %,build/guest/nghttp2/%.o,nghttp2_alpn nghttp2_callbacks nghttp2_debug nghttp2_extpri nghttp2_http nghttp2_option \
	nghttp2_priority_spec nghttp2_submit nghttp2_version sfparse): EXTRA := -Os
