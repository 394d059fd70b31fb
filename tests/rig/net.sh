#!/bin/bash
# SPDX-License-Identifier: ISC
# The network of a guest: three vifs, ping, IPv6, UDP, TCP, an address by DHCP and by router advertisement, and
# the stock hotplug script of Xen.
# rig: --package dnsmasq-base --file build/images/echo.elf
. ./lib.sh
. /root/tests/rig/lib.bash

for n in 1 2; do
	ip link add "xenbr$n" address "02:00:00:00:00:1$n" type bridge stp_state 0 forward_delay 0
	ip addr add "10.0.$n.1/24" dev "xenbr$n"
	ip -6 addr add "fd00:$n::1/64" dev "xenbr$n" nodad
	ip link set "xenbr$n" up
done

says_hello() { # ADDRESS
	echo hi | socat -t 1 - "UDP:$1:4242" | grep -q '^hello, '
}
pings() { # ADDRESS
	ping -c 1 -W 1 "$1"
}

guest=hello
create hello.cfg 'vif=["bridge=xenbr0", "bridge=xenbr1", "bridge=xenbr2"]' \
	'extra="ip=10.0.0.3/24 ip1=10.0.1.3/24 ip2=10.0.2.3/24 ip6=fd00::3/64 ip61=fd00:1::3/64 ip62=fd00:2::3/64"'
for n in 0 1 2; do
	six="fd00:$n::3"
	[ $n != 0 ] || six=fd00::3
	within 15 "vif $n: ping" pings "10.0.$n.3"
	within 5 "vif $n: ping6" pings "$six"
	within 5 "vif $n: UDP" says_hello "10.0.$n.3"
	within 5 "vif $n: UDP over IPv6" says_hello "[$six]"
done
test_that "ping of 1400 bytes" ping -c 3 -W 1 -s 1400 10.0.0.3
test_that "ping in fragments" ping -c 3 -W 1 -s 4000 10.0.0.3
test_that "ping6 in fragments" ping -c 3 -W 1 -s 4000 fd00::3
destroy_all

# An address by DHCP, a prefix by router advertisement.
dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=xenbr0 --bind-interfaces --no-ping \
	--dhcp-range=10.0.0.50,10.0.0.59,1h --dhcp-range=fd00::,ra-only --enable-ra \
	--dhcp-leasefile=/root/leases --user=root >/root/dnsmasq.log 2>&1 &
server=$!
create hello.cfg 'extra="ip=dhcp ip6=auto hostname=kinglet"'
within 20 "DHCP: a lease" grep -q kinglet /root/leases
leased=$(awk '/kinglet/ { print $3; exit }' /root/leases)
within 10 "DHCP: hello from the leased address" says_hello "${leased:-none}"
auto() { guest_console hello | sed -n 's/.*\(fd00::[0-9a-f:]*\).*/\1/p' | head -1; }
has_auto() { [ -n "$(auto)" ]; }
within 20 "SLAAC: an address" has_auto
within 10 "SLAAC: hello from it" says_hello "[$(auto)]"
kill $server
destroy_all

# TCP, both ways and in bulk.
head -c 300000 /dev/urandom >/root/sent
guest=echo
sed 's/hello/echo/g; s/10.0.0.3/10.0.0.4/; s/^extra.*/extra = "ip=10.0.0.4\/24 ip6=fd00::4\/64"/; s/^memory .*/memory = 8/' hello.cfg >/root/echo.cfg
sed -i 's|"echo.elf"|"/root/echo.elf"|' /root/echo.cfg
create /root/echo.cfg
echoes() { # SOCAT-ADDRESS
	timeout 30 socat -t 5 - "$1" </root/sent >/root/back && cmp /root/sent /root/back
}
within 15 "TCP: is up" pings 10.0.0.4
test_that "TCP: 300 kB echoed" echoes TCP:10.0.0.4:7
test_that "TCP: 300 kB echoed over IPv6" echoes 'TCP6:[fd00::4]:7'
many() {
	local i pids=()
	for i in 1 2 3 4 5 6; do
		timeout 30 socat -t 5 - TCP:10.0.0.4:7 <<<"number $i" >"/root/many.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in 1 2 3 4 5 6; do
		[ "$(cat "/root/many.$i")" = "number $i" ] || { echo "connection $i: $(cat "/root/many.$i")"; return 1; }
	done
}
test_that "TCP: six connections at a time" many
finish
