#!/bin/bash
# SPDX-License-Identifier: ISC
# TCP in bulk, to a guest and from it, and how long a ping takes meanwhile. All guests have the memory of the setting
# tcp_mib, which decides how large Kinglet's windows are.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"
. "${RIG_HOME:-/root}/rig-bench/tcp.bash"
memory=$tcp_mib

add_guest kinglet-bulk 4 dns.cfg
kernel[kinglet-bulk]=bulk.elf
add_guest linux-bulk-tiny 18 "$guests/bulk-tiny.cfg"

compare_bulk kinglet-bulk linux-bulk-tiny
