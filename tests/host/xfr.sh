#!/bin/bash
# SPDX-License-Identifier: ISC
# Transfers, notifications and updates between the DNS app and NSD, Knot and BIND, each in both roles: the app, with
# sanitizers, on its tap; the three beside it in the same network namespace. Every exchange is signed.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
. tests/host/peers.bash
peers_fetch
enter_namespace "$@"

program=${BUILD:-build/asan}/dns
begin_work
at_end() { stop_peers; }
us=10.0.0.2
them=10.0.0.1
knot=5301 nsd=5302 bind=5303

# ---- keys, one for each kind of hash, and zones ----

for hash in 256 384 512; do
	(peer tsig-keygen -a hmac-sha$hash "k$hash")
done >"$work/keys"
secret() { sed -n "/\"k$1\"/,/};/s/.*secret \"\(.*\)\".*/\1/p" "$work/keys"; }

zone_text() { # SERIAL NAMES
	printf '$TTL 300\n@ SOA ns hostmaster %d 60 2 3600 30\n@ NS ns\nns A 192.0.2.1\nsub NS ns.sub\nns.sub AAAA 2001:db8::1\n' "$1"
	printf '*.wild TXT "any name"\nmail MX 10 www\nalias CNAME www\nd DNAME d.example.org.\n_sip._tcp SRV 1 2 5060 www\n'
	printf 'long TXT "%s" "%s" "%s"\n' "$(printf '%0200d' 1)" "$(printf '%0200d' 2)" "$(printf '%0200d' 3)"
	seq -f "www A 198.51.100.%g" 1 60
	seq -f "host%g A 203.0.113.7" 1 "$2"
}
mkdir -p "$work"/zones "$work"/knot "$work"/nsd "$work"/named
zone_text 1 2000 >"$work/zones/p.example.zone"
zone_text 1 500 >"$work/knot/k.example.zone"
zone_text 1 500 >"$work/nsd/n.example.zone"
zone_text 1 500 >"$work/named/b.example.zone"

cat >"$work/config" <<END
# The same zone for three secondaries, each with a key of its own.
zone = p.example notify=$them@$knot+key:k256,$them@$nsd+key:k384,$them@$bind+key:k512 \
 allow-transfer=key:k256,key:k384,$them+key:k512 allow-update=key:k256
zone = k.example primaries=$them@5399,$them@$knot+key:k256 allow-transfer=key:k256
zone = n.example primaries=$them@$nsd+key:k384 allow-transfer=key:k256
zone = b.example primaries=$them@$bind+key:k512 allow-transfer=key:k256 allow-query=$them/32,key:k256
END
sed -i -e ':a' -e '/\\$/N; s/\\\n//; ta' "$work/config"
scripts/archive "$work/archive.cpio" "$work/zones" "$work/config" "$work/keys"

# ---- the three ----

cat >"$work/knot.conf" <<END
server:
    rundir: $work/knot
    listen: $them@$knot
database:
    storage: $work/knot
key:
  - id: k256
    algorithm: hmac-sha256
    secret: $(secret 256)
remote:
  - id: us
    address: $us
    key: k256
acl:
  - id: us
    key: k256
    action: [transfer, notify, update]
template:
  - id: default
    storage: $work/knot
    acl: us
    journal-content: all
    zonefile-load: difference-no-serial
zone:
  - domain: p.example
    master: us
    zonefile-load: whole
  - domain: k.example
    notify: us
END
cat >"$work/nsd.conf" <<END
server:
    ip-address: $them@$nsd
    username: ""
    chroot: ""
    zonesdir: "$work/nsd"
    pidfile: "$work/nsd/pid"
    database: ""
    xfrdfile: "$work/nsd/xfrd"
    xfrdir: "$work/nsd"
    zonelistfile: "$work/nsd/list"
    verbosity: 2
    xfrd-reload-timeout: 0
remote-control:
    control-enable: no
key:
    name: k384
    algorithm: hmac-sha384
    secret: "$(secret 384)"
zone:
    name: p.example
    zonefile: p.example.zone
    request-xfr: $us k384
    allow-notify: $us k384
    provide-xfr: 0.0.0.0/0 k384
zone:
    name: n.example
    zonefile: n.example.zone
    provide-xfr: 0.0.0.0/0 k384
    notify: $us k384
    store-ixfr: yes
    create-ixfr: yes
END
cat >"$work/named.conf" <<END
include "$work/keys";
options {
	directory "$work/named";
	listen-on port $bind { $them; };
	listen-on-v6 { none; };
	pid-file none;
	session-keyfile none;
	recursion no;
	dnssec-validation no;
	notify explicit;
	minimal-responses yes;
	allow-transfer { key k512; };
};
controls { };
server $us { keys { k512; }; };
zone "p.example" { type secondary; file "p.example"; masterfile-format text; primaries { $us key k512; }; };
zone "b.example" { type primary; file "b.example.zone"; allow-update { key k512; }; also-notify { $us key k512; }; };
END
ip link set lo up
run_app "$program" --tap tap0 --archive "$work/archive.cpio" ip=$us/24 log=debug
tap_up tap0 $them/24

# ---- what is asked ----

ask() { kdig +timeout=1 +retry=0 +short "@$1" -p "$2" "${@:3}"; }
serial_is() { [ "$(ask "$1" "$2" "$3" SOA | cut -d' ' -f3)" = "$4" ]; } # SERVER PORT ZONE SERIAL
has() { ask "$1" "$2" "$3" "$4" | grep -qxF -- "$5"; }                 # SERVER PORT NAME TYPE RDATA
status_is() { kdig +timeout=2 +retry=0 "${@:2}" 2>&1 | grep -qF "$1"; }
# Every record, sorted: alike from both, whatever the order.
contents() { # SERVER PORT ZONE HASH
	kdig +timeout=5 +retry=0 +noidn -y "hmac-sha$4:k$4:$(secret "$4")" "@$1" -p "$2" "$3" AXFR |
		grep -v -e '^;' -e '	TSIG	' -e '^$' | tr -s ' \t' ' ' | sort -u
}
same_contents() { # ZONE OUR-HASH PORT HASH
	contents $us 53 "$1" "$2" >"$work/ours"
	contents $them "$3" "$1" "$4" >"$work/theirs"
	[ -s "$work/ours" ] && diff "$work/ours" "$work/theirs" >&2
}
update() { # KEYFILE PORT SERVER LINE...
	printf '%s\n' "server $3 $2" "${@:4}" send | (peer nsupdate -k "$1") 2>&1
}
# logged COUNT PATTERN: so many lines at least.
logged() { [ "$(grep -c -- "$2" "$work/log")" -ge "$1" ]; }
eventually() { # NAME COMMAND...
	if within 20 "${@:2}"; then ok "$1"; else not_ok "$1" "not within 20 s"; fi
}

# ---- as a secondary that its primaries do not answer yet ----

eventually "answers as a primary" serial_is $us 53 p.example 1
try "a zone that was never there: SERVFAIL" status_is "status: SERVFAIL" @$us k.example SOA

start_peer knot knotd -c "$work/knot.conf"
start_peer nsd nsd -d -c "$work/nsd.conf"
start_peer named named -f -4 -c "$work/named.conf"

# ---- as a primary ----

for peer in knot:$knot:256 nsd:$nsd:384 bind:$bind:512; do
	IFS=: read -r name port hash <<<"$peer"
	eventually "$name has the zone by AXFR" serial_is $them "$port" p.example 1
	try "$name has all of it" same_contents p.example 256 "$port" "$hash"
done
try "without a key: no AXFR" status_is "REFUSED" @$us p.example AXFR
try "with an unknown key: BADKEY" status_is "BADKEY" -y "hmac-sha256:nobody:$(secret 256)" @$us p.example AXFR
try "with a wrong secret: BADSIG" status_is "BADSIG" -y "hmac-sha256:k256:$(secret 384)" @$us p.example AXFR
try "with a key that may not: no update" grep -q REFUSED <<<"$(update <(sed -n '/k384/,/};/p' "$work/keys") 53 $us 'update add x.p.example 60 A 192.0.2.9')"
sed -n '/k256/,/};/p' "$work/keys" >"$work/k256"
sed -n '/k512/,/};/p' "$work/keys" >"$work/k512"
try "without a key: no update" grep -q REFUSED <<<"$(update /dev/null 53 $us 'update add x.p.example 60 A 192.0.2.9')"
try "none of these changed anything" serial_is $us 53 p.example 1

try "an update by nsupdate" update "$work/k256" 53 $us \
	'update add new.p.example 60 A 192.0.2.77' 'update delete host7.p.example A' \
	'update add www.p.example 120 A 198.51.100.200'
try "is there at once" has $us 53 new.p.example A 192.0.2.77
try "with a new serial" serial_is $us 53 p.example 2
for peer in knot:$knot:256 nsd:$nsd:384 bind:$bind:512; do
	IFS=: read -r name port hash <<<"$peer"
	eventually "$name is told, and has it" serial_is $them "$port" p.example 2
	try "$name has the same" same_contents p.example 256 "$port" "$hash"
done
try "prerequisites that fail: NXRRSET" grep -q NXRRSET <<<"$(update "$work/k256" 53 $us \
	'prereq yxrrset host7.p.example A' 'update delete new.p.example')"
try "prerequisites that hold" update "$work/k256" 53 $us 'prereq nxdomain host7.p.example' \
	'prereq yxrrset new.p.example A 192.0.2.77' 'update delete new.p.example' 'update delete sub.p.example NS' \
	'update add host8.p.example 60 TXT "eight"'
try "deleted" status_is "status: NXDOMAIN" @$us new.p.example A
try "no longer a delegation" has $us 53 ns.sub.p.example AAAA 2001:db8::1
printf '%s\n' "server $us 53" 'zone p.example' 'update add knot.p.example. 60 A 192.0.2.88' send >"$work/knsupdate"
try "an update by knsupdate" bash -c "$(declare -f peer); peers=$peers libraries=$libraries;
	peer knsupdate -y hmac-sha256:k256:$(secret 256) $work/knsupdate"
for peer in knot:$knot:256 nsd:$nsd:384 bind:$bind:512; do
	IFS=: read -r name port hash <<<"$peer"
	eventually "$name follows" serial_is $them "$port" p.example 4
	try "$name has the same again" same_contents p.example 256 "$port" "$hash"
done
try "Knot took differences" grep -q 'IXFR, incoming.* serial 1 -> 2\|IXFR, incoming.*finished' "$work/knot.log"
try "BIND took differences" bash -c "ls $work/named/p.example.jnl"

# ---- as a secondary ----

for peer in k:$knot:256 n:$nsd:384 b:$bind:512; do
	IFS=: read -r zone port hash <<<"$peer"
	eventually "$zone.example has come" serial_is $us 53 "$zone.example" 1
	try "$zone.example is as its primary's" same_contents "$zone.example" 256 "$port" "$hash"
done
try "a zone that says nothing of updates takes none" grep -q REFUSED <<<"$(update "$work/k256" 53 $us 'zone k.example' 'update add x.k.example 60 A 192.0.2.9')"
try "BIND changes its zone" update "$work/k512" $bind $them 'update add new.b.example 60 A 192.0.2.70' 'update delete host1.b.example A'
try "Knot changes its zone" update "$work/k256" $knot $them 'update add new.k.example 60 A 192.0.2.71' 'update delete host1.k.example A'
{ zone_text 2 500 | grep -v '^host1 '; echo 'new A 192.0.2.72'; } >"$work/nsd/n.example.zone"
kill -HUP "${peer_pids[1]}"
for peer in k:$knot:256:192.0.2.71 n:$nsd:384:192.0.2.72 b:$bind:512:192.0.2.70; do
	IFS=: read -r zone port hash address <<<"$peer"
	eventually "$zone.example: told, and has the change" has $us 53 "new.$zone.example" A "$address"
	try "$zone.example: what was deleted is gone" status_is "status: NXDOMAIN" @$us "host1.$zone.example" A
	try "$zone.example: the same" same_contents "$zone.example" 256 "$port" "$hash"
	try "$zone.example: by differences" grep -q "zone $zone.example. serial 2: changed by transfer" "$work/log"
done
try "the first primary was passed over" logged 1 "zone k.example.: primary $them port 5399: connection refused"

stop_app "ends at SIGTERM with status 0"
exit $failed
