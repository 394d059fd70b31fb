#!/bin/bash
# SPDX-License-Identifier: ISC
# Disks of every kind at a guest: what it writes is read in dom0, and the other way round; disks that are detached and
# pulled out while they are written, and put back; saved and restored with writes under way.
# (A disk at a guest without a driver for it: hotdisk.sh.)
# rig: --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash
. /root/tests/rig/disk.bash

pattern() { "$tools/pattern" "$@"; }

image a 24
image ro 4
image big 16
image cd 4
pattern fill $files/ro.img 0 8192 21
pattern fill $files/cd.img 0 8192 22
pattern fill $files/big.img 0 32768 23
loop=$(losetup --find --show --sector-size 4096 $files/big.img)

create /root/disk.cfg "disk=[\"$(raw a xvda)\",\"$(raw ro xvdb access=ro)\",\"format=raw,vdev=xvdc,access=rw,target=$loop\",
\"$(raw cd xvdd devtype=cdrom access=ro)\"]" || exit 1
id=$(xl domid disk)
within 20 "a disk that can be flushed, and discard" lists "xvda up sectors=49152 size=512 physical=512 rw flush discard;"
within 5 "a disk that is read-only" lists "xvdb up sectors=8192 size=512 physical=512 ro;"
within 5 "a disk with sectors of 4096 bytes" lists "xvdc up sectors=4096 size=4096 physical=4096 rw flush"
within 5 "a CD-ROM" lists "xvdd up sectors=8192 size=512 physical=512 ro cdrom;"

# ---- what one side writes, the other reads ----
test_that "writes" says "ok bytes=10240000" fill xvda 3 20000 7
test_that "flushes" says ok flush xvda
test_that "dom0 reads what was written" pattern check $files/a.img 3 20000 7
test_that "and nothing beside it" cmp -n $((3 * 512)) $files/a.img /dev/zero
test_that "reads it back" says ok check xvda 3 20000 7
pattern fill $files/a.img 30000 19152 8
test_that "reads what dom0 has written, to the last sector" says ok check xvda 30000 19152 8
test_that "sees that it is something else" says "bad: 19152, the first is 30000" check xvda 30000 19152 9
test_that "beyond the end" says "error -22" check xvda 30000 19153 8
test_that "read-only: reads" says ok check xvdb 0 8192 21
test_that "read-only: does not write" says "error -30" fill xvdb 0 8 1
test_that "4096: reads" says ok check xvdc 0 32768 23
test_that "4096: writes" says ok fill xvdc 8 8000 24
test_that "4096: flushes" says ok flush xvdc
test_that "4096: dom0 reads what was written" pattern check $files/big.img 8 8000 24
test_that "4096: and not beyond it" pattern check $files/big.img 8008 24760 23
test_that "CD-ROM: reads" says ok check xvdd 0 8192 22
test_that "discards" says ok discard xvda 1000 8000
test_that "dom0 sees that it is discarded" cmp -i $((1000 * 512)):0 -n $((8000 * 512)) $files/a.img /dev/zero
test_that "and what stood beside it is there" pattern check $files/a.img 3 997 7

# ---- detached and put back, under load ----
attached() { lists "xvda up"; }
detached() { lists "xvda down" && ! xenstore-exists "/local/domain/$id/device/vbd/51712"; }
test_that "a load" says ok load xvda 0 4096 20
failed=
for round in 1 2 3; do
	before=$(rounds)
	wait_for 15 "round $round: it is written" rounds_beyond "${before:-0}" &&
		timeout 30 xl block-detach disk xvda && wait_for 10 "round $round: it is gone" detached &&
		xl block-attach disk "$(raw a xvda)" && wait_for 10 "round $round: it is back" attached || failed+=" $round"
done
test_that "detached under load and put back 3 times" [ -z "$failed" ]
before=$(rounds)
within 15 "it is written after that" rounds_beyond "${before:-0}"
echo "# $(ask loaded)"
test_that "an error to who was writing, and no other" eval '[[ $(ask loaded) =~ gone=[1-9].*errors=0 ]]'

# ---- pulled out: nobody has asked it to let go ----
backend=$(xenstore-read "/local/domain/$id/device/vbd/51712/backend")
xenstore-rm "/local/domain/$id/device/vbd/51712"
xenstore-rm "$backend"
xenstore-rm "/libxl/$id/device/vbd/51712" # which xl looks at
within 10 "pulled out: it is gone" detached
test_that "pulled out: the others work" says ok check xvdb 0 8192 21
xl block-attach disk "$(raw a xvda)"
within 10 "pulled out: it is back" attached
before=$(rounds)
within 15 "pulled out: it is written after that" rounds_beyond "${before:-0}"

# ---- saved and restored with writes under way ----
before=$(ask loaded)
test_that "xl save" xl save disk /root/disk.save
wait_for 20 "the domain to be gone" guest_is_gone disk
test_that "xl restore" xl restore /root/disk.save
within 20 "restored: it goes on" console_has disk "xvda: 24576 KiB in sectors of 512 bytes, flushed on demand; it goes on"
within 20 "restored: it answers" lists "xvdd up"
now=$(rounds)
within 15 "restored: it is written" rounds_beyond "${now:-0}"
after=$(ask loaded)
echo "# before: $before; after: $after"
test_that "restored: no writer has seen an error" [ "${before#* }" = "${after#* }" ]
seed=$(ask stop)
test_that "dom0 reads the last round" pattern check $files/a.img 0 4096 "${seed#seed=}"
test_that "restored: the read-only disk" says ok check xvdb 0 8192 21
test_that "restored: the CD-ROM" says ok check xvdd 0 8192 22
test_that "xl shutdown" xl shutdown disk
within 20 "ends" guest_is_gone disk
losetup -d "$loop"
finish
