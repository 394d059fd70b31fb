#!/bin/bash
# SPDX-License-Identifier: ISC
# A guest reads a tree of files: from a disk, from a CD-ROM, and from an image and an archive as its ramdisk. The images
# are those of the fuzzer's corpus, made by genisoimage, which lack the 32 KiB that nobody reads.
# (Large ones, and each file byte for byte: tests/host/tree.sh.)
# rig: --file build/images/tree.elf --file tests/fuzz/corpus/tree
. ./lib.sh
. /root/tests/rig/lib.bash

guest=tree
cat >/root/tree.cfg <<'CFG'
name = "tree"
type = "pvh"
kernel = "/root/tree.elf"
memory = 8
shadow_memory = 1
vcpus = 1
tsc_mode = "native"
CFG
{ head -c 32768 /dev/zero && cat /root/tree/s; } >/root/site.iso
hello="$(printf hello | sha256sum | cut -d ' ' -f 1) 5 "

said() { guest_console tree | tr -d '\r' | grep -qE -- "$1"; }
# reads NAME SETTING...: a guest with these finds three files and leaves out a link.
reads() {
	local name=$1
	shift
	create /root/tree.cfg "$@" || { not_ok "$name" "not created"; return; }
	within 20 "$name: reads three files, and leaves out a link" said "^info tree: 3 files, 1 folders, 7 bytes, $left_out left out"
	test_that "$name: byte for byte" said "^$hello[0-9]+ index.html"
	wait_for 20 "the domain to be gone" guest_is_gone tree || xl destroy tree
}

left_out=1
reads "from a disk" 'extra="ip=none ip6=none list=yes disk=xvda"' 'disk=["format=raw,vdev=xvda,access=ro,target=/root/site.iso"]'
reads "from a CD-ROM" 'extra="ip=none ip6=none list=yes disk=xvdb"' \
	'disk=["format=raw,vdev=xvdb,devtype=cdrom,access=ro,target=/root/site.iso"]'
reads "from an image in memory" 'extra="ip=none ip6=none list=yes"' 'ramdisk="/root/site.iso"'
left_out=0
reads "from an archive in memory" 'extra="ip=none ip6=none list=yes"' 'ramdisk="/root/tree/cpio"'

head -c 40000 /root/site.iso >/root/cut.iso
create /root/tree.cfg 'extra="ip=none ip6=none disk=xvda"' 'disk=["format=raw,vdev=xvda,access=ro,target=/root/cut.iso"]'
within 20 "an image that is cut short is named" said "^error tree: error 22: damaged, or cut short"
wait_for 20 "the domain to be gone" guest_is_gone tree || xl destroy tree
finish
