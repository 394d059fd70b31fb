#!/bin/bash
# SPDX-License-Identifier: ISC
# TLS and HTTP: handshakes, requests and bulk, of Kinglet and of nginx on Linux, with the same certificate and files.
. ./lib.sh
. "${RIG_HOME:-/root}/rig-bench/lib.bash" "$@"
. "${RIG_HOME:-/root}/rig-bench/https.bash"

add_guest kinglet 2 https.cfg
add_guest linux-nginx-tiny 25 "$guests/nginx-tiny.cfg"
add_guest linux-nginx-cloud 26 "$guests/nginx-cloud.cfg"
extra[kinglet]='connections=60 per-address=60 handshakes=60'

compare_https kinglet linux-nginx-tiny linux-nginx-cloud
