#!/bin/bash
# SPDX-License-Identifier: ISC
# DNS: the root zone served to a mix of queries, by Kinglet and by NSD and Knot on Linux.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"

add_dns_guests root

# All must say the same before it counts how quickly.
same_answers() {
	local name
	for name; do
		start "$name" && load_on "$name" dns:root.txt -f 60 >&2 &&
			load_on "$name" dns:root.txt -w 16 -n 2000 -o "$RIG_HOME/out/answers-$name.txt" >&2
		cmp "$RIG_HOME"/out/answers-{kinglet,"$name"}.txt >&2 || say "$name: answers differ from kinglet's"
	done
	destroy_all
}

same_answers kinglet "${peers[@]}"
compare_load dns dns:root.txt kinglet "${peers[@]}"
