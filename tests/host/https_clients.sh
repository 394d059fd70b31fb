#!/bin/bash
# SPDX-License-Identifier: ISC
# Clients of others at the HTTPS app as a Linux program: GnuTLS, OpenSSL 3.5 with its key exchange of two kinds at once, wrk and
# h2load; and what a connection that is idle holds of memory. Debian's packages, unpacked beside.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
new=$PWD/build/peers/openssl
old=$PWD/build/peers/clients
if [ "${IN_NAMESPACE:-}" != yes ]; then
	scripts/apt-private debs trixie "$new" openssl >/dev/null && scripts/apt-private debs bookworm "$old" gnutls-bin wrk nghttp2-client >/dev/null ||
		{ echo "not ok clients of others: they cannot be fetched"; exit 1; }
fi
enter_namespace "$@"

begin_work
url=https://10.0.0.2

# of TREE PROGRAM ARG...: with the loader and the libraries of its own packages, within a minute.
of() {
	local libraries=$1/usr/lib/x86_64-linux-gnu program=$1/usr/bin/$2
	shift 2
	timeout 60 "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$program" "$@"
}
says() { # TEXT COMMAND...
	local text=$1 output
	shift
	output=$("$@" 2>&1 </dev/null)
	grep -qE -- "$text" <<<"$output" || { echo "expected '$text', got: $(tail -n 12 <<<"$output")"; return 1; }
}

mkdir -p "$work/tls"
for kind in p256:ec:ec_paramgen_curve:P-256 p384:ec:ec_paramgen_curve:P-384 rsa:rsa:rsa_keygen_bits:3072 ed25519:ed25519:; do
	IFS=: read -r name algorithm option value <<<"$kind"
	openssl req -x509 -nodes -days 30 -newkey "$algorithm" ${option:+-pkeyopt "$option:$value"} -subj "/CN=$name.test" \
		-addext "subjectAltName=DNS:$name.test" -keyout "$work/tls/$name.test.key" -out "$work/tls/$name.test.crt" 2>/dev/null
done
cp "$work/tls/p256.test.crt" "$work/tls/default.crt"
cp "$work/tls/p256.test.key" "$work/tls/default.key"
scripts/archive "$work/site.cpio" apps/https/www "$work/tls"
run_app build/host/https --tap tap0 --archive "$work/site.cpio" ip=10.0.0.2/24 connections=400 per-address=400 handshakes=60
tap_up tap0 10.0.0.1/24
within 15 curl -skfo /dev/null $url/ || not_ok "start" "no page within 15 s"

s_client() { of "$new" openssl s_client -connect 10.0.0.2:443 "$@"; }
try "OpenSSL 3.5: X25519MLKEM768" says 'Negotiated TLS1.3 group: X25519MLKEM768' s_client -groups X25519MLKEM768
try "and by itself" says 'Negotiated TLS1.3 group: X25519MLKEM768' s_client
try "X25519, when it wants no other" says 'Temp Key: X25519,' s_client -groups X25519
try "a share that must be asked for again" says 'Negotiated TLS1.3 group: P-256|Negotiated TLS1.3 group: secp256r1|Temp Key: ECDH, prime256v1' s_client -groups X448:P-256
gnutls() { # NAME OPTION...
	of "$old" gnutls-cli --insecure --no-ca-verification --sni-hostname "$1" --port 443 10.0.0.2 "${@:2}"
}
for kind in p256 p384 rsa ed25519; do
	try "GnuTLS: TLS 1.3 with $kind" says "Description: \(TLS1.3" gnutls $kind.test
	try "GnuTLS: TLS 1.2 with $kind" says "Description: \(TLS1.2" gnutls $kind.test --priority NORMAL:-VERS-TLS1.3
done
try "GnuTLS: ALPN" says 'Application protocol: h2' gnutls p256.test --alpn h2
try "GnuTLS: a session is resumed" says 'This is a resumed session' gnutls p256.test --resume --waitresumption
without_errors() { # wrk's way to say so
	local output
	output=$(of "$old" wrk "$@" 2>&1)
	grep -q 'Requests/sec' <<<"$output" && ! grep -qE 'Socket errors|Non-2xx' <<<"$output" || { echo "$output"; return 1; }
	grep Requests/sec <<<"$output" | sed 's/^/# wrk: /'
}
try "wrk" without_errors -t 1 -c 20 -d 2 $url/style.css
all_done() {
	local output
	output=$(of "$old" h2load "$@" 2>&1)
	grep -q ', 0 failed, 0 errored, 0 timeout' <<<"$output" || { tail -n 12 <<<"$output"; return 1; }
}
try "h2load, HTTP/2" all_done -n 5000 -c 10 -m 20 $url/style.css
try "h2load, HTTP/1.1" all_done --h1 -n 5000 -c 20 $url/style.css

# Three hundred connections that have shaken hands and say nothing.
python3 - "$work/idle" <<'PY'
import json, socket, ssl, sys, urllib.request
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
def status():
    return json.load(urllib.request.urlopen("https://10.0.0.2/status.json", context=context))
before = status()
idle = []
for _ in range(300):
    idle.append(context.wrap_socket(socket.create_connection(("10.0.0.2", 443)), server_hostname="p256.test"))
    idle[-1].sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    idle[-1].recv(65536)
after = status()
open(sys.argv[1], "w").write("%d %d" % (after["connections"] - before["connections"], (after["tls_memory"] - before["tls_memory"]) // 300))
PY
read -r count bytes <"$work/idle"
holds_little() { [ "$count" = 300 ] && [ "$bytes" -gt 500 ] && [ "$bytes" -lt 8192 ] || { echo "expected 300 connections with up to 8 KiB, got $count with $bytes"; return 1; }; }
try "300 connections at a time, and an idle one holds little of TLS's heap" holds_little
echo "# an idle connection holds $bytes bytes of TLS's heap"
exit $failed
