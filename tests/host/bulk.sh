#!/bin/bash
# SPDX-License-Identifier: ISC
# TCP in bulk, as the benchmarks measure it: the guest that discards and generates, as a Linux program, and the
# client that gives, takes and looks at what it gets.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

build=${BUILD:-build/asan}
load=build/rig-tools/load
begin_work

start() { # APP
	run_app "$build/$1" --tap tap0 ip=10.0.0.2/24 ip6=fd00::2/64
	tap_up tap0 10.0.0.1/24 fd00::1/64 || exit 1
}

# moves WAY BYTES ADDRESS: just so many, within 20 s.
moves() {
	local said
	said=$(timeout 20 $load -n "$2" "$1" "$3" 2>&1)
	[[ $said = "bytes=$2 "* ]] || { echo "expected $2 bytes, got: $said"; return 1; }
}
# refuses: the client fails, and says why.
refuses() { # TEXT OPTION...
	local said text=$1
	shift
	said=$(timeout 20 $load "$@" 2>&1) && { echo "expected a failure, got: $said"; return 1; }
	[[ $said = *"$text"* ]] || { echo "expected '$text', got: $said"; return 1; }
}
at_once() {
	local pids=() one status=0
	for _ in 1 2 3 4; do
		moves give 2000000 10.0.0.2 & pids+=($!)
		moves take 2000000 fd00::2 & pids+=($!)
	done
	for one in "${pids[@]}"; do wait "$one" || status=1; done
	return $status
}

start bulk
for address in 10.0.0.2 fd00::2; do
	try "$address: comes up" $load -f 10 give $address
	[ $failed = 0 ] || exit 1
	for bytes in 1 1460 100001 20000000; do
		try "$address: is given $bytes bytes" moves give $bytes $address
		try "$address: generates $bytes characters" moves take $bytes $address
	done
done
try "eight connections at once" at_once
try "nobody at the address" refuses "no right answer" -f 1 give 10.0.0.9
try "no address" refuses "expected an address" give 10.0.0
try "no such link" refuses "expected an address" give fe80::1%nowhere
stop_app "the end, after bulk"

# The client is no friend of whoever answers.
start echo
try "comes up: echo" $load -f 10 give 10.0.0.2
try "other characters are noticed" refuses "expected the lines of RFC 864" -n 100000 -p 13 take 10.0.0.2
try "bytes that come back are noticed" refuses "expected the peer's end" -n 100 -p 7 give 10.0.0.2
stop_app "the end, after echo"
exit $failed
