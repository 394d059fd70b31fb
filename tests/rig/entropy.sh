#!/bin/bash
# SPDX-License-Identifier: ISC
# No key is made that could be guessed: a guest whose CPU has no random numbers and whose clock does not jitter (as
# that of the instruction clock does not) refuses to start, unless the host gives it a seed.
# rig: --icount
. ./lib.sh
. /root/tests/rig/lib.bash

cat >die.cfg <<'CFG'
name = "die"
type = "pvh"
kernel = "die.elf"
memory = 4
shadow_memory = 1
vcpus = 1
tsc_mode = "native"
on_crash = "destroy"
CFG
guest=die
blind='cpuid="host,rdrand=0,rdseed=0"'
seed=0123456789abcdef0123456789abcdef

says() { # NAME TEXT SETTINGS [XL-SETTING]
	local name=$1 text=$2 settings=$3
	shift 3
	create die.cfg "extra=\"how=show $settings\"" "$@" 2>/dev/null || not_ok "$name" "xl create failed"
	within 20 "$name: ends in order" guest_is_gone die
	if console_has die "$text"; then
		ok "$name"
	else
		not_ok "$name" "expected '$text'"
		guest_console die | sed 's/^/# /'
	fi
}

if [ "${RIG_ICOUNT:-}" = 1 ]; then
	refusal="expected seed= with 64 random hexadecimal digits"
	says "nothing random: refuses to start" "$refusal" "" "$blind"
	test_that "nothing random: the app was not started" \
		sh -c '! grep -q random\ [0-9a-f] /var/log/xen/console/guest-die.log'
	says "half a seed: refuses to start" "$refusal" "seed=$seed" "$blind"
else
	says "a clock that jitters: starts" "info die: alive" "" "$blind"
fi
says "a seed: starts" "info die: alive" "seed=$seed$seed" "$blind"
says "RDRAND: starts" "info die: alive" ""
says "a seed that is none: said" "seed=xyz: expected at least 32 hexadecimal digits" "seed=xyz"
finish
