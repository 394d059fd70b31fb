#!/bin/bash
# SPDX-License-Identifier: ISC
# Zones that come and go in the DNS app, with sanitizers, on its tap: updates kept on a disk over kills, a catalog
# whose primary is Knot, expiry, and settings that are wrong.
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
port=5301
(peer tsig-keygen -a hmac-sha256 k) >"$work/keys"
secret=$(sed -n 's/.*secret "\(.*\)".*/\1/p' "$work/keys")
ip link set lo up

start_app() { # ARG...
	scripts/archive "$work/archive.cpio" "$work/zones" "$work/config" "$work/keys"
	run_app "$program" --tap tap0 --archive "$work/archive.cpio" ip=$us/24 log=debug "$@"
	tap_up tap0 $them/24
}
ask() { kdig +timeout=1 +retry=0 +short @$us "$@"; }
has() { ask "$1" "$2" | grep -qxF -- "$3"; } # NAME TYPE RDATA
serial_is() { [ "$(ask "$1" SOA | cut -d' ' -f3)" = "$2" ]; }
status_is() { kdig +timeout=1 +retry=0 "@$us" "${@:2}" 2>&1 | grep -qF "status: $1"; }
error_is() { kdig +edns +timeout=1 +retry=0 "@$us" "${@:2}" 2>&1 | grep -qF "$1"; }
eventually() { # NAME COMMAND...
	if within 20 "${@:2}"; then ok "$1"; else not_ok "$1" "not within 20 s"; fi
}
update() { printf '%s\n' "server $us" 'zone p.example' "$@" send | (peer nsupdate -k "$work/keys") 2>&1; }
logged() { grep -q -- "$1" "$work/log"; }
# refused PATTERN [ARG...]: the app ends by itself, with such a line and no other error.
refused() {
	scripts/archive "$work/archive.cpio" "$work/zones" "$work/config" "$work/keys"
	timeout 15 "$program" --tap tap9 --archive "$work/archive.cpio" ip=10.0.9.2/24 "${@:2}" >"$work/log" 2>&1
	[ $? -gt 0 ] && logged "$1" && [ "$(grep -c '^error' "$work/log")" = 1 ]
}

# ---- settings that are wrong ----

mkdir -p "$work/zones" "$work/knot"
printf '$TTL 300\n@ SOA ns h 1 60 10 3600 30\n@ NS ns\nns A 10.0.0.2\n' >"$work/zones/p.example.zone"
while IFS='|' read -r setting pattern; do
	printf '%s\n' "$setting" >"$work/config"
	try "refused: $setting" refused "$pattern"
done <<'END'
zone = p.example allow-update=10.0.0.1/33|config:1: zone=.*: expected allow-update=any, none, or at most 16 of .*, got 10.0.0.1/33
zone = p.example primary=10.0.0.1|config:1: zone=.*: expected primaries=, notify=, .*, got primary
zone = other.example notify=10.0.0.1|zone=other.example: expected primaries=, or the zone among the archive's
zone = p.example allow-transfer=key:nobody|zone=p.example: key:nobody: expected a key of the file keys
disk = xvdz|disk=xvdz: expected a disk of that name within 10 s
END
sed 's/secret .*/secret "c2hvcnQ=";/' "$work/keys" >"$work/bad" && mv "$work/keys" "$work/good" && mv "$work/bad" "$work/keys"
: >"$work/config"
try "refused: a short secret" refused 'keys:3: secret: expected base64 of 16 to 128 bytes'
mv "$work/good" "$work/keys"

# ---- updates on a disk ----

printf 'zone = p.example allow-update=key:k\n' >"$work/config"
truncate -s 2M "$work/disk"
start_app --disk "$work/disk" disk=xvda
eventually "the zone is served" serial_is p.example 1
for i in 1 2 3 4 5; do
	update "update add h$i.p.example 60 A 192.0.2.$i" >/dev/null || not_ok "update $i" "not acknowledged"
done
kill_app
start_app --disk "$work/disk" disk=xvda
eventually "after a kill: as far as was acknowledged" serial_is p.example 6
try "with what was added" has h5.p.example A 192.0.2.5
try "more updates" update 'update delete h5.p.example' 'update add h6.p.example 60 A 192.0.2.6'
kill_app
start_app --disk "$work/disk" disk=xvda
eventually "after another: the same" serial_is p.example 7
try "deleted stays deleted" status_is NXDOMAIN h5.p.example A
kill_app
echo 'x A 192.0.2.99' >>"$work/zones/p.example.zone"
try "another zone in the archive must be newer" refused 'expected a serial above 7, to which updates had led, got 1' \
	--disk "$work/disk" disk=xvda
sed -i 's/ns h 1 /ns h 10 /' "$work/zones/p.example.zone"
start_app --disk "$work/disk" disk=xvda
eventually "then it is served" serial_is p.example 10
try "without the updates" status_is NXDOMAIN h1.p.example A
kill_app

# Differences that are longer than a value of the store, and more of them than the disk holds.
big() { # N: 60 KB of records, in the place of those that are there
	local i text
	for i in $(seq 60); do
		text=$(printf '%0250d' $(($1 * 1000 + i)))
		printf '%s\n' "update delete big$i.p.example TXT" "update add big$i.p.example 60 TXT $text $text $text $text"
	done
}
big_is() { ask big60.p.example TXT | grep -qF "$(printf '%0250d' $(($1 * 1000 + 60)))"; }
start_app --disk "$work/disk" disk=xvda
eventually "the zone is served again" serial_is p.example 10
mapfile -t lines < <(big 1)
try "an update of 60 KB" update "${lines[@]}"
mapfile -t lines < <(big 2)
try "one whose difference has 120 KB" update "${lines[@]}"
kill_app
start_app --disk "$work/disk" disk=xvda
eventually "it is there after a kill" serial_is p.example 12
try "as a whole" big_is 2
for i in $(seq 3 24); do
	mapfile -t lines < <(big "$i")
	update "${lines[@]}" >/dev/null || not_ok "update $i" "not acknowledged: $(tail -1 "$work/log")"
done
try "more than the disk holds is folded" logged 'of updates on the disk are folded into serial'
try "and the last is served" big_is 24
kill_app
start_app --disk "$work/disk" disk=xvda
eventually "and there after a kill" serial_is p.example 34
try "with what it has" big_is 24
try "and what was there before" has ns.p.example A 10.0.0.2
try "and takes updates" update 'update add h7.p.example 60 A 192.0.2.7'
kill_app
start_app --disk "$work/disk" disk=xvda
eventually "which last, too" has h7.p.example A 192.0.2.7
kill_app
truncate -s 1M "$work/small"
dd if=/dev/urandom of="$work/small" bs=64K count=16 conv=notrunc status=none
try "a disk with something else on it" refused 'disk=xvda: ' --disk "$work/small" disk=xvda

# ---- a catalog, and expiry ----

cat >"$work/knot.conf" <<END
server:
    rundir: $work/knot
    listen: $them@$port
database:
    storage: $work/knot
key:
  - id: k
    algorithm: hmac-sha256
    secret: $secret
remote:
  - id: us
    address: $us
    key: k
acl:
  - id: us
    key: k
    action: [transfer, update]
template:
  - id: default
    storage: $work/knot
    acl: us
    notify: us
    zonefile-load: whole
    journal-content: none
zone:
  - domain: cat.example
  - domain: m1.example
  - domain: m2.example
  - domain: e.example
END
for zone in m1 m2 e; do
	printf '$TTL 300\n@ SOA ns h 1 1 1 4 30\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2\n' >"$work/knot/$zone.example.zone"
done
printf '$TTL 0\n@ SOA . . 1 60 1 3600 0\n@ NS invalid.\nversion TXT 2\na.zones PTR m1.example.\n' >"$work/knot/cat.example.zone"
cat >"$work/config" <<END
zone = cat.example primaries=$them@$port+key:k catalog=yes allow-query=none
zone = e.example primaries=$them@$port+key:k
group = closed primaries=$them@$port+key:k allow-query=none
END
rm "$work"/zones/*
start_peer knot knotd -c "$work/knot.conf"
start_app
eventually "a member is served" has www.m1.example A 192.0.2.2
try "the catalog itself is not shown" status_is REFUSED cat.example SOA
try "and it says why" error_is "18 (Prohibited)" cat.example SOA
try "what is no member is refused" status_is REFUSED www.m2.example A
change() { printf '%s\n' "server $them $port" 'zone cat.example' "$@" send | (peer nsupdate -k "$work/keys") 2>&1; }
try "the catalog changes" change 'update add b.zones.cat.example 0 PTR m2.example.' 'update delete a.zones.cat.example'
eventually "a new member is served" has www.m2.example A 192.0.2.2
eventually "one that is gone is not" status_is REFUSED www.m1.example A
change 'update delete b.zones.cat.example' 'update add c.zones.cat.example 0 PTR m2.example.' \
	'update add group.c.zones.cat.example 0 TXT closed' >/dev/null
eventually "a member moves to a group of its own" status_is REFUSED www.m2.example A
change 'update delete version.cat.example' >/dev/null
eventually "a broken catalog is told of" logged 'catalog cat.example.: expected a TXT record "2"'
eventually "a secondary is served" has www.e.example A 192.0.2.2
kill -KILL "${peer_pids[0]}"
eventually "without its primary it expires" status_is SERVFAIL www.e.example A
try "and says so" error_is "24 (Invalid Data)" www.e.example A
try "in the log, too" logged "zone e.example.: expired"
start_peer knot knotd -c "$work/knot.conf"
eventually "and is served again" has www.e.example A 192.0.2.2
stop_app "ends at SIGTERM with status 0"
exit $failed
