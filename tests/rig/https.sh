#!/bin/bash
# SPDX-License-Identifier: ISC
# The HTTPS guest, asked by curl and openssl: pages by TLS 1.3 and 1.2, resumed sessions, conditions, ranges, refusals,
# tickets of a guest that was copied, crowds of connections that are slow or too many, and service all the while.
# rig: --file build/rig-tools
. ./lib.sh
. /root/tests/rig/lib.bash

guest=https
url=https://10.0.0.2
ask() { curl -sk --max-time 10 "$@"; }
status_of() { ask -o /dev/null -w '%{http_code}' "$@"; }
is() { # EXPECTED COMMAND...
	local expected=$1 got
	shift
	got=$("$@")
	[ "$got" = "$expected" ] || { echo "expected '$expected', got '$got'"; return 1; }
}

# Half the time for a head and a handshake that there is unless somebody says so: who is slow is waited for less long.
create https.cfg 'extra="ip=10.0.0.2/24 ip6=fd00::2/64 gateway=10.0.0.1 head-time=5 handshake-time=5"'
within 20 "the first page is served" ask -fo /dev/null $url/
test_that "its text" is 'Kinglet' sh -c "curl -sk $url/ | sed -n 's/.*<title>\(.*\)<.title>.*/\1/p'"
test_that "over IPv6" is 200 status_of "https://[fd00::2]/"
test_that "by HTTP/2" is 2 ask -o /dev/null -w '%{http_version}' $url/
test_that "and 1.1" is 1.1 ask --http1.1 -o /dev/null -w '%{http_version}' $url/
test_that "TLS 1.2" is 200 status_of --tls-max 1.2 $url/
test_that "no TLS 1.1" sh -c "! curl -sk --tls-max 1.1 --max-time 5 $url/"
test_that "from port 80" is https://10.0.0.2/x?y ask -o /dev/null -w '%{redirect_url}' 'http://10.0.0.2/x?y'
etag=$(ask -I $url/ | sed -n 's/^etag: \(.*\)\r$/\1/p')
test_that "not modified" is 304 status_of -H "if-none-match: $etag" $url/
test_that "a range" is 'doctype' ask -r 2-8 $url/
test_that "not found" is 404 status_of $url/no
test_that "no way out of the site" is 400 status_of --path-as-is $url/../../tls/default.key
test_that "nor by another" is 404 status_of --path-as-is $url/.errors/404.html
test_that "status as JSON" sh -c "curl -sk $url/status.json | grep -q '\"requests\":[1-9]'"

resumes() { # tls1_2|tls1_3
	local session=/tmp/session.$1
	printf 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n' |
		timeout 20 openssl s_client -connect 10.0.0.2:443 "-$1" -sess_out "$session" -ign_eof >/dev/null 2>&1
	echo | timeout 20 openssl s_client -connect 10.0.0.2:443 "-$1" -sess_in "$session" 2>&1 | grep -q '^Reused'
}
test_that "a session of TLS 1.3 is resumed" resumes tls1_3
test_that "a session of TLS 1.2 is resumed" resumes tls1_2

# A guest that was saved may have been copied: tickets from before are worth nothing.
reuse() { # tls1_2|tls1_3: of the session that resumes() left, "Reused" or "New"
	echo | timeout 20 openssl s_client -connect 10.0.0.2:443 "-$1" -sess_in "/tmp/session.$1" 2>&1 | sed -n 's/^\(New\|Reused\), .*/\1/p' | head -n 1
}
test_that "xl save" xl save https /root/https.save
test_that "xl restore" xl restore /root/https.save
within 20 "restored: it serves" ask -fo /dev/null $url/
test_that "restored: a ticket of TLS 1.3 from before is not taken" is New reuse tls1_3
test_that "restored: nor one of TLS 1.2" is New reuse tls1_2
test_that "restored: new ones are" resumes tls1_3

# Crowds, from an address of their own. Whoever else asks is served all the while, and the counters tell of them.
ip addr add 10.0.0.99/24 dev xenbr0
ask_too() { curl -sk --max-time 5 --interface 10.0.0.99 "$@"; }
counter() { ask_too $url/status.json | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
beside() { # COMMAND...: while it runs, another address is served, and never waits for long
	local crowd served=0 missed=0
	"$@" >/tmp/crowd &
	crowd=$!
	while kill -0 $crowd 2>/dev/null; do
		if ask_too --retry 5 --retry-delay 0 --retry-all-errors -fo /dev/null $url/; then served=$((served + 1)); else missed=$((missed + 1)); fi
	done
	echo "# $* $(cat /tmp/crowd): served $served, missed $missed, refused in all $(counter refused)" >&3
	[ $served -ge 3 ] && [ $missed = 0 ] || { echo "served $served, missed $missed"; return 1; }
}
exec 3>&1
test_that "served beside 10,000 attempts to connect" beside /root/rig-tools/crowd attempts 10.0.0.2 443 10000
test_that "served beside 60 slow senders of heads, by TLS's port" beside /root/rig-tools/crowd slow 10.0.0.2 443 60 7
test_that "and by port 80" beside /root/rig-tools/crowd slow 10.0.0.2 80 60 7
refused_many() { [ "$(counter refused)" -ge 100 ] || { echo "refused $(counter refused)"; return 1; }; }
test_that "those above the limits were turned away" refused_many
# Slow ones have the ends of their time: 5 s for a head.
ended_many() { [ "$(sed -n 's/.*ended=//p' /tmp/crowd)" -ge 32 ] || { cat /tmp/crowd; return 1; }; }
test_that "and the slow were ended" ended_many
within 25 "afterwards there is service for the same address" is 200 status_of $url/

test_that "xl shutdown" xl shutdown https
within 10 "the guest ends in order" guest_is_gone https
guest_console https | grep -E 'handshakes|heap at most' | sed 's/^/# /'

create https.cfg 'kernel="https-lean.elf"' memory=8
within 20 "the lean image serves, too" ask -fo /dev/null $url/
test_that "HTTP/1.1 alone" is 1.1 ask -o /dev/null -w '%{http_version}' $url/
test_that "TLS 1.3 alone" sh -c "! curl -sk --tls-max 1.2 --max-time 5 $url/"
test_that "a session of the lean image is resumed" resumes tls1_3
finish
