#!/bin/bash
# SPDX-License-Identifier: ISC
# The DNS app as a Linux program on its tap, with sanitizers: the table of questions, over both address families; a
# zone with an error; the end by SIGTERM. Needs no root: it enters a network namespace of its own.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

program=${BUILD:-build/asan}/dns
begin_work

answers() { kdig +timeout=1 +retry=0 +short "@$1" rich.example SOA | grep -q .; }

run_app "$program" --tap tap0 --archive build/rig-tools/zones.cpio ip=10.0.0.2/24 ip6=fd00::2/64
tap_up tap0 10.0.0.1/24 fd00::1/64
for address in 10.0.0.2 fd00::2; do
	if within 15 answers $address; then
		ok "answers at $address"
	else
		not_ok "answers at $address" "not within 15 s"
	fi
	for table in tests/data/expected/*.txt; do
		if output=$(sh tests/dns_table.sh $address 53 "$table" 2>&1); then
			ok "table $(basename "$table" .txt) at $address: $(tail -n 1 <<<"$output")"
		else
			not_ok "table $(basename "$table" .txt) at $address" "$(tail -n 1 <<<"$output")"
			tail -n 40 <<<"$output"
		fi
	done
done
stop_app "ends at SIGTERM with status 0"

mkdir "$work/zones"
printf '@ SOA a b 1 2 3 4 5\n@ NS a\na A 1.2.3\n' >"$work/zones/bad.example.zone"
scripts/archive "$work/bad.cpio" "$work/zones"
try "a zone with an error is refused with its line" refuses 'zones/bad.example.zone:3:' "$program" --archive "$work/bad.cpio" ip=none
exit $failed
