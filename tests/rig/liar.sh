#!/bin/bash
# SPDX-License-Identifier: ISC
# A program in dom0 is the backend of the guest's second vif, and lies to it in every way that we could think of
# (tests/rig/liar), for $LIAR_SECONDS (15). The guest goes on serving there or reports and closes the vif, serves
# on the honest vif all the while, and on every new vif afterwards.
# rig: --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dns
seconds=${LIAR_SECONDS:-${1:-15}}

answers() {
	[ "$(kdig +short +timeout=1 +retry=0 @10.0.0.2 kinglet.example SOA | cut -d' ' -f3)" = 2026010101 ]
}

create dns.cfg 'vif=["bridge=xenbr0,script=vif-fast"]' 'extra="ip=10.0.0.2/24 ip1=10.0.9.2/24 ip61=none"' || exit 1
within 15 "answers by an honest backend" answers
/root/rig-tools/liar "$(xl domid dns)" 1 10.0.9.2 10.0.0.2 "$RIG_CONSOLES/guest-dns.log" "$seconds" \
	"${LIAR_SEED:-}" "${LIAR_NAME:-}" |
	tee /root/out/liar.txt
[ "${PIPESTATUS[0]}" = 0 ] || failures=$((failures + 1))
test_that "all lies were told" grep -q '^# .* lies told' /root/out/liar.txt
test_that "afterwards: answers by the honest backend" answers
test_that "afterwards: the domain is there" guest_is_up dns
before=$(xl list dns | awk 'NR == 2 { print $6 }')
sleep 2 # the time in which an idle guest must not work
after=$(xl list dns | awk 'NR == 2 { print $6 }')
test_that "afterwards: it sleeps ($before s, $after s)" awk "BEGIN { exit !($after - $before < 0.5) }"
xl shutdown dns
within 10 "afterwards: the guest ends when told to" console_has dns "queries by UDP"
within 40 "afterwards: the domain is gone" guest_is_gone dns
cp "$RIG_CONSOLES/guest-dns.log" /root/out/
grep -F "panic" "$RIG_CONSOLES/guest-dns.log" | sed 's/^/# /'
finish
