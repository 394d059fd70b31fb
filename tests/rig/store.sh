#!/bin/bash
# SPDX-License-Identifier: ISC
# A guest with writers on a store is destroyed at any moment, again and again: each record that it has acknowledged is
# there. Its disk is pulled under load, changed for another one, and put back. An argument is the number of rounds.
# (Power cuts, where a disk loses what was not flushed, are simulated: tests/unit/test_store.c. dom0 loses nothing.)
# rig: --file build/images/store.elf --file build/rig-tools/kstore
. ./lib.sh
. /root/tests/rig/lib.bash
. /root/tests/rig/acks.bash

rounds=${1:-10}
guest=store
image=/root/store.img
other=/root/other.img
truncate -s 1M $image $other
cat >/root/store.cfg <<'CFG'
name = "store"
type = "pvh"
kernel = "/root/store.elf"
extra = "ip=none ip6=none writers=6 value=300"
memory = 8
shadow_memory = 1
vcpus = 1
tsc_mode = "native"
CFG

# A loop device for all rounds, and a hotplug script that only names it: that is most of what a round would cost.
loop=$(losetup --find --show $image)
cat >/etc/xen/scripts/block-fast <<'SCRIPT'
#!/bin/sh
[ "$1" = add ] || exit 0
device=$(xenstore-read "$XENBUS_PATH/params")
xenstore-write "$XENBUS_PATH/physical-device-path" "$device" \
	"$XENBUS_PATH/physical-device" "$(stat -L -c %t:%T "$device")" "$XENBUS_PATH/hotplug-status" connected
SCRIPT
chmod +x /etc/xen/scripts/block-fast

disk() { echo "format=raw,vdev=xvda,access=rw,target=$1"; }
start() { create /root/store.cfg "disk=[\"${1:-$(disk $image)}\"]"; }
start_fast() { start "format=raw,vdev=xvda,access=rw,script=block-fast,target=$loop"; }
acks() { guest_console store | grep -c '^ack'; }
acks_beyond() { [ "$(acks)" -gt "$1" ]; }
# Each record that the console acknowledges is on the disk, which is well.
all_there() {
	guest_console store >/root/out/console
	/root/kstore check $image >/root/out/check 2>&1 || { cat /root/out/check; return 1; }
	/root/kstore dump $image >/root/out/dump
	acknowledged /root/out/console /root/out/dump 20 >/root/out/acks && return
	cat /root/out/acks
	return 1
}

# ---- destroyed ----
mkdir -p /root/out
total=0 failed=
began=$SECONDS
for round in $(seq "$rounds"); do
	start_fast || { failed="round $round: not created"; break; }
	# More each time, so that the moment is another one; the log is compacted now and then.
	wait_for 30 "round $round: records" acks_beyond $((round * 7 % 60)) || { failed="round $round: no records"; break; }
	xl destroy store
	wait_for 20 "round $round: the domain is gone" guest_is_gone store || { failed="round $round: not gone"; break; }
	why=$(all_there) || { failed="round $round: $why"; break; }
	total=$((total + $(acks)))
	echo "# round $round: $(acks) acknowledged, $((SECONDS - began)) s"
done
test_that "destroyed $rounds times amid writes: each of $total acknowledged records is there" eval 'echo "$failed"; [ -z "$failed" ]'
echo "# $((SECONDS - began)) s; $(cat /root/out/check)"
test_that "each round went on where the last one ended" grep -q '^found 5 ' /root/out/console

losetup -d "$loop"

# ---- pulled and put back ----
said() { [ "$(guest_console store | grep -cF -- "$1")" -ge "$2" ]; }
pull() {
	timeout 30 xl block-detach store xvda && wait_for 10 "the disk to be gone" said "xvda: cannot write: error 19, the disk is away" "$1"
}
start || exit 1
within 30 "writes" acks_beyond 20
for time in 1 2; do
	test_that "pulled, the ${time}. time: says so" pull $time
	before=$(acks)
	test_that "put back" xl block-attach store "$(disk $image)"
	within 20 "put back: says that it goes on" said "xvda: writes again" $time
	within 20 "put back: writes" acks_beyond $((before + 20))
done
pull 3
before=$(acks)
test_that "another disk in its place" xl block-attach store "$(disk $other)"
within 20 "another disk: says that it cannot be written" eval 'guest_console store | tail -n 3 | grep -q "cannot write: error 1"'
test_that "another disk: is left alone" cmp -n 1048576 $other /dev/zero
test_that "another disk: nothing is acknowledged" [ "$(acks)" = "$before" ]
test_that "another disk is taken away" timeout 30 xl block-detach store xvda
test_that "the right one is put back" xl block-attach store "$(disk $image)"
within 20 "the right one: writes" acks_beyond $((before + 20))
xl destroy store
wait_for 20 "the domain is gone" guest_is_gone store
test_that "each acknowledged record is there" all_there
echo "# $(cat /root/out/acks); $(cat /root/out/check)"
finish
