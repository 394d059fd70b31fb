#!/bin/bash
# SPDX-License-Identifier: ISC
# The DNS guest with TLS, asked by kdig and openssl: opportunistic and strict, resumed sessions, a zone transfer over
# TLS, another certificate while it runs, silent connections above the limit.
# rig: --file build/https/tls
. ./lib.sh
. /root/tests/rig/lib.bash

guest=dns-tls
work=/root/dns-tls
us=10.0.0.2
mkdir -p $work/archive
cp -R /root/tests/data/zones $work/archive/zones
cp -R /root/tls $work/archive/tls
mkdir $work/archive/tls2
openssl req -x509 -nodes -days 30 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=second.test \
	-keyout $work/archive/tls2/default.key -out $work/archive/tls2/default.crt 2>/dev/null
echo 'zone = rich.example allow-transfer=any' >$work/archive/config
(cd $work/archive && find . -type f | cpio -o -H newc 2>/dev/null) >$work/archive.cpio

asks() { # OPTION...
	kdig +timeout=5 +retry=0 "$@" rich.example SOA | grep -q 'IN.*SOA'
}
tls() { echo | timeout 20 openssl s_client -connect $us:853 -alpn dot "$@" 2>/dev/null; }
axfr() { # OPTION...
	kdig +timeout=20 +retry=0 "$@" @$us rich.example AXFR | grep -v -e '^;' -e '^$' | sort
}
same_transfer() {
	axfr +tcp >$work/tcp
	axfr +tls >$work/tls
	[ "$(wc -l <$work/tls)" -gt 100 ] && cmp $work/tcp $work/tls
}
resumes() {
	{
		printf '\0\036\0\1\0\0\0\1\0\0\0\0\0\0\4rich\7example\0\0\6\0\1'
		wait_for 10 "a ticket" test -s $work/session >/dev/null
	} | timeout 20 openssl s_client -connect $us:853 -alpn dot "-$1" -sess_out $work/session >/dev/null 2>&1
	tls "-$1" -sess_in $work/session | grep -q '^Reused'
}
subject_is() { tls | grep -q "^subject=.*$1"; }

create dns-tls.cfg "ramdisk=\"$work/archive.cpio\""
within 20 "it answers by TLS" asks +tls @$us
test_that "over IPv6" asks +tls @fd00::2
test_that "strict" asks +tls-ca=/root/tls/default.crt +tls-hostname=kinglet.test @$us
test_that "by UDP and TCP" asks +tcp @$us
test_that "ALPN" sh -c "echo | timeout 20 openssl s_client -connect $us:853 -alpn dot 2>/dev/null | grep -q 'ALPN protocol: dot'"
test_that "TLS 1.2" sh -c "echo | timeout 20 openssl s_client -connect $us:853 -tls1_2 2>/dev/null | grep -q 'Protocol *: TLSv1.2'"
test_that "a session is resumed" resumes tls1_3
test_that "a transfer by TLS is the one by TCP" same_transfer
test_that "the certificate" subject_is kinglet.test
xenstore-write "/local/domain/$(xl domid dns-tls)/data/config/certificates" tls2
within 10 "another one while it runs" subject_is second.test

silent=()
for _ in {1..40}; do
	sleep 15 | timeout 15 nc $us 853 >/dev/null 2>&1 &
	silent+=($!)
done
within 20 "after silent connections there is service" asks +tls @$us
kill "${silent[@]}" 2>/dev/null
wait "${silent[@]}" 2>/dev/null
test_that "xl shutdown" xl shutdown dns-tls
within 10 "the guest ends in order" guest_is_gone dns-tls
guest_console dns-tls | grep -E 'connections:|by TLS' | sed 's/^/# /'
finish
