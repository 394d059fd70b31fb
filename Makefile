# SPDX-License-Identifier: ISC
#
# Kinglet's one Makefile. `make help` lists the targets. What is built:
#   build/images/NAME.elf, NAME.cpio   an app as a Xen guest, and its boot archive
#   build/host/NAME                    the same app as a Linux program
#   build/unit/*, build/fuzz/*         tests of the host (address and undefined-behaviour sanitizers)
# An app is a folder apps/NAME with an app.mk that names its sources and the parts it needs.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

CC      := gcc
JOBS    := $(shell nproc 2>/dev/null || echo 2)
V       ?= 0
quiet    = $(if $(filter 0,$(V)),@)
say      = $(if $(filter 0,$(V)),@printf '  %-8s %s\n' $(1) $(2))

include lib/ext/newlib.mk
include lib/ext/lwip.mk
include lib/ext/wolfssl.mk
include lib/ext/nghttp2.mk
include lib/ext/bearssl.mk

APPS :=
include $(wildcard apps/*/app.mk)
GUESTS :=
include $(wildcard tests/guest/*/app.mk)
# Who has disks may have what stands on them; an image keeps no more of it than it uses.
$(foreach a,$(APPS) $(GUESTS),$(if $(filter disk,$($(a)_LIBS)),$(eval $(a)_LIBS := $(sort $($(a)_LIBS) store tree))))

# ---- what is compiled ------------------------------------------------------------------------

# The disk driver, for the images that name the part `disk`; for all others, what lets disks alone.
DISK_SRCS     := $(wildcard drivers/blkfront*.c) drivers/disks_blkfront.c
DISKLESS_SRCS := drivers/driverless.c drivers/disks_none.c

# The parts that an app may name in NAME_LIBS. Every image has those in PARTS_ALWAYS.
part_sources  = $(wildcard lib/$(1)/*.c)
PARTS_ALWAYS := base sched app archive net
GUEST_SRCS   := $(wildcard arch/x86/*.c arch/x86/*.S xen/*.c lib/libc/*.c) \
	$(filter-out $(DISK_SRCS) $(DISKLESS_SRCS),$(wildcard drivers/*.c)) \
	$(foreach p,$(PARTS_ALWAYS),$(call part_sources,$(p)))
HOST_SRCS    := $(wildcard arch/host/*.c) arch/x86/context.S drivers/netdev.c drivers/blkdev.c \
	$(foreach p,$(PARTS_ALWAYS),$(call part_sources,$(p)))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wimplicit-fallthrough -Wundef -Werror
DEFINES  := -D__XEN_INTERFACE_VERSION__=0x00040d00
INCLUDES := -iquote . -isystem build/ext/xen/include
LWIP_INCLUDES := -iquote . -I lib/net/port -isystem $(LWIP_INC)
HTTP2_INCLUDES := $(NGHTTP2_CPPFLAGS)
TLS_INCLUDES := -isystem $(WOLFSSL_DIR) -DWOLFSSL_USER_SETTINGS -I lib/tls/port
BEARSSL_INCLUDES := -isystem $(BEARSSL_INC)

# A guest: no standard library but newlib, no red zone (exceptions use the stack), W^X needs no PIC.
# Large frames touch each page, so that none steps over a guard page; and a function's last call is a
# call, so that backtraces are whole.
GUEST_CFLAGS = -std=gnu11 -O2 -g -m64 -march=x86-64 -fno-pic -fno-pie -mno-red-zone -mcmodel=small \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-omit-frame-pointer -fcf-protection=none -fno-strict-aliasing -fno-common \
	-fstack-protector-strong -mstack-protector-guard=global -fstack-clash-protection \
	-fno-optimize-sibling-calls \
	$(NEWLIB_CPPFLAGS) \
	-ffile-prefix-map=$(CURDIR)/= $(DEFINES)
GUEST_LDFLAGS = -nostdlib -static -no-pie -Wl,-T,arch/x86/link.ld -Wl,--gc-sections \
	-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--build-id=none

HOST_CFLAGS = -std=gnu11 -O2 -g -D_GNU_SOURCE -fno-strict-aliasing -fno-omit-frame-pointer $(DEFINES)
SANITIZE    = -fsanitize=address,undefined -fno-sanitize-recover=all
# Lets tests/fakexen change shared memory at each load of it (xen/shared.h).
HOOKED      = -DXEN_SHARED_HOOK=fakexen_shared_load

# $(call objects,TREE,SOURCES): the objects of SOURCES in build/TREE/.
objects = $(patsubst %.S,build/$(1)/%.S.o,$(patsubst %.c,build/$(1)/%.o,$(2)))
wolfssl_objects = $(patsubst $(WOLFSSL_DIR)/%.S,build/$(1)/wolfssl/%.S.o,$(patsubst $(WOLFSSL_DIR)/%.c,build/$(1)/wolfssl/%.o,$(WOLFSSL_SRCS)))
nghttp2_objects = $(patsubst $(NGHTTP2_DIR)/%.c,build/$(1)/nghttp2/%.o,$(NGHTTP2_SRCS))
lwip_objects = $(patsubst $(LWIP_DIR)/%.c,build/$(1)/lwip/%.o,$(LWIP_SRCS))
bearssl_objects = $(patsubst $(BEARSSL_DIR)/%.c,build/$(1)/bearssl/%.o,$(BEARSSL_SRCS))
# lwIP's pools, for an app that has the part `many`: connections by the hundred.
many_lwip = $(if $(filter many,$(1)),$(patsubst %/lwip/core/memp.o,%/many/lwip/core/memp.o,$(2)),$(2))
# $(call ext_objects,TREE,PARTS): what an app with these PARTS links of others.
ext_objects = $(call many_lwip,$(2),$(call lwip_objects,$(1))) $(if $(filter crypto,$(2)),$(call bearssl_objects,$(1))) \
	$(if $(filter http2,$(2)),$(call nghttp2_objects,$(1)))

# ---- compiling: one pair of rules for each tree ----------------------------------------------

# $(call tree,NAME,COMPILE): how build/NAME/*.o are made; the warnings of others' sources are not ours.
# Sources keep the times that they were packed with: what is new in them is told by their stamps, and
# other flags by build/NAME/flags, which is written only when they change.
define tree
build/$(1)/flags: FORCE
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)new=$$@.$$$$$$$$; { echo '$(2) $$(WARNINGS)'; cat lib/ext/*.mk; } >$$$$new; cmp -s $$$$new $$@ && rm $$$$new || mv $$$$new $$@
build/$(1)/%.o: %.c $$(LWIP_STAMP) $$(BEARSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags | build/ext/xen/include/xen
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(WARNINGS) $$(INCLUDES) $$(LWIP_INCLUDES) $$(BEARSSL_INCLUDES) $$(EXTRA) -MMD -MP -c -o $$@ $$<
build/$(1)/lib/tls/%.o: lib/tls/%.c $$(WOLFSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(WARNINGS) -iquote . $$(TLS_INCLUDES) $$(EXTRA) -MMD -MP -c -o $$@ $$<
build/$(1)/lean/lib/tls/%.o: lib/tls/%.c $$(WOLFSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) -Os $$(WARNINGS) -iquote . $$(TLS_INCLUDES) -DTLS_LEAN -MMD -MP -c -o $$@ $$<
build/$(1)/lean/wolfssl/%.o: $$(WOLFSSL_DIR)/%.c lib/tls/port/user_settings.h $$(WOLFSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) -Os $$(WOLFSSL_CFLAGS) $$(WOLFSSL_CPPFLAGS) -DTLS_LEAN -w -MD -MP -c -o $$@ $$<
build/$(1)/lean/wolfssl/%.S.o: $$(WOLFSSL_DIR)/%.S lib/tls/port/user_settings.h $$(WOLFSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,AS,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(WOLFSSL_CPPFLAGS) -DTLS_LEAN -w -MD -MP -c -o $$@ $$<
build/$(1)/lib/http2/%.o: lib/http2/%.c $$(NGHTTP2_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(WARNINGS) -iquote . $$(HTTP2_INCLUDES) -MMD -MP -c -o $$@ $$<
build/$(1)/nghttp2/%.o: $$(NGHTTP2_DIR)/%.c $$(NGHTTP2_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(NGHTTP2_CPPFLAGS) $$(EXTRA) -w -MD -MP -c -o $$@ $$<
build/$(1)/%.S.o: %.S build/$(1)/flags
	$$(call say,AS,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) -iquote . -MMD -MP -c -o $$@ $$<
build/$(1)/lwip/%.o: $$(LWIP_DIR)/%.c $$(LWIP_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(LWIP_INCLUDES) -w -MD -MP -c -o $$@ $$<
build/$(1)/many/lwip/%.o: $$(LWIP_DIR)/%.c $$(LWIP_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(LWIP_INCLUDES) -DMEMP_NUM_TCP_PCB=512 -DMEMP_NUM_TCP_SEG=1024 -w -MD -MP -c -o $$@ $$<
build/$(1)/wolfssl/%.o: $$(WOLFSSL_DIR)/%.c lib/tls/port/user_settings.h $$(WOLFSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(WOLFSSL_CFLAGS) $$(WOLFSSL_CPPFLAGS) -w -MD -MP -c -o $$@ $$<
build/$(1)/wolfssl/%.S.o: $$(WOLFSSL_DIR)/%.S lib/tls/port/user_settings.h $$(WOLFSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,AS,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $$(WOLFSSL_CPPFLAGS) -w -MD -MP -c -o $$@ $$<
build/$(1)/bearssl/%.o: $$(BEARSSL_DIR)/%.c $$(BEARSSL_STAMP) $$(NEWLIB_STAMP) build/$(1)/flags
	$$(call say,CC,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) -I $$(BEARSSL_INC) -I $$(BEARSSL_DIR)/src -w -MD -MP -c -o $$@ $$<
endef

.PHONY: FORCE
$(eval $(call tree,guest,$$(CC) $$(GUEST_CFLAGS)))
$(eval $(call tree,host,$$(CC) $$(HOST_CFLAGS)))
$(eval $(call tree,asan,$$(CC) $$(HOST_CFLAGS) $$(HOOKED) $$(SANITIZE)))
$(eval $(call tree,fuzzobj,clang $$(HOST_CFLAGS) $$(HOOKED) -fsanitize=fuzzer-no-link $$(SANITIZE)))

# Xen's public headers, alone in a folder, since a guest sees nothing of the machine's own.
build/ext/xen/include/xen:
	$(quiet)test -e /usr/include/xen/xen.h || \
		{ echo "Xen's public headers: expected /usr/include/xen/xen.h (package libxen-dev), got none" >&2; exit 1; }
	$(quiet)mkdir -p $(@D) && ln -sfn /usr/include/xen $@

# ---- images and programs ---------------------------------------------------------------------

# wolfSSL, for images with the part `tls`, and what makes it small, with `tls-lean`: $(call tls_objects,TREE,NAME).
tls_objects = $(if $(filter tls,$($(2)_LIBS)),$(call wolfssl_objects,$(1))) \
	$(if $(filter tls-lean,$($(2)_LIBS)),$(patsubst build/$(1)/%,build/$(1)/lean/%,$(filter-out $(WOLFSSL_NOT_LEAN),$(call wolfssl_objects,$(1))) \
		$(call objects,$(1),$(call part_sources,tls))))

# $(call image,NAME): the guest. Linked twice, since the report's table of names is made of the
# first link's symbols; text does not move between the two. The second link's map says what is in it.
define image
$(1)_guest_objects := $$(call objects,guest,$$($(1)_SRCS) $$(foreach p,$$($(1)_LIBS),$$(call part_sources,$$(p))) \
	$$(if $$(filter disk,$$($(1)_LIBS)),$$(DISK_SRCS),$$(DISKLESS_SRCS)) $$(GUEST_SRCS)) $$(call ext_objects,guest,$$($(1)_LIBS)) \
	$$(call tls_objects,guest,$(1))
build/images/$(1).elf build/guest/$(1).map &: $$($(1)_guest_objects) build/guest/nosymbols.o arch/x86/link.ld scripts/symbols
	$$(call say,LD,build/images/$(1).elf)
	$$(quiet)mkdir -p build/images
	$$(quiet)$$(CC) $$(GUEST_CFLAGS) $$(GUEST_LDFLAGS) -o build/guest/$(1).first $$($(1)_guest_objects) \
		build/guest/nosymbols.o $$(NEWLIB_LIBC) -lgcc
	$$(quiet)scripts/symbols build/guest/$(1).first > build/guest/$(1).symbols.S
	$$(quiet)$$(CC) -c -o build/guest/$(1).symbols.o build/guest/$(1).symbols.S
	$$(quiet)$$(CC) $$(GUEST_CFLAGS) $$(GUEST_LDFLAGS) -Wl,-Map=build/guest/$(1).map \
		-o build/guest/$(1).debug $$($(1)_guest_objects) build/guest/$(1).symbols.o $$(NEWLIB_LIBC) -lgcc
	$$(quiet)strip --strip-all -o build/images/$(1).elf build/guest/$(1).debug
$(1)_host_objects := $$(call objects,host,$$($(1)_SRCS) $$(foreach p,$$($(1)_LIBS),$$(call part_sources,$$(p))) \
	$$(HOST_SRCS)) $$(call ext_objects,host,$$($(1)_LIBS))
build/host/$(1): $$($(1)_host_objects) $$(call tls_objects,host,$(1))
	$$(call say,LD,$$@)
	$$(quiet)$$(CC) $$(HOST_CFLAGS) -o $$@ $$^
$(1)_asan_objects := $$($(1)_host_objects:build/host/%=build/asan/%)
build/asan/$(1): $$($(1)_asan_objects) $$(call tls_objects,host,$(1))
	$$(call say,LD,$$@)
	$$(quiet)$$(CC) $$(HOST_CFLAGS) $$(SANITIZE) -o $$@ $$^
endef

# $(call archive,NAME): its boot archive, of the folders and files in NAME_ARCHIVE.
define archive
build/images/$(1).cpio: $$(shell find $$(wildcard $$($(1)_ARCHIVE)) -type f) scripts/archive
	$$(call say,CPIO,$$@)
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)scripts/archive $$@ $$($(1)_ARCHIVE)
endef

$(foreach a,$(APPS) $(GUESTS),$(eval $(call image,$(a))))
$(foreach a,$(APPS) $(GUESTS),$(if $($(a)_ARCHIVE),$(eval $(call archive,$(a)))))

# A certificate to begin with, which nobody but its maker trusts. The key stays on this machine.
build/images/https.cpio build/images/dns-tls.cpio: build/https/tls/default.key
build/https/tls/default.key:
	$(quiet)mkdir -p $(@D)
	$(quiet)openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=kinglet.test \
		-addext subjectAltName=DNS:kinglet.test,DNS:localhost,IP:10.0.0.2 -keyout $@.new -out $(@D)/default.crt 2>$(@D)/../log
	$(quiet)mv $@.new $@

build/guest/nosymbols.o: scripts/symbols
	$(quiet)mkdir -p $(@D)
	$(quiet)scripts/symbols > build/guest/nosymbols.S
	$(quiet)$(CC) -c -o $@ build/guest/nosymbols.S

# The settings for `xl create`, beside the images that they name.
build/images/%.cfg: xl-configs/%.cfg
	$(quiet)mkdir -p $(@D) && cp $< $@

CONFIGS  := $(patsubst xl-configs/%,build/images/%,$(wildcard xl-configs/*.cfg))
IMAGES   := $(CONFIGS) $(foreach a,$(APPS),build/images/$(a).elf $(if $($(a)_ARCHIVE),build/images/$(a).cpio))
PROGRAMS := $(foreach a,$(APPS),build/host/$(a))

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | \
		while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

.PHONY: images
images: $(IMAGES) ## build every app as a Xen guest, in build/images/

.PHONY: guests
guests: $(foreach g,$(GUESTS),build/images/$(g).elf) ## build the guests that are made for tests

.PHONY: host
host: $(PROGRAMS) build/host/kstore ## build every app as a Linux program, in build/host/

# Looks into a store on a disk image. Of its own sources alone, so that it needs nothing fetched; linked statically,
# since tests bring it to dom0, too.
KSTORE_SRCS := $(wildcard arch/host/kstore/*.c) $(call part_sources,store)
build/host/kstore build/rig-tools/kstore: $(KSTORE_SRCS) $(wildcard lib/store/*.h lib/base/*.h)
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) $(WARNINGS) -iquote . -static -o $@ $(filter %.c,$^)
build/asan/kstore: $(KSTORE_SRCS) $(wildcard lib/store/*.h lib/base/*.h)
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) $(WARNINGS) $(SANITIZE) -iquote . -o $@ $(filter %.c,$^)

# ---- tests on the host -----------------------------------------------------------------------

# Every part, and xen/ with drivers/ over tests/fakexen, as two archives: for gcc's sanitizers
# (unit tests, replay of the fuzzers' corpora) and for clang's fuzzer. A test takes what it needs.
TESTED_SRCS := $(filter-out %_x86.c,$(wildcard xen/*.c)) $(wildcard drivers/*.c tests/fakexen/*.c tests/support/*.c) \
	$(foreach p,base sched archive net crypto dns dhcp store tree disk http http2,$(call part_sources,$(p))) lib/tls/hello.c lib/tls/folder.c lib/tls/settings.c \
	apps/dns/framing.c apps/dns/stay.c
TEST_ASM    := arch/x86/context.S
build/asan/tested.a: $(call objects,asan,$(TESTED_SRCS) $(TEST_ASM)) $(call ext_objects,asan,crypto http2)
	$(call say,AR,$@)
	$(quiet)rm -f $@ && ar rcs $@ $^
build/fuzzobj/tested.a: $(call objects,fuzzobj,$(TESTED_SRCS) $(TEST_ASM)) $(call ext_objects,fuzzobj,crypto http2)
	$(call say,AR,$@)
	$(quiet)rm -f $@ && ar rcs $@ $^

# Lets the test make any allocation fail.
build/unit/store: LINK := -Wl,--wrap=malloc,--wrap=calloc
build/unit/tree: LINK := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
UNIT_TESTS := $(patsubst tests/unit/test_%.c,build/unit/%,$(wildcard tests/unit/test_*.c))
build/unit/%: build/asan/tests/unit/test_%.o build/asan/tested.a
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) $(SANITIZE) $(LINK) -o $@ $^ -lcheck -lsubunit -lm -lrt -lpthread

build/asan/tests/unit/test_http2.o: EXTRA := $(HTTP2_INCLUDES)
build/asan/tests/unit/test_tls_tickets.o: EXTRA := $(TLS_INCLUDES)
build/asan/tests/unit/test_tls_tickets.o: $(WOLFSSL_STAMP)
build/unit/tls_tickets: build/asan/lib/tls/tickets.o build/asan/lib/tls/port.o build/asan/lib/base/heap.o $(call wolfssl_objects,host)
build/asan/tests/fuzz/%.o build/fuzzobj/tests/fuzz/%.o: EXTRA := -include tests/support/fuzz.h
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
build/fuzz/replay-%: build/asan/tests/fuzz/fuzz_%.o build/asan/tests/support/replay_main.o build/asan/tested.a
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) $(SANITIZE) -o $@ $^
build/fuzz/%: build/fuzzobj/tests/fuzz/fuzz_%.o build/fuzzobj/tested.a
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)clang $(HOST_CFLAGS) -fsanitize=fuzzer $(SANITIZE) -o $@ $^

.SECONDARY:

.PHONY: unit
unit: $(UNIT_TESTS) $(foreach f,$(FUZZERS),build/fuzz/replay-$(f)) ## build the unit tests and the fuzzers' replays

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: ## run every fuzzer for FUZZ_SECONDS (60) each
	$(quiet)scripts/setup fuzz
	$(quiet)$(MAKE) --no-print-directory $(foreach f,$(FUZZERS),build/fuzz/$(f))
	$(quiet)for f in $(FUZZERS); do \
		echo "fuzz $$f, $(FUZZ_SECONDS) s"; mkdir -p build/fuzz/found/$$f; \
		build/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
			-artifact_prefix=build/fuzz/$$f- build/fuzz/found/$$f tests/fuzz/corpus/$$f; done

# For a program of this machine and of dom0 alike: it needs of the C library what all have.
build/rig-tools/roomy.so: tests/bench/roomy.c
	$(call say,CC,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) $(WARNINGS) -iquote . -shared -fPIC -o $@ $<

# What tests bring to dom0, whose C library is not this machine's: so linked statically.
RIG_TOOLS := $(patsubst tests/rig/tools/%.c,build/rig-tools/%,$(wildcard tests/rig/tools/*.c))
build/rig-tools/%: tests/rig/tools/%.c
	$(call say,CC,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) $(WARNINGS) -iquote . -static -o $@ $<

# The comparison with NSD: the engine beside it, on this machine and, to ask a guest, in dom0.
build/rig-tools/compare: $(call objects,host,$(wildcard tests/nsd/*.c) $(call part_sources,dns) \
		$(call part_sources,crypto) lib/base/arena.c lib/base/inet.c lib/base/siphash.c) $(call bearssl_objects,host)
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -static -o $@ $^

# A network backend that lies, and a sender of garbage.
build/rig-tools/liar: $(call objects,host,$(filter-out %/garbage.c,$(wildcard tests/rig/liar/*.c)))
build/rig-tools/garbage: $(call objects,host,$(addprefix tests/rig/liar/,garbage.c question.c))
build/rig-tools/liar build/rig-tools/garbage:
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -static -o $@ $^

# The benchmarks' load generator.
build/rig-tools/load: $(call objects,host,$(wildcard tests/bench/load/*.c))
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -static -o $@ $^ -lm

# A site to load, of files of three lengths.
build/bench/linux/site/1k:
	$(quiet)mkdir -p $(@D)
	$(quiet)head -c 102400 /dev/urandom > $(@D)/100k && head -c 10485760 /dev/urandom > $(@D)/10m
	$(quiet)head -c 1024 /dev/urandom > $@
build/rig-tools/site.cpio: build/bench/linux/site/1k build/https/tls/default.key scripts/archive
	$(quiet)mkdir -p $(@D)/site/www
	$(quiet)cp -R build/bench/linux/site $(@D)/site/www/default && cp -R build/https/tls $(@D)/site/
	$(quiet)scripts/archive $@ $(@D)/site/www $(@D)/site/tls && rm -r $(@D)/site

# The same of TLS; of the benchmarks alone, since OpenSSL is needed to make it.
build/rig-tools/tlsload: $(call objects,host,$(wildcard tests/bench/tls/*.c))
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -static -o $@ $^ -lssl -lcrypto 2>$@.log || { cat $@.log; exit 1; }

# Work for the scheduler, whose instructions the benchmarks count.
build/bench/sched: $(call objects,host,tests/bench/sched.c arch/x86/context.S $(call part_sources,sched) $(call part_sources,base))
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -o $@ $^

# Commits and recoveries of a store, which the benchmarks time.
build/bench/store: $(call objects,host,tests/bench/store.c $(call part_sources,store))
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -o $@ $^

# The DNS engine alone, likewise.
build/bench/engine: $(call objects,host,tests/bench/engine.c tests/bench/asked.c $(call part_sources,dns) $(call part_sources,crypto) \
		lib/base/arena.c lib/base/inet.c lib/base/siphash.c) $(call bearssl_objects,host)
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -o $@ $^

# A guest's way of a datagram, over tests/fakexen, whose instructions the benchmarks count.
build/bench/path: $(call objects,host,tests/bench/path.c tests/bench/asked.c $(filter-out apps/dns/main.c,$(dns_SRCS)) \
		$(filter-out %_x86.c,$(wildcard xen/*.c)) \
		$(wildcard drivers/netfront*.c tests/fakexen/*.c) drivers/netdev.c drivers/blkdev.c arch/x86/context.S \
		$(foreach p,base sched net dns crypto store disk archive tree,$(call part_sources,$(p)))) $(call lwip_objects,host) \
		$(call bearssl_objects,host)
	$(call say,LD,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HOST_CFLAGS) -o $@ $^

# Zones to test with, and the real root zone, as boot archives.
build/rig-tools/zones.cpio: $(shell find tests/data/zones -type f) scripts/archive
	$(call say,CPIO,$@)
	$(quiet)mkdir -p $(@D)
	$(quiet)scripts/archive $@ tests/data/zones
build/rig-tools/root.cpio: tests/data/root.zone.gz scripts/archive
	$(call say,CPIO,$@)
	$(quiet)mkdir -p $(@D)/root/zones
	$(quiet)gzip -dc $< > $(@D)/root/zones/root.zone
	$(quiet)scripts/archive $@ $(@D)/root/zones
	$(quiet)rm -r $(@D)/root

.PHONY: rig-tools
rig-tools: $(RIG_TOOLS) $(addprefix build/rig-tools/,compare liar garbage load kstore zones.cpio root.cpio)

# ---- the two commands, and what else a person calls ------------------------------------------

.PHONY: run
run: ## start a Xen host, create the DNS guest on it, ask it, and show what happened
	$(quiet)scripts/setup run
	$(quiet)scripts/run

.PHONY: test
test: ## pass every test: unit, fuzz corpora, Linux programs, guests under real Xen
	$(quiet)scripts/setup test
	$(quiet)scripts/test

.PHONY: shell
shell: ## a shell in dom0 of the test host, with the images at hand
	$(quiet)scripts/setup run
	$(quiet)$(MAKE) --no-print-directory images
	$(quiet)scripts/rig shell

.PHONY: bench
bench: ## compare with Linux guests running NSD and Knot: all rows, under 30 minutes
	$(quiet)scripts/setup run bench
	$(quiet)scripts/bench

.PHONY: bench-dns bench-net
bench-dns: ## the rows of DNS alone
	$(quiet)scripts/setup run bench
	$(quiet)scripts/bench image boot memory dns
bench-net: ## the rows of frames, datagrams and TCP alone
	$(quiet)scripts/setup run bench
	$(quiet)scripts/bench net tcp

.PHONY: check
check: ## hold format, clang-tidy, include table and headers
	$(quiet)scripts/setup check
	$(quiet)$(MAKE) --no-print-directory $(NEWLIB_STAMP) $(LWIP_STAMP) $(BEARSSL_STAMP) $(WOLFSSL_STAMP) $(NGHTTP2_STAMP) build/ext/xen/include/xen
	$(quiet)scripts/check

# At most so many lines of code in arch/x86, xen, lib/base and lib/sched together.
KERNEL_LINES := 6000
.PHONY: size
size: images $(APPS:%=build/guest/%.map) ## print each image's size and linked lines of code against their budgets
	$(quiet)scripts/setup run size
	$(quiet)scripts/size $(KERNEL_LINES) $(foreach a,$(APPS),$(a)=$($(a)_BUDGET))

# For scripts/check: how one file is compiled for each machine.
.PHONY: print-guest-flags print-host-flags
print-guest-flags:
	@echo '$(GUEST_CFLAGS) $(WARNINGS) $(INCLUDES) $(LWIP_INCLUDES) $(BEARSSL_INCLUDES) $(TLS_INCLUDES) $(HTTP2_INCLUDES)'
print-host-flags:
	@echo '$(HOST_CFLAGS) $(WARNINGS) $(INCLUDES) $(LWIP_INCLUDES) $(BEARSSL_INCLUDES) $(TLS_INCLUDES) $(HTTP2_INCLUDES)'

.PHONY: clean
clean: ## delete what was built (not the fetched sources, the host machine nor the download cache)
	rm -rf build/images build/guest build/host build/asan build/fuzzobj build/unit build/fuzz

-include $(shell find build/guest build/host build/asan build/fuzzobj -name '*.d' 2>/dev/null)
