#!/bin/bash
# SPDX-License-Identifier: ISC
# The budgets of the DNS guest, by the instruction clock (2 ns an instruction): its CPU time from entry to
# the first answer, and the least memory for a small zone and for the root zone.
# rig: --icount --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash

budget_ns=10000000
guest=dns

soa() { # ADDRESS ZONE
	kdig +timeout=1 +retry=0 +short "@$1" "$2" SOA | grep -q .
}

create dns.cfg || { not_ok "create" "xl create failed"; finish; }
within 15 "first answer" soa 10.0.0.2 kinglet.example
used=$(/root/rig-tools/domcpu "$(xl domid dns)")
echo "# guest CPU from entry to the first answer: $((used / 1000)) us of $((budget_ns / 1000))"
test_that "guest CPU to the first answer" [ "$used" -le $budget_ns ]
destroy_all

# The image is linked at 1 MiB, so xl's builder finds no room for it in one.
create dns.cfg memory=2 && within 15 "a small zone in memory=2" soa 10.0.0.2 kinglet.example
destroy_all

create dns.cfg memory=16 'ramdisk="/root/rig-tools/root.cpio"' &&
	within 15 "the root zone in memory=16" soa 10.0.0.2 .
echo "# $(guest_console dns | grep 'zone \.')"
echo "# guest CPU until the root zone answers: $(($(/root/rig-tools/domcpu "$(xl domid dns)") / 1000)) us"
destroy_all

# Idle: no CPU is burned while nobody asks.
create dns.cfg
within 15 "idle guest: answers" soa 10.0.0.2 kinglet.example
id=$(xl domid dns)
before=$(/root/rig-tools/domcpu "$id")
read -r -t 5 <> <(:)
after=$(/root/rig-tools/domcpu "$id")
echo "# guest CPU over 5 s of idling: $(((after - before) / 1000)) us"
test_that "idle guest uses less than 0.1 % of a CPU" [ $((after - before)) -lt 5000000 ]
finish
