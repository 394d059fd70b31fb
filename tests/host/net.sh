#!/bin/bash
# SPDX-License-Identifier: ISC
# The network of a Kinglet app as a Linux program, tried from the other side of its tap devices:
# addresses, ping, UDP, TCP, DHCP, IPv6 by routers, several interfaces, wrong settings, the end.
# Needs no root: it enters a network namespace of its own. Prints "ok NAME" or "not ok NAME: why".
# Environment: BUILD, where the programs are (build/asan). Debian packages: iproute2, iputils-ping,
# util-linux, dnsmasq-base (the DHCP and IPv6 router that is asked), gcc.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

build=${BUILD:-build/asan}
begin_work
client=$work/client
server=''

says() { grep -q -- "$1" "$work/log"; }

# Starts APP on taps tap0 to tapN-1, and waits until they are there. The log is in $work/log.
start() { # COUNT APP SETTING...
	local count=$1 app=$2 taps=() i
	shift 2
	for ((i = 0; i < count; i++)); do taps+=(--tap "tap$i"); done
	run_app "$build/$app" "${taps[@]}" "$@"
	for ((i = 0; i < count; i++)); do
		within 5 ip link show "tap$i" || { not_ok "start $app" "no tap$i in 5 s"; return 1; }
	done
}

at_end() { [ -z "$server" ] || kill -KILL "$server" 2>/dev/null; }

pings() { ping -c 3 -i 0.1 -W 2 "$@"; }
# A reply to the first of some questions: until then addresses may be checked for their uniqueness.
reachable() { within 10 ping -c 1 -W 1 "$1"; }
answers() { # HOST PORT TEXT EXPECTED
	local said
	said=$("$client" "$1" ask "$2" "$3") || return 1
	[ "$said" = "$4" ] || { echo "expected \"$4\", got \"$said\""; return 1; }
}

# ---- one interface, fixed addresses ------------------------------------------------------------

fixed() {
	local address
	start 1 echo ip=10.0.0.2/24 gateway=10.0.0.1 ip6=fd00::2/64 || return
	tap_up tap0 10.0.0.1/24 fd00::1/64
	try "reachable by IPv4" reachable 10.0.0.2
	try "reachable by IPv6" reachable fd00::2
	for address in 10.0.0.2 fd00::2; do
		try "ping $address" pings $address
		try "ping $address, in fragments" pings -s 8000 $address
		try "UDP echo of all sizes, $address" "$client" $address udp
		try "TCP echo and half-close, $address" "$client" $address tcp
		try "TCP, many connections, $address" "$client" $address many
		try "TCP, resets, $address" "$client" $address reset
		try "TCP, a reader that is slow, $address" "$client" $address slow
		try "TCP, a megabyte, and a client that is slow, $address" "$client" $address bulk 1000000
		try "closed ports refuse, $address" "$client" $address refused
	done
	try "all connections are over" within 12 all_over
	stop_app "SIGTERM ends it"
}

all_over() { "$client" 10.0.0.2 ask 7 counters | grep -q ' open=0 '; }

# Retransmission and reordering in both directions: a link that loses one frame in thirty. More would now and then
# lose three attempts in turn, and lwIP waits twice as long before each.
lossy() {
	start 1 echo --loss 3 bulk=200000 ip=10.0.0.2/24 ip6=none || return
	tap_up tap0 10.0.0.1/24
	reachable 10.0.0.2
	try "TCP echo over a link that loses frames" timeout 60 "$client" 10.0.0.2 tcp
	try "TCP, bulk over a link that loses frames" timeout 60 "$client" 10.0.0.2 bulk 200000
	stop_app "it ends after that"
}

# What it announces when its link comes up, as the neighbours' caches need it.
announces() {
	start 1 echo ip=10.0.0.2/24 ip6=fd00::2/64 || return
	tap_up tap0 10.0.0.1/24 fd00::1/64
	ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:99 dev tap0 nud stale
	ip -6 neigh add fd00::2 lladdr 02:00:00:00:00:99 dev tap0 nud stale
	try "reachable after a change of its MAC address, IPv4" reachable 10.0.0.2
	try "reachable after a change of its MAC address, IPv6" reachable fd00::2
	ip link set tap0 down
	try "it sees the link go" within 5 says "link is down"
	ip link set tap0 up
	ip -6 addr add fd00::1/64 dev tap0 nodad 2>/dev/null
	ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 dev tap0 nud stale
	try "reachable when the link is back, IPv4" reachable 10.0.0.2
	try "reachable when the link is back, IPv6" reachable fd00::2
	stop_app "it ends after that"
}

conflict() {
	start 1 echo ip=10.0.0.2/24 ip6=fd00::2/64 || return
	tap_up tap0 10.0.0.1/24 fd00::2/64
	try "an IPv6 address that another has is not used" \
		within 10 says "fd00::2 belongs to another machine"
	try "IPv4 works all the same" pings 10.0.0.2
	stop_app "it ends after that"
}

# ---- several interfaces ------------------------------------------------------------------------

several() {
	start 3 echo ip=10.0.0.2/24 ip1=10.0.1.2/24 ip2=10.0.2.2/24 gateway1=10.0.1.1 ip6=fd00::2/64 \
		ip61=fd00:0:0:1::2/64 ip62=fd00:0:0:2::2/64 || return
	local i
	for i in 0 1 2; do
		tap_up tap$i "10.0.$i.1/24" "fd00:0:0:$i::1/64"
	done
	for i in 0 1 2; do
		try "vif $i is reachable by IPv4" reachable "10.0.$i.2"
		try "vif $i is reachable by IPv6" reachable "fd00:0:0:$i::2"
		try "vif $i, UDP" "$client" "10.0.$i.2" udp
		try "vif $i, UDP by IPv6" "$client" "fd00:0:0:$i::2" udp
		try "vif $i, TCP" "$client" "10.0.$i.2" tcp
		try "vif $i, TCP by IPv6" "$client" "fd00:0:0:$i::2" tcp
	done
	# A client beyond the router of vif 1 that asks vif 1: the answer goes back there.
	ip addr add 192.0.2.7/32 dev lo
	ip link set lo up
	ip route replace 10.0.1.2/32 dev tap1 src 192.0.2.7
	try "answers go back the way that the question came" "$client" 10.0.1.2 udp
	try "and so does TCP" "$client" 10.0.1.2 tcp
	stop_app "it ends after that"
}

# As many as there may be; the seventh is the one whose number alone would be another key.
eight() {
	local i settings=(ip=10.0.0.2/24 ip6=fd00::2/64)
	for i in {1..7}; do
		settings+=("ip.$i=10.0.$i.2/24" "ip6.$i=fd00:0:0:$i::2/64")
	done
	start 8 echo "${settings[@]}" || return
	for i in {0..7}; do
		tap_up "tap$i" "10.0.$i.1/24" "fd00:0:0:$i::1/64"
	done
	for i in {0..7}; do
		try "vif $i of eight, UDP" reached "10.0.$i.2"
		try "vif $i of eight, UDP by IPv6" reached "fd00:0:0:$i::2"
	done
	stop_app "eight end after that"
}

reached() { reachable "$1" && "$client" "$1" udp; }

# An address alone in its network, with the router outside of it (as Qubes gives them).
routed() {
	start 1 echo ip=10.137.0.9/32 gateway=10.138.0.1 ip6=fd09:24ef:4179::a89:9/128 \
		gateway6=fd09:24ef:4179::1 || return
	tap_up tap0 10.138.0.1/32 fd09:24ef:4179::1/128
	ip route add 10.137.0.9/32 dev tap0
	ip -6 route add fd09:24ef:4179::a89:9/128 dev tap0
	try "a routed /32 is reachable" reachable 10.137.0.9
	try "a routed /128 is reachable" reachable fd09:24ef:4179::a89:9
	try "a routed /32, UDP" "$client" 10.137.0.9 udp
	try "a routed /128, TCP" "$client" fd09:24ef:4179::a89:9 tcp
	stop_app "it ends after that"
}

# ---- addresses from the network ----------------------------------------------------------------

dhcp() {
	start 1 echo hostname=little-bird || return
	tap_up tap0 10.0.0.1/24 fd00:7::1/64
	dnsmasq --keep-in-foreground --conf-file=/dev/null --user="$(id -un)" --group= --port=0 \
		--interface=tap0 --bind-interfaces --dhcp-range=10.0.0.50,10.0.0.59,120 --no-ping \
		--dhcp-range=fd00:7::,ra-only --enable-ra --ra-param=tap0,4 --log-dhcp \
		--dhcp-leasefile="$work/leases" --pid-file= --log-facility="$work/dnsmasq" 2>"$work/dnsmasq.err" &
	server=$!
	try "DHCP gives an address" within 20 says "vif 0: 10.0.0.5[0-9]/24, gateway 10.0.0.1"
	try "the DHCP server knows its name" grep -q little-bird "$work/leases"
	local address
	address=$(sed -n 's/.*vif 0: \(10\.0\.0\.[0-9]*\).*/\1/p' "$work/log" | head -1)
	try "the address from DHCP answers" "$client" "${address:-none}" udp
	try "a router's prefix gives an IPv6 address" within 20 says "vif 0: fd00:7:"
	address=$(sed -n 's/.*vif 0: \(fd00:7:[0-9a-f:]*\).*/\1/p' "$work/log" | head -1)
	try "the address from the router's prefix answers" "$client" "${address:-none}" tcp
	kill "$server"
	wait "$server" 2>/dev/null
	server=''
	stop_app "it ends after that"
}

# ---- what is wrong -----------------------------------------------------------------------------

# One clear line, and the exit status that says so.
refuses() { # EXPECTED SETTING...
	local expected=$1 status said
	shift
	said=$(timeout 5 "$build/hello" "$@" 2>&1 </dev/null)
	status=$?
	[ $status = 2 ] || { not_ok "refuses $*" "expected exit status 2, got $status"; return; }
	[ "$(echo "$said" | grep -c error)" = 1 ] && echo "$said" | grep -qF -- "$expected" ||
		{ not_ok "refuses $*" "expected \"$expected\", got \"$said\""; return; }
	ok "refuses $*"
}

wrong() {
	local ip='expected a host'\''s address and its network'\''s length as 10.0.0.2/24, dhcp or none'
	refuses "ip=10.0.0.300/24: $ip" ip=10.0.0.300/24
	refuses "ip=10.0.0.2: $ip" ip=10.0.0.2
	refuses "ip=10.0.0.0/24: $ip" ip=10.0.0.0/24
	refuses "ip=10.0.0.255/24: $ip" ip=10.0.0.255/24
	refuses "ip=10.0.0.2/33: $ip" ip=10.0.0.2/33
	refuses "ip=224.0.0.2/24: $ip" ip=224.0.0.2/24
	refuses "ip1=: $ip" ip1=
	refuses "ip: expected this setting once" ip=dhcp ip=none
	refuses "ip: expected key=value" ip
	refuses "ip9=10.0.0.2/24: no such setting" ip9=10.0.0.2/24
	refuses "ip6=fd00::g/64: expected a host" ip6=fd00::g/64
	refuses "ip6=ff02::1/64: expected a host" ip6=ff02::1/64
	refuses "gateway=10.1.0.1: expected another address of the network 10.0.0.0/24" \
		ip=10.0.0.2/24 gateway=10.1.0.1
	refuses "gateway=10.0.0.1: expected with it an address in ip=" gateway=10.0.0.1
	refuses "gateway=router: expected an address as 10.0.0.1" ip=10.0.0.2/24 gateway=router
	refuses "hostname=a.b: expected up to 63 letters" hostname=a.b
	refuses "port=70000: expected a number from 1 to 65535" port=70000
	refuses "prot=53: no such setting" prot=53
	refuses 'port: expected a double quote at the value'\''s end' 'port="42'
}

archives() {
	local dir=$work/archive
	mkdir -p "$dir"
	printf '# settings\nport = 4243\nip=10.0.9.2/24 # not used\n' >"$dir/config"
	tar -C "$dir" -cf "$work/good.tar" config
	printf 'port=4243\n\nprt=1\n' >"$dir/config"
	tar -C "$dir" -cf "$work/bad.tar" config
	head -c 3000 /dev/urandom >"$work/noise"
	: >"$work/empty"
	refuses "config:3: prt=1: no such setting" --archive "$work/bad.tar"
	said=$(timeout 5 "$build/hello" --archive "$work/noise" 2>&1)
	if [ $? = 2 ]; then ok "refuses a file that is no archive"; else not_ok "refuses a file that is no archive" "$said"; fi
	said=$(timeout 5 "$build/hello" --archive "$work/empty" 2>&1)
	if [ $? = 2 ]; then ok "refuses an empty archive"; else not_ok "refuses an empty archive" "$said"; fi
	start 1 hello --archive "$work/good.tar" ip=10.0.0.2/24 || return
	tap_up tap0 10.0.0.1/24
	reachable 10.0.0.2
	try "the archive's settings count, the command line wins" \
		answers 10.0.0.2 4243 hi "hello, 10.0.0.1"
	stop_app "it ends after that"
}

nothing() {
	run_app "$build/hello"
	try "without a device it says so" within 15 says "not reachable: there is no network device"
	stop_app "it ends after that"
	start 1 hello ip=none ip6=none || return
	try "without an address it says so" within 5 says "not reachable: no address is set"
	stop_app "it ends after that"
}

# ---- idleness ----------------------------------------------------------------------------------

# A minute after the last packet nothing wakes it any more; we look for two seconds. CPU time is
# in ticks of 10 ms.
idle() {
	local before after
	start 1 hello ip=10.0.0.2/24 ip6=none || return
	tap_up tap0 10.0.0.1/24
	try "hello over UDP" within 10 answers 10.0.0.2 4242 hi "hello, 10.0.0.1"
	before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	sleep 2
	after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	if [ $((after - before)) -le 2 ]; then
		ok "it rests when nobody asks"
	else
		not_ok "it rests when nobody asks" "$((after - before)) ticks of CPU time in 2 s"
	fi
	stop_app "it ends after that"
}

gcc -std=gnu11 -O2 -o "$client" tests/host/client.c || exit 1
[ $# -gt 0 ] || set -- fixed lossy announces conflict several eight routed dhcp wrong archives nothing idle
for part; do
	SECONDS=0
	"$part"
	echo "# $part: $SECONDS s"
done
exit $failed
