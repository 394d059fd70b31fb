#!/bin/bash
# SPDX-License-Identifier: ISC
# testssl.sh at the HTTPS app as a Linux program: the grade of its settings as they are, and no finding of weight. testssl.sh is
# Debian 13's, which has the grades; it is unpacked beside, nothing is installed.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
tree=$PWD/build/peers/testssl
if [ "${IN_NAMESPACE:-}" != yes ]; then
	scripts/apt-private debs --no-deps trixie "$tree" testssl.sh >/dev/null || { echo "not ok testssl.sh: it cannot be fetched"; exit 1; }
fi
enter_namespace "$@"

begin_work

# A certificate that somebody has signed: by its own hand there is no grade.
mkdir -p "$work/tls"
openssl req -x509 -nodes -days 3650 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj '/CN=The tests' -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
openssl req -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=kinglet.test -keyout "$work/tls/default.key" -out "$work/csr" 2>/dev/null
openssl x509 -req -in "$work/csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -set_serial 77 -days 90 -out "$work/leaf" 2>/dev/null \
	-extfile <(printf 'subjectAltName=DNS:kinglet.test\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n')
cat "$work/leaf" "$work/ca.crt" >"$work/tls/default.crt"
scripts/archive "$work/site.cpio" apps/https/www "$work/tls"

run_app build/host/https --tap tap0 --archive "$work/site.cpio" ip=10.0.0.2/24
tap_up tap0 10.0.0.1/24
ip link set lo up
within 15 curl -skfo /dev/null https://10.0.0.2/ || not_ok "start" "no page within 15 s"

assess() {
	TESTSSL_INSTALL_DIR=$tree/etc/testssl TERM=dumb timeout 220 "$tree/usr/bin/testssl" --quiet --color 0 --warnings batch --nodns none --ip 10.0.0.2 \
		--add-ca "$work/ca.crt" --jsonfile "$work/found.json" --protocols --std --server-defaults --fs --headers --vulnerable \
		kinglet.test:443 >"$work/testssl" 2>&1 </dev/null
	# Its status counts what it found.
	[ -s "$work/found.json" ] || { echo "testssl.sh found nothing: $(tail -n 5 "$work/testssl")"; return 1; }
}
found() { # ID: the finding
	python3 -c 'import json, sys; print(*[f["finding"] for f in json.load(open(sys.argv[1])) if f["id"] == sys.argv[2]])' "$work/found.json" "$1"
}
graded() {
	local grade
	grade=$(found overall_grade)
	[[ $grade = A* ]] || { echo "expected an A, got '$grade': $(found grade_cap_reason_1)"; return 1; }
	echo "# testssl.sh: grade $grade, $(found final_score) points"
}
# No finding of weight but what a certificate of the tests cannot have. And testssl.sh's client leaves at the end of its input: at times
# before the ticket has come, without which it then does not connect; tests/host/https.sh resumes.
unharmed() {
	python3 -c 'import json, sys
bad = [f for f in json.load(open(sys.argv[1])) if f["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "WARN")
       and not f["id"].startswith(("cert_revocation", "cert_crl", "cert_ocsp", "engine_problem"))
       and not (f["id"] == "sessionresumption_ticket" and "connect problem" in f["finding"])]
for f in bad: print(f["id"], f["severity"], f["finding"])
sys.exit(bool(bad))' "$work/found.json"
}
try "testssl.sh looks at everything" assess
try "its grade is A" graded
[ ! -s "$work/found.json" ] || graded | grep '^#'
try "no finding of weight" unharmed
try "and the guest serves on" curl -skfo /dev/null --max-time 10 https://10.0.0.2/
[ -z "${SHOW:-}" ] || cat "$work/testssl" "$work/found.json"
exit $failed
