#!/bin/bash
# SPDX-License-Identifier: ISC
# The DHCP guest and the DNS guest with one boot archive: clients' names come to DNS by signed updates and go with their
# leases, over a name server that is away. And IPv6: router advertisements, and DHCPv6 for a real client.
# rig: --package isc-dhcp-client
. ./lib.sh
. /root/tests/rig/lib.bash

mkdir -p /root/both/zones
cd /root/both || exit 1
printf 'key "dhcp" { algorithm hmac-sha256; secret "%s"; };\n' "$(head -c 32 /dev/urandom | base64)" >keys
printf '$TTL 300\n@ SOA ns h 1 60 10 3600 30\n@ NS ns\nns A 10.0.0.2\n' >zones/lan.example.zone
printf '$TTL 300\n@ SOA ns.lan.example. h 1 60 10 3600 30\n@ NS ns.lan.example.\n' >zones/0.0.10.in-addr.arpa.zone
printf 'zone = %s allow-update=key:dhcp\n' lan.example 0.0.10.in-addr.arpa >config
printf '%s\n' no-ping 'dhcp-range=10.0.0.100,10.0.0.199,12h' domain=lan.example 'dhcp-range=fd00::1000,fd00::1fff,12h' \
	'dhcp-range=fd00::,slaac' enable-ra 'dhcp-option=option6:dns-server,[::]' >dhcp.conf
find . -type f | cpio -o -H newc 2>/dev/null >/root/both.cpio
cd - >/dev/null || exit 1
truncate -s 16M /root/leases.img

create_dns() {
	create dns.cfg 'ramdisk="/root/both.cpio"' 'extra="ip=10.0.0.2/24 ip6=none"'
}
create_dhcp() {
	create dhcp.cfg 'ramdisk="/root/both.cpio"' 'extra="ip=10.0.0.5/24 ip6=fd00::5/64 dns=10.0.0.2+key:dhcp disk=xvda"' \
		'disk=["format=raw,vdev=xvda,access=rw,target=/root/leases.img"]'
}
ask() { kdig +timeout=1 +retry=0 +short @10.0.0.2 "$@"; }
has() { ask "$1" "$2" | grep -qxF -- "$3"; }
gone_from_dns() { has lan.example NS ns.lan.example. && [ -z "$(ask "$1" "$2")" ]; }

# Two clients, each in a namespace on the bridge.
cat >/root/script <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip -4 addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
echo "$ip" >"/root/address.$(ip netns identify)"
END
chmod +x /root/script
for n in 1 2; do
	ip netns add "c$n"
	ip link add "vc$n" type veth peer name eth0 netns "c$n"
	ip link set "vc$n" master xenbr0 up
	ip -n "c$n" link set eth0 address "02:00:00:00:01:0$n" up
	ip -n "c$n" link set lo up
done
lease() { # NUMBER NAME
	ip netns exec "c$1" busybox udhcpc -i eth0 -f -R -s /root/script -p "/root/pid$1" -t 10 -T 2 -x "hostname:$2" >"/root/udhcpc$1" 2>&1 &
	within 20 "a lease for $2" test -s "/root/address.c$1"
	address=$(cat "/root/address.c$1")
}

guest=dns
create_dns
within 20 "DNS serves" has ns.lan.example A 10.0.0.2
guest=dhcp
create_dhcp
lease 1 laptop
first=$address
within 20 "the name has the address" has laptop.lan.example A "$first"
within 20 "the address has the name" has "${first##*.}.0.0.10.in-addr.arpa" PTR laptop.lan.example.
lease 2 laptop
within 20 "another client's claim is told of" console_has dhcp 'the name laptop is somebody else'
test_that "the name stays the first's" has laptop.lan.example A "$first"
kill "$(cat /root/pid1)" "$(cat /root/pid2)"
within 20 "released, it is gone" gone_from_dns laptop.lan.example A
within 20 "and the reverse" gone_from_dns "${first##*.}.0.0.10.in-addr.arpa" PTR

# The name server away, then the DHCP server destroyed: the name is told in the end.
xl destroy dns
rm -f /root/address.c1
lease 1 late
within 20 "the log tells that DNS is away" console_has dhcp 'dns=10.0.0.2 does not answer updates'
xl destroy dhcp
create_dns
create_dhcp
within 40 "told by the next server's life" has late.lan.example A "$address"

# IPv6.
slaac() { ip -n c1 -6 -o addr show dev eth0 scope global | grep -q 'fd00::ff:fe00:101/64'; }
within 20 "SLAAC: an address of the advertised prefix" slaac
touch /root/leases6
cat >/root/script6 <<'END'
#!/bin/sh
echo "$reason $new_ip6_address $new_dhcp6_name_servers" >>/root/dhclient6.log
END
chmod +x /root/script6
ip netns exec c2 timeout 60 dhclient -6 -d -v -D LL -lf /root/leases6 -pf /root/dhclient6.pid -cf /dev/null -sf /root/script6 eth0 \
	>/root/dhclient6.out 2>&1 &
bound6() { grep -qE '^BOUND6 fd00::1[0-9a-f]{3} fd00::5' /root/dhclient6.log; }
within 30 "DHCPv6: dhclient gets an address and the name server" bound6
ip netns exec c2 timeout 20 dhclient -6 -r -v -D LL -lf /root/leases6 -pf /root/dhclient6.pid -cf /dev/null -sf /root/script6 eth0 \
	>/root/release6.out 2>&1
xl shutdown dhcp
within 20 "counters at the end" console_has dhcp 'names: 1 told'
test_that "DHCPv6: released" console_has dhcp ' answers, 0 leases, 0 conflicts' || sed 's/^/# /' /root/release6.out
wait_for 20 "the end of the guest" guest_is_gone dhcp
finish
