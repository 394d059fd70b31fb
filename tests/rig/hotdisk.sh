#!/bin/bash
# SPDX-License-Identifier: ISC
# A disk attached to a guest without a driver for it, and detached, again and again: the guest says what it has not,
# lets go at once, loses no memory, and answers all the while.
. ./lib.sh
. /root/tests/rig/lib.bash

guest=hello
rounds=5

answers() { echo hi | socat -t 1 - UDP:10.0.0.3:4242 | grep -q '^hello, '; }
said() { [ "$(guest_console hello | grep -c "$1")" = "$2" ]; }
gone() { ! xenstore-exists "/local/domain/$id/device/vbd/51728"; }

dd if=/dev/zero of=/root/disk.img bs=1M count=1 2>/dev/null
create hello.cfg || exit 1
id=$(xl domid hello)
within 15 "answers" answers

failed=
for round in $(seq $rounds); do
	xl block-attach hello format=raw,vdev=xvdb,access=rw,target=/root/disk.img &&
		wait_for 10 "round $round: the guest names it" said 'device/vbd/51728: there is no driver' "$round" &&
		answers && timeout 9 xl block-detach hello xvdb &&
		wait_for 10 "round $round: it is gone" gone &&
		wait_for 10 "round $round: the guest says so" said 'device/vbd/51728: detached' "$round" || failed+=" $round"
done
test_that "a disk attached and detached $rounds times" [ -z "$failed" ]
test_that "answers still" answers
finish
