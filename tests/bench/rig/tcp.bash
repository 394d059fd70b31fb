# SPDX-License-Identifier: ISC
# TCP in bulk, and ping while it flows. Sourced after lib.bash, whose guests it takes.

# bulk_on NAME give|take OPTION...: one connection to the guest; "give6" and "take6" by IPv6.
bulk_on() {
	local name=$1 way=$2 address
	shift 2
	address=$(address_of "$name")
	[ "$way" = "${way%6}" ] || address=$(link_address_of "$name")
	"$tools/load" "$@" "${way%6}" "$address"
}

# The one that a guest makes of its MAC (RFC 4291, appendix A): no settings are needed for it.
link_address_of() { printf 'fe80::216:3eff:fe00:%x%%xenbr0' "${number[$1]}"; }

# What a TCP guest moves: rows ROW.rate, ROW.cpu.domu and ROW.cpu.dom0, a gigabyte being 10^9 bytes.
measure_bulk() { # NAME ROW WAY
	local name=$1 row=$2 before after line bytes
	read -ra before < <(cpu_of "$name")
	line=$(bulk_on "$name" "$3" -t "$seconds") || return
	read -ra after < <(cpu_of "$name")
	say "# $name $row: $line"
	bytes=$(value bytes "$line")
	sample "$row.rate" "$name" MB/s "$(divide "$(value rate "$line")" 1000000 2)"
	sample "$row.cpu.domu" "$name" ms/GB "$(divide $(((after[0] - before[0]) * 1000)) "$bytes" 1)"
	sample "$row.cpu.dom0" "$name" ms/GB "$(divide $(((after[1] - before[1]) * 1000)) "$bytes" 1)"
}

# Of ping's lines the median and the 99th percentile of the round trips, in us; and how many there were.
round_trips() {
	sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' | sort -n | awk '
		{ time[NR] = $1 * 1000 }
		END { if (NR) printf "%g %g %d\n", time[int((NR - 1) * 0.5) + 1], time[int((NR - 1) * 0.99) + 1], NR }'
}

# measure_ping NAME ROW: 200 echo requests, 5 ms apart; all must be answered.
measure_ping() {
	local name=$1 row=$2 p50 p99 count
	read -r p50 p99 count < <(ping -n -c 200 -i 0.005 -W 2 "$(address_of "$name")" | round_trips)
	[ "${count:-0}" = 200 ] || { say "$name: $row: ${count:-0} of 200 pings answered"; return 1; }
	sample "$row.p50" "$name" us "$p50"
	sample "$row.p99" "$name" us "$p99"
}

# The same while bytes flow to the guest or from it. The flow ends when the pings have.
measure_ping_under() { # NAME ROW give|take
	local name=$1 flow status=0
	"$tools/load" -t 600 "$3" "$(address_of "$name")" >/dev/null 2>&1 & # not by bulk_on: to be the one that is ended
	flow=$!
	measure_ping "$name" "$2" || status=1
	kill "$flow" 2>/dev/null || { say "$name: $2: the flow has ended before the pings"; status=1; }
	wait "$flow"
	return $status
}

# measure_all NAME: one turn.
measure_all() {
	bulk_on "$1" give -n 1000000 >/dev/null &&
		measure_bulk "$1" tcp.in give && measure_bulk "$1" tcp.out take &&
		measure_bulk "$1" tcp6.in give6 && measure_bulk "$1" tcp6.out take6 &&
		measure_ping "$1" ping.idle && measure_ping_under "$1" ping.in give && measure_ping_under "$1" ping.out take
}

takes_bulk() { bulk_on "$1" give -f 60 && bulk_on "$1" give6 -f 60; }

compare_bulk() { take_turns takes_bulk measure_all "$@"; }
