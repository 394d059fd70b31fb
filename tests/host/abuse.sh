#!/bin/bash
# SPDX-License-Identifier: ISC
# The DNS app under abuse, as a Linux program: cookies by dig and kdig, floods from many networks that the limit on
# replies holds, what others notice of them, sizes of replies, lists of who may ask, the query log, the counters; and
# zones that are read anew while questions come.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

program=${BUILD:-build/asan}/dns
begin_work
networks=20

flood() { timeout 30 python3 tests/host/dns_flood.py 10.0.0.2 "$@"; }
value() { sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" <<<"$2"; } # KEY LINE
state() { cat "$work/state/$1" 2>/dev/null; }
state_has() { grep -qE -- "$2" "$work/state/$1"; }
says() { grep -qE -- "$1" "$work/log"; }
answers() { kdig +timeout=1 +retry=0 +short "@${2:-10.0.0.2}" "${1:-rich.example}" SOA | grep -q .; }

# holds NAME EXPRESSION LINE: of numbers.
holds() {
	if (($2)); then ok "$1: $2"; else not_ok "$1" "expected $2: $3"; fi
}

# becomes LINE OUTCOME
becomes() {
	printf '%s\n' "$1" >"$work/fifo"
	within 5 says "^status ${1%%=*}: $2\$" || not_ok "$1" "expected '$2' within 5 s"
}

start() { # ARG...
	mkdir -p "$work/state"
	rm -f "$work/state"/*
	[ -p "$work/fifo" ] || mkfifo "$work/fifo"
	run_app "$program" --tap tap0 --settings "$work/fifo" --state "$work/state" "$@" ip=10.0.0.2/24 gateway=10.0.0.1 ip6=fd00::2/64
	tap_up tap0 10.0.0.1/24 fd00::1/64
}

stop() { stop_app "ends in order"; }

ip link set lo up
for ((i = 0; i < networks; i++)); do
	ip addr add 10.1.$i.1/32 dev lo
done
ip addr add 10.1.3.9/32 dev lo

start --archive build/rig-tools/zones.cpio rrl=20 state=1
try "answers" within 15 answers
try "answers over IPv6" within 15 answers rich.example fd00::2

# ---- cookies ----
matches "dig: the cookie is good" "$(dig +time=2 +tries=1 @10.0.0.2 rich.example SOA)" 'COOKIE: [0-9a-f]{48} \(good\)' 'status: NOERROR'
matches "kdig has one, too" "$(kdig +timeout=2 +cookie @10.0.0.2 rich.example SOA)" 'COOKIE: [0-9A-F]{48}'
matches "over IPv6" "$(dig +time=2 +tries=1 @fd00::2 rich.example SOA)" '\(good\)'
becomes 'cookie-secret=e5e973e5a6b2a43f48e7dc849e37bfcg' 'error: cookie-secret=\.\.\.: expected .*'
becomes 'cookie-secret=e5e973e5a6b2a43f48e7dc849e37bfcf' 'ok \.\.\.'
try "no secret is told" bash -c "! grep -qi e5e973 '$work/log'"
becomes 'cookies=require' 'ok require'
matches "one is required: without" "$(dig +nobadcookie +time=2 +tries=1 @10.0.0.2 rich.example SOA)" 'status: BADCOOKIE'
matches "one is required: with" "$(dig +badcookie +time=2 +tries=1 @10.0.0.2 rich.example SOA)" 'status: NOERROR'
matches "who knows of none is answered" "$(kdig +timeout=2 @10.0.0.2 rich.example SOA)" 'status: NOERROR'
becomes 'cookies=yes' 'ok yes'

# ---- floods ----
# From 20 networks 100 a second each, where 20 are let through; the flood's networks get one second's worth.
flood rich.example SOA 4 100 --from 10.1 $networks >"$work/flood" &
flooding=$!
within 5 says 'warning limit: 10\.1\.[0-9]+\.0/24 asks for too many answers'
other=0 named=0
for i in 1 2 3 4 5 6 7 8; do
	answers && other=$((other + 1))
done
matches "a client in a flooded network: by TCP, or a later try" \
	"$(kdig -b 10.1.3.9 +timeout=1 +retry=8 @10.0.0.2 rich.example SOA 2>&1)" 'status: NOERROR' 'ANSWER: 1'
matches "dig in a flooded network comes with a cookie" \
	"$(dig -b 10.1.3.9 +time=1 +tries=8 @10.0.0.2 rich.example SOA)" 'status: NOERROR'
with=$(flood rich.example SOA 1 100 --from 10.1 1 --cookie --all)
wait $flooding
line=$(cat "$work/flood")
sent=$(value sent "$line") full=$(value full "$line") short=$(value short "$line")
holds "what a flood gets in full" "full <= networks * 20 * 13 / 10 && full > 0" "$line"
holds "half of the rest is cut short" "short > (sent - full) * 40 / 100 && short < (sent - full) * 60 / 100" "$line"
holds "a flood gets fewer bytes than it sends" "$(value bytes-in "$line") < $(value bytes-out "$line")" "$line"
holds "another client meanwhile: $other of 8" "other == 8" "$other of 8"
holds "with a cookie there is no limit" "$(value full "$with") == $(value sent "$with") && $(value sent "$with") == 100" "$with"
within 3 state_has limit 'shortened=[1-9][0-9]* dropped=[1-9]'
holds "it is counted" "$(value shortened "$(state limit)") >= short" "$(state limit)"
holds "at most 16 floods are told of" "$(grep -c 'asks for too many' "$work/log") <= 16" ""
becomes 'rrl-slip=0' 'ok 0'
line=$(flood rich.example SOA 1 200)
holds "nothing is cut short with rrl-slip=0" "$(value short "$line") == 0 && $(value full "$line") <= 26" "$line"
becomes 'rrl-exempt=10.1.0.0/16' 'ok 10.1.0.0/16'
line=$(flood rich.example SOA 1 200 --from 10.1 1 --all)
holds "who is exempt" "$(value full "$line") == $(value sent "$line")" "$line"
line=$(flood no-such-name.rich.example A 1 200)
holds "names that do not exist" "$(value full "$line") <= 26" "$line"
line=$(flood example.invalid A 1 200)
holds "refusals" "$(value full "$line") <= 26" "$line"
becomes 'rrl=0' 'ok 0'
line=$(flood rich.example SOA 1 200 --all)
holds "no limit with rrl=0" "$(value full "$line") == 200" "$line"

# ---- sizes ----
received() { # KDIG-OPTION...
	kdig +timeout=2 +ignore "$@" | sed -n 's/;; Received \([0-9]*\) B/\1/p'
}
for size in 512 700 1232 4096; do
	got=$(received +bufsize=$size @10.0.0.2 manyns.rich.example NS) most=$((size < 1232 ? size : 1232))
	holds "who takes $size bytes gets $got" "got <= most && (got > most - 40 || size == 512)" ""
done
got=$(received +noedns @10.0.0.2 manyns.rich.example NS)
holds "who does not say gets $got" "got > 40 && got <= 512" ""
becomes 'udp-size=600' 'ok 600'
got=$(received +bufsize=4096 @10.0.0.2 manyns.rich.example NS)
holds "with udp-size=600: $got" "got > 40 && got <= 600" ""
becomes 'udp-size=4000' 'ok 4000'
try "more room than there was at the boot" says 'warning dns: udp-size=4000: above 1452 it takes effect at boot only'
becomes 'udp-size=1232' 'ok 1232'
got=$(received +bufsize=4096 +dnssec @10.0.0.2 rich.example ANY)
holds "ANY is small: $got" "got > 0 && got < 256" ""

# ---- the query log ----
becomes 'query-log=1/x' 'error: query-log=1/x: expected no, or 1/N.*'
becomes 'query-log=1/10' 'ok 1/10'
flood rich.example SOA 1 50 --all >/dev/null
holds "one of ten is logged" "$(grep -c '^info query: 10\.0\.0\.1#[0-9]* udp rich\.example\. SOA NOERROR ' "$work/log") == 5" ""
becomes 'query-log=1/1' 'ok 1/1'
kdig +timeout=2 @10.0.0.2 'a\010b\"\000c.rich.example' TXT >/dev/null
try "names are escaped" within 2 says '^info query: .* udp a\\010b\\"\\000c\.rich\.example\. TXT NXDOMAIN [0-9]+$'
flood rich.example SOA 2 400 --all >/dev/null
holds "no more lines than the console can take" "$(grep -c '^info query: 10' "$work/log") < 5 + 60" ""
kdig +timeout=2 @10.0.0.2 rich.example SOA >/dev/null
try "and it says so" within 5 says 'info query: [0-9]+ more were to be logged'
becomes 'query-log=no' 'ok no'

# ---- counters ----
try "serials are shown" within 3 state_has zones '(^| )rich\.example\.=2026010101( |$)'
kdig +tcp @10.0.0.2 rich.example SOA >/dev/null
try "queries by transport" within 3 state_has queries '^udp4=[0-9]{4,} udp6=[1-9][0-9]* tcp4=[1-9]'
try "by type" within 3 state_has types 'SOA=[0-9]{4}.* TXT=[1-9]'
try "by rcode" within 3 state_has rcodes 'NOERROR=[0-9]+ NXDOMAIN=[0-9]+ REFUSED=[0-9]+ BADCOOKIE=[1-9]'
try "by cookie" within 3 state_has cookies 'client=[1-9][0-9]* bad=0 wrong=[0-9]+ valid=[1-9]'
stop

# ---- who may ----
start --archive build/rig-tools/zones.cpio state=1 "zone=rich.example allow-query=!10.1.3.0/24,10.0.0.0/8,fd00::/8 allow-transfer=!10.0.0.0/8,any"
try "answers again" within 15 answers
try "answers over IPv6 again" within 15 answers rich.example fd00::2
matches "who is denied" "$(dig -b 10.1.3.9 +time=2 +tries=1 @10.0.0.2 rich.example SOA)" 'status: REFUSED' 'EDE: 18 \(Prohibited\)'
matches "who is let in" "$(dig -b 10.1.4.1 +time=2 +tries=1 @10.0.0.2 rich.example SOA)" 'status: NOERROR'
matches "by IPv6" "$(dig +time=2 +tries=1 @fd00::2 rich.example SOA)" 'status: NOERROR'
matches "a transfer that is denied" "$(python3 tests/host/dns_flood.py --explained 10.0.0.2 rich.example AXFR)" 'rcode=5 error=18'
try "and one that is not" bash -c "dig +time=5 @fd00::2 rich.example AXFR | grep -q '^rich.example.*SOA'"
try "it is counted" within 3 state_has changes 'transfers=1 .*refused=[1-9]'
stop

# ---- read anew ----
# zones SERIAL [LINE]: the disk's contents: the root zone with that serial, and a small one.
zones() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/zones"
	gzip -dc tests/data/root.zone.gz | sed "s/\b[0-9]\{10\} 1800 900 604800 86400/$1 1800 900 604800 86400/" >"$work/tree/zones/root.zone"
	printf '@ 60 SOA a b %s 2 3 4 5\n@ NS a\na A 192.0.2.1\n%s\n' "$1" "${2:-}" >"$work/tree/zones/small.example.zone"
	image
}
image() {
	genisoimage -quiet -r -o "$work/new.iso" "$work/tree" && truncate -s 8M "$work/new.iso" && cat "$work/new.iso" >"$work/zones.iso"
}
serial_is() { # NAME SERIAL
	[ "$(kdig +timeout=1 +retry=0 +short @10.0.0.2 "$1" SOA | cut -d' ' -f3)" = "$2" ]
}
program=build/host/dns
zones 2026000001
start --disk "$work/zones.iso,ro" zone-disk=xvda rrl=0 state=1
try "zones of a disk" within 20 serial_is . 2026000001
[ -s build/bench/queries-root.txt ] || tests/bench/queries
zones 2026000002
build/rig-tools/load -r 400 -t 8 dns build/bench/queries-root.txt 10.0.0.2 >"$work/load" 2>&1 &
loading=$!
for i in 1 2 3; do
	printf 'reload=yes\n' >"$work/fifo"
	within 10 bash -c "[ \$(grep -c 'info dns: read anew: 2 zones' '$work/log') -ge $i ]" || not_ok "reload $i" "not within 10 s"
done
try "the new version is served" serial_is . 2026000002
wait $loading
matches "no question was lost meanwhile, nor failed" "$(cat "$work/load")" ' lost=0 ' ' wrong=0 '
try "nor answered SERVFAIL" bash -c "! grep -q 'rcode2=' '$work/load'"
zones 2026000003 'x A 1.2.3'
printf 'reload=yes\n' >"$work/fifo"
try "a zone with an error is told of" within 10 state_has reload '1 zones, 1 errors: zones/small\.example\.zone:4:'
try "and the one before is served" serial_is small.example 2026000002
try "and the others are new" serial_is . 2026000003
head -c 8M /dev/zero >"$work/zones.iso"
printf 'reload=yes\n' >"$work/fifo"
try "a disk that is none" within 10 state_has reload '0 zones, 1 errors: zone-disk=xvda: '
try "changes nothing" serial_is . 2026000003
stop

# Zones that have a part to play.
zones 2026000005
start --disk "$work/zones.iso,ro" zone-disk=xvda state=1 "zone=* allow-query=!10.1.3.0/24,10.0.0.0/8"
try "zones of a disk, again" within 20 serial_is small.example 2026000005
zones 2026000004
printf 'reload=yes\n' >"$work/fifo"
try "an older serial is told of" within 10 state_has reload '0 zones, 2 errors: zones/[a-z.]*: expected a newer serial'
zones 2026000006
printf '@ 60 SOA a b 1 2 3 4 5\n@ NS a\na A 192.0.2.1\n' >"$work/tree/zones/new.example.zone"
image
printf 'reload=yes\n' >"$work/fifo"
try "newer ones and a new zone" within 10 state_has reload '^3 zones$'
try "are served" serial_is small.example 2026000006
try "to whom the settings say" serial_is new.example 1
matches "and not to others" "$(dig -b 10.1.3.9 +time=2 +tries=1 @10.0.0.2 new.example SOA)" 'status: REFUSED' 'EDE: 18'
stop
exit $failed
