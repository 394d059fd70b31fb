#!/bin/bash
# SPDX-License-Identifier: ISC
# A disk that is a file in dom0, by Xen's stock hotplug script and a loop device: how fast it is read and written from
# the first sector on, and what that costs.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"

mib=64 # of the disk; more than a turn's backend keeps in flight
files=${RIG_HOME:-/root}/disks
mkdir -p "$files"
mount -t tmpfs -o size=$((3 * mib))m tmpfs "$files" # no disk of this machine's is in the figures

add_guest kinglet-disk 5 dns.cfg
kernel[kinglet-disk]=disk.elf
add_guest linux-disk-cloud 19 "$guests/disk-cloud.cfg"

ask() { # NAME COMMAND...
	printf '%s\n' "${*:2}" | socat -t 60 - "TCP:$(address_of "$1")":7
}
serves() { [[ $(ask "$1" bench xvda read 8 4096 1) == ok* ]]; }

# All of the disk, one way.
measure_disk() { # NAME read|write
	local name=$1 way=$2 before after line bytes ns
	read -ra before < <(cpu_of "$name")
	line=$(ask "$name" bench xvda "$way" $((mib * 2048)) $((1 << 20)) 1)
	read -ra after < <(cpu_of "$name")
	say "# $name $way: $line"
	[[ $line == ok* ]] || return 1
	bytes=$(value bytes "$line") ns=$(value ns "$line")
	sample "disk.$way.rate" "$name" MB/s "$(divide $((bytes * 1000)) "$ns" 2)"
	sample "disk.$way.cpu.domu" "$name" us "$(divide $(((after[0] - before[0]) * 1000)) "$bytes" 2)"
	sample "disk.$way.cpu.dom0" "$name" us "$(divide $(((after[1] - before[1]) * 1000)) "$bytes" 2)"
}

# The guests take turns. One that fails is left out of the rest.
declare -A runs
for name in kinglet-disk linux-disk-cloud; do
	dd if=/dev/urandom of="$files/$name.img" bs=1M count=$mib 2>/dev/null
	start "$name" "disk=[\"format=raw,vdev=xvda,access=rw,target=$files/$name.img\"]" || { say "$name: xl create failed"; continue; }
	if wait_for "$patience" "$name to serve its disk" serves "$name"; then
		runs[$name]=1
	fi
	sleep_now "$name"
done
for ((round = 1; round <= rounds; round++)); do
	for name in "${!runs[@]}"; do
		say "round $round of $rounds: $name"
		wake "$name"
		measure_disk "$name" write && measure_disk "$name" read || unset "runs[$name]"
		sleep_now "$name"
	done
done
destroy_all
umount -l "$files"
