#!/bin/bash
# SPDX-License-Identifier: ISC
# The DHCP app and two clients that bring a machine of their own: iPXE, QEMU's network ROM, which boots what it is told,
# and systemd-networkd with its own DHCP client. And which boot file goes to which architecture (RFC 4578).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

build=${BUILD:-build/asan}
begin_work
pids=() holders=()
at_end() {
	local p
	for p in "${pids[@]}" "${holders[@]}"; do { kill -KILL "$p" && wait "$p"; } 2>/dev/null; done
}

ip link set lo up
ip link add br0 address 06:00:00:00:00:01 type bridge stp_state 0 forward_delay 0
ip addr add 10.0.0.1/24 dev br0
ip link set br0 up
other_namespace() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
client() { # NUMBER
	unshare -n sleep 1000 &
	holders[$1]=$!
	within 5 other_namespace "${holders[$1]}" || not_ok "client $1" "no namespace"
	ip link add "veth$1" type veth peer name eth0 netns "${holders[$1]}"
	ip link set "veth$1" master br0 up
	nsenter -t "${holders[$1]}" -n ip link set eth0 address "02:00:00:00:01:0$1" up
}
client 1
client 2

printf '%s\n' no-ping dhcp-authoritative 'dhcp-range=10.0.0.100,10.0.0.199,10m' 'dhcp-option=option:router,10.0.0.1' \
	'dhcp-option=option:dns-server,10.0.0.1' domain=lan.example \
	'dhcp-match=set:bios,option:client-arch,0' 'dhcp-match=set:efi,option:client-arch,7' \
	'dhcp-userclass=set:ipxe,iPXE' 'dhcp-option=tag:ipxe,175,b0:01:01' \
	'dhcp-boot=tag:bios,undionly.kpxe,boot.lan.example,10.0.0.1' 'dhcp-boot=tag:efi,ipxe.efi,boot.lan.example,10.0.0.1' \
	'tag-if=set:second,tag:bios,tag:ipxe' 'dhcp-boot=tag:second,second.ipxe,boot.lan.example,10.0.0.1' \
	'dhcp-option-force=tag:!ipxe,option:T1,4' >"$work/dhcp.conf"
scripts/archive "$work/dhcp.cpio" "$work/dhcp.conf"
run_app "$build/dhcp" --tap tap0 --archive "$work/dhcp.cpio" ip=10.0.0.5/24 ip6=none log=debug
tap_up tap0
ip link set tap0 master br0
acks() { grep -c "ack .* to 02:00:00:00:01:0$1" "$work/log"; }

# ---- a boot file by the architecture -------------------------------------------------------------------------------

cat >"$work/script" <<END
#!/bin/sh
[ "\$1" != bound ] || echo "\$boot_file \$siaddr \$sname" >$work/boot
END
chmod +x "$work/script"
boots() { # NAME ARCHITECTURE FILE [OPTION...]
	local name=$1 arch=$2 file=$3
	shift 3
	nsenter -t "${holders[1]}" -n busybox udhcpc -i eth0 -f -q -n -t 5 -T 1 -R -s "$work/script" -x "0x5d:$arch" "$@" >"$work/udhcpc" 2>&1
	if grep -q "^$file 10\.0\.0\.1 boot\.lan\.example$" "$work/boot"; then ok "$name"; else not_ok "$name" "$(cat "$work/boot")"; fi
}
boots "a BIOS machine's file" 0000 undionly.kpxe
boots "an EFI machine's file" 0007 ipxe.efi
boots "iPXE's own, at its second round" 0000 second.ipxe -x 0x4d:69505845

# ---- iPXE ----------------------------------------------------------------------------------------------------------

mkdir "$work/tftp"
cat >"$work/tftp/second.ipxe" <<'END'
#!ipxe
echo first ${net0/ip} from ${net0/dhcp-server} gateway ${net0/gateway} file ${filename}
ifclose net0
dhcp net0
echo again ${net0/ip} domain ${net0/domain}
prompt
END
dnsmasq -k -C /dev/null -p 0 --user="$(id -un)" --group= -x "$work/dnsmasq.pid" --enable-tftp --tftp-root="$work/tftp" --listen-address=10.0.0.1 \
	--bind-interfaces >"$work/tftp.log" 2>&1 &
pids+=($!)
ip tuntap add vm0 mode tap
ip link set vm0 master br0 up
qemu-system-x86_64 -M pc,graphics=off -m 128 -nodefaults -no-user-config -display none -no-reboot -boot n -serial "file:$work/serial" \
	-netdev tap,id=n,ifname=vm0,script=no,downscript=no -device virtio-net-pci,netdev=n,mac=02:00:00:00:01:09 \
	>"$work/qemu" 2>&1 </dev/null &
pids+=($!)
text() { tr -d '\000\r' <"$work/serial" | sed 's/\x1b\[[0-9;]*[A-Za-z]//g'; }
printed() { text | grep -qE -- "$1"; }
printed_or_gone() { printed "$1" || gone "${pids[-1]}"; }
shows() { # NAME PATTERN
	if within 90 printed_or_gone "$2" && printed "$2"; then ok "$1"; else not_ok "$1" "no line like $2: $(text | tail -n 12 | tr '\n' '|') $(cat "$work/qemu")"; fi
}
shows "iPXE: a lease, and the file that it is told" 'first 10\.0\.0\.1[0-9][0-9] from 10\.0\.0\.5 gateway 10\.0\.0\.1 file second\.ipxe'
shows "iPXE: the same address again" 'again 10\.0\.0\.1[0-9][0-9] domain lan\.example'
first=$(text | sed -nE 's/.*first (10[0-9.]+) from.*/\1/p')
again=$(text | sed -nE 's/.*again (10[0-9.]+) domain.*/\1/p')
try "iPXE: both times one address" test "$first" = "$again"
{ kill -KILL "${pids[-1]}" && wait "${pids[-1]}"; } 2>/dev/null
try "iPXE: two leases in the log" test "$(grep -c "ack $first to 02:00:00:00:01:09" "$work/log")" -ge 2

# ---- systemd-networkd ----------------------------------------------------------------------------------------------

# Without udev, which it does not look for where /sys cannot be written; its files are in a /run of its own. It would
# become the user systemd-network, whom a user namespace does not have: here that is root's other name.
networkd=/lib/systemd/systemd-networkd
mkdir "$work/network"
sed 's/^systemd-network:.*/systemd-network:x:0:0::\/:\/bin\/false/' /etc/passwd >"$work/passwd"
cat >"$work/network/10-eth0.network" <<'END'
	[Match]
	Name=eth0
	[Network]
	DHCP=ipv4
	LinkLocalAddressing=no
	IPv6AcceptRA=no
	[DHCPv4]
	SendRelease=yes
	Hostname=networkd
	UseDNS=yes
END
nsenter -t "${holders[2]}" -n unshare -m bash -c "mount -t tmpfs none /run && mount -t sysfs -o ro none /sys &&
	mkdir -p /run/systemd/network /run/systemd/netif/{leases,links,lldp} && cp $work/network/* /run/systemd/network/ &&
	mount --bind $work/passwd /etc/passwd &&
	SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console exec $networkd" >"$work/networkd" 2>&1 &
networkd_pid=$!
pids+=("$networkd_pid")
heard() { grep -qE -- "$1" "$work/networkd"; }
heard_or_gone() { heard "$1" || gone "$networkd_pid"; }
says() { if within 30 heard_or_gone "$2" && heard "$2"; then ok "$1"; else not_ok "$1" "no line like $2: $(tail -n 8 "$work/networkd" | tr '\n' '|')"; fi; }
says "networkd: a lease, with its router" 'DHCPv4 address 10\.0\.0\.1[0-9]+/24.*, gateway 10\.0\.0\.1 '
has_address() { nsenter -t "${holders[2]}" -n ip -4 -o addr show dev eth0 | grep -q ' 10\.0\.0\.1'; }
if within 10 has_address; then ok "networkd: takes it"; else not_ok "networkd: takes it" "no address"; fi
renewed() { [ "$(acks 2)" -ge 2 ]; }
if within 20 renewed; then ok "networkd: renews"; else not_ok "networkd: renews" "$(acks 2) acks"; fi
kill -TERM "$networkd_pid"
within 10 gone "$networkd_pid" || not_ok "networkd: ends" "still there"
says "networkd: releases" 'DHCPv4 client: RELEASE'

stop_app "end"
exit $failed
