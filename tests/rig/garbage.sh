#!/bin/bash
# SPDX-License-Identifier: ISC
# The guest is sent garbage for $GARBAGE_SECONDS (10), some 1,700 frames a second of every wrong kind; it answers
# rightly while they come, and over every transport afterwards.
# rig: --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dns
seconds=${GARBAGE_SECONDS:-${1:-10}}

serial() { # [KDIG-OPTION]...
	[ "$(kdig +short +timeout=1 +retry=0 "$@" kinglet.example SOA | cut -d' ' -f3)" = 2026010101 ]
}

over_udp() { serial @10.0.0.2; }
over_tcp() { serial +tcp @10.0.0.2; }
over_udp6() { serial @fd00::2; }
over_tcp6() { serial +tcp @fd00::2; }

# Some of it are questions for that name, more than the limit on replies lets through.
create dns.cfg 'extra="ip=10.0.0.2/24 ip6=fd00::2/64 rrl=0"' || exit 1
id=$(xl domid dns)
mac=$(xenstore-read "/local/domain/$id/device/vif/0/mac")
within 15 "answers over UDP" over_udp
within 15 "answers over IPv6" over_udp6
within 5 "answers over TCP" over_tcp

/root/rig-tools/garbage "vif$id.0" "$mac" 10.0.0.2 fd00::2 "$seconds" "${GARBAGE_SEED:-}" >/root/out/garbage.txt &
sender=$!
asked=0 answered=0 tries=0
while kill -0 $sender 2>/dev/null; do
	asked=$((asked + 1))
	# A frame may be lost where queues run over: so do clients ask again.
	for _ in 1 2 3; do
		tries=$((tries + 1))
		over_udp 2>/dev/null && answered=$((answered + 1)) && break
	done
done
wait $sender
test_that "garbage was sent" [ $? = 0 ]
cat /root/out/garbage.txt
echo "# asked $asked questions meanwhile, $tries times in all"
test_that "answers while garbage comes" [ $answered = $asked ]
test_that "asked often enough to tell" [ $((asked * 3)) -ge "$seconds" ]

within 5 "afterwards: answers over UDP" over_udp
within 5 "afterwards: answers over UDP and IPv6" over_udp6
# Half-open connections from the garbage have to time out first.
within 60 "afterwards: answers over TCP" over_tcp
within 10 "afterwards: answers over TCP and IPv6" over_tcp6
test_that "afterwards: answers ping" ping -q -c 3 -i 0.2 -W 2 10.0.0.2
test_that "afterwards: answers ping over IPv6" ping -6 -q -c 3 -i 0.2 -W 2 fd00::2
test_that "the guest has received most of it" awk -v sent="$(sed -n 's/^# garbage: \([0-9]*\) .*/\1/p' /root/out/garbage.txt)" \
	-v got="$(cat "/sys/class/net/vif$id.0/statistics/tx_packets")" 'BEGIN { exit !(sent > 0 && got > sent / 2) }'
xl shutdown dns
within 10 "ends when told to" console_has dns "queries by UDP"
guest_console dns | sed 's/^/# /'
test_that "its counters show garbage" eval 'guest_console dns | grep -q "[1-9][0-9]* dropped"'
within 40 "the domain is gone" guest_is_gone dns
finish
