#!/bin/bash
# SPDX-License-Identifier: ISC
# Validators judge what the DNS app serves of signed zones: unbound as a resolver with only the zones' own keys to trust,
# and delv. Each answer and each denial must be proven: by NSEC, by NSEC3, and with opt-out. What is transferred must
# still be whole for kzonecheck and ldns-verify-zone.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
if [ "${IN_NAMESPACE:-}" != yes ]; then
	scripts/apt-private debs bookworm build/peers/dnssec ldnsutils bind9-dnsutils bind9-utils unbound knot-dnssecutils >/dev/null ||
		{ echo "not ok validators: they cannot be fetched"; exit 1; }
fi
enter_namespace "$@"

program=${BUILD:-build/asan}/dns
begin_work
ip link set lo up

# Debian 12's, with their own loader and libraries.
tree=build/peers/dnssec
loader=($tree/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path
	$tree/usr/lib/x86_64-linux-gnu:$tree/lib/x86_64-linux-gnu)
peer() { # PROGRAM ARGUMENT...
	"${loader[@]}" "$tree/$1" "${@:2}"
}

sign() { # MODE NAME FILE
	tests/nsd/sign.sh "$1" "$2" "$3" "$work/$1/zones/$2.zone" >"$work/sign" 2>&1 ||
		{ not_ok "$1: signing $2" "$(tail -n 3 "$work/sign")"; exit 1; }
	mv "$work/$1/zones/$2.zone".{ds,key} "$work/$1"
}

# The awkward zones; child.rich.example's key is told in its parent. A name more has the lowest hash of all, without salt:
# ldns-verify-zone 1.8 runs for ever if the lowest is of glue, which has no NSEC3 record, and there is a ZONEMD to check.
make_zones() { # MODE
	local zones=tests/data/zones
	mkdir -p "$work/$1/zones"
	sign "$1" child.rich.example $zones/child.rich.example.zone
	sign "$1" far.example $zones/far.example.zone
	sign "$1" dname.example $zones/dname.example.zone
	{
		awk -f tests/nsd/generate.awk $zones/rich.example.zone | sed 's/^\tDS\t12346 .*//; /^[[:space:]]*DS[[:space:]]*12346 /d'
		cat "$work/$1/child.rich.example.zone.ds"
		echo 'lowest-1350 TXT "SHA-1 0000 3cdc"'
	} >"$work/rich"
	sign "$1" rich.example "$work/rich"
	scripts/archive "$work/$1.cpio" "$work/$1/zones"
}

write_unbound() { # MODE
	cat <<-CONF
		server:
		  interface: 127.0.0.1@5300
		  do-not-query-localhost: no
		  username: ""
		  chroot: ""
		  directory: "$work"
		  pidfile: "$work/unbound.pid"
		  module-config: "validator iterator"
		  qname-minimisation: no
		  use-syslog: no
		  logfile: ""
		  val-log-level: 2
		  local-zone: "example." nodefault
		  trust-anchor-file: "$work/$1/anchors"
		remote-control:
		  control-enable: no
	CONF
	local name
	for name in rich.example far.example dname.example; do
		printf 'stub-zone:\n  name: "%s"\n  stub-addr: 10.0.0.2\n' $name
	done
}

ask() { kdig +timeout=5 +retry=1 +dnssec @127.0.0.1 -p 5300 "$1" "$2" 2>&1; }
answers() { kdig +timeout=1 +retry=0 +short "@10.0.0.2" rich.example SOA | grep -q .; }
resolves() { ask rich.example SOA | grep -q NOERROR; }

# start MODE: the app and the resolver.
start() {
	"$program" --tap tap0 --archive "$work/$1.cpio" ip=10.0.0.2/24 ip6=none zone="rich.example allow-transfer=10.0.0.1" >"$work/log" 2>&1 &
	pids+=($!)
	within 10 ip link show tap0 || { not_ok "$1: start" "no tap0 within 10 s"; exit 1; }
	ip addr add 10.0.0.1/24 dev tap0
	ip link set tap0 up
	within 15 answers || { not_ok "$1: start" "no answer within 15 s"; exit 1; }
	cat "$work/$1"/{rich,far,dname}.example.zone.ds >"$work/$1/anchors"
	write_unbound "$1" >"$work/unbound.conf"
	"${loader[@]}" $tree/usr/sbin/unbound -d -c "$work/unbound.conf" >"$work/unbound.log" 2>&1 &
	pids+=($!)
	within 15 resolves || { not_ok "$1: unbound" "no answer within 15 s: $(tail -n 2 "$work/unbound.log")"; exit 1; }
}

# NAME TYPE STATUS and, where a span of opt-out lies over it, "open": then it is not authenticated.
questions() {
	cat <<-LIST
		rich.example A NOERROR
		rich.example MX NOERROR
		rich.example DNSKEY NOERROR
		rich.example HINFO NOERROR
		nothing.rich.example A NXDOMAIN open
		a.nothing.here.rich.example A NXDOMAIN open
		zzzz.rich.example A NXDOMAIN open
		!.rich.example A NXDOMAIN open
		any.wild.rich.example A NOERROR open
		any.any.wild.rich.example TXT NOERROR open
		any.wild.rich.example AAAA NOERROR open
		here.wild.rich.example AAAA NOERROR
		ent.wild.rich.example A NOERROR
		b.c.ent.rich.example A NOERROR
		x.b.c.ent.rich.example A NXDOMAIN open
		any.alias.rich.example A NOERROR open
		any.aliasout.rich.example A NOERROR open
		any.star.rich.example A NOERROR open
		c1.rich.example A NOERROR
		nowhere.rich.example A NXDOMAIN open
		nodata.rich.example AAAA NOERROR
		across.rich.example A NOERROR
		acrossnx.rich.example A NXDOMAIN open
		towild.rich.example A NOERROR open
		www.dn.rich.example A NOERROR
		none.dn.rich.example A NXDOMAIN open
		www.dnout.rich.example A NOERROR
		target.dname.example AAAA NOERROR
		nothing.dname.example A NXDOMAIN open
		any.wild.dname.example A NOERROR open
		www.far.example A NOERROR
		www.child.rich.example A NOERROR
		no.child.rich.example A NXDOMAIN open
		child.rich.example DS NOERROR
		sub.rich.example DS NOERROR
		noglue.rich.example DS NOERROR open
		intochild.rich.example A NOERROR
		upper.case.rich.example A NOERROR
		bigger.rich.example A NOERROR
		huge.rich.example TXT NOERROR
	LIST
}

judge() { # MODE
	local name type status open reply count=0
	while read -r name type status open; do
		reply=$(ask "$name" "$type")
		count=$((count + 1))
		if [[ $reply != *"status: $status"* ]]; then
			not_ok "$1: $name $type" "expected $status, got $(grep -o 'status: [A-Z]*' <<<"$reply"): $(grep -a " $name" "$work/unbound.log" | tail -n 1)"
		elif [[ $(grep '^;; Flags:' <<<"$reply") != *" ad"* ]] && [ "$1 $open" != "optout open" ]; then
			not_ok "$1: $name $type" "expected it authenticated, got $(grep '^;; Flags:' <<<"$reply")"
		fi
	done < <(questions)
	[ $failed = 1 ] || ok "$1: unbound has $count answers proven"
}

delv_says() { # MODE NAME TYPE WHAT
	local key
	key=$(awk '{ for (i = 1; i <= NF; i++) if ($i == "DNSKEY") { printf "%s %s %s \"", $(i + 1), $(i + 2), $(i + 3); for (j = i + 4; j <= NF && $j !~ /^;/; j++) printf "%s", $j; print "\"" } }' \
		"$work/$1/rich.example.zone.key")
	echo "trust-anchors { rich.example. static-key $key; };" >"$work/delv.conf"
	peer usr/bin/delv -a "$work/delv.conf" +root=rich.example @10.0.0.2 "$2" "$3" >"$work/delv" 2>&1
	grep -qi "$4" "$work/delv" || { cat "$work/delv" "$work/delv.conf"; return 1; }
}

transfer() {
	kdig +timeout=10 @10.0.0.2 rich.example AXFR >"$work/axfr" && grep -v '^;' "$work/axfr" >"$work/transferred"
}

# It is awkward in other ways too, of which kzonecheck has just these to tell.
whole() {
	timeout 30 "${loader[@]}" $tree/usr/bin/kzonecheck -o rich.example -d on "$work/transferred" >"$work/checked" 2>&1
	cat "$work/checked"
	grep -q '^Error summary:' "$work/checked" &&
		! sed '1,/^Error summary:/d' "$work/checked" | grep -vE '^ +1.(missing glue record|CDS not match CDNSKEY|CDNSKEY not match DNSKEY)$'
}

for mode in nsec nsec3 salted optout; do
	make_zones $mode
	start $mode
	judge $mode
	try "$mode: delv, an answer" delv_says $mode c1.rich.example A '; fully validated'
	try "$mode: delv, no such type" delv_says $mode ent.wild.rich.example A 'negative response, fully validated'
	if [ $mode != optout ]; then
		try "$mode: delv, a wildcard" delv_says $mode any.wild.rich.example A '; fully validated'
		try "$mode: delv, no such name" delv_says $mode nothing.rich.example A 'negative response, fully validated'
	fi
	try "$mode: a transfer" transfer
	try "$mode: kzonecheck, what is transferred" whole
	try "$mode: ldns-verify-zone, what is transferred" timeout 30 "${loader[@]}" $tree/usr/bin/ldns-verify-zone "$work/transferred"
	kill_all
	within 5 sh -c '! ip link show tap0'
done
exit $failed
