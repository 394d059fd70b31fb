#!/bin/bash
# SPDX-License-Identifier: ISC
# Checksums left blank and long TCP segments on a tap device, both ways, by IPv4 and IPv6: that they are there
# when the device takes them, that none are when it does not, and that the bytes are the same.
# Needs no root: it enters a network namespace of its own. Environment: BUILD, where the programs are (build/asan).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

build=${BUILD:-build/asan}
load=build/rig-tools/load
begin_work

start() { # APP OPTION...
	local app=$1
	shift
	run_app "$build/$app" "$@" --tap tap0 ip=10.0.0.2/24 ip6=fd00::2/64
	tap_up tap0 10.0.0.1/24 fd00::1/64 || exit 1
}
stop() { stop_app "the end"; }

# counted CONDITION COMMAND...: the command succeeds, and of what went over tap0 meanwhile CONDITION is true.
counted() {
	local condition=$1 said in in_long in_blank out out_long out_blank
	shift
	said=$(timeout 30 "$work/watch" tap0 "$@" 2>&1) || { echo "$said"; return 1; }
	declare $(tail -n 1 <<<"$said")
	((condition)) || { echo "expected $condition, got: $(tail -n 1 <<<"$said")"; return 1; }
}

gcc -std=gnu11 -O2 -Wall -Werror -o "$work/watch" tests/host/watch.c &&
	gcc -std=gnu11 -O2 -o "$work/client" tests/host/client.c || exit 1

start bulk
for address in 10.0.0.2 fd00::2; do
	within 10 $load -f 1 give $address || not_ok "$address: comes up" "no connection in 10 s"
	try "$address: long segments to us, without checksums" \
		counted 'in_long > 20 && in_blank >= in_long' $load -n 5000000 give $address
	try "$address: long segments from us, without checksums" \
		counted 'out_long > 20 && out_blank >= out_long' $load -n 5000000 take $address
done
stop
start bulk --plain
for address in 10.0.0.2 fd00::2; do
	within 10 $load -f 1 give $address || not_ok "$address, plain: comes up" "no connection in 10 s"
	try "$address, plain: nothing of the kind to us" \
		counted 'in > 3000 && in_long == 0 && in_blank == 0' $load -n 5000000 give $address
	try "$address, plain: nor from us" \
		counted 'out > 3000 && out_long == 0 && out_blank == 0' $load -n 5000000 take $address
done
stop
start echo
for address in 10.0.0.2 fd00::2; do
	within 10 ping -c 1 -W 1 $address || not_ok "$address: comes up" "no answer in 10 s"
	try "$address: datagrams without checksums, both ways" \
		counted 'in_blank > 5 && out_blank > 5 && in_long + out_long == 0' "$work/client" $address udp
	try "$address: what goes there comes back" counted 'in_blank > 10 && out_blank > 10' "$work/client" $address tcp
done
stop
exit $failed
