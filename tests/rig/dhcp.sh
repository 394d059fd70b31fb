#!/bin/bash
# SPDX-License-Identifier: ISC
# The DHCP guest and its clients, each in a network namespace on the bridge: leases, renewing, releasing,
# addresses that others have.
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dhcp
create dhcp.cfg
serves() { console_has dhcp 'serving 100 addresses'; }
within 15 "serves" serves

# A namespace c$1 with the interface eth0 on the bridge, whose MAC ends in $1.
client() { # NUMBER
	ip netns add "c$1"
	ip link add "vc$1" type veth peer name eth0 netns "c$1"
	ip link set "vc$1" master xenbr0 up
	ip -n "c$1" link set eth0 address "02:00:00:00:01:0$1" up
	ip -n "c$1" link set lo up
}

cat >/root/udhcpc.script <<'X'
#!/bin/sh
case $1 in
bound | renew)
	ip addr flush dev "$interface"
	ip addr add "$ip/$mask" dev "$interface"
	echo "$1 $ip $lease $router $dns $domain $serverid" >>"/root/udhcpc.$(ip netns identify)" ;;
deconfig) ip addr flush dev "$interface" ;;
nak) echo nak >>"/root/udhcpc.$(ip netns identify)" ;;
esac
X
chmod +x /root/udhcpc.script

udhcpc_in() { # NUMBER OPTION...
	local n=$1
	shift
	ip netns exec "c$n" busybox udhcpc -i eth0 -s /root/udhcpc.script -f -t 5 -T 2 "$@" \
		>>"/root/udhcpc.log$n" 2>&1
}
said() { # NUMBER PATTERN
	grep -qE "$2" "/root/udhcpc.c$1"
}
address_of() { # NUMBER
	tail -n 1 "/root/udhcpc.c$1" | cut -d' ' -f2
}

client 1
client 2
udhcpc_in 1 -p /root/pid1 &
within 15 "udhcpc: a lease, with its options" said 1 \
	'^bound 10\.0\.0\.1[0-9][0-9] 43200 10\.0\.0\.1 10\.0\.0\.2 kinglet\.example 10\.0\.0\.5$'
test_that "the leased address reaches the server" ip netns exec c1 ping -c 1 -W 2 10.0.0.5
udhcpc_in 2 -p /root/pid2 &
within 15 "udhcpc: another client" said 2 '^bound'
first=$(address_of 1)
if [ "$first" != "$(address_of 2)" ]; then ok "another address"; else not_ok "another address" "both have $first"; fi

kill -USR1 "$(cat /root/pid1)"
within 15 "udhcpc: renews" said 1 "^renew $first "
kill -USR2 "$(cat /root/pid1)"
released() { grep -q 'unicasting a release' /root/udhcpc.log1; }
within 10 "udhcpc: releases" released
kill -USR1 "$(cat /root/pid1)"
again() { [ "$(grep -c "^bound $first " /root/udhcpc.c1)" = 2 ]; }
within 15 "the same address after a release" again

# An address that a third machine has by other means is not offered: the ARP probe finds it.
destroy_all
client 3
create dhcp.cfg
within 15 "serves anew" serves
ip -n c3 addr add "$first/24" dev eth0
rm /root/udhcpc.c1
kill "$(cat /root/pid1)"
udhcpc_in 1 -p /root/pid1 -r "$first" &
within 30 "another address than a taken one" said 1 '^bound'
if [ "$(address_of 1)" != "$first" ]; then ok "no address twice"; else not_ok "no address twice" "$first"; fi
test_that "the console tells who has it" console_has dhcp "$first is in use by 02:00:00:00:01:03"

xl shutdown dhcp
counted() { console_has dhcp '1 conflicts'; }
within 15 "counters at the end" counted
wait_for 20 "the end of the guest" guest_is_gone dhcp
kill "$(cat /root/pid1)" "$(cat /root/pid2)"
finish
