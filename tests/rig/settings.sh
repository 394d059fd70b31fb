#!/bin/bash
# SPDX-License-Identifier: ISC
# Settings that the host changes while the DNS guest runs, by xenstore: good, wrong, only for the boot, unknown, and
# many times; with the outcome that the guest writes back and the effect that clients see.
# rig: --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dns
soa() { kdig +timeout=1 +retry=0 "$@" @10.0.0.2 rich.example SOA; }
answers() { soa +short | grep -q .; }
status() { xenstore-read "$home/data/status/$1" 2>/dev/null; }
status_is() { [ "$(status "$1")" = "$2" ]; }

# becomes FOLDER KEY VALUE OUTCOME: what the guest says of KEY after it was set to VALUE.
becomes() {
	xenstore-write "$home/$1/$2" "$3"
	if wait_for 10 "the status of $2" status_is "$2" "$4"; then
		ok "$1/$2=${3:0:20}: ${4:0:60}"
	else
		not_ok "$1/$2=${3:0:20}" "expected '$4' within 10 s, got '$(status "$2")'"
	fi
}

udp_size_is() {
	local got
	got=$(soa +bufsize=4096 | sed -n 's/.*UDP size: \([0-9]*\) B.*/\1/p')
	[ "$got" = "$1" ] || { echo "expected $1, got '$got'"; return 1; }
}

# A TCP connection that says nothing ends within so many seconds.
idles_shorter() {
	timeout "$1" socat -u TCP:10.0.0.2:53 OPEN:/dev/null
}

create dns.cfg memory=8 'ramdisk="/root/rig-tools/zones.cpio"' \
	'extra="ip=10.0.0.2/24 ip6=none tcp-idle=60"' || { not_ok "create" "xl create failed"; finish; }
within 15 "the test zones are served" answers
home=/local/domain/$(xl domid dns)

test_that "the largest answer at first" udp_size_is 1232
becomes data/config udp-size 4097 'error: udp-size=4097: expected a number of bytes from 512 to 4096'
becomes data/config udp-size '' 'error: udp-size=: expected a number of bytes from 512 to 4096'
test_that "a wrong size changes nothing" udp_size_is 1232
becomes data/config udp-size 700 'ok 700'
test_that "a right size is taken" udp_size_is 700
becomes data/config port 54 'error: port: takes effect only at boot'
becomes data/config prot 54 'error: prot: no such setting'
becomes data/config log loud 'error: log=loud: expected error, warning, info or debug'
becomes data/config log "$(printf '%02000d' 1)" 'error: log: expected at most 128 bytes'
becomes data/config tcp-idle 1 'ok 1'
test_that "an idle connection ends sooner" idles_shorter 20
becomes vm-data udp-size 800 'ok 800'
test_that "vm-data, as of XenServer, counts too" udp_size_is 800

for i in {1..300}; do
	printf '%s\n' "$home/data/config/udp-size" $((512 + i))
done | xargs -n 100 xenstore-write
within 20 "three hundred changes: the last one counts" status_is udp-size 'ok 812'
test_that "and is in effect" udp_size_is 812
for i in {1..60}; do
	printf '%s\n' "$home/data/config/key-$i" x
done | xargs -n 120 xenstore-write
within 20 "sixty unknown keys at a time" status_is key-1 'error: key-1: no such setting'
test_that "it answers as ever" answers
becomes data/config state 1 'ok 1'
becomes data/config cookies require 'ok require'
test_that "a cookie is required" sh -c 'kdig +cookie +nobadcookie +timeout=2 @10.0.0.2 rich.example SOA | grep -q "status: BADCOOKIE"'
becomes data/config cookie-secret e5e973e5a6b2a43f48e7dc849e37bfcf 'ok ...'
becomes data/config rrl 3 'ok 3'
flood() {
	local i
	for ((i = 0; i < 12; i++)); do kdig +timeout=1 +retry=0 +ignore @10.0.0.2 rich.example SOA; done | grep -c 'ANSWER: 1'
}
got=$(flood)
test_that "replies are limited: $got of 12" [ "$got" -le 4 ]
state_has() { xenstore-read "$home/data/state/$1" 2>/dev/null | grep -qE -- "$2"; }
within 5 "serials are shown" state_has zones '(^| )rich\.example\.=2026010101( |$)'
within 5 "queries are counted" state_has queries '^udp4=[1-9]'
within 5 "and what the limit held back" state_has limit 'shortened=[0-9]+ dropped=[1-9]'
xenstore-ls "$home/data/state" | sed 's/^/# /'
becomes data/config rrl 0 'ok 0'
becomes data/config reload yes 'error: reload=yes: expected yes, while it runs with zone-disk='
xenstore-rm "$home/data/config"
becomes data/config log debug 'ok debug'
test_that "xl shutdown" xl shutdown dns
within 10 "the guest ends in order" guest_is_gone dns
threads() { guest_console dns | grep -qE 'debug sched: thread [^ ]+: [1-9][0-9]* of [0-9]+ bytes of stack'; }
test_that "with log=debug it tells of its threads" threads
guest_console dns | grep 'debug sched' | sed 's/^/# /'
finish
