#!/bin/bash
# SPDX-License-Identifier: ISC
# The least memory= with which a guest serves a small zone, to the MiB for Kinglet and to 2 MiB for Linux:
# by halving, where each try must answer, and go on answering a thousand queries.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"

add_dns_guests small

# serves NAME MIB: answers within its time; a guest that has died ends the wait.
serves() {
	local name=$1 pid end=$((SECONDS + patience)) line good=1 less=()
	[ "${config[$name]}" = dns.cfg ] ||
		less=("ramdisk=\"$guests/$(file_in ramdisk "${config[$name]}").lz4\"")
	start "$name" "memory=$2" "${less[@]}" on_crash='"destroy"' on_reboot='"destroy"' 2>/dev/null || { destroy_all; return 1; }
	load_on "$name" dns:small.txt -f "$patience" >/dev/null 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null && guest_is_up "$name" && [ $SECONDS -le $end ]; do
		read -r -t 0.2 <> <(:) || :
	done
	if guest_is_up "$name" && wait $pid; then
		line=$(load_on "$name" dns:small.txt -n 1000 -w 16)
		[ "$(value received "$line")" != 1000 ] || good=0
	else
		kill $pid 2>/dev/null
	fi
	destroy_all
	say "# $name at $2 MiB: $([ $good = 0 ] && echo serves || echo does not)"
	return $good
}

least() { # NAME TOO-LITTLE ENOUGH STEP
	local low=$2 high=$3 middle
	while [ $((high - low)) -gt "$4" ]; do
		middle=$(((low + high) / 2 / $4 * $4))
		if serves "$1" $middle; then high=$middle; else low=$middle; fi
	done
	if [ "$high" = "$3" ] && ! serves "$1" "$high"; then
		say "$1: does not even serve at $high MiB"
		return 1
	fi
	sample memory.min "$1" MiB "$high"
}

least kinglet 0 8 1
least linux-nsd-tiny 16 112 2
least linux-knot-tiny 16 112 2
least linux-nsd-cloud 32 160 2
least linux-knot-cloud 32 160 2
