#!/bin/bash
# SPDX-License-Identifier: ISC
# What is wrong is said in one clear line on the console; then the domain ends in order, or serves where it can.
# rig: --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash

mkdir -p /root/bad/zones /root/empty/zones
cat >/root/bad/zones/bad.example.zone <<'ZONE'
$TTL 1h
@ SOA ns hostmaster 1 2 3 4 5
@ NS ns
ns A 10.0.0.2
oops A 10.0.0.256
ZONE
echo nothing >/root/empty/readme
pack() { (cd "$1" && find . -type f | cpio -o -H newc 2>/dev/null) >"$2"; }
pack /root/bad /root/bad.cpio
pack /root/empty /root/empty.cpio
head -c 5000 /dev/urandom >/root/random.cpio
head -c 1500 dns.cpio >/root/cut.cpio

# ends NAME TEXT XL-SETTING...: the guest says TEXT and its domain ends by poweroff.
ends() {
	local name=$1 text=$2
	guest=dns
	shift 2
	create dns.cfg 'vif=["bridge=xenbr0,script=vif-fast"]' "$@" || { not_ok "$name" "xl create failed"; return; }
	within 15 "$name: ends" guest_is_gone dns
	if console_has dns "$text"; then
		ok "$name: says why"
	else
		not_ok "$name: says why" "expected '$text' on the console"
		guest_console dns | sed 's/^/# /'
	fi
	destroy_all
}

ends "wrong ip=" "10.0.0.2/99" 'extra="ip=10.0.0.2/99"'
ends "wrong gateway=" "gateway" 'extra="ip=10.0.0.2/24 gateway=nowhere"'
ends "unknown setting" "colour" 'extra="ip=10.0.0.2/24 colour=blue"'
ends "setting without value" "ip" 'extra="ip"'
ends "wrong number" "port" 'extra="ip=10.0.0.2/24 port=70000"'
ends "zone with an error" "zones/bad.example.zone:5:" 'ramdisk="/root/bad.cpio"'
ends "no archive" "no boot archive" 'ramdisk=""'
ends "archive that is none" "boot archive" 'ramdisk="/root/random.cpio"'
ends "archive cut short" "boot archive" 'ramdisk="/root/cut.cpio"'
ends "archive without zones" "no zone files" 'ramdisk="/root/empty.cpio"'
ends "command line too long" "expected at most" "extra=\"ip=10.0.0.2/24 hostname=$(printf 'x%.0s' {1..1500})\""

# Without a vif the guest says so, and serves once it is given one.
guest=dns
create dns.cfg 'vif=[]'
within 20 "no vif: says so" console_has dns "no network device"
test_that "no vif: one is attached" xl network-attach dns bridge=xenbr0
within 20 "no vif: serves by the one attached" \
	sh -c 'kdig +timeout=1 +retry=0 +short @10.0.0.2 kinglet.example A | grep -q 10.0.0.2'
destroy_all

# A backend that never comes: a vif that no driver takes up, since its backend's state is put back.
mkdir -p /etc/xen/scripts
printf '#!/bin/sh\nexit 0\n' >/etc/xen/scripts/vif-nothing
chmod +x /etc/xen/scripts/vif-nothing
modprobe -r xen-netback && modprobed=yes || modprobed=
if [ -n "$modprobed" ]; then
	# libxl waits for the backend to be initialised, and to be closed: play that much of it.
	(
		for _ in $(seq 200); do
			for path in $(xenstore-ls -f /local/domain/0/backend/vif 2>/dev/null | sed -n 's|^\(.*\)/frontend-id = .*|\1|p'); do
				case $(xenstore-read "$path/state" 2>/dev/null) in
				1) xenstore-write "$path/state" 2 "$path/hotplug-status" connected ;;
				5) xenstore-write "$path/state" 6 ;;
				esac
			done
			read -r -t 0.1 <> <(:)
		done
	) &
	player=$!
	create dns.cfg 'vif=["bridge=xenbr0,script=vif-nothing"]' && within 30 "backend that never comes: said" console_has dns "backend"
	test_that "backend that never comes: xl shutdown works" xl shutdown dns
	within 10 "backend that never comes: ends" guest_is_gone dns
	kill $player 2>/dev/null
	wait $player 2>/dev/null
	modprobe xen-netback
fi
finish
