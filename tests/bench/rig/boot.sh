#!/bin/bash
# SPDX-License-Identifier: ISC
# From `xl create` to the first right answer, and the guest's CPU time until then; a small zone. With
# Xen's stock hotplug script, as users have it, and once with one that only joins the bridge.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"

add_dns_guests small

boot() { # NAME ROW SETTING...
	local name=$1 row=$2 began pid first used
	shift 2
	load_on "$name" dns:small.txt -f 60 >/tmp/first &
	pid=$!
	began=${EPOCHREALTIME/./}
	start "$name" "$@" || { say "$name: xl create failed"; kill $pid; return 1; }
	wait $pid || return
	read -ra used < <(cpu_of "$name")
	first=$(</tmp/first)
	sample "$row.time" "$name" ms "$(divide $((first - began)) 1000 1)"
	sample "$row.cpu" "$name" ms "$(divide "${used[0]}" 1000000 2)"
	destroy_all
}

for ((round = 1; round <= rounds; round++)); do
	for name in kinglet "${peers[@]}"; do
		say "round $round of $rounds: $name"
		boot "$name" boot "vif=[\"mac=$(mac_of "$name"),bridge=xenbr0\"]"
		[ "$round" != 1 ] || boot "$name" boot.quick
	done
done
