#!/bin/bash
# SPDX-License-Identifier: ISC
# Trees of files from images that ordinary tools have made: what is in them, byte for byte, and nothing else; images that
# are cut or are none. The program has the address sanitizer.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash

program=$PWD/${BUILD:-build/asan}/tree
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# read_disk IMAGE SETTING..., read_archive FILE SETTING...: the program's output in $work/log.
read_disk() { timeout 60 "$program" ip=none ip6=none --disk "$1,ro" disk=xvda "${@:2}" >log 2>&1; }
read_archive() { timeout 60 "$program" ip=none ip6=none --archive "$1" "${@:2}" >log 2>&1; }

# A site of 10,000 files, with what is easily got wrong.
make_site() {
	mkdir -p site && cd site || return 1
	mkdir -p big a/b/c/d/e/f/g/h/i/j/k/l "with blanks/ü" empty
	awk 'BEGIN {
		srand(1)
		for (i = 0; i < 9990; i++) {
			name = sprintf("big/page-%05d%s.html", i, i % 50 ? "" : substr(sprintf("%0200d", i), 1, 1 + i % 190))
			n = i % 7 ? 1 + rand() * 3000 : 2048 * (i % 3)
			text = ""
			while (length(text) < n) text = text i " " rand() "\n"
			printf "%s", substr(text, 1, n) >name
			close(name)
		}
	}'
	for f in index.html a/.hidden a/b/b.txt a/b/c/d/e/f/g/h/deep "a/b/c/d/e/f/g/h/i/j/k/l/very deep" "with blanks/ü/ä ö.txt" \
		"with blanks/a;1" UPPER "$(printf '%0251d' 1).txt" big.html; do
		printf 'this is %s\n' "$f" >"$f"
	done
	touch -d '2001-02-03 04:05:06 UTC' index.html
	touch -d '1971-12-31 00:00:00 UTC' a/b/b.txt
	cd .. || return 1
}
make_site || exit 1

# What does not belong to a site: links out of it, and no files.
add_strangers() {
	ln -s /etc/passwd site/passwd
	ln -s ../../../etc site/a/etc
	ln -s index.html site/home.html
	mkfifo site/fifo
}

# describe FOLDER FILE: "HASH SIZE TIME PATH" of each file in FOLDER, in the order of bytes.
describe() {
	(cd "$1" && find . -type f -printf '%s %Ts %P\n' | LC_ALL=C sort -k3) >sizes
	(cd "$1" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | cut -c1-64) >hashes
	paste -d ' ' hashes sizes >"$2"
}
mkdir little && cp -a site/[!b]* site/big.html little
describe site expected
describe little expected.little
[ "$(wc -l <expected)" = 10000 ] || not_ok "the site" "expected 10000 files, got $(wc -l <expected)"

same() { # FILE: what was read is what it describes
	grep -E '^[0-9a-f]{64} ' log | LC_ALL=C sort -k4 | cmp - "$1"
}
says() {
	grep -qF -- "$1" log && return 0
	echo "expected '$1', got '$(tail -n 1 log)'"
	return 1
}

add_strangers
try "genisoimage" genisoimage -quiet -r -o g.iso site
try "genisoimage: opens and reads" read_disk g.iso list=yes
try "genisoimage: 10,000 files, byte for byte" same expected
try "genisoimage: links and pipes are left out" says "4 left out"
try "genisoimage -l -J: with what it does not need" genisoimage -quiet -r -l -J -joliet-long -o gj.iso little
read_disk gj.iso list=yes
try "genisoimage -l -J: the same files" same expected.little
try "xorriso" xorriso -as mkisofs -quiet -r -o x.iso site
try "xorriso: opens and reads" read_disk x.iso list=yes
try "xorriso: 10,000 files, byte for byte" same expected
try "xorriso: links and pipes are left out" says "4 left out"
try "xorriso, natively" xorriso -abort_on FATAL -outdev xn.iso -blank as_needed -map little /
read_disk xn.iso list=yes
try "xorriso, natively: the same files" same expected.little
read_disk "gj.iso,sector=4096" list=yes
try "sectors of 4096 bytes: the same files" same expected.little
read_archive gj.iso list=yes
try "in memory: the same files" same expected.little
read_disk x.iso find=/
try "less than 100 bytes for a file" test "$(sed -n 's/.*open in [0-9]* us, \([0-9]*\) bytes.*/\1/p' log)" -lt 1000000

tar -cf site.tar --exclude=./fifo -C site .
read_archive site.tar list=yes
try "tar: 10,000 files, byte for byte" same expected
tar --format=ustar -C site -cf small.tar a big.html && printf 'another\n' >big.html && tar --format=ustar -rf small.tar big.html
read_archive small.tar list=yes
try "tar: the last one of the same name counts" says "$(printf 'another\n' | sha256sum | cut -c1-64) 8 "
(cd site && find . -type f -printf '%P\n' | cpio --quiet -o -H newc >../site.cpio 2>/dev/null)
read_archive site.cpio list=yes
try "cpio: 10,000 files, byte for byte" same expected

# ---- bounds ----
read_disk x.iso memory=200K
try "more names than may be" says "do not fit into the 204800 bytes"
read_archive site.tar memory=200K
try "more names than may be, in an archive" says "do not fit into the 204800 bytes"
finds() { read_disk x.iso "find=$1" && says "$2"; }
try "find: a file" finds /index.html "a file of 19 bytes"
try "find: a folder" finds a/b/ "a folder"
try "find: doubled slashes and dots" finds //a/./b//b.txt "a file of 18 bytes"
try "find: nothing" finds a/none "error 2"
try "find: a file is no folder" finds index.html/x "error 20"
try "find: nor with a slash" finds index.html/ "error 20"
try "find: .. is refused" finds a/../index.html "error 22"
try "find: .. at the root is refused" finds ../etc/passwd "error 22"
try "find: a link is not there" finds passwd "error 2"
try "find: nor what it leads to" finds a/etc/passwd "error 2"

# ---- what is no image, or a damaged one ----
refuses() { # TEXT IMAGE
	local status
	read_disk "$2"
	status=$?
	[ $status = 2 ] && says "$1" && return 0
	echo "status $status"
	return 1
}
mkdir -p few && cp site/index.html few
genisoimage -quiet -o plain.iso few
genisoimage -quiet -J -o joliet.iso few
try "without Rock Ridge" refuses "it has no Rock Ridge names" plain.iso
try "with Joliet alone" refuses "it has no Rock Ridge names" joliet.iso
head -c 100000 site.tar >not.iso
try "something else" refuses "expected an ISO 9660 image, got something else" not.iso
head -c 5120 /dev/zero >short.iso
try "something short" refuses "expected an ISO 9660 image, got something of 5120 bytes" short.iso
truncate -s 1M blank.iso
try "a blank disk" refuses "expected an ISO 9660 image, got something else" blank.iso
read_archive not.iso
try "a tar that is cut" says "archive is damaged"

bad=0 cuts=0
for size in $(seq 36864 $(($(stat -c %s x.iso) / 23)) "$(stat -c %s x.iso)"); do
	head -c "$size" x.iso >cut.iso
	read_disk cut.iso
	[ $? = 2 ] && says "cut short" >/dev/null || { bad=$((bad + 1)); echo "# cut at $size: $(tail -n 1 log)"; }
	cuts=$((cuts + 1))
done
if [ $bad = 0 ] && [ $cuts -gt 20 ]; then
	ok "an image that is cut, at $cuts places"
else
	not_ok "an image that is cut" "$bad of $cuts"
fi

# Bytes changed at random in the folders: a clear error or other files, no crash and no hang.
genisoimage -quiet -r -o small.iso site/a "site/with blanks" few
bad=0
for i in {1..25}; do
	cp small.iso damaged.iso
	for j in 1 2 3; do
		printf "\\x$(printf %x $((i * 37 % 256)))" |
			dd of=damaged.iso bs=1 seek=$((32768 + (i * 7919 + j * 104729) % 57344)) conv=notrunc 2>/dev/null
	done
	read_disk damaged.iso
	status=$?
	[ $status = 0 ] || { [ $status = 2 ] && grep -q '^error tree: ' log; } || { bad=$((bad + 1)); echo "# damage $i: status $status: $(tail -n 1 log)"; }
done
[ $bad = 0 ] && ok "25 damaged images" || not_ok "25 damaged images" "$bad"
exit $failed
