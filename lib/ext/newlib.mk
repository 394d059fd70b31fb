# SPDX-License-Identifier: ISC
# newlib, the guest's C library. Included by the root Makefile, which compiles guest sources with
# NEWLIB_CPPFLAGS, links them with NEWLIB_LIBC, and makes both wait for NEWLIB_STAMP.

NEWLIB_DIR := build/ext/newlib
NEWLIB_INC := $(NEWLIB_DIR)/include
NEWLIB_LIBC := $(NEWLIB_DIR)/libc.a
NEWLIB_LIBM := $(NEWLIB_DIR)/libm.a
NEWLIB_STAMP := build/ext/newlib.stamp

# None of the host's headers but the compiler's own; and the guest is not Linux.
NEWLIB_CPPFLAGS = -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
	-isystem $(NEWLIB_INC) -U__linux__ -U__unix__ -U__gnu_linux__ -Ulinux -Uunix

build/ext/src/newlib.stamp: lib/ext/pins $(wildcard lib/ext/patches/newlib/*.patch)
	@scripts/fetch newlib

$(NEWLIB_STAMP): build/ext/src/newlib.stamp lib/ext/build-newlib
	@lib/ext/build-newlib
	@touch $@

$(NEWLIB_LIBC) $(NEWLIB_LIBM): $(NEWLIB_STAMP) ;
