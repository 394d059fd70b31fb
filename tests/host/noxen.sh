#!/bin/bash
# SPDX-License-Identifier: ISC
# An image started without Xen below it, by QEMU's own PVH loader, on both of its plain machines: says on the serial
# console what it is missing, and rests.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

says() { # MACHINE
	local machine=$1 pid end=$((SECONDS + 20)) found=1
	: >"$work/serial"
	qemu-system-x86_64 -machine "$machine" -accel tcg -cpu max -m 64 -nodefaults -display none -no-reboot \
		-serial "file:$work/serial" -kernel build/images/dns.elf -append "ip=10.0.0.2/24" 2>"$work/error" &
	pid=$!
	while [ $SECONDS -lt $end ] && kill -0 $pid 2>/dev/null; do
		if grep -q 'no Xen hypervisor' "$work/serial"; then
			found=0
			break
		fi
		read -r -t 0.1 <> <(:)
	done
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	return $found
}

for machine in pc microvm; do
	if says $machine; then
		echo "ok without Xen ($machine): says what is missing"
	else
		echo "not ok without Xen ($machine): no such line within 20 s: $(tail -n 2 "$work/serial" "$work/error")"
		failed=1
	fi
done
exit $failed
