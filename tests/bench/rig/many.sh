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
	local kind=$1 cfg=$2 mib=$3 i began ended free line names=() addresses=() fits extra
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
		extra=()
		[ "$cfg" = dns.cfg ] || extra=("extra=\"$(linux_extra "$cfg" "$(address_of "$i")")\"")
		start "$i" "memory=$mib" "${extra[@]}" || break
	done
	for i in "${addresses[@]}"; do
		"$tools/load" -f 60 dns "$tools/../queries/small.txt" "$i" >&2 || { say "$kind: $i does not answer"; break; }
	done
	ended=${EPOCHREALTIME/./}
	sample many.guests "$kind" 1 "${#names[@]}"
	sample many.time "$kind" ms "$(divide $((ended - began)) $((1000 * ${#names[@]})) 1)"
	sample many.memory "$kind" MiB "$(divide $((free - $(free_mib))) ${#names[@]} 2)"
	line=$("$tools/load" -w 256 -t "$seconds" dns "$tools/../queries/small.txt" "${addresses[@]}")
	say "# $kind, all: $line"
	sample many.rate "$kind" 1/s "$(value rate "$line")"
	destroy_all
}

# The config's command line, with another address.
linux_extra() { # CFG ADDRESS
	sed -n 's/^extra *= *"\(.*\)"$/\1/p' "$1" | sed -E "s#10\.0\.0\.[0-9]+/#$2/#"
}

many kinglet dns.cfg "$kinglet_mib"
many linux-nsd-tiny "$guests/nsd-tiny.cfg" "$nsd_mib"
many linux-knot-tiny "$guests/knot-tiny.cfg" "$knot_mib"
