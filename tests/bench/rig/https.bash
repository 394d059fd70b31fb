# SPDX-License-Identifier: ISC
# What a web server does over TLS. Sourced after lib.bash, whose guests it takes.

tls_on() { # NAME WHAT OPTION...
	local name=$1 what=$2
	shift 2
	# shellcheck disable=SC2086
	"$tools/tlsload" "$@" $what "$(address_of "$name")"
}

# load_tls NAME CONNECTIONS WHAT: leaves what came of it in $line, and the CPU time of guest and dom0, in ns, in $domu and
# $dom0. What requests cost is counted when their connections stand.
load_tls() {
	local name=$1 before after
	if [[ $3 = get\ * ]]; then
		coproc LOAD { tls_on "$name" "$3" -w -c "$2" -t "$seconds"; }
		read -r -t 120 line <&"${LOAD[0]}" && [ "$line" = ready ] || { say "$name: $3: no connections"; return 1; }
		read -ra before < <(cpu_of "$name")
		echo go >&"${LOAD[1]}"
		read -r -t 120 line <&"${LOAD[0]}" || return
	else
		read -ra before < <(cpu_of "$name")
		line=$(tls_on "$name" "$3" -c "$2" -t "$seconds") || return
	fi
	read -ra after < <(cpu_of "$name")
	wait "${LOAD_PID:-}" 2>/dev/null
	say "# $name $3: $line"
	domu=$((after[0] - before[0])) dom0=$((after[1] - before[1]))
	[ "$(value failed "$line")" = 0 ] && [ "$(value 'done' "$line")" -gt 0 ] || { say "$name: $3: some failed"; return 1; }
}

# measure_tls NAME ROW CONNECTIONS WHAT: rows ROW.rate, ROW.cpu.domu, ROW.cpu.dom0, for each handshake or request.
measure_tls() {
	local name=$1 row=$2 line domu dom0 count
	load_tls "$name" "$3" "$4" || return
	count=$(value 'done' "$line")
	sample "$row.rate" "$name" 1/s "$(value rate "$line")"
	sample "$row.cpu.domu" "$name" us "$(divide "$domu" $((count * 1000)) 2)"
	sample "$row.cpu.dom0" "$name" us "$(divide "$dom0" $((count * 1000)) 2)"
}

# The same in bytes: rows ROW.rate, ROW.cpu.domu and ROW.cpu.dom0 of a GB, 10^9 bytes.
measure_tls_bulk() { # NAME ROW PATH
	local name=$1 row=$2 line domu dom0 bytes
	load_tls "$name" 1 "get $3" || return
	bytes=$(value bytes "$line")
	sample "$row.rate" "$name" MB/s "$(divide "$bytes" "$(divide "$(value seconds "$line")" 0.000001 0)" 2)"
	sample "$row.cpu.domu" "$name" ms/GB "$(divide $((domu * 1000)) "$bytes" 1)"
	sample "$row.cpu.dom0" "$name" ms/GB "$(divide $((dom0 * 1000)) "$bytes" 1)"
}

measure_https() { # NAME: one turn
	measure_tls "$1" https.full 8 full && measure_tls "$1" https.resumed 8 resumed &&
		measure_tls "$1" https.1k 32 'get /1k' && measure_tls "$1" https.100k 8 'get /100k' &&
		measure_tls_bulk "$1" https.bulk /10m
}

shakes_hands() { tls_on "$1" full -f 60 -n 4 -c 4; }

compare_https() { take_turns shakes_hands measure_https "$@"; }
