#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Runs NSD (Debian's, unpacked beside, nothing installed) with the zones of tests/nsd, and compares
# its replies with Kinglet's: tests/nsd/compare.c. Called by `make test` and, in dom0, by guest tests.
#
# compare.sh [--set NAME] [--signed MODE] [--knot] [--server IP:PORT] [--count N] [--seed N] [--jobs N] COMPARE-PROGRAM
#   --set root  the root zone (default); --set rich  the awkward zones of tests/data/zones
#   --signed MODE  the zones are signed first, as tests/nsd/sign.sh says
#   --knot         also with Knot's replies
#   environment: NSD, a program to run as nsd (default: Debian's, fetched by scripts/apt-private)

set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
set=root signed='' with_knot='' args=()
while [ $# -gt 1 ]; do
	case $1 in
	--knot) with_knot=yes; shift; continue ;;
	--set) set=$2 ;;
	--signed) signed=$2 ;;
	--server | --count | --seed | --jobs | --alone) args+=("$1" "$2") ;;
	*) echo "compare.sh: expected --set, --signed, --server, --count, --seed or --jobs, got $1" >&2; exit 2 ;;
	esac
	shift 2
done
program=${1:?compare.sh: expected the compare program}

work=$(mktemp -d)
pids=()
trap 'stop 2>/dev/null; rm -rf "$work"' EXIT

fetch() { # TREE PACKAGE...
	"$here/scripts/apt-private" debs bookworm "$here/build/peers/$1" "${@:2}" >"$work/fetch" ||
		{ cat "$work/fetch" >&2; exit 2; }
}
# With its own loader and libraries, whatever the machine's release.
command_of() { # TREE PROGRAM
	local peers=$here/build/peers/$1
	printf '%s\n' "$peers/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path \
		"$peers/usr/lib/x86_64-linux-gnu:$peers/lib/x86_64-linux-gnu" "$peers/$2"
}
if [ -n "${NSD:-}" ]; then
	nsd=("$NSD")
else
	fetch nsd nsd knot-dnsutils
	mapfile -t nsd < <(command_of nsd usr/sbin/nsd)
fi
if [ -n "$with_knot" ]; then
	fetch knot knot
	mapfile -t knot < <(command_of knot usr/sbin/knotd)
fi

# NSD knows no $GENERATE: the lines that it stands for, made independently of lib/dns.
expand() { awk -f "$here/tests/nsd/generate.awk"; }

zones=() # NAME FILE pairs
minimal=yes
case $set in
root)
	gzip -dc "$here/tests/data/root.zone.gz" >"$work/root.zone"
	zones=(. "$work/root.zone")
	;;
rich)
	minimal=no # so that NSD adds addresses for MX and SRV, too
	for file in "$here"/tests/data/zones/*.zone; do
		name=${file##*/}
		# NSD reads neither quoted $INCLUDE nor relative $ORIGIN.
		[ "$name" != syntax.example.zone ] || continue
		expand <"$file" >"$work/$name"
		zones+=("${name%.zone}" "$file")
	done
	;;
*) echo "compare.sh: expected --set root or rich, got $set" >&2; exit 2 ;;
esac

if [ -n "$signed" ]; then
	fetch dnssec ldnsutils bind9-dnsutils bind9-utils unbound knot-dnssecutils
	# NSD 4.6 dies of a name that has no room for "*." before it when it hashes the wildcards.
	longest=999
	[ "$signed" = nsec ] || longest=220
	for ((i = 0; i < ${#zones[@]}; i += 2)); do
		# The root zone brings the chain and keys of its own, but no signatures.
		file=$work/${zones[i + 1]##*/}
		[ -e "$file" ] || cp "${zones[i + 1]}" "$file"
		awk -v longest=$longest '$4 != "NSEC" && $4 != "DNSKEY" && length($1) < longest' "$file" >"$work/unsigned"
		"$here/tests/nsd/sign.sh" "$signed" "${zones[i]}" "$work/unsigned" "$file" >"$work/sign" 2>&1 ||
			{ cat "$work/sign" >&2; exit 2; }
		zones[i + 1]=$file
	done
fi

for ((i = 0; i < ${#zones[@]}; i += 2)); do
	args+=(--zone "${zones[i]}" "${zones[i + 1]}")
done

write_conf() { # PORT
	cat <<-CONF
		server:
		  ip-address: 127.0.0.1@$1
		  username: ""
		  pidfile: ""
		  database: ""
		  zonesdir: "$work"
		  zonelistfile: "$work/zone.list"
		  xfrdfile: "$work/xfrd.state"
		  xfrdir: "$work"
		  server-count: 1
		  rrl-ratelimit: 0
		  minimal-responses: $minimal
		  ipv4-edns-size: 1232
		remote-control:
		  control-enable: no
	CONF
	for ((i = 0; i < ${#zones[@]}; i += 2)); do
		printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "${zones[i]}" "${zones[i + 1]##*/}"
	done
}

write_knot() { # PORT
	mkdir -p "$work/knot"
	cat <<-CONF
		server:
		  listen: 127.0.0.1@$1
		  rundir: $work/knot
		  udp-workers: 1
		  tcp-workers: 2
		  background-workers: 1
		  udp-max-payload: 1232
		database:
		  storage: $work/knot
		template:
		  - id: default
		    storage: $work
		    zonefile-sync: -1
		    journal-content: none
		    semantic-checks: off
		log:
		  - target: stderr
		    any: warning
		zone:
	CONF
	for ((i = 0; i < ${#zones[@]}; i += 2)); do
		# By numbers: it does not know all types by name.
		"$program" --write "${zones[i]}" "${zones[i + 1]}" >"$work/knot/$i.zone"
		printf '  - domain: "%s"\n    file: "%s"\n' "${zones[i]}" "$work/knot/$i.zone"
	done
}

start() { # COMMAND...: its output in $work/out
	"$@" >>"$work/out" 2>&1 &
	pids+=($!)
}

stop() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait "${pids[@]}" || true
	pids=()
}

# Below the range that clients get theirs from. Another process may have a port: then with the next ones.
for port in $((10000 + $$ % 5000)) $((20000 + $$ % 5000)) $((11000 + $$ % 3000)); do
	: >"$work/out"
	write_conf "$port" >"$work/nsd.conf"
	start "${nsd[@]}" -d -c "$work/nsd.conf"
	addresses=(--nsd "127.0.0.1:$port")
	if [ -n "$with_knot" ]; then
		write_knot $((port + 5000)) >"$work/knot.conf"
		start "${knot[@]}" -c "$work/knot.conf"
		addresses+=(--knot "127.0.0.1:$((port + 5000))")
	fi
	status=0
	timeout 300 "$program" "${addresses[@]}" "${args[@]}" || status=$?
	[ $status -gt 1 ] && grep -q 'ddress already in use' "$work/out" || break
	stop
done
if [ $status -gt 1 ]; then
	echo "compare.sh: the servers said:" >&2
	cat "$work/out" >&2
fi
exit $status
