# SPDX-License-Identifier: ISC
# What the tests of a guest's life share: questions to the DNS guest at 10.0.0.2 and fd00::2, one by one, all the
# while, or over one TCP connection; and the frames by which it announces itself. Sourced, after lib.bash.

guest=dns
out=/root/out
mkdir -p $out
# A connection may be quiet for longer than clients are given otherwise.
extra='extra="ip=10.0.0.2/24 gateway=10.0.0.1 ip6=fd00::2/64 tcp-idle=300"'

serial() { # [KDIG-OPTION]...: the guest gives the right answer
	[ "$(kdig +short +timeout=1 +retry=0 "$@" kinglet.example SOA | cut -d' ' -f3)" = 2026010101 ]
}
answers() { serial @10.0.0.2; }
answers6() { serial @fd00::2; }
answers_tcp() { serial +tcp @10.0.0.2; }

count() { guest_console "$1" 2>/dev/null | grep -cF -- "$2"; }
more_than() { [ "$(count "$2" "$3")" -gt "$1" ]; }

# ---- a TCP connection that is kept ----
begin_connection() { # NAME
	exec 5<>/dev/tcp/10.0.0.2/53
	right=$(ask_connection)
	if [ -n "$right" ]; then ok "$1: a TCP connection"; else not_ok "$1: a TCP connection" "no answer"; fi
}
end_connection() { exec 5>&-; }
ask_connection() { # prints a digest of the answer
	local length
	printf '\0\041\022\064\0\0\0\001\0\0\0\0\0\0\007kinglet\007example\0\0\006\0\001' >&5
	length=$(timeout 10 head -c 2 <&5 | od -An -tu1 | awk '{ print $1 * 256 + $2 }')
	[ "${length:-0}" -gt 33 ] && timeout 10 head -c "$length" <&5 | md5sum
}
connection_answers() { [ "$(ask_connection)" = "$right" ]; }

# ---- frames by which the guest announces itself ----
listen() { # begins
	tcpdump -l -n -Z root -i xenbr0 '(arp and arp[6:2] = 1) or (icmp6 and ip6[40] = 136)' >$out/announced.txt 2>/dev/null &
	listener=$!
}
announced() { # PATTERN: at least twice
	[ "$(grep -cE "$1" $out/announced.txt)" -ge 2 ]
}
stop_listening() {
	kill $listener 2>/dev/null
	wait $listener 2>/dev/null
}

# ---- questions all the while ----
load() { # begins
	echo "kinglet.example SOA" >/root/load.txt
	dnsperf -s 10.0.0.2 -d /root/load.txt -l 120 -Q 200 -t 1 >$out/dnsperf.txt 2>&1 &
	asker=$!
}
stop_load() { # NAME
	kill -INT $asker 2>/dev/null
	wait $asker 2>/dev/null
	sed -n 's/^ *\(Queries [a-z]*:.*\)/# \1/p' $out/dnsperf.txt
	test_that "$1: questions were answered meanwhile" awk '/Queries completed:/ { n = $3 } END { exit !(n > 50) }' $out/dnsperf.txt
	test_that "$1: no answer was wrong" awk '/Response codes:/ { n = /NOERROR [0-9]+ \(100.00%\)/ } END { exit !n }' $out/dnsperf.txt
}
