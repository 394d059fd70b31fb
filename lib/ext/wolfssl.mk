# SPDX-License-Identifier: ISC
# wolfSSL, TLS and its cryptography: which of its files are compiled, for images that name the part
# `tls`. Included by the root Makefile. Objects wait for WOLFSSL_STAMP.
#
# An image that links it is, as a whole, under GPL-3.0-or-later: see LICENSES/README.md.

WOLFSSL_DIR := build/ext/src/wolfssl
WOLFSSL_STAMP := build/ext/src/wolfssl.stamp

WOLFSSL_SRCS := $(addprefix $(WOLFSSL_DIR)/, \
	$(addprefix src/,internal.c keys.c ssl.c tls.c tls13.c wolfio.c ocsp.c crl.c) \
	$(addprefix wolfcrypt/src/, \
	aes.c asn.c chacha.c chacha20_poly1305.c coding.c cpuid.c curve25519.c ecc.c ed25519.c error.c \
	fe_operations.c ge_operations.c hash.c hmac.c kdf.c logging.c memory.c poly1305.c random.c rsa.c \
	sha.c sha256.c sha3.c sha512.c signature.c sp_int.c sp_x86_64.c wc_encrypt.c wc_mlkem.c \
	wc_mlkem_poly.c wc_port.c wolfmath.c \
	aes_asm.S aes_gcm_asm.S chacha_asm.S fe_x25519_asm.S poly1305_asm.S sha256_asm.S sha512_asm.S \
	sha3_asm.S sp_x86_64_asm.S wc_mlkem_asm.S))

# Assembly that is large, and has C of the same: not in lean images.
WOLFSSL_NOT_LEAN := %/fe_x25519_asm.S.o %/sha256_asm.S.o %/sha512_asm.S.o %/sha3_asm.S.o %/wc_mlkem_asm.S.o

WOLFSSL_CPPFLAGS := -DWOLFSSL_USER_SETTINGS -iquote . -I lib/tls/port -isystem $(WOLFSSL_DIR)
# The instructions that its own files may use, at places that ask the CPU first.
WOLFSSL_CFLAGS = -maes -msse4 -mpclmul -fno-stack-clash-protection $(if $(filter $(WOLFSSL_RARE),$@),-Os)
# What runs at the start, or once for a handshake: small rather than quick.
WOLFSSL_RARE := %/src/asn.o %/src/ocsp.o %/src/crl.o %/src/ssl.o

$(WOLFSSL_STAMP): lib/ext/pins $(wildcard lib/ext/patches/wolfssl/*.patch)
	@scripts/fetch wolfssl

$(WOLFSSL_SRCS): | $(WOLFSSL_STAMP) ;
