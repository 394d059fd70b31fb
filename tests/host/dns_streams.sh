#!/bin/bash
# SPDX-License-Identifier: ISC
# DNS over TCP and over TLS: the app with TLS as a Linux program, with sanitizers, on its tap. Ordinary clients (kdig,
# openssl), certificates that are right, wrong and changed; then clients that misbehave, while another is served.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

program=${BUILD:-build/asan}/dns-tls
begin_work

# ---- zones and certificates ----

certificate() { # FOLDER NAME
	mkdir -p "$work/$1"
	openssl req -x509 -nodes -days 30 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=ns.example \
		-addext subjectAltName=DNS:ns.example -keyout "$work/$1/$2.key" -out "$work/$1/$2.crt" 2>>"$work/openssl.log"
}
cp -R tests/data/zones "$work/zones"
{
	printf '$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 192.0.2.1\n'
	seq -f "host%g TXT \"$(printf '%0200d' 1)\"" 1 6000
} >"$work/zones/large.example.zone"
certificate tls default
certificate tls clients.example
certificate client alice
cp "$work/client/alice.crt" "$work/tls/clients.example.clients"
certificate tls2 default
certificate bad default
cp "$work/tls/default.key" "$work/bad/default.key"
printf 'zone = large.example allow-transfer=any\n' >"$work/config"
scripts/archive "$work/archive.cpio" "$work/zones" "$work/tls" "$work/tls2" "$work/bad" "$work/config"

# ---- the program ----

fails() { ! "$@"; }
answers() { kdig +timeout=1 +retry=0 +short "@10.0.0.2" rich.example SOA | grep -q .; }

start() { # SETTING...
	run_app "$program" --tap tap0 --archive "$work/archive.cpio" ip=10.0.0.2/16 ip6=fd00::2/64 "$@"
	tap_up tap0 10.0.0.1/16 fd00::1/64 || exit 1
	for net in 1 2 9; do
		ip route replace local 10.0.$net.0/24 dev lo
	done
	within 15 answers || { not_ok "start" "no answer within 15 s"; exit 1; }
}

stop() { stop_app "ends in order"; }

# ---- the plain image ----

no_tls() { [ -s "$1" ] && ! nm "$1" | grep -iE 'wolfssl|tls_(accept|server)'; }
for plain in build/guest/dns.debug build/host/dns; do
	try "no TLS in $plain" no_tls $plain
done
try "but in the other" sh -c 'nm build/guest/dns-tls.debug | grep -q wolfSSL_accept'

# ---- ordinary clients ----

strict="+tls-ca=$work/tls/default.crt +tls-hostname=ns.example"

mkfifo "$work/settings"
start tcp-connections=40 --settings "$work/settings"
try "kdig +tcp" sh -c 'kdig +timeout=5 +retry=0 +tcp @10.0.0.2 rich.example SOA | grep -q "IN.*SOA"'
try "kdig +tls, opportunistic" sh -c 'kdig +timeout=5 +retry=0 +tls @10.0.0.2 rich.example SOA | grep -q "IN.*SOA"'
try "over IPv6" sh -c 'kdig +timeout=5 +retry=0 +tls @fd00::2 rich.example SOA | grep -q "IN.*SOA"'
try "strict: the name and who signed it" sh -c "kdig +timeout=5 +retry=0 +tls $strict @10.0.0.2 rich.example SOA | grep -q 'IN.*SOA'"
try "strict: another name is refused by the client" sh -c \
	"! kdig +timeout=5 +retry=0 +tls +tls-ca=$work/tls/default.crt +tls-hostname=other.example @10.0.0.2 rich.example SOA | grep -q 'IN.*SOA'"
try "a zone transfer over TLS" sh -c '[ "$(kdig +timeout=10 +retry=0 +tls @10.0.0.2 large.example AXFR | grep -c "IN.*TXT")" = 6000 ]'
try "padded by kdig's wish" sh -c \
	'kdig +timeout=5 +retry=0 +tls +padding=128 @10.0.0.2 rich.example SOA | grep -qE "Received (468|936|1404) B"'
members=(kdig +timeout=5 +retry=0 +tls +tls-sni=clients.example @10.0.0.2 rich.example SOA)
asks_members() { "${members[@]}" "$@" | grep -q 'IN.*SOA'; }
try "a site for clients with certificates" asks_members +tls-certfile="$work/client/alice.crt" +tls-keyfile="$work/client/alice.key"
try "has no answer for others" fails asks_members
alpn() { echo | timeout 10 openssl s_client -connect 10.0.0.2:853 -alpn "$1" "${@:2}" 2>&1; }
try "ALPN dot" sh -c 'echo | timeout 10 openssl s_client -connect 10.0.0.2:853 -alpn dot 2>&1 | grep -q "ALPN protocol: dot"'
if alpn http/1.1 | grep -q 'no application protocol'; then
	ok "another protocol is refused"
else
	not_ok "another protocol is refused" "$(alpn http/1.1 | grep -i alpn)"
fi
for version in tls1_2 tls1_3; do
	rm -f "$work/session"
	{
		printf '\0\036\0\1\0\0\0\1\0\0\0\0\0\0\4rich\7example\0\0\6\0\1'
		within 5 test -s "$work/session" # a ticket has come
	} | timeout 10 openssl s_client -connect 10.0.0.2:853 -alpn dot -$version -sess_out "$work/session" >/dev/null 2>&1
	if alpn dot -$version -sess_in "$work/session" | grep -q '^Reused'; then
		ok "a session is resumed, $version"
	else
		not_ok "a session is resumed, $version" "it is new"
	fi
done

# ---- another certificate, while a connection is open ----

fingerprint() { echo | timeout 10 openssl s_client -connect 10.0.0.2:853 2>/dev/null | openssl x509 -noout -fingerprint; }
is_certificate() { [ "$(fingerprint)" = "$(openssl x509 -noout -fingerprint -in "$work/$1/default.crt")" ]; }
try "the certificate" is_certificate tls
mkfifo "$work/open"
timeout 20 openssl s_client -connect 10.0.0.2:853 -quiet <"$work/open" >"$work/answer" 2>/dev/null &
exec 7>"$work/open"
question='\0\036\0\1\0\0\0\1\0\0\0\0\0\0\4rich\7example\0\0\6\0\1'
has_bytes() { [ "$(stat -c %s "$work/answer")" -gt "$1" ]; }
printf "$question" >&7
try "a connection is open" within 5 has_bytes 30
before=$(stat -c %s "$work/answer")
echo certificates=tls2 >"$work/settings"
try "another certificate, by a live setting" within 5 is_certificate tls2
printf "$question" >&7
try "the connection goes on" within 5 has_bytes "$before"
exec 7>&-
echo certificates=bad >"$work/settings"
try "a wrong one is refused" within 5 grep -q 'bad/default.crt, .key:.*stay as they were' "$work/log"
try "and the one before stays" is_certificate tls2
stop

# ---- who misbehaves ----

clients=(python3 tests/host/dns_streams.py 10.0.0.2)
small=(tcp-connections=40 tcp-per-client=4 tcp-idle=2 tcp-first=2 tcp-message=2 tcp-write=2)
start "${small[@]}"
"${clients[@]}" per_client drip idle bad options pipeline transfer half_close deaf tls drips_from_many crowds || failed=1
stop
grep 'connections:' "$work/log"

# ---- certificates that are wrong ----

try "a key of another certificate is refused" refuses 'bad/default.crt, .key: key: expected the one that belongs to the certificate' \
	"$program" --archive "$work/archive.cpio" ip=none certificates=bad
try "no certificate is refused" refuses 'expected none/default.crt and .key, got none' \
	"$program" --archive "$work/archive.cpio" ip=none certificates=none
exit $failed
