# SPDX-License-Identifier: ISC
# What the benchmarks in dom0 share. Sourced, after the rig's lib.sh. A script prints its samples on
# stdout, a line each: ROW<TAB>GUEST<TAB>CLOCK<TAB>UNIT<TAB>VALUE; what it saw goes to stderr.

tools=${RIG_HOME:-/root}/rig-tools
guests=${RIG_HOME:-/root}/guests
clock=wall
[ -z "${RIG_ICOUNT:-}" ] || clock=icount
# Settings, "name=value" as arguments of the script.
memory=128 rounds=3 seconds=2 patience=25 wanted=20 kinglet_mib=4 nsd_mib=72 tcp_mib=64
for setting; do
	declare "$setting"
done

# Each guest of the comparison: its number (of the address 10.0.0.N and of the MAC), xl config, zones.
declare -A number config zones
add_guest() { # NAME NUMBER CONFIG [ZONES]
	number[$1]=$2 config[$1]=$3 zones[$1]=${4:-}
	# Who asks must not spend the time in asking who has the address: the same for all.
	ip neigh replace "10.0.0.$2" lladdr "$(mac_of "$1")" dev xenbr0 nud permanent
}

# The DNS guests: Kinglet, and the peers whose names go to the array `peers`; with the small zone or the root zone.
add_dns_guests() { # small|root
	local peer at=11 suffix=
	[ "$1" = small ] || at=21 suffix=-root
	add_guest kinglet 2 dns.cfg "$1"
	extra[kinglet]=rrl=0 # all questions come from one address: no server limits its replies
	peers=()
	for peer in nsd-tiny nsd-cloud knot-tiny knot-cloud; do
		add_guest "linux-$peer" $at "$guests/$peer$suffix.cfg"
		peers+=("linux-$peer")
		at=$((at + 1))
	done
}

mac_of() { printf '00:16:3e:00:00:%02x' "${number[$1]}"; }
address_of() { printf '10.0.0.%s' "${number[$1]}"; }

say() { printf '%s\n' "$*" >&2; }

sample() { # ROW GUEST UNIT VALUE
	printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$clock" "$3" "$4"
	say "  $1 $2: $4 $3"
}

# The hotplug script that only joins the bridge; the emulated host has one.
quick=
[ "${RIG:-qemu}" != qemu ] || quick=,script=vif-fast

# start NAME [SETTING...]: creates the guest, at equal memory, with the quick hotplug script.
start() {
	local name=$1 cfg=${config[$1]} settings
	shift
	settings=("name=\"$name\"" "memory=$memory" "vif=[\"mac=$(mac_of "$name"),bridge=xenbr0$quick\"]")
	if [ "$cfg" = dns.cfg ] || [ "$cfg" = https.cfg ]; then
		settings+=("extra=\"ip=$(address_of "$name")/24 gateway=10.0.0.1 ${extra[$name]:-}\"" "ramdisk=\"$(ramdisk_of "$name")\"")
		[ -z "${kernel[$name]:-}" ] || settings+=("kernel=\"${kernel[$name]}\"" 'ramdisk=""')
	else
		settings+=("kernel=\"$guests/$(file_in kernel "$cfg")\"" "ramdisk=\"$guests/$(file_in ramdisk "$cfg")\"")
	fi
	create "$cfg" "${settings[@]}" "$@" >&2
}
declare -A kernel extra

# The name of the file that a config names.
file_in() { # KEY CFG
	basename "$(sed -n "s/^$1[[:space:]]*=[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$2")"
}

ramdisk_of() { # NAME
	case ${config[$1]}${zones[$1]} in
	https.cfg) echo "$tools/site.cpio" ;;
	*root) echo "$tools/root.cpio" ;;
	*) echo dns.cpio ;;
	esac
}

domid() { xl domid "$1"; }

# The CPU nanoseconds of the guest and of dom0, so far.
cpu_of() { "$tools/domcpu" "$(domid "$1")" 0; }

# value NAME LINE: of "name=value ..." as the load generator prints.
value() {
	local word
	for word in $2; do
		[ "${word%%=*}" != "$1" ] || printf '%s\n' "${word#*=}"
	done
}

divide() { # A B DIGITS
	awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { printf "%.*f\n", d, b ? a / b : 0 }'
}

# load_on NAME KIND OPTION...: asks the guest; KIND is dns:FILE, echo or floor.
load_on() {
	local name=$1 kind=$2
	shift 2
	case $kind in
	dns:*) "$tools/load" "$@" dns "$tools/../queries/${kind#dns:}" "$(address_of "$name")" ;;
	echo) "$tools/load" "$@" echo 64 "$(address_of "$name")" ;;
	floor) "$tools/load" "$@" frame 106 xenbr0 "$(mac_of "$name")" ;;
	esac
}

# The guests of one comparison run at once, but only one is awake at a time.
sleep_now() { xl pause "$1"; }
wake() { xl unpause "$1"; }

# Of a line of the load generator: less than 0.1 % was lost.
hardly_lost() { [ $(($(value lost "$1") * 1000)) -lt "$(value sent "$1")" ]; }

# best_window NAME KIND: the window with which the guest answers most at a loss under 0.1 %, and the rate.
best_window() {
	local window line rate
	chosen=16 best=0
	for window in 16 64 256; do
		line=$(load_on "$1" "$2" -w $window -t 0.5) || return
		say "# $1 window $window: $line"
		rate=$(value rate "$line")
		rate=${rate%.*}
		if hardly_lost "$line" && [ "$rate" -gt $best ]; then
			best=$rate chosen=$window
		fi
	done
}

# measure NAME KIND ROW WINDOW RATE: one turn: the peak, with CPU per request; then the latency at half of it,
# and at RATE, the same for all.
measure() {
	local name=$1 kind=$2 row=$3 window=$4 equal=$5 before after line received rate
	read -ra before < <(cpu_of "$name")
	line=$(load_on "$name" "$kind" -w "$window" -t "$seconds") || return
	read -ra after < <(cpu_of "$name")
	say "# $name peak, window $window: $line"
	received=$(value received "$line") rate=$(value rate "$line")
	[ "$(value wrong "$line")" = 0 ] || { say "$name: wrong answers"; return 1; }
	hardly_lost "$line" || { say "$name: lost 0.1 % or more"; return 1; }
	sample "$row.rate" "$name" 1/s "$rate"
	sample "$row.cpu.domu" "$name" us "$(divide $((after[0] - before[0])) $((received * 1000)) 2)"
	sample "$row.cpu.dom0" "$name" us "$(divide $((after[1] - before[1])) $((received * 1000)) 2)"
	line=$(load_on "$name" "$kind" -r "$(divide "$rate" 2 0)" -t 1) || return
	say "# $name at half: $line"
	sample "$row.lat.lost" "$name" 1 "$(value lost "$line")"
	sample "$row.lat.p50" "$name" us "$(value p50 "$line")"
	sample "$row.lat.p99" "$name" us "$(value p99 "$line")"
	read -ra before < <(cpu_of "$name")
	line=$(load_on "$name" "$kind" -r "$equal" -t 1) || return
	read -ra after < <(cpu_of "$name")
	say "# $name at $equal/s: $line"
	sample "$row.equal.p50" "$name" us "$(value p50 "$line")"
	sample "$row.equal.p99" "$name" us "$(value p99 "$line")"
	sample "$row.equal.cpu" "$name" us "$(divide $((after[0] - before[0])) $(($(value received "$line") * 1000)) 2)"
}

# take_turns READY MEASURE NAME...: the guests take turns, A B A B, at `MEASURE NAME`, once `READY NAME` has succeeded. One
# that fails is left out of the rest.
take_turns() {
	local ready=$1 measure=$2 name round
	local -A runs
	shift 2
	for name; do
		start "$name" || { say "$name: xl create failed"; continue; }
		if "$ready" "$name" >&2; then
			runs[$name]=1
		else
			say "$name: it does not answer"
		fi
		sleep_now "$name"
	done
	for ((round = 1; round <= rounds; round++)); do
		for name; do
			[ -n "${runs[$name]:-}" ] || continue
			say "round $round of $rounds: $name"
			wake "$name"
			"$measure" "$name" || unset "runs[$name]"
			sleep_now "$name"
		done
	done
	destroy_all
}

# compare_load ROW KIND NAME...: each first says with how many questions at a time it answers most; RATE is half of what
# the slowest answers then.
compare_load() {
	local row=$1 kind=$2 slowest=
	local -A window
	shift 2
	take_turns ready_for_load measure_load "$@"
}
ready_for_load() {
	load_on "$1" "$kind" -f 60 || return
	best_window "$1" "$kind"
	window[$1]=$chosen
	[ -n "$slowest" ] && [ "$slowest" -le "$best" ] || slowest=$best
}
measure_load() {
	load_on "$1" "$kind" -n 200 >/dev/null
	measure "$1" "$kind" "$row" "${window[$1]}" $((slowest / 2))
}
