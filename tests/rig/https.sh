#!/bin/bash
# SPDX-License-Identifier: ISC
# The HTTPS guest, asked by curl and openssl: pages by TLS 1.3 and 1.2, resumed sessions, conditions, ranges, refusals,
# connections that are slow or too many, and service all the while.
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

create https.cfg
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
	(printf 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'; sleep 2) |
		timeout 20 openssl s_client -connect 10.0.0.2:443 "-$1" -sess_out "$session" -ign_eof >/dev/null 2>&1
	echo | timeout 20 openssl s_client -connect 10.0.0.2:443 "-$1" -sess_in "$session" 2>&1 | grep -q '^Reused'
}
test_that "a session of TLS 1.3 is resumed" resumes tls1_3
test_that "a session of TLS 1.2 is resumed" resumes tls1_2

# More connections than one address may have, all silent: who comes above is turned away, and afterwards there is room.
silent=()
for _ in {1..40}; do
	sleep 15 | timeout 15 nc 10.0.0.2 443 >/dev/null 2>&1 &
	silent+=($!)
done
within 25 "after silent connections there is service" is 200 status_of $url/
kill "${silent[@]}" 2>/dev/null
wait "${silent[@]}" 2>/dev/null

test_that "xl shutdown" xl shutdown https
within 10 "the guest ends in order" guest_is_gone https
guest_console https | grep -E 'handshakes|heap at most' | sed 's/^/# /'

create https.cfg 'kernel="https-lean.elf"' memory=8
within 20 "the lean image serves, too" ask -fo /dev/null $url/
test_that "HTTP/1.1 alone" is 1.1 ask -o /dev/null -w '%{http_version}' $url/
test_that "TLS 1.3 alone" sh -c "! curl -sk --tls-max 1.2 --max-time 5 $url/"
test_that "a session of the lean image is resumed" resumes tls1_3
finish
