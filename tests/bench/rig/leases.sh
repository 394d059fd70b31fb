#!/bin/bash
# SPDX-License-Identifier: ISC
# DHCP: leases given to new clients, by Kinglet with its leases on a disk, by Kea and dnsmasq on Linux with theirs in memory;
# to clients on the guests' bridge, to others through ISC's dhcrelay, and to Kea's perfdhcp, which is a relay itself.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"

[ "$memory" -gt 128 ] || memory=192 # what Kea needs with Debian's kernel, for all
clients=20000 # then the first comes again
files=${RIG_HOME:-/root}/disks
mkdir -p "$files"
mount -t tmpfs -o size=64m tmpfs "$files" # no disk of this machine's is in the figures
cat >"$files/dhcp.conf" <<'CONF'
dhcp-range=10.0.1.0,10.1.250.255,255.254.0.0,12h
dhcp-range=10.8.1.0,10.9.250.255,255.254.0.0,12h
dhcp-option=3,10.0.0.1
dhcp-lease-max=60000
dhcp-authoritative
no-ping
CONF
(cd "$files" && echo dhcp.conf | cpio -o -H newc 2>/dev/null) >"$files/dhcp.cpio"

config[kinglet]=dhcp.cfg number[kinglet]=5
peers=()
for peer in kea-tiny kea-cloud dnsmasq-tiny dnsmasq-cloud; do
	add_guest "linux-$peer" $((31 + ${#peers[@]})) "$guests/$peer.cfg"
	peers+=("linux-$peer")
done

# Clients on the bridge stand on vl, those behind the relay on far.
ip link add vb type veth peer name vl
ip netns add router
ip link add vu type veth peer name up0 netns router
ip link add far type veth peer name down0 netns router
for link in vb vu; do ip link set $link master xenbr0; done
for link in vb vl vu far; do ip link set $link up; done
ip -n router addr add 10.0.255.2/8 dev up0
ip -n router addr add 10.8.0.1/15 dev down0
for link in lo up0 down0; do ip -n router link set $link up; done

start_server() { # NAME
	local name=$1
	if [ "$name" = kinglet ]; then
		truncate -s 32M "$files/leases.img"
		create dhcp.cfg 'name="kinglet"' "memory=$memory" "vif=[\"mac=$(mac_of kinglet),bridge=xenbr0$quick\"]" \
			"ramdisk=\"$files/dhcp.cpio\"" "disk=[\"format=raw,vdev=xvda,access=rw,target=$files/leases.img\"]" \
			"extra=\"ip=10.0.0.5/8 ip6=none disk=xvda queue=256 mac-rate=0 relay-rate=0\"" >&2
	else
		start "$name"
	fi
}

# lease WAY WINDOW SECONDS: a line of dhcpload.
lease() {
	rm -f "$files/acks"
	"$tools/dhcpload" -c $clients -l "$1" - 0 100000000 "$3" "$2" "$files/acks"
}
# Less than 0.1 % had to be said again.
hardly_repeated() { [ $(($(field repeated "$1") * 1000)) -lt "$(field exchanges "$1")" ]; }
field() { sed -E "s/.*\b$1 ([0-9.]+).*/\1/" <<<"$2"; }
serves() { [ "$(field exchanges "$("$tools/dhcpload" -l vl - 4000000000 1 0.5 1 /dev/null)")" = 1 ]; }

# measure_leases NAME INTERFACE ROW WINDOW
measure_leases() {
	local before after line exchanges
	read -ra before < <(cpu_of "$1")
	line=$(lease "$2" "$4" "$seconds") || { say "$1: $line"; return 1; }
	read -ra after < <(cpu_of "$1")
	say "# $1 $3, window $4: $line"
	exchanges=$(field exchanges "$line")
	hardly_repeated "$line" || { say "$1: lost 0.1 % or more"; return 1; }
	sample "$3.rate" "$1" 1/s "$(field rate "$line")"
	sample "$3.cpu.domu" "$1" us "$(divide $((after[0] - before[0])) $((exchanges * 1000)) 2)"
	sample "$3.cpu.dom0" "$1" us "$(divide $((after[1] - before[1])) $((exchanges * 1000)) 2)"
}

# lossless NAME RATE: sets sent, and cpu (of guest and dom0) meanwhile; fails if not all that perfdhcp sent in a second was
# answered, or it could not send so much.
lossless() {
	local before=(0 0) after=(0 0) drops
	[ "$1" = mirror ] || read -ra before < <(cpu_of "$1")
	LD_PRELOAD=$tools/roomy.so perfdhcp -4 -l 10.0.0.1 -r "$2" -R 30000 -p 1 -W 300000 "$(address_of "$1")" >"$files/perf" 2>&1 </dev/null
	[ "$1" = mirror ] || read -ra after < <(cpu_of "$1")
	cpu=($((after[0] - before[0])) $((after[1] - before[1])))
	sent=$(sed -nE 's/^sent packets: //p' "$files/perf" | head -n 1)
	drops=$(sed -nE 's/^drops: //p' "$files/perf" | paste -sd ' ')
	say "# $1, perfdhcp -r $2: sent ${sent:-none}, drops ${drops:-unknown}"
	[ "$drops" = '0 0' ] && [ $((${sent:-0} * 10)) -ge $(($2 * 9)) ]
}

# The highest rate without loss, within a sixteenth: doubled until something is lost, then halved steps.
measure_perf() { # NAME
	local low=50 step good=0 used=()
	while [ $low -lt 50000 ] && lossless "$1" $low; do good=$sent used=("${cpu[@]}") low=$((low * 2)); done
	low=$((low / 2))
	for ((step = low / 2; step * 16 >= low && step; step /= 2)); do
		! lossless "$1" $((low + step)) || { good=$sent used=("${cpu[@]}") low=$((low + step)); }
	done
	[ "$good" -gt 0 ] || return 1
	sample leases.perf.rate "$1" 1/s "$good"
	[ "$1" != mirror ] || return 0
	sample leases.perf.cpu.domu "$1" us "$(divide "${used[0]}" $((good * 1000)) 2)"
	sample leases.perf.cpu.dom0 "$1" us "$(divide "${used[1]}" $((good * 1000)) 2)"
}

relay_for() { # NAME
	[ -z "${relay:-}" ] || kill "$relay"
	ip netns exec router dhcrelay -4 -d -q -a -iu up0 -id down0 "$(address_of "$1")" >/dev/null 2>&1 </dev/null &
	relay=$!
}

# The window at which most get a lease and none is lost: direct, relay.
declare -A window
choose_windows() { # NAME
	local way size line best
	for way in vl far; do
		best=0
		for size in 8 16 32 64; do
			line=$(lease $way $size 1.25) # what is lost shows after a second
			say "# $1 $way window $size: $line"
			if hardly_repeated "$line" && [ "$(field rate "$line")" -gt $best ]; then
				best=$(field rate "$line") window[$1:$way]=$size
			fi
		done
		[ $best -gt 0 ] || { say "$1: every window lost messages"; return 1; }
	done
}

# What is no server, and no guest: what perfdhcp can do here at most.
measure_mirror() {
	number[mirror]=4
	ip netns add mirror
	ip link add vm type veth peer name m0 netns mirror
	ip link set vm master xenbr0 up
	ip -n mirror addr add 10.0.0.4/24 dev m0
	ip -n mirror link set m0 up
	ip netns exec mirror "$tools/dhcpmirror" 10.0.0.4 >&2 </dev/null &
	measure_perf mirror || say "mirror: no figure by perfdhcp"
	kill $!
	ip netns del mirror
}

# A guest of its own for perfdhcp: who has many leases may be slower than who has none.
if command -v perfdhcp >/dev/null; then
	for name in kinglet "${peers[@]}"; do
		start_server "$name" || { say "$name: xl create failed"; continue; }
		! wait_for "$patience" "a lease of $name" serves || measure_perf "$name" || say "$name: no figure by perfdhcp"
		xl destroy "$name"
		rm -f "$files/leases.img"
	done
	measure_mirror
fi
runs=()
for name in kinglet "${peers[@]}"; do
	start_server "$name" || { say "$name: xl create failed"; continue; }
	if wait_for "$patience" "a lease of $name" serves; then
		relay_for "$name"
		! choose_windows "$name" || runs+=("$name")
	fi
	sleep_now "$name"
done
for ((round = 1; round <= rounds; round++)); do
	for name in "${runs[@]}"; do
		say "round $round of $rounds: $name"
		wake "$name"
		relay_for "$name"
		wait_for 10 "a lease of $name" serves
		measure_leases "$name" vl leases.direct "${window[$name:vl]}" || say "$name: left out"
		measure_leases "$name" far leases.relay "${window[$name:far]}" || say "$name: left out"
		sleep_now "$name"
	done
done
kill "$relay"
destroy_all
umount -l "$files"
