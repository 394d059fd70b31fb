#!/bin/bash
# SPDX-License-Identifier: ISC
# Each protection has a guest that dies by it (tests/guest/die), and says so: the reason, where it was, and the
# domain has ended as crashed. And what must not die lives on.
. ./lib.sh
. /root/tests/rig/lib.bash

cat >die.cfg <<'CFG'
type = "pvh"
kernel = "die.elf"
memory = 4
shadow_memory = 1
vcpus = 1
tsc_mode = "native"
on_crash = "destroy"
on_watchdog = "destroy"
CFG

logs=/var/log/xen

# start NAME [SETTINGS] [XL-SETTING...]: a guest die-NAME that dies by how=NAME, without what follows a dot.
start() {
	local name=$1 settings=${2:-}
	shift
	[ $# = 0 ] || shift
	create die.cfg "name=\"die-$name\"" "extra=\"how=${name%%.*} $settings\"" "$@" 2>/dev/null ||
		not_ok "$name" "xl create failed"
}

# The reason that xl was told: 0 poweroff, 3 crash, 4 watchdog (xen/sched.h).
ended() { # WAY REASON
	grep -q "has shut down, reason code $2 " "$logs/xl-die-$1.log"
}

# dies WAY TEXT [FUNCTION]: within its time, by TEXT, and called by FUNCTION (of main's thread).
dies() {
	local way=$1 text=$2 function=${3:-} why= console
	wait_for 10 "$way: ends as crashed" ended "$way" 3 || why="it did not end as crashed"
	console=$(<"$RIG_CONSOLES/guest-die-$way.log")
	has() { [[ $console == *"$1"* ]]; }
	if [ -n "$why" ]; then
		:
	elif ! has "kinglet crashed: " || ! has "$text"; then
		why="expected '$text'"
	elif [ -n "$function" ] && ! has " $function+0x"; then
		why="expected $function in the backtrace"
	elif has "fault within a report" || ! has "the guest ends as crashed"; then
		why="the report was cut short"
	elif ! has "last events:" || ! has "image: die "; then
		why="expected the image's name and the last events"
	fi
	if [ -z "$why" ]; then
		ok "$way"
	else
		not_ok "$way" "$why"
		printf '%s\n' "$console" | sed 's/^/# /'
	fi
}

started=$SECONDS
ways='write-text write-rodata exec-data exec-stack exec-heap exec-boot null-read null-call wild-write
overflow-thread overflow-wide overflow-first canary double-fault free-twice free-wild overrun underrun overrun-realloc
overrun-arena overrun-pool overrun-packet packet-twice page-twice page-write divide invalid assert panic'
start idle watchdog=2
within 10 "idle" console_has die-idle "lives"
RIG_PATIENCE=1 wait_for 1 "the watchdog to rest" false 2>/dev/null
xl pause die-idle
paused=$SECONDS
{
	start live watchdog=2 &
	start panic.preserve "" 'on_crash="preserve"' &
	for way in flood show show.again $ways hang spin; do
		case $way in
		hang) start hang watchdog=2 ;;
		spin) start spin watchdog=0 ;; # last of all, since it is in the others' way
		flood) start flood count=5000 ;;
		show.again) start $way "seed=00112233445566778899aabbccddeeff" ;;
		*) start "$way" ;;
		esac &
		while [ "$(jobs -pr | wc -l)" -ge 4 ]; do wait -n; done
	done
	wait
}
echo "# $((SECONDS - started)) s to create them"

# The watchdog is off, and it hangs: where?
guest=die-spin
within 10 "watchdog: off" console_has die-spin "spins"
test_that "an NMI asks a guest that hangs where it is" xl trigger die-spin nmi

dies write-text "page fault: write of protected memory" write_text
dies write-rodata "page fault: write of protected memory" write_rodata
dies exec-data "page fault: execute of protected memory" exec_data
dies exec-stack "page fault: execute of protected memory" exec_stack
dies exec-heap "page fault: execute of protected memory" exec_heap
dies exec-boot "page fault: execute of protected memory" exec_boot
dies null-read "page fault: read of absent memory at 0x0000000000000000" null_read
dies null-call "page fault: execute of absent memory at 0x0000000000000000" null_call
dies wild-write "page fault: write of absent memory" wild_write
dies overflow-thread "stack overflow, page fault: write of absent memory" overflow
dies overflow-wide "stack overflow, page fault: " overflow_wide
dies overflow-first "stack overflow, page fault: write of absent memory" overflow
dies canary "stack smashed in thread main"
dies double-fault "double fault in thread main" double_fault
dies free-twice "which was freed before" free_twice
dies free-wild "which is not from malloc" free_wild
dies overrun "21 bytes, which has been written to past its end" overrun
dies underrun "written to before its start" underrun
dies overrun-realloc "heap: realloc of" overrun_realloc
dies overrun-arena "written to past its end" overrun_arena
dies overrun-pool "lwip: detected mem overflow in pool UDP_PCB" overrun_pool
dies overrun-packet "which has been written to past its end" overrun_packet
dies packet-twice "which was freed before" packet_twice
dies page-twice "freed twice" page_twice
dies page-write "was written to" page_write
dies divide "divide error in thread main" divide
dies invalid "invalid opcode in thread main"
dies assert "assertion failed: hidden(code) == NULL (tests/guest/die/main.c:" assertion
dies panic "told to panic, panic" panic

# A loop that hangs is ended by Xen.
guest=die-hang
within 10 "watchdog: a guest that hangs is ended" ended hang 4
test_that "watchdog: it did hang" console_has die-hang "hangs"

# What is idle or at work is not, nor what is paused while idle.
echo "# $((SECONDS - started)) s until then"
test_that "watchdog: idle was paused for longer than its time" [ $((SECONDS - paused)) -gt 4 ]
xl unpause die-idle
dies spin "NMI in thread main" spin
for way in idle live; do
	if ended $way 4 || guest_is_gone die-$way; then
		not_ok "watchdog: $way" "it was ended"
	else
		ok "watchdog: $way is left alone"
	fi
done

# on_crash does what the config says.
test_that "on_crash=preserve" guest_is_up die-panic.preserve
within 10 "on_crash=destroy" guest_is_gone die-panic

# Floods of lines are counted.
within 10 "flood: ends in order" guest_is_gone die-flood
test_that "flood: the first lines are there" console_has die-flood "line 199"
test_that "flood: the last are not" sh -c '! grep -q "line 4999" /var/log/xen/console/guest-die-flood.log'
test_that "flood: they are counted" console_has die-flood " lines dropped"

# No two boots are alike, and the allocator works.
for name in show show.again; do
	within 10 "$name: ends in order" guest_is_gone die-$name
	test_that "$name: the allocator works" console_has die-$name "alive"
done
first=$(guest_console die-show | tr -d '\r' | grep -o 'heap 0x.*')
second=$(guest_console die-show.again | tr -d '\r' | grep -o 'heap 0x.*')
echo "# $first"
echo "# $second"
read -r _ heap1 _ stack1 _ random1 <<<"$first"
read -r _ heap2 _ stack2 _ random2 <<<"$second"
different() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }
test_that "the heap's place is random" different "$heap1" "$heap2"
test_that "the stacks' place is random" different "$stack1" "$stack2"
test_that "random bytes are" different "$random1" "$random2"
echo "# $((SECONDS - started)) s in all"
finish
