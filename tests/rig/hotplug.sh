#!/bin/bash
# SPDX-License-Identifier: ISC
# Fifty times a second vif is attached to the guest and detached: each time the guest answers on it, the whole close
# cycle is gone through, and by the guest's own figure it has no less memory free than after the first rounds.
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dns
rounds=${HOTPLUG_ROUNDS:-50}

serial() { # ADDRESS: the guest gives the right answer there
	[ "$(kdig +short +timeout=1 +retry=0 "@$1" kinglet.example SOA | cut -d' ' -f3)" = 2026010101 ]
}
on_vif0() { serial 10.0.0.2; }
# Not asked before both ends are there and the bridge forwards: the question would be lost, and a second with it.
on_vif1() {
	local dev=/sys/class/net/vif$id.1 link port
	read -r link <"$dev/operstate" && read -r port <"$dev/brport/state" && [ "$link $port" = "up 3" ] && serial 10.0.1.2
}
detached() { # TIMES: the vif is gone, and so often the guest has said so
	! [ -e "/sys/class/net/vif$id.1" ] && ! xenstore-exists "/local/domain/$id/device/vif/1" &&
		[ "$(grep -c "vif 1: detached" "$RIG_CONSOLES/guest-dns.log")" = "$1" ]
}

ip link add xenbr1 address 02:00:00:00:00:02 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip address add 10.0.1.1/24 dev xenbr1
ip link set xenbr1 up

create dns.cfg 'vif=["bridge=xenbr0,script=vif-fast"]' 'extra="ip=10.0.0.2/24 ip1=10.0.1.2/24 ip61=none"' || exit 1
id=$(xl domid dns)
within 15 "answers on the first vif" on_vif0

failed=
for round in $(seq "$rounds"); do
	xl network-attach dns devid=1 bridge=xenbr1 script=vif-fast mac=00:16:3e:00:00:99 &&
		wait_for 10 "round $round: the second vif answers" on_vif1 &&
		xl network-detach dns 1 &&
		wait_for 10 "round $round: the vif is gone, and the guest says so" detached "$round" || failed+=" $round"
	[ "$(wc -w <<<"$failed")" -lt 3 ] || break
done
test_that "attached and detached $rounds times: answers each time, and is gone each time" [ -z "$failed" ]
guest_console dns | sed -n 's/.*vif 1: detached; \([0-9]*\) KiB of memory are free.*/\1/p' >/root/out/free.txt
echo "# KiB free after each round: $(uniq -c /root/out/free.txt | awk '{ printf "%s%d times %s", sep, $1, $2; sep = ", " }')"
test_that "each round is said to have ended" [ "$(wc -l </root/out/free.txt)" = "$rounds" ]
# The first round leaves what a vif number needs for ever: its struct and its tables.
test_that "no memory is lost after the first round" [ "$(sed 1d /root/out/free.txt | sort -un | wc -l)" = 1 ]
test_that "the first vif answers" on_vif0
test_that "nothing is left in the backend's folder" eval '! xenstore-exists "/local/domain/0/backend/vif/$id/1"'
finish
