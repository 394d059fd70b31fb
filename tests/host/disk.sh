#!/bin/bash
# SPDX-License-Identifier: ISC
# Files as disks of a Linux program: what it writes is in the file, and the other way round; large requests, discarded
# sectors, read-only disks, sectors of 4096 bytes. tests/rig/disk.sh asks the same of a guest.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

program=${BUILD:-build/asan}/disk
begin_work

ask() { # COMMAND...: the program's answer
	local answer
	exec 3<>/dev/tcp/10.0.0.2/7 || return 1
	printf '%s\n' "$*" >&3
	read -r -t 20 answer <&3
	exec 3>&-
	printf '%s\n' "$answer"
}
says() { # TEXT COMMAND...: its answer begins so
	local text=$1 answer
	shift
	answer=$(ask "$@")
	[[ $answer == "$text"* ]] || { echo "$*: expected $text, got $answer"; return 1; }
}
lists() { ask list | grep -qF -- "$1"; }
answers() { (ask list) 2>/dev/null | grep -q xvda; }
pattern() { build/rig-tools/pattern "$@"; }
blocks() { stat -c %b "$work/a"; }

truncate -s 24M "$work/a"
truncate -s 4M "$work/ro"
truncate -s 16M "$work/big"
pattern fill "$work/ro" 0 8192 21
pattern fill "$work/big" 0 32768 23
run_app "$program" --tap tap0 --disk "$work/a" --disk "$work/ro,ro" --disk "$work/big,sector=4096" ip=10.0.0.2/24 ip6=none
tap_up tap0 10.0.0.1/24
try "answers" within 15 answers

try "a disk" lists "xvda up sectors=49152 size=512"
try "a disk that is read-only" lists "xvdb up sectors=8192 size=512 physical=512 ro"
try "a disk with sectors of 4096 bytes" lists "xvdc up sectors=4096 size=4096"
try "writes" says "ok bytes=10240000" fill xvda 3 20000 7
try "flushes" says ok flush xvda
try "it is in the file" pattern check "$work/a" 3 20000 7
try "and nothing beside it" cmp -n $((3 * 512)) "$work/a" /dev/zero
try "reads it back" says ok check xvda 3 20000 7
pattern fill "$work/a" 30000 19152 8
try "reads what was written beside it, to the last sector" says ok check xvda 30000 19152 8
try "sees that it is something else" says "bad: 19152, the first is 30000" check xvda 30000 19152 9
try "beyond the end" says "error -22" check xvda 30000 19153 8
try "read-only: reads" says ok check xvdb 0 8192 21
try "read-only: does not write" says "error -30" fill xvdb 0 8 1
try "4096: reads" says ok check xvdc 0 32768 23
try "4096: writes" says ok fill xvdc 8 8000 24
try "4096: it is in the file" pattern check "$work/big" 8 8000 24
try "4096: and not beyond it" pattern check "$work/big" 8008 24760 23
before=$(blocks)
try "discards" says ok discard xvda 1000 8000
try "what is discarded reads as zeros" cmp -i $((1000 * 512)):0 -n $((8000 * 512)) "$work/a" /dev/zero
try "and takes no room" [ "$(blocks)" -lt "$before" ]
try "what stood beside it is there" pattern check "$work/a" 3 997 7

truncate -s 1M "$work/a" # under the program
try "a file that was cut short is an error" says "error -5" check xvda 30000 100 8
try "and no end of the program" says ok check xvdb 0 8192 21
stop_app "ends at SIGTERM"
exit $failed
