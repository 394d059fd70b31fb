#!/bin/bash
# SPDX-License-Identifier: ISC
# The engine's answers to thousands of questions, compared with those of NSD and Knot: in this
# process, so that it is quick. tests/rig/dns.sh asks a guest.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

compare() { # NAME OPTION...
	local name=$1 output
	shift
	if output=$(bash tests/nsd/compare.sh --knot "$@" build/rig-tools/compare 2>&1); then
		echo "ok as NSD and Knot, $name: $(tail -n 1 <<<"$output")"
	else
		echo "not ok as NSD and Knot, $name: $(tail -n 1 <<<"$output")"
		echo "$output"
		failed=1
	fi
}

compare "the root zone" --set root --count 20000
compare "the root zone, signed" --set root --signed nsec --count 20000
compare "awkward zones" --set rich --count 5000
for mode in nsec nsec3 salted optout; do
	compare "awkward zones, signed: $mode" --set rich --signed "$mode" --count 5000
done
exit $failed
