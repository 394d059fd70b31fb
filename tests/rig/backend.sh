#!/bin/bash
# SPDX-License-Identifier: ISC
# The guest's network backend (Linux's netback) is taken away in every way that there is, and comes back: the guest
# answers again, or says on its console what it waits for, and its other vif goes on answering.
. ./lib.sh
. /root/tests/rig/lib.bash

driver=/sys/bus/xen-backend/drivers/vif
guest=dns

serial() { # ADDRESS: the guest gives the right answer there
	[ "$(kdig +short +timeout=1 +retry=0 "@$1" kinglet.example SOA | cut -d' ' -f3)" = 2026010101 ]
}

on_vif0() { serial 10.0.0.2; }
on_vif1() { serial 10.0.1.2; }

# What libxl's hotplug script does, for a vif that the kernel has made anew.
plug() { # VIF BRIDGE
	ip link set dev "vif$id.$1" address fe:ff:ff:ff:ff:ff master "$2" up &&
		xenstore-write "/local/domain/0/backend/vif/$id/$1/hotplug-status" connected
}

# says NAME TEXT COMMAND...: after the command the guest writes one more line with TEXT.
says() {
	local name=$1 text=$2 before
	shift 2
	before=$(guest_console dns | grep -cF -- "$text")
	"$@" || { not_ok "$name" "$* failed"; return; }
	within 5 "$name" more_than "$before" "$text"
}

more_than() { [ "$(guest_console dns | grep -cF -- "$2")" -gt "$1" ]; }
unbound() { [ ! -e "$driver/vif-$id-$1" ]; }
unbind() { echo "vif-$id-$1" >$driver/unbind; }
state_of() { xenstore-read "/local/domain/0/backend/vif/$id/$1/state"; }
set_state() { xenstore-write "/local/domain/0/backend/vif/$id/$1/state" "$2"; }
detached() { ! xenstore-read "/local/domain/$id/device/vif/$1/backend"; }

# A second network, for a second vif.
ip link add xenbr1 address 02:00:00:00:00:02 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip address add 10.0.1.1/24 dev xenbr1
ip link set xenbr1 up

create dns.cfg 'vif=["bridge=xenbr0,script=vif-fast","bridge=xenbr1,script=vif-fast"]' \
	'extra="ip=10.0.0.2/24 ip1=10.0.1.2/24"' || exit 1
id=$(xl domid dns)
within 15 "answers on the first vif" on_vif0
within 15 "answers on the second vif" on_vif1

# ---- the driver goes, without a word in xenstore, and comes back ----
unbind 0
test_that "unbound: the other vif answers" on_vif1
test_that "unbound: the state still says connected" [ "$(state_of 0)" = 4 ]
test_that "unbound: no answer, as nobody carries it" eval '! on_vif0'
unbind 1
test_that "netback can be unloaded" modprobe -r xen-netback
says "loaded again: the guest starts anew" "the backend begins anew" modprobe xen-netback
plug 0 xenbr0
plug 1 xenbr1
within 10 "loaded again: the first vif answers" on_vif0
within 10 "loaded again: the second vif answers" on_vif1

# The guest sleeps while netback takes up the old rings, and finds InitWait when it wakes.
unbind 0
xl pause dns
echo "vif-$id-0" >$driver/bind
sleep 0.5 # no event tells that netback has mapped the rings
xl unpause dns
plug 0 xenbr0
within 10 "taken up while the guest slept: answers" on_vif0

failed=
for round in $(seq 10); do
	unbind 0
	echo "vif-$id-0" >$driver/bind
	plug 0 xenbr0
	wait_for 10 "round $round of unbind and bind" on_vif0 || failed+=" $round"
done
test_that "ten times unbound and bound: answers each time" [ -z "$failed" ]

# ---- the state is written by hand ----
says "Closing by hand: said" "the backend closes; waiting" set_state 0 5
within 10 "Closing by hand: answers again" on_vif0
says "Closed by hand: said" "the backend closes; waiting" set_state 0 6
within 10 "Closed by hand: answers again" on_vif0
says "InitWait by hand: said" "the backend begins anew" set_state 0 2
within 10 "InitWait by hand: answers again" on_vif0
says "Initialising by hand: said" "the backend has gone; waiting" set_state 0 1
test_that "Initialising by hand: the other vif answers" on_vif1
set_state 0 6
within 10 "Initialising, then Closed by hand: answers again" on_vif0
says "no state: said" "the backend has gone; waiting" xenstore-rm "/local/domain/0/backend/vif/$id/0/state"
set_state 0 6
within 10 "no state, then Closed: answers again" on_vif0

# ---- the network behind it goes and comes ----
ip link set "vif$id.0" down
test_that "interface down: the other vif answers" on_vif1
test_that "interface down: no answer" eval '! on_vif0'
ip link set "vif$id.0" up
within 10 "interface up: answers" on_vif0
ip link set "vif$id.0" nomaster
test_that "off the bridge: no answer" eval '! on_vif0'
ip link set "vif$id.0" master xenbr0
within 10 "on the bridge: answers" on_vif0

# ---- the toolstack takes the vif away and gives another ----
failed=
for round in 1 2 3; do
	xl network-detach dns 0 && wait_for 10 "the vif's nodes to go" detached 0 && on_vif1 &&
		xl network-attach dns devid=0 bridge=xenbr0 script=vif-fast &&
		wait_for 10 "round $round of detach and attach" on_vif0 || failed+=" $round"
done
test_that "three times detached and attached: answers each time" [ -z "$failed" ]
test_that "detached: said" more_than 2 "vif 0: detached"
# The network has another machine at 10.0.0.1 when the vif comes back.
xl network-detach dns 0
wait_for 10 "the vif's nodes to go" detached 0
ip link set xenbr0 address 02:00:00:00:00:77
xl network-attach dns devid=0 bridge=xenbr0 script=vif-fast
within 10 "attached to a network with other neighbours: answers" on_vif0
says "all detached: said" "vif 1: detached" xl network-detach dns 1
xl network-detach dns 0
test_that "all detached: attached again" xl network-attach dns devid=0 bridge=xenbr0 script=vif-fast
within 10 "all detached, one attached: answers" on_vif0

# ---- it ends in order, with and without a backend ----
unbind 0
xl shutdown dns
within 10 "shut down while the driver is away: the guest ends" console_has dns "queries by UDP"
# libxl waits 10 s for the backend that is not there.
within 40 "shut down while the driver is away: the domain is gone" guest_is_gone dns
finish
