#!/bin/bash
# SPDX-License-Identifier: ISC
# The DHCP guest's leases on a disk: the guest is destroyed again and again while clients get leases, and no address
# may be given to two of them. ROUNDS: how often (5).
# rig: --file build/rig-tools --package isc-dhcp-relay
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dhcp
mkdir /root/conf
cat >/root/conf/dhcp.conf <<X
dhcp-range=10.0.1.0,10.0.200.255,255.255.0.0,12h
dhcp-range=10.7.0.10,10.7.0.99,255.255.255.0,12h
dhcp-option=3,10.0.0.1
X
(cd /root/conf && find . -type f | cpio -o -H newc 2>/dev/null) >/root/dhcp.cpio
truncate -s 64M /root/leases.img
ip addr add 10.0.255.1/16 dev xenbr0
serves() { console_has dhcp 'addresses in 2 ranges'; }
begin() {
	create dhcp.cfg memory=32 'ramdisk="/root/dhcp.cpio"' 'extra="ip=10.0.0.5/16 gateway=10.0.0.1 ip6=none disk=xvda queue=256"' \
		'disk=["format=raw,vdev=xvda,access=rw,target=/root/leases.img"]'
}

rounds=${ROUNDS:-5}
for ((round = 0; round < rounds; round++)); do
	begin
	wait_for 30 "the server" serves || { not_ok "round $round" "not serving"; guest_console dhcp; break; }
	/root/rig-tools/dhcpload 10.0.0.5 $((round * 1000)) 1000 2 64 /root/acks >/root/load.out 2>&1 &
	load=$!
	wait_for 5 "leases of round $round" test -s /root/acks
	read -r -t "0.$((round % 9 + 1))" <> <(:)
	xl destroy dhcp
	wait $load || { not_ok "round $round" "$(cat /root/load.out)"; break; }
done
echo "# $(wc -l </root/acks) leases in $rounds rounds"
begin
within 30 "serves after $rounds times destroyed" serves
# Each old client gets its own address; new ones get others.
if /root/rig-tools/dhcpload 10.0.0.5 0 400 10 32 /root/acks >/root/load.out 2>&1; then
	ok "no address twice in $rounds rounds of xl destroy under load"
else
	not_ok "no address twice" "$(cat /root/load.out)"
fi
sed 's/^/# /' /root/load.out
restored() { guest_console dhcp | grep -qE 'disk xvda: [1-9][0-9]* leases'; }
within 2 "leases were restored" restored

# Behind a relay: another network, the relay's agent between. The address that the client wishes for answers pings.
ip link add vr type veth peer name vc
ip netns add far
ip link set vc netns far
ip addr add 10.7.0.1/24 dev vr
ip addr add 10.7.0.50/32 dev vr
ip link set vr up
ip -n far link set vc address 02:00:00:00:02:01 up
echo 1 >/proc/sys/net/ipv4/ip_forward
dhcrelay -4 -d -a -iu xenbr0 -id vr 10.0.0.5 >/root/relay.log 2>&1 &
relay=$!
cat >/root/far.script <<'X'
#!/bin/sh
[ "$1" != bound ] || echo "$ip $serverid" >>/root/far.log
X
chmod +x /root/far.script
ip netns exec far busybox udhcpc -i vc -s /root/far.script -f -q -n -t 8 -T 2 -r 10.7.0.50 >/root/far.out 2>&1 &
far() { grep -qE '^10\.7\.0\.[0-9]+ 10\.0\.0\.5$' /root/far.log; }
within 20 "udhcpc behind dhcrelay: a lease of its network" far || sed 's/^/# /' /root/relay.log /root/far.out
if grep -q '^10\.7\.0\.50 ' /root/far.log; then not_ok "not one that answers pings" "$(cat /root/far.log)"; else ok "not one that answers pings"; fi
test_that "the console tells of it" console_has dhcp '10.7.0.50 answers pings without a lease'
kill $relay
finish
