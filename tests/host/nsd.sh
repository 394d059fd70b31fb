#!/bin/bash
# SPDX-License-Identifier: ISC
# The engine's answers to thousands of questions, compared with NSD's: in this process, so that it
# is quick. tests/rig/dns.sh asks a guest.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

compare() { # NAME OPTION...
	local name=$1 output
	shift
	if output=$(bash tests/nsd/compare.sh "$@" build/rig-tools/compare 2>&1); then
		echo "ok as NSD, $name: $(tail -n 1 <<<"$output")"
	else
		echo "not ok as NSD, $name: $(tail -n 1 <<<"$output")"
		echo "$output"
		failed=1
	fi
}

compare "the root zone" --set root --count 20000
compare "awkward zones" --set rich --count 20000
exit $failed
