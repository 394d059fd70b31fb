#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Signs a zone by Debian's ldns-signzone (unpacked beside, nothing installed), with a key made for it.
# Called by tests that need signed zones. The signatures are valid from 2020 to 2037.
#
# sign.sh MODE NAME FILE OUT     MODE: nsec, nsec3 (no salt, no iterations), salted (a salt, 5 iterations),
#                                optout (as nsec3, with opt-out: RFC 5155 section 6)
# Beside OUT it leaves OUT.ds, the DS record for the parent, and OUT.key, the key.

set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
[ $# = 4 ] || { echo "sign.sh: expected MODE NAME FILE OUT, got $# arguments" >&2; exit 2; }
mode=$1 name=$2 file=$3 out=$4

peers=$here/build/peers/dnssec
tool() { # PROGRAM ARGUMENT...: with its own loader and libraries
	local program=$1
	shift
	"$peers/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
		--library-path "$peers/usr/lib/x86_64-linux-gnu:$peers/lib/x86_64-linux-gnu" "$peers/usr/bin/$program" "$@"
}

case $mode in
nsec) options=() ;;
nsec3) options=(-n -t 0) ;;
salted) options=(-n -t 5 -s 0badc0de) ;;
optout) options=(-n -p -t 0) ;;
*) echo "sign.sh: expected nsec, nsec3, salted or optout, got $mode" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
key=$(tool ldns-keygen -k -a ECDSAP256SHA256 "$name")
tool ldns-signzone "${options[@]}" -i 20200101000000 -e 20371231000000 -o "$name" -f "$out" "$file" "$key"
cp "$key.key" "$out.key"
cp "$key.ds" "$out.ds"
