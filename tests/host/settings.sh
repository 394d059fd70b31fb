#!/bin/bash
# SPDX-License-Identifier: ISC
# Settings that change while the DNS app runs as a Linux program: lines to its FIFO, good, wrong and many, with the
# outcome that it tells and the effect that clients see. tests/rig/settings.sh does the same to a guest.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

program=${BUILD:-build/asan}/dns
begin_work

answers() { kdig +timeout=1 +retry=0 +short @10.0.0.2 rich.example SOA | grep -q .; }
says() { grep -qxF -- "$1" "$work/log"; }

# becomes LINE OUTCOME: after LINE was written the program says OUTCOME.
becomes() {
	printf '%s\n' "$1" >"$work/fifo"
	if within 5 says "$2"; then
		ok "$2"
	else
		not_ok "$1" "expected '$2' within 5 s, got '$(grep '^status' "$work/log" | tail -n 1)'"
	fi
}

udp_size() { kdig +timeout=2 +bufsize=4096 @10.0.0.2 rich.example SOA | sed -n 's/.*UDP size: \([0-9]*\) B.*/\1/p'; }
udp_size_is() {
	local got
	got=$(udp_size)
	[ "$got" = "$1" ] || { echo "expected $1, got '$got'"; return 1; }
}

# How many tenths of a second a TCP connection lives that says nothing; at most 80.
idle_tenths() {
	local start=${EPOCHREALTIME/./}
	timeout 8 bash -c 'exec 3<>/dev/tcp/10.0.0.2/53; cat <&3 >/dev/null'
	echo $(((${EPOCHREALTIME/./} - start) / 100000))
}
# Fewer than so many.
idles_shorter() {
	local got
	got=$(idle_tenths)
	[ "$got" -lt "$1" ] || { echo "expected less than $1 tenths of a second, got $got"; return 1; }
}

mkfifo "$work/fifo"
run_app "$program" --tap tap0 --settings "$work/fifo" --archive build/rig-tools/zones.cpio ip=10.0.0.2/24 ip6=none tcp-idle=60
tap_up tap0 10.0.0.1/24
try "answers" within 15 answers

becomes 'nonsense' 'status ?: error: expected KEY=VALUE'
becomes 'port=54' 'status port: error: port: takes effect only at boot'
becomes 'prot=54' 'status prot: error: prot: no such setting'
becomes 'log=loud' 'status log: error: log=loud: expected error, warning, info or debug'
becomes "$(printf '%0300d' 1)" 'status ?: error: the line is too long'

try "the largest answer at first" udp_size_is 1232
becomes 'udp-size=4097' 'status udp-size: error: udp-size=4097: expected a number of bytes from 512 to 4096'
try "a wrong size changes nothing" udp_size_is 1232
becomes 'udp-size=700' 'status udp-size: ok 700'
try "a right size is taken" udp_size_is 700

becomes 'tcp-idle=1' 'status tcp-idle: ok 1'
# One that never says anything has the time of tcp-first, too.
becomes 'tcp-first=1' 'status tcp-first: ok 1'
try "an idle connection ends sooner" idles_shorter 50

{
	for i in {1..1000}; do
		printf 'udp-size=%d\n' $((512 + i % 900))
	done
	printf 'udp-size=1452\n'
} >"$work/fifo"
if within 10 says 'status udp-size: ok 1452' && udp_size_is 1452 >/dev/null; then
	ok "a thousand changes"
else
	not_ok "a thousand changes" "$(grep -c '^status udp-size: ok' "$work/log") seen within 10 s, size $(udp_size)"
fi

becomes 'log=debug' 'status log: ok debug'
stop_app "ends at SIGTERM"
try "with log=debug it tells of its threads" \
	grep -qE '^debug sched: thread main: [1-9][0-9]* of [0-9]+ bytes of stack used' "$work/log"

touch "$work/plain"
try "a file that is no FIFO is refused" refuses 'expected a FIFO (mkfifo)' "$program" --settings "$work/plain" ip=none
try "a wrong log level stops the boot" refuses 'command line: log=loud: expected error, warning, info or debug' "$program" log=loud
exit $failed
