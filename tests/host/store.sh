#!/bin/bash
# SPDX-License-Identifier: ISC
# Disks of Linux programs, a store on one whose program is killed again and again, and the tool that looks into it.
# tests/rig/store.sh does the same to a guest.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
. tests/rig/acks.bash

build=${BUILD:-build/asan}
begin_work
disk=$work/disk

store() { timeout 60 "$build/store" ip=none ip6=none "$@" >"$work/log" 2>&1; }
# begin SETTING...: as background job $pid. The last one's acknowledgements are not its own.
begin() {
	run_app "$build/store" ip=none ip6=none --disk "$disk" "$@"
}
kstore() { timeout 60 "$build/kstore" "$@"; }

# fails STATUS TEXT COMMAND...: it ends with STATUS, and says TEXT.
fails() {
	local expected=$1 text=$2 got output
	shift 2
	output=$("$@" 2>&1)
	got=$?
	[ $got = "$expected" ] && grep -qF -- "$text" <<<"$output" && return 0
	echo "expected status $expected and '$text', got $got and '$output'"
	return 1
}
store_fails() { # TEXT ARG...
	local text=$1 got
	shift
	store "$@"
	got=$?
	[ $got = 2 ] && grep -qF -- "$text" "$work/log" && return 0
	echo "expected status 2 and '$text', got $got and '$(tail -n 1 "$work/log")'"
	return 1
}
says() { # TEXT COMMAND...
	local text=$1 output
	shift
	output=$("$@" 2>&1) && grep -qF -- "$text" <<<"$output" && return 0
	echo "expected '$text', got '$output'"
	return 1
}
acks() { [ "$(grep -c '^ack' "$work/log")" -ge "$1" ]; }

# ---- disks that cannot be used ----
try "a disk that is not there is refused" store_fails "--disk $work/none: No such file" --disk "$work/none"
try "a folder is refused" store_fails "expected a file or a block device" --disk "$work,ro"
: >"$work/empty"
try "an empty file is refused" store_fails "expected at least one sector" --disk "$work/empty"
truncate -s 16K "$work/small"
try "a disk that is too small is refused" store_fails "the disk is too small: expected" --disk "$work/small"
printf 'an older file system' | dd of="$work/other" bs=1 seek=1080 2>/dev/null
truncate -s 1M "$work/other"
cp "$work/other" "$work/other.before"
try "a disk with something else on it is refused" store_fails "something else on it" --disk "$work/other"
try "and left alone" cmp "$work/other" "$work/other.before"
truncate -s 512K "$disk"
try "a blank disk that is read-only is refused" store_fails "cannot be written" --disk "$disk,ro"
try "kstore: a blank disk" fails 2 "there is no store on it: it is blank" kstore check "$disk"

# ---- a store on a file ----
try "writes" store --disk "$disk" rounds=500 writers=8
kstore dump "$disk" >"$work/dump"
try "every record is there" acknowledged "$work/log" "$work/dump" 20
try "compactions happened" grep -qE 'commits, [0-9]+ flushes, [1-9][0-9]* compactions' "$work/log"
try "kstore check" says ": ok: 168 records" kstore check "$disk"
try "kstore list" says "$(printf '3/500\t64')" kstore list "$disk" 3/
try "kstore list: with a prefix" [ "$(kstore list "$disk" 3/ | wc -l)" = 20 ]
try "kstore get" [ "$(kstore get "$disk" 3)" = 500 ]
try "kstore get: by escapes" says "3/500...." kstore get "$disk" '\x33\x2f500'
try "kstore get: no such record" fails 1 "no such record" kstore get "$disk" 99
try "goes on where it ended" store --disk "$disk" rounds=10 writers=8
try "and says so" grep -qx 'found 7 500' "$work/log"

# ---- with sectors of 4096 bytes ----
truncate -s 1M "$work/large"
try "sectors of 4096 bytes" store --disk "$work/large,sector=4096" rounds=300
kstore dump "$work/large" >"$work/dump"
try "sectors of 4096 bytes: every record is there" acknowledged "$work/log" "$work/dump" 20
try "such a disk with smaller sectors" store --disk "$work/large" rounds=10
try "too large sectors are refused" store_fails "sectors are too large" --disk "$disk,sector=4096"

# ---- two at a time ----
begin
within 20 acks 1 || not_ok "two at a time" "no record within 20 s"
timeout 10 "$build/store" ip=none ip6=none --disk "$disk" >"$work/second" 2>&1
status=$?
if [ $status = 2 ] && grep -qF "another program has it open" "$work/second"; then
	ok "a second program is refused"
else
	not_ok "a second program is refused" "status $status, $(tail -n 1 "$work/second")"
fi
kill_app

# ---- killed again and again ----
total=0
for round in {1..12}; do
	begin writers=8 value=600
	within 20 acks $((round * 23)) || not_ok "killed" "round $round: not so many records within 20 s"
	kill_app
	kstore check "$disk" >"$work/check" 2>&1 || { not_ok "killed: check" "round $round: $(cat "$work/check")"; break; }
	kstore dump "$disk" >"$work/dump"
	acknowledged "$work/log" "$work/dump" 20 >"$work/acks" || { not_ok "killed" "round $round: $(cat "$work/acks")"; break; }
	total=$((total + $(grep -c '^ack' "$work/log")))
done
[ "$round" != 12 ] || ok "killed 12 times, and each of $total acknowledged records is there"

# ---- damage ----
printf 'X' | dd of="$disk" bs=1 seek=$((8192 + 100)) conv=notrunc 2>/dev/null
printf 'X' | dd of="$disk" bs=1 seek=$((8192 + 258048 + 100)) conv=notrunc 2>/dev/null # the other area
try "kstore: damage" fails 1 "the log is damaged" kstore check "$disk"
try "the program refuses a damaged store" store_fails "the log is damaged" --disk "$disk"

# ---- kstore, used wrongly ----
try "kstore: no arguments" fails 2 "usage: kstore" kstore
try "kstore: no such command" fails 2 "usage: kstore" kstore show "$disk"
try "kstore: too many arguments" fails 2 "usage: kstore" kstore check "$disk" more
try "kstore: no such file" fails 2 "No such file" kstore check "$work/none"
try "kstore: a folder" fails 2 "expected a disk image or a block device" kstore check "$work"
try "kstore: something else" fails 2 "something else on it" kstore list "$work/other"
try "kstore: a wrong key" fails 2 'others than text as \xNN' kstore get "$disk" '\x3'
try "kstore --help" says "usage: kstore" kstore --help
exit $failed
