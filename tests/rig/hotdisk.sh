#!/bin/bash
# SPDX-License-Identifier: ISC
# A disk attached to a guest without a driver for it, and detached, again and again: the guest says what it has not,
# lets go at once, loses no memory, and answers all the while.
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dns
rounds=5

answers() { [ "$(kdig +short +timeout=1 +retry=0 @10.0.0.2 kinglet.example SOA | cut -d' ' -f3)" = 2026010101 ]; }
said() { [ "$(guest_console dns | grep -c "$1")" = "$2" ]; }
gone() { ! xenstore-exists "/local/domain/$id/device/vbd/51728"; }

dd if=/dev/zero of=/root/disk.img bs=1M count=1 2>/dev/null
create dns.cfg || exit 1
id=$(xl domid dns)
within 15 "answers" answers

failed=
for round in $(seq $rounds); do
	xl block-attach dns format=raw,vdev=xvdb,access=rw,target=/root/disk.img &&
		wait_for 10 "round $round: the guest names it" said 'device/vbd/51728: there is no driver' "$round" &&
		answers && timeout 9 xl block-detach dns xvdb &&
		wait_for 10 "round $round: it is gone" gone &&
		wait_for 10 "round $round: the guest says so" said 'device/vbd/51728: detached' "$round" || failed+=" $round"
done
test_that "a disk attached and detached $rounds times" [ -z "$failed" ]
test_that "answers still" answers
finish
