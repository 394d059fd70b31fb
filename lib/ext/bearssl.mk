# SPDX-License-Identifier: ISC
# BearSSL's hashes and HMAC: which of its files are compiled, nothing of its TLS. Included by the
# root Makefile, for the guest and for Linux alike; only lib/crypto includes its headers.

BEARSSL_DIR := build/ext/src/bearssl
BEARSSL_INC := $(BEARSSL_DIR)/inc
BEARSSL_STAMP := build/ext/src/bearssl.stamp

BEARSSL_SRCS := $(addprefix $(BEARSSL_DIR)/src/, \
	codec/dec32be.c codec/dec64be.c codec/enc32be.c codec/enc64be.c \
	hash/sha1.c hash/sha2big.c hash/sha2small.c hash/dig_size.c mac/hmac.c)

$(BEARSSL_STAMP): lib/ext/pins $(wildcard lib/ext/patches/bearssl/*.patch)
	@scripts/fetch bearssl

$(BEARSSL_SRCS): | $(BEARSSL_STAMP) ;
