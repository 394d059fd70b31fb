#!/bin/bash
# SPDX-License-Identifier: ISC
# The DNS guest, asked by ordinary clients: a table of questions with the whole answer expected of each, and
# thousands of questions whose answers are compared with NSD's, from the awkward zones of
# tests/data/zones and from the real root zone; over UDP and TCP, IPv4 and IPv6.
# rig: --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash

tools=/root/rig-tools
NSD=$(command -v nsd)
export NSD
guest=dns

answers() { # ADDRESS ZONE
	kdig +timeout=1 +retry=0 +short "@$1" "$2" SOA | grep -q .
}
# all_right NAME COMMAND...: as test_that, with what the command printed.
all_right() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$name: $(tail -n 1 <<<"$output")"
	else
		not_ok "$name" "$(tail -n 1 <<<"$output")"
		sed 's/^/# /' <<<"$output" | tail -n 60
	fi
}

settings='extra="ip=10.0.0.2/24 ip6=fd00::2/64 rrl=0"'
create dns.cfg memory=8 "$settings" "ramdisk=\"$tools/zones.cpio\""
within 15 "the test zones are served" answers 10.0.0.2 rich.example
within 10 "over IPv6, too" answers fd00::2 rich.example
for table in /root/tests/data/expected/*.txt; do
	all_right "table $(basename "$table" .txt)" sh /root/tests/dns_table.sh 10.0.0.2 53 "$table"
done
all_right "as NSD, awkward zones" bash /root/tests/nsd/compare.sh --set rich --server 10.0.0.2:53 \
	--count 100 --jobs 4 $tools/compare
destroy_all

create dns.cfg memory=16 "$settings" "ramdisk=\"$tools/root.cpio\""
within 15 "the root zone is served" answers 10.0.0.2 .
all_right "as NSD, the root zone" bash /root/tests/nsd/compare.sh --set root --server 10.0.0.2:53 \
	--count 2000 --jobs 8 $tools/compare
test_that "xl shutdown" xl shutdown dns
within 10 "the guest ends in order" guest_is_gone dns
guest_console dns | grep 'queries by UDP' | sed 's/^/# /'
finish
