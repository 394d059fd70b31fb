#!/bin/bash
# SPDX-License-Identifier: ISC
# A thousand threads in a guest (tests/guest/threads): the guest says itself what worked; the one that gave no way
# for too long is named in its log.
# rig: --file build/images/threads.elf
. ./lib.sh
. /root/tests/rig/lib.bash

guest=threads
cat >/root/threads.cfg <<'CFG'
name = "threads"
type = "pvh"
kernel = "/root/threads.elf"
memory = 16
vcpus = 1
extra = "ip=none ip6=none"
CFG
create /root/threads.cfg || { not_ok "create" "xl create failed"; finish; }
within 60 "threads: it comes to its end" console_has threads "threads done"
while read -r line; do
	case $line in
	"ok "*) ok "threads: ${line#ok }" ;;
	*) not_ok "threads" "${line#not ok }" ;;
	esac
done < <(guest_console threads | tr -d '\r' | grep -E '^(not )?ok ')
said() { [ "$(guest_console threads | grep -cE '^(not )?ok ')" = 9 ]; }
test_that "threads: nine steps" said
hogs() { guest_console threads | grep -cE 'warning sched: thread hog ran for [0-9]+ ms'; }
once() { [ "$(hogs)" = 1 ]; }
test_that "threads: who gives no way is named, once" once
finish
