#!/bin/bash
# SPDX-License-Identifier: ISC
# netfront and Linux's netback in many combinations: offloads of the backend's interface on and off, an MTU of 1500
# and of 9000, a guest with buffers for frames in pieces and one without. Bytes must come back as they were sent.
# rig: --file build/images/echo.elf
. ./lib.sh
. /root/tests/rig/lib.bash

guest=echo
head -c 2000000 /dev/urandom >/root/sent
sed 's/hello/echo/g; s/^extra.*/extra = "ip=10.0.0.4\/24 ip6=fd00::4\/64"/; s|"echo.elf"|"/root/echo.elf"|' hello.cfg >/root/echo.cfg

pings() { ping -c 1 -W 1 10.0.0.4; }
echoes() { # SOCAT-ADDRESS
	timeout 60 socat -t 10 - "$1" </root/sent >/root/back && cmp /root/sent /root/back
}
answers() { # BYTES: one datagram comes back
	head -c "$1" /root/sent >/root/datagram
	timeout 5 socat -t 2 -b 9000 - UDP:10.0.0.4:7 </root/datagram >/root/back && cmp /root/datagram /root/back
}
# Where the backend's end of the vif is.
vif() { echo "vif$(xl domid echo).0"; }
no_breach() { ! console_has echo "breaks the protocol"; }
offloads() { # on|off
	ethtool -K "$(vif)" tx "$1" sg "$1" tso "$1" gso "$1" gro "$1"
}

traffic() { # WHAT
	test_that "$1: TCP both ways" echoes TCP:10.0.0.4:7
	test_that "$1: TCP both ways over IPv6" echoes 'TCP6:[fd00::4]:7'
	test_that "$1: UDP" answers 1000
	test_that "$1: UDP in fragments" answers 4000
}

for memory in 3 64; do
	create /root/echo.cfg "memory=$memory"
	within 20 "memory=$memory: is up" pings
	traffic "memory=$memory"
	test_that "memory=$memory: offloads off" offloads off
	traffic "memory=$memory, offloads off"
	test_that "memory=$memory: offloads on" offloads on
	traffic "memory=$memory, offloads on again"
	test_that "memory=$memory: no breach" no_breach
	destroy_all
done

# Jumbo frames: the bridge takes the least MTU of its ports, so the guest's comes first.
ip link set xenbr0 mtu 9000
create /root/echo.cfg memory=64 'vif=["bridge=xenbr0,mtu=9000"]'
within 20 "jumbo: is up" pings
test_that "jumbo: the interface's MTU" ip link set "$(vif)" mtu 9000
test_that "jumbo: the bridge's MTU" ip link set xenbr0 mtu 9000
test_that "jumbo: a ping of 8,900 bytes unfragmented" ping -c 3 -W 2 -M do -s 8900 10.0.0.4
test_that "jumbo: the same over IPv6" ping -c 3 -W 2 -M do -s 8900 fd00::4
traffic jumbo
test_that "jumbo: no breach" no_breach
destroy_all
ip link set xenbr0 mtu 1500

# The vif goes and comes while bytes flow.
create /root/echo.cfg memory=64
within 20 "cycles: is up" pings
for round in 1 2 3; do
	timeout 20 socat -t 5 - TCP:10.0.0.4:7 </root/sent >/dev/null 2>&1 &
	xl network-detach echo 0 && xl network-attach echo bridge=xenbr0 "mac=02:00:00:00:09:0$round"
	within 20 "cycle $round: is up again" pings
	test_that "cycle $round: TCP both ways" echoes TCP:10.0.0.4:7
	wait $!
done
test_that "cycles: no breach" no_breach
finish
