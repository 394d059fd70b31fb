#!/bin/bash
# SPDX-License-Identifier: ISC
# A request's way without a service: frames turned round unread (the driver's share), and UDP datagrams
# echoed (the driver's and the stack's).
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"

add_guest kinglet-floor 2 dns.cfg
kernel[kinglet-floor]=floor.elf
add_guest linux-floor-tiny 17 "$guests/floor-tiny.cfg"
add_guest kinglet-echo 3 dns.cfg
kernel[kinglet-echo]=echo.elf
add_guest linux-echo-tiny 15 "$guests/echo-tiny.cfg"
add_guest linux-echo-cloud 16 "$guests/echo-cloud.cfg"

compare_load floor floor kinglet-floor linux-floor-tiny
compare_load echo echo kinglet-echo linux-echo-tiny linux-echo-cloud
