#!/bin/bash
# SPDX-License-Identifier: ISC
# scripts/symbolise gives each line of a report's backtrace its file and line, and leaves the rest as it is.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

address=$(nm build/guest/dns.debug | sed -n 's/^0*\([0-9a-f]*\) T platform_panic$/\1/p')
[ -n "$address" ] || { echo "not ok symbolise: no platform_panic in build/guest/dns.debug"; exit 1; }
report=$(printf '(d3) kinglet crashed: a test in thread main\r\nimage: dns 0.1\r\nrip=00000000%s\r\nbacktrace:\r\n(d3)   0x%08x platform_panic+0x0000\r\nlast events:\r\n  0ms run main 0\r\n' "$address" $((16#$address)))

check() { # NAME PATTERN TEXT
	if grep -qE -- "$2" <<<"$3"; then
		echo "ok symbolise: $1"
	else
		echo "not ok symbolise: $1: expected '$2', got: $(tr '\n' '|' <<<"$3")"
		failed=1
	fi
}

out=$(scripts/symbolise <<<"$report" 2>&1)
check "file and line" '^ +platform_panic at arch/x86/guest.c:[0-9]+$' "$out"
check "nothing but frames" '^1$' "$(grep -c ' at ' <<<"$out")"
check "the rest as it was" '^  0ms run main 0$' "$out"
out=$(scripts/symbolise build/guest/dns.debug <<<"${report/image:/no}" 2>&1)
check "a named file" 'arch/x86/guest.c:[0-9]+$' "$out"
out=$(scripts/symbolise <<<"${report/image: dns/image: nothing}" 2>&1)
check "an unknown image is an error" 'build/guest/nothing.debug: expected' "$out"
exit $failed
