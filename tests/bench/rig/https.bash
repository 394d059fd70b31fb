# SPDX-License-Identifier: ISC
# What a web server does over TLS. Sourced after lib.bash, whose guests it takes.

tls_on() { # NAME WHAT OPTION...
	local name=$1 what=$2
	shift 2
	# shellcheck disable=SC2086
	"$tools/tlsload" "$@" $what "$(address_of "$name")"
}

# measure_tls NAME ROW CONNECTIONS WHAT: rows ROW.rate, ROW.cpu.domu, ROW.cpu.dom0, for each handshake or request.
measure_tls() {
	local name=$1 row=$2 before after line count
	read -ra before < <(cpu_of "$name")
	line=$(tls_on "$name" "$4" -c "$3" -t "$seconds") || return
	read -ra after < <(cpu_of "$name")
	say "# $name $row: $line"
	count=$(value 'done' "$line")
	[ "$(value failed "$line")" = 0 ] && [ "$count" -gt 0 ] || { say "$name: $row: some failed"; return 1; }
	sample "$row.rate" "$name" 1/s "$(value rate "$line")"
	sample "$row.cpu.domu" "$name" us "$(divide $((after[0] - before[0])) $((count * 1000)) 2)"
	sample "$row.cpu.dom0" "$name" us "$(divide $((after[1] - before[1])) $((count * 1000)) 2)"
}

# The same in bytes: rows ROW.rate, ROW.cpu.domu and ROW.cpu.dom0 of a GB, 10^9 bytes.
measure_tls_bulk() { # NAME ROW PATH
	local name=$1 row=$2 before after line bytes
	read -ra before < <(cpu_of "$name")
	line=$(tls_on "$name" "get $3" -c 1 -t "$seconds") || return
	read -ra after < <(cpu_of "$name")
	say "# $name $row: $line"
	bytes=$(value bytes "$line")
	[ "$(value failed "$line")" = 0 ] && [ "$bytes" -gt 0 ] || { say "$name: $row: it failed"; return 1; }
	sample "$row.rate" "$name" MB/s "$(divide "$bytes" "$(divide "$(value seconds "$line")" 0.000001 0)" 2)"
	sample "$row.cpu.domu" "$name" ms/GB "$(divide $(((after[0] - before[0]) * 1000)) "$bytes" 1)"
	sample "$row.cpu.dom0" "$name" ms/GB "$(divide $(((after[1] - before[1]) * 1000)) "$bytes" 1)"
}

measure_https() { # NAME: one turn
	measure_tls "$1" https.full 8 full && measure_tls "$1" https.resumed 8 resumed &&
		measure_tls "$1" https.1k 8 'get /1k' && measure_tls "$1" https.100k 8 'get /100k' &&
		measure_tls_bulk "$1" https.bulk /10m
}

# compare_https NAME...: the guests take turns. One that fails is left out of the rest.
compare_https() {
	local name round
	local -A runs
	for name; do
		start "$name" || { say "$name: xl create failed"; continue; }
		if tls_on "$name" full -f 60 -n 4 -c 4 >&2; then
			runs[$name]=1
		else
			say "$name: no handshake"
		fi
		sleep_now "$name"
	done
	for ((round = 1; round <= rounds; round++)); do
		for name; do
			[ -n "${runs[$name]:-}" ] || continue
			say "round $round of $rounds: $name"
			wake "$name"
			measure_https "$name" || unset "runs[$name]"
			sleep_now "$name"
		done
	done
	destroy_all
}
