#!/bin/bash
# SPDX-License-Identifier: ISC
# What the CPU offers for protection is turned on, and what it does not offer is not touched: an image that rests
# without Xen in QEMU is asked for its control registers.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
mkfifo "$work/commands"

# registers CPU: "CR0=... CR4=... EFER=..." of an image that has said its last word.
registers() {
	local pid end=$((SECONDS + 20))
	: >"$work/serial"
	qemu-system-x86_64 -machine pc -accel tcg -cpu "$1" -m 64 -nodefaults -display none -no-reboot \
		-serial "file:$work/serial" -monitor stdio -kernel build/images/dns.elf <"$work/commands" >"$work/monitor" 2>&1 &
	pid=$!
	exec 3>"$work/commands"
	while [ $SECONDS -lt $end ] && kill -0 $pid 2>/dev/null && ! grep -q 'no Xen hypervisor' "$work/serial"; do
		read -r -t 0.1 <> <(:)
	done
	printf 'info registers\nquit\n' >&3
	exec 3>&-
	wait $pid
	grep -q 'no Xen hypervisor' "$work/serial" || return 1
	tr -d '\r' <"$work/monitor" | grep -oE '(CR0|CR4|EFER)=[0-9a-f]+' | tr '\n' ' '
}

value() { # NAME REGISTERS
	echo $((16#$(sed -E "s/.*$1=([0-9a-f]+).*/\1/" <<<"$2")))
}

# holds NAME CPU CR4-BITS: of SMEP (bit 20), SMAP (21) and UMIP (11) just these are set.
holds() {
	local all found=0 bits
	all=$(registers "$2") || found=1
	if [ $found = 1 ] || [ -z "$all" ]; then
		echo "not ok $1: the image did not start, or said nothing within 20 s"
		failed=1
		return
	fi
	bits=$(($(value CR4 "$all") & 0x300800))
	if [ $bits != $(($3)) ]; then
		echo "not ok $1: expected $3 in CR4, got $all"
		failed=1
	elif [ $(($(value CR0 "$all") & 0x10000)) = 0 ] || [ $(($(value EFER "$all") & 0x800)) = 0 ]; then
		echo "not ok $1: expected WP in CR0 and NXE in EFER, got $all"
		failed=1
	else
		echo "ok $1"
	fi
}

holds "SMEP, SMAP and UMIP are turned on" max 0x300800
holds "what is not offered stays off" max,-smep,-smap,-umip 0
exit $failed
