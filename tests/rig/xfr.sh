#!/bin/bash
# SPDX-License-Identifier: ISC
# A DNS guest and NSD in dom0, in both roles, all signed: the root zone by AXFR, changes by notification and IXFR;
# updates that outlive the guest on a disk, passed on to NSD.
# rig: --package knot-dnsutils
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dns
work=/root/xfr
us=10.0.0.2
them=10.0.0.1
secret=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
mkdir -p $work/archive/zones $work/nsd

cat >$work/nsd.conf <<END
server:
	ip-address: $them@5302
	username: ""
	chroot: ""
	zonesdir: "$work/nsd"
	pidfile: "$work/nsd/pid"
	database: ""
	xfrdfile: "$work/nsd/xfrd"
	xfrdir: "$work/nsd"
	zonelistfile: "$work/nsd/list"
	xfrd-reload-timeout: 0
remote-control:
	control-enable: no
key:
	name: k
	algorithm: hmac-sha256
	secret: "$secret"
zone:
	name: .
	zonefile: root.zone
	provide-xfr: 0.0.0.0/0 k
	notify: $us k
	store-ixfr: yes
	create-ixfr: yes
zone:
	name: p.example
	zonefile: p.example.zone
	request-xfr: $us k
	allow-notify: $us k
END
gzip -dc /root/tests/data/root.zone.gz >$work/nsd/root.zone
serial=$(awk '$4 == "SOA" { print $7; exit }' $work/nsd/root.zone)
printf '$TTL 300\n@ SOA ns h 1 60 2 3600 30\n@ NS ns\nns A %s\n' $us >$work/archive/zones/p.example.zone
printf 'key "k" { algorithm hmac-sha256; secret "%s"; };\n' $secret >$work/archive/keys
cat >$work/archive/config <<END
disk = xvda
zone = . primaries=$them@5302+key:k allow-transfer=key:k
zone = p.example allow-update=key:k allow-transfer=key:k notify=$them@5302+key:k
END
(cd $work/archive && find . -type f | cpio -o -H newc 2>/dev/null) >$work/archive.cpio
truncate -s 2M $work/disk.img

start() {
	create dns.cfg memory=24 "ramdisk=\"$work/archive.cpio\"" "disk=[\"format=raw,vdev=xvda,access=rw,target=$work/disk.img\"]"
}
serial_is() { # SERVER PORT ZONE SERIAL
	[ "$(kdig +timeout=1 +retry=0 +short "@$1" -p "$2" "$3" SOA | cut -d' ' -f3)" = "$4" ]
}
has() { kdig +timeout=1 +retry=0 +short "@$1" -p "$2" "$3" "$4" | grep -qxF "$5"; }
update() {
	printf '%s\n' "server $us" "zone p.example" "$@" send >$work/update
	timeout 20 knsupdate -y hmac-sha256:k:$secret $work/update
}
contents() { # SERVER PORT
	kdig +timeout=20 +retry=0 +noidn -y hmac-sha256:k:$secret "@$1" -p "$2" . AXFR |
		grep -v -e '^;' -e TSIG -e '^$' | tr -s ' \t' ' ' | sort -u
}
same_root() {
	contents $us 53 >$work/ours
	contents $them 5302 >$work/theirs
	[ -s $work/ours ] && cmp $work/ours $work/theirs && wc -l <$work/ours
}

start
within 30 "a primary's zone is served" serial_is $us 53 p.example 1
nsd -d -c $work/nsd.conf >$work/nsd.log 2>&1 &
nsd=$!
within 60 "the root zone has come from NSD" serial_is $us 53 . "$serial"
test_that "all of it" same_root
sed -i "/SOA/s/$serial/$((serial + 1))/" $work/nsd/root.zone
echo 'kinglet. 300 IN TXT "here"' >>$work/nsd/root.zone
kill -HUP $nsd
within 30 "NSD has changed it, and has told" has $us 53 kinglet TXT '"here"'
within 5 "by differences" eval 'guest_console dns | grep -q "zone . serial $((serial + 1)): changed by transfer"'
test_that "an update" update 'add new.p.example. 60 A 192.0.2.77'
within 30 "NSD has it" has $them 5302 new.p.example A 192.0.2.77
xl destroy dns
start
within 30 "destroyed and created anew: the update is there" has $us 53 new.p.example A 192.0.2.77
test_that "with its serial" serial_is $us 53 p.example 2
within 60 "and the root zone comes again" serial_is $us 53 . $((serial + 1))
test_that "xl shutdown" xl shutdown dns
within 10 "the guest ends in order" guest_is_gone dns
kill $nsd
finish
