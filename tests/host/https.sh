#!/bin/bash
# SPDX-License-Identifier: ISC
# The HTTPS app as a Linux program on its tap, with sanitizers: certificates of each kind, names, versions, groups,
# resumption, stapling, clients' certificates; files and handlers over HTTP/1.1; limits and deadlines; wrong certificates.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

program=${BUILD:-build/asan}/https
begin_work
url=https://10.0.0.2

# ---- sites and certificates ----

certificate() { # NAME KEY-OPTION...
	local name=$1
	shift
	openssl req -x509 -nodes -days 30 -newkey "$@" -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
		-keyout "$work/tls/$name.key" -out "$work/tls/$name.crt" 2>>"$work/openssl.log"
}

# A CA, a certificate of it for www.p256.test, and what the CA says of that.
stapled() {
	local ca=$work/ca
	mkdir "$ca"
	openssl req -x509 -nodes -days 30 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=ca -keyout "$ca/key" -out "$ca/crt"
	openssl req -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=www.p256.test -keyout "$work/tls/www.p256.test.key" -out "$ca/csr"
	openssl x509 -req -in "$ca/csr" -CA "$ca/crt" -CAkey "$ca/key" -set_serial 4242 -days 30 -out "$ca/leaf" \
		-extfile <(printf 'subjectAltName=DNS:www.p256.test\nauthorityKeyIdentifier=keyid\n')
	cat "$ca/leaf" "$ca/crt" >"$work/tls/www.p256.test.crt"
	printf 'V\t%s\t\t1092\tunknown\t/CN=www.p256.test\n' "$(date -u -d '+30 days' +%y%m%d%H%M%SZ)" >"$ca/index"
	openssl ocsp -index "$ca/index" -rsigner "$ca/crt" -rkey "$ca/key" -CA "$ca/crt" -issuer "$ca/crt" -serial 4242 -ndays 7 \
		-respout "$work/tls/www.p256.test.ocsp" -no_nonce
	openssl req -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=alice -keyout "$ca/alice.key" -out "$ca/csr"
	openssl x509 -req -in "$ca/csr" -CA "$ca/crt" -CAkey "$ca/key" -days 30 -out "$ca/alice.crt" \
		-extfile <(echo extendedKeyUsage=clientAuth)
}

make_sites() {
	mkdir -p "$work/tls" "$work/tls2" "$work/www"
	cp -R apps/https/www/default "$work/www/default"
	mkdir -p "$work/www/other.test/sub"
	echo other >"$work/www/other.test/index.html"
	head -c 300000 /dev/urandom >"$work/www/default/large"
	head -c 1500000 /dev/zero >"$work/huge"
	seq 20000 >"$work/www/default/numbers.txt"
	gzip -k "$work/www/default/numbers.txt"
	certificate default ec -pkeyopt ec_paramgen_curve:P-256
	certificate rsa.test rsa:2048
	certificate p384.test ec -pkeyopt ec_paramgen_curve:P-384
	certificate ed25519.test ed25519
	certificate '*.wild.test' ec -pkeyopt ec_paramgen_curve:P-256
	certificate clients.test ec -pkeyopt ec_paramgen_curve:P-256
	cp "$work/tls/rsa.test.crt" "$work/tls2/default.crt"
	cp "$work/tls/rsa.test.key" "$work/tls2/default.key"
	stapled 2>>"$work/openssl.log"
	cp "$work/ca/crt" "$work/tls/clients.test.clients"
	scripts/archive "$work/site.cpio" "$work/www" "$work/tls" "$work/tls2"
}

# ---- asking ----

ask() { curl -sk --max-time 15 "$@"; }
status_of() { ask -o /dev/null -w '%{http_code}' "$@"; }
# OpenSSL's versions write "CN = name" or "CN=name".
client() { echo | timeout 15 openssl s_client -connect 10.0.0.2:443 "$@" 2>&1 | sed 's/CN = /CN=/'; }
client_says() { # TEXT OPTION...
	local text=$1 output
	shift
	output=$(client "$@")
	grep -qF -- "$text" <<<"$output" || { echo "expected '$text', got: $(tail -n 12 <<<"$output")"; return 1; }
}
raw() { # TEXT: the first line of what answers it
	printf "$1" | timeout 15 openssl s_client -quiet -connect 10.0.0.2:443 2>/dev/null | head -n 1 | tr -d '\r'
}
says() { grep -qF -- "$1" "$work/log"; }

start() { # SETTING...
	run_app "$program" --tap tap0 --settings "$work/fifo" --archive "$work/site.cpio" ip=10.0.0.2/24 ip6=fd00::2/64 "$@"
	tap_up tap0 10.0.0.1/24 fd00::1/64
	within 15 ask -fo /dev/null $url/ || not_ok "start" "no page within 15 s"
}

mkfifo "$work/fifo"
make_sites
start head-time=2 handshake-time=3 per-address=8

# ---- TLS ----

try "a page by TLS 1.3" is 'TLSv1.3 200' sh -c "curl -skvo /dev/null -w '%{http_code}' $url/ 2>&1 | sed -n 's/.*using \(TLSv1.[23]\).*/\1/p; s/^\([0-9]*\)$/\1/p' | paste -sd' '"
try "TLS 1.2" is 200 status_of --tls-max 1.2 $url/
try "over IPv6" is 200 status_of "https://[fd00::2]/"
for kind in rsa p384 ed25519; do
	try "a certificate with $kind" client_says "subject=CN=$kind.test" -servername $kind.test
	try "the same by TLS 1.2" client_says "CN=$kind.test" -tls1_2 -servername $kind.test
done
try "a name with a star" client_says 'CN=*.wild.test' -servername a.wild.test
try "another name" client_says 'CN=default' -servername nobody.test
for group in X25519 P-256 P-384; do
	try "group $group" client_says 'Verification error: self-signed' -groups $group
done
try "no group in common" client_says 'Cipher is (NONE)' -groups X448
for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
	try "$suite" client_says "Cipher is $suite" -ciphersuites $suite
done
for suite in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305; do
	try "$suite" client_says "Cipher is $suite" -tls1_2 -cipher $suite
done
try "nothing without forward secrecy" client_says 'handshake failure' -tls1_2 -cipher AES128-GCM-SHA256 -servername rsa.test
try "nothing with CBC" client_says 'handshake failure' -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA
try "nothing before TLS 1.2" client_says 'alert protocol version' -tls1_1 -cipher ALL:@SECLEVEL=0
try "without middlebox compatibility" client_says 'Cipher is TLS_AES' -no_middlebox
try "ALPN" client_says 'ALPN protocol: http/1.1' -alpn foo,http/1.1
try "ALPN without a match" client_says 'no application protocol' -alpn foo
try "an OCSP response" client_says 'OCSP Response Status: successful' -status -servername www.p256.test
try "none where there is none" client_says 'OCSP response: no response sent' -status
alice=(--cert "$work/ca/alice.crt" --key "$work/ca/alice.key" --resolve clients.test:443:10.0.0.2)
try "a client's certificate" is 200 status_of "${alice[@]}" https://clients.test/
try "by TLS 1.2" is 200 status_of --tls-max 1.2 "${alice[@]}" https://clients.test/
try "none where one must be" is 000 status_of --resolve clients.test:443:10.0.0.2 https://clients.test/
try "one of somebody else" is 000 status_of --cert "$work/tls/default.crt" --key "$work/tls/default.key" "${alice[@]:4}" https://clients.test/

resumes() { # OPTION...
	printf 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n' |
		timeout 15 openssl s_client -connect 10.0.0.2:443 "$@" -sess_out "$work/session" -ign_eof >/dev/null 2>&1
	client_says Reused "$@" -sess_in "$work/session"
}
try "a session of TLS 1.3 is resumed" resumes -tls1_3
try "a session of TLS 1.2 is resumed" resumes -tls1_2
try "not at another site" sh -c "! echo | openssl s_client -connect 10.0.0.2:443 -servername rsa.test -sess_in $work/session 2>&1 | grep -q ^Reused"

# ---- HTTP ----

try "a site by its name" is other ask --resolve other.test:443:10.0.0.2 https://other.test/
try "the name of another site" is other ask -H 'host: other.test' $url/
try "a large file" cmp "$work/www/default/large" <(ask $url/large)
try "compressed" cmp "$work/www/default/numbers.txt" <(ask --compressed $url/numbers.txt)
try "fewer bytes" is "$(stat -c %s "$work/www/default/numbers.txt.gz")" ask --compressed -o /dev/null -w '%{size_download}' $url/numbers.txt
try "a range" cmp <(tail -c +1001 "$work/www/default/large" | head -c 2000) <(ask -r 1000-2999 $url/large)
try "two ranges" is 206 status_of -r 0-9,100-109 $url/large
etag=$(ask -I $url/large | sed -n 's/^etag: \(.*\)\r$/\1/p')
try "not modified" is 304 status_of -H "if-none-match: $etag" $url/large
try "keep-alive" is '1 0 0' sh -c "curl -sk -o /dev/null -w '%{num_connects} ' $url/ -o /dev/null $url/large -o /dev/null $url/style.css | sed 's/ $//'"
try "the site's own page of an error" is 'Not found' sh -c "curl -sk $url/no | sed -n 's/.*<h1>\(.*\)<.h1>/\1/p'"
try "a redirect to a folder" is "$url/status/" ask -o /dev/null -w '%{redirect_url}' $url/status
try "a redirect to TLS" is 'https://10.0.0.2/a?b' ask -o /dev/null -w '%{redirect_url}' 'http://10.0.0.2/a?b'
try "no way out of the site" is 400 status_of --path-as-is "$url/../../tls/default.key"
try "a body that is too long" is 413 status_of --data-binary "@$work/huge" $url/
try "the same by HTTP/1.1" is 413 status_of --http1.1 --data-binary "@$work/huge" $url/
try "a method that is not there" is 405 status_of -X DELETE $url/
try "status as JSON" python3 -c 'import json, sys; assert json.loads(sys.argv[1])["requests"] > 10' "$(ask $url/status.json)"
follow() { # two lines, a second apart, come as they are written
	ask -N --max-time 2.5 "$url/status.json?follow" >"$work/lines"
	[ "$(wc -l <"$work/lines")" -ge 2 ] || { echo "expected two lines, got $(wc -l <"$work/lines")"; return 1; }
}
try "status, followed" follow
try "a smuggled request" is 'HTTP/1.1 400 Bad Request' raw 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
try "a slow head" is 'HTTP/1.1 408 Request Timeout' sh -c "(printf 'GET / HTTP/1.1\r\nHo'; sleep 8) | timeout 15 openssl s_client -quiet -connect 10.0.0.2:443 2>/dev/null | head -n 1 | tr -d '\r'"

# ---- HTTP/2 ----

try "curl speaks HTTP/2" is '2 200' ask -o /dev/null -w '%{http_version} %{http_code}' $url/
try "and HTTP/1.1, when asked to" is '1.1 200' ask --http1.1 -o /dev/null -w '%{http_version} %{http_code}' $url/
together() { # many files on one connection
	local i args=()
	for i in {1..20}; do args+=("$url/large" -o "$work/got.$i"); done
	ask -Z --parallel-max 20 "${args[@]}" || return 1
	for i in {1..20}; do cmp "$work/www/default/large" "$work/got.$i" || return 1; done
}
try "many files on one connection" together
beside() { # while a handler goes on, files come, on the same connection
	timeout 20 nghttp -nv "$url/status.json?follow" $url/large --timeout=3 >"$work/nghttp" 2>&1
	grep -q 'recv DATA.*stream_id=1[35]' "$work/nghttp" && [ "$(grep -c 'END_STREAM' "$work/nghttp")" -ge 3 ] &&
		[ "$(grep -c 'recv DATA frame' "$work/nghttp")" -ge 20 ] || { tail -n 20 "$work/nghttp"; return 1; }
}
try "files beside a handler" beside
load() { # h2load OPTION...: all requests succeed
	local output
	output=$(timeout 60 h2load "$@" 2>&1)
	grep -q ', 0 failed, 0 errored, 0 timeout' <<<"$output" || { tail -n 12 <<<"$output"; return 1; }
}
try "a thousand requests, 32 at a time" load -n 1000 -c 4 -m 32 $url/style.css
try "handlers, 8 at a time" load -n 200 -c 2 -m 8 $url/status.json
try "and over HTTP/1.1" load --h1 -n 500 -c 4 $url/style.css
try "floods of frames end their connection" timeout 60 python3 tests/host/http2_flood.py 10.0.0.2
try "and after them there is service" is 200 status_of $url/

# ---- limits ----

# Connections that say nothing, more than there may be of one address.
crowd=()
for _ in {1..12}; do
	timeout 20 bash -c 'exec 3<>/dev/tcp/10.0.0.2/443; cat <&3' >/dev/null 2>&1 &
	crowd+=($!)
done
try "the silent ones have an end, and there is room again" within 10 ask -fo /dev/null $url/
wait "${crowd[@]}" 2>/dev/null
try "those above the limit were turned away" python3 -c 'import json, sys; assert json.loads(sys.argv[1])["refused"] >= 4' "$(ask $url/status.json)"

# While thousands of attempts to connect are made, whoever asks is served.
flooded() {
	local flood served=0
	timeout 100 python3 tests/host/connect_flood.py 10.0.0.2 443 10000 >"$work/flood" &
	flood=$!
	while kill -0 $flood 2>/dev/null; do
		! ask --retry 20 --retry-delay 0 --retry-all-errors --connect-timeout 1 -fo /dev/null $url/ || served=$((served + 1))
	done
	grep -q '^10000 attempts' "$work/flood" && [ $served -ge 3 ] || { echo "served $served, $(cat "$work/flood")"; return 1; }
}
try "served while 10,000 attempts to connect are made" flooded
try "and afterwards" within 15 ask -fo /dev/null $url/

# ---- certificates that change ----

becomes() { # LINE OUTCOME
	printf '%s\n' "$1" >"$work/fifo"
	within 5 says "$2" || { echo "expected '$2', got: $(grep '^status' "$work/log" | tail -n 1)"; return 1; }
}
try "another folder of certificates" becomes certificates=tls2 'status certificates: ok tls2'
try "is in effect" client_says 'CN=rsa.test'
try "a folder that is not there" becomes certificates=none 'status certificates: error: certificates=none: expected'
try "changes nothing" client_says 'CN=rsa.test'
stop_app "ends at SIGTERM"
grep -E 'handshakes|heap at most' "$work/log" | sed 's/^/# /'

cp "$work/tls/rsa.test.key" "$work/tls/default.key"
scripts/archive "$work/bad.cpio" "$work/www" "$work/tls"
try "a key of another certificate" refuses 'tls/default.crt, .key: key: expected the one that belongs to the certificate' "$program" ip=none --archive "$work/bad.cpio"
scripts/archive "$work/bad.cpio" "$work/www"
try "no certificate" refuses 'expected tls/default.crt and .key, got none' "$program" ip=none --archive "$work/bad.cpio"
scripts/archive "$work/bad.cpio" "$work/tls"
try "no site" refuses 'no files below www/default/' "$program" ip=none --archive "$work/bad.cpio"
try "no archive" refuses 'boot archive (ramdisk=): expected one with' "$program" ip=none
exit $failed
