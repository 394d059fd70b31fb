#!/bin/bash
# SPDX-License-Identifier: ISC
# Many guests: as many of twenty as this host has memory for, each with the memory at which it serves
# (memory.sh tells the least): the time to create them all and hear from all, the memory
# that Xen has given away, and the answers a second of all together.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"

free_mib() { xl info free_memory; }

# many NAME CONFIG MIB: creates them as NAME-1, NAME-2 ... and measures.
many() {
	local kind=$1 cfg=$2 mib=$3 i began ended free line names=() addresses=() fits linux
	free=$(free_mib)
	# Xen needs some for itself, for each guest's page tables and devices.
	fits=$(((free - 32) / (mib + 3)))
	[ "$fits" -le "$wanted" ] || fits=$wanted
	for ((i = 1; i <= fits; i++)); do
		add_guest "$kind-$i" $((100 + i)) "$cfg"
		names+=("$kind-$i") addresses+=("$(address_of "$kind-$i")")
	done
	began=${EPOCHREALTIME/./}
	for i in "${names[@]}"; do
		linux=()
		extra[$i]=rrl=0
		[ "$cfg" = dns.cfg ] || linux=("extra=\"$(linux_extra "$cfg" "$(address_of "$i")")\"")
		start "$i" "memory=$mib" "${linux[@]}" || break
	done
	for i in "${addresses[@]}"; do
		"$tools/load" -f 60 dns "$tools/../queries/small.txt" "$i" >&2 || { say "$kind: $i does not answer"; break; }
	done
	ended=${EPOCHREALTIME/./}
	sample many.guests "$kind" 1 "${#names[@]}"
	sample many.time "$kind" ms "$(divide $((ended - began)) $((1000 * ${#names[@]})) 1)"
	sample many.memory "$kind" MiB "$(divide $((free - $(free_mib))) ${#names[@]} 2)"
	sample many.rate "$kind" 1/s "$(best_rate "$kind" "${addresses[@]}")"
	destroy_all
}

# Of several windows, the most answers a second of all at a loss under 0.1 %.
best_rate() { # KIND ADDRESS...
	local kind=$1 window line rate best=0
	shift
	for window in 20 60 200; do
		line=$("$tools/load" -w $window -t 1 dns "$tools/../queries/small.txt" "$@")
		say "# $kind, all, window $window: $line"
		rate=$(value rate "$line")
		rate=${rate%.*}
		if hardly_lost "$line" && [ "$rate" -gt "$best" ]; then
			best=$rate
		fi
	done
	echo "$best"
}

# The config's command line, with another address.
linux_extra() { # CFG ADDRESS
	sed -n 's/^extra *= *"\(.*\)"$/\1/p' "$1" | sed -E "s#10\.0\.0\.[0-9]+/#$2/#"
}

many kinglet dns.cfg "$kinglet_mib"
many linux-nsd-tiny "$guests/nsd-tiny.cfg" "$nsd_mib"
