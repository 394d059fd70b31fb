#!/bin/bash
# SPDX-License-Identifier: ISC
# The DHCP server as a Linux program, and the clients that people have: udhcpc, dhclient, dhcpcd. Each has a network
# namespace of its own on a bridge with the server's tap. Leases, renewing, rebinding, declining, releasing; leases on a
# disk over a kill; wrong configurations.
# Needs no root. Environment: BUILD, where the programs are (build/asan). Debian packages: iproute2, util-linux,
# iputils-ping, busybox, isc-dhcp-client, dhcpcd-base.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
enter_namespace "$@"

build=${BUILD:-build/asan}
begin_work
holders=()

says() { grep -q -- "$1" "$work/log"; }

at_end() {
	local p
	for p in "${holders[@]}" $(cat "$work"/*.pid 2>/dev/null); do kill -KILL "$p" 2>/dev/null; done
}

archive() { # LINE...
	printf '%s\n' "$@" >"$work/dhcp.conf"
	scripts/archive "$work/dhcp.cpio" "$work/dhcp.conf"
}

start() { # SETTING...
	run_app "$build/dhcp" --tap tap0 --archive "$work/dhcp.cpio" ip=10.0.0.5/16 "ip6=${six:-none}" "$@"
	within 5 says 'serving' || { not_ok "start" "not serving in 5 s"; return 1; }
	ip link set tap0 master br0 up
}

# A namespace with eth0 on the bridge. Its holder's process id is in $h1, $h2 ...
client() { # NUMBER
	local holder
	unshare -n sleep 1000 &
	holder=$!
	holders+=("$holder")
	within 5 other_namespace "$holder" || not_ok "client $1" "no namespace"
	ip link add "veth$1" type veth peer name eth0 netns "$holder"
	ip link set "veth$1" master br0 up
	nsenter -t "$holder" -n ip link set lo up
	nsenter -t "$holder" -n ip link set eth0 address "02:00:00:00:01:0$1" up
	eval "h$1=$holder"
}
other_namespace() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
in_client() { # NUMBER COMMAND...
	local holder="h$1"
	shift
	nsenter -t "${!holder}" -n "$@"
}
# The same in the background: the process is the command's own.
client_runs() { # NUMBER COMMAND...
	local holder="h$1"
	shift
	exec nsenter -t "${!holder}" -n "$@"
}
address_of() { in_client "$1" ip -4 -o addr show dev eth0 | sed -nE 's/.* inet ([0-9.]+).*/\1/p' | head -n 1; }
has_address() { [ -n "$(address_of "$1")" ]; }
acks() { grep -c "ack .* to 02:00:00:00:01:0$1" "$work/log"; }
acks_are() { [ "$(acks "$1")" -ge "$2" ]; }
heard() { # NAME FILE PATTERN
	within 20 grep -qE "$3" "$work/$2" && ok "$1" && return
	not_ok "$1" "no line like $3: $(tail -n 5 "$work/$2" | tr '\n' '|')"
}

ip link set lo up
ip link add br0 address 02:00:00:00:00:01 type bridge stp_state 0 forward_delay 0
ip addr add 10.0.255.1/16 dev br0
ip link set br0 up
for n in 1 2 3; do client $n; done

# What all three do: put the address where they are told.
cat >"$work/udhcpc.script" <<X
#!/bin/sh
case \$1 in
bound | renew) ip -4 addr flush dev eth0; ip addr add \$ip/\$mask dev eth0; echo "\$1 \$ip \$lease \$router \$dns" >>$work/udhcpc.log ;;
deconfig) ip -4 addr flush dev eth0 ;;
esac
X
cat >"$work/dhclient.script" <<X
#!/bin/sh
case \$reason in
BOUND | RENEW | REBIND | REBOOT) ip -4 addr flush dev eth0; ip addr add \$new_ip_address/16 dev eth0
	echo "\$reason \$new_ip_address \$new_routers" >>$work/dhclient.log ;;
esac
X
chmod +x "$work"/*.script

# ---- clients, with times that make them renew soon ---------------------------------------------

archive 'dhcp-range=10.0.0.10,10.0.0.99,10m' 'dhcp-option=3,10.0.255.1' 'dhcp-option=6,10.0.255.2' 'no-ping' \
	'dhcp-option-force=option:T1,3' 'dhcp-option-force=option:T2,6' 'dhcp-authoritative'
start log=debug || exit 1

client_runs 1 busybox udhcpc -i eth0 -f -s "$work/udhcpc.script" -p "$work/udhcpc.pid" >"$work/udhcpc.out" 2>&1 &
heard "udhcpc: a lease, with its options" udhcpc.log '^bound 10\.0\.0\.[0-9]+ 600 10\.0\.255\.1 10\.0\.255\.2$'
try "udhcpc: reaches the server" in_client 1 ping -c 1 -W 2 10.0.0.5
within 5 test -s "$work/udhcpc.pid"
kill -USR1 "$(cat "$work/udhcpc.pid")"
heard "udhcpc: renews" udhcpc.log '^renew'
kill -USR2 "$(cat "$work/udhcpc.pid")"
heard "udhcpc: releases" udhcpc.out 'unicasting a release'
kill "$(cat "$work/udhcpc.pid")"

client_runs 2 dhclient -d -4 -lf "$work/dhclient.leases" -pf "$work/dhclient.pid" -cf /dev/null -sf "$work/dhclient.script" \
	eth0 >"$work/dhclient.out" 2>&1 &
heard "dhclient: a lease, with its router" dhclient.log '^BOUND 10\.0\.0\.[0-9]+ 10\.0\.255\.1$'
heard "dhclient: renews by itself" dhclient.log '^RENEW'
# While the server is away the client comes to the time of rebinding.
broadcasts() { grep -c 'DHCPREQUEST.* to 255\.255\.255\.255' "$work/dhclient.out"; }
rebinding() { [ "$(broadcasts)" -gt "$before" ]; }
leases() { wc -l <"$work/dhclient.log"; }
again() { [ "$(leases)" -gt "$had" ]; }
before=$(broadcasts) had=$(leases)
kill -STOP "$pid"
within 20 rebinding && ok "dhclient: comes to rebinding" || not_ok "dhclient: comes to rebinding" "no broadcast in 20 s"
kill -CONT "$pid"
within 20 again && ok "dhclient: rebinds" || not_ok "dhclient: rebinds" "no lease in 20 s"
kill "$(cat "$work/dhclient.pid")"
try "dhclient: releases" in_client 2 dhclient -r -4 -lf "$work/dhclient.leases" -pf "$work/dhclient.pid" -cf /dev/null \
	-sf "$work/dhclient.script" eth0

# dhcpcd keeps files in places of its own.
client_runs 3 unshare -m bash -c "mount -t tmpfs none /run && mkdir -p /var/lib/dhcpcd && mount -t tmpfs none /var/lib/dhcpcd &&
	exec dhcpcd -B -4 -I '' --noipv4ll --script /bin/true -d eth0" >"$work/dhcpcd.out" 2>&1 &
echo $! >"$work/dhcpcd.pid"
heard "dhcpcd: a lease" dhcpcd.out 'leased 10\.0\.0\.[0-9]+'
within 15 has_address 3 && ok "dhcpcd: takes it" || not_ok "dhcpcd: takes it" "$(tail -n 3 "$work/dhcpcd.out")"
third=$(address_of 3)
within 20 acks_are 3 2 && ok "dhcpcd: renews by itself" || not_ok "dhcpcd: renews by itself" "$(acks 3) acks"
kill "$(cat "$work/dhcpcd.pid")"
within 20 gone "$(cat "$work/dhcpcd.pid")" || not_ok "dhcpcd: ends" "still there after 20 s"
rm "$work/dhcpcd.pid"
# Another machine takes the address meanwhile; the server is told not to probe, so the client finds it out.
in_client 3 ip -4 addr flush dev eth0
ip addr add "${third:-10.0.0.9}/32" dev br0
client_runs 3 unshare -m bash -c "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd &&
	exec dhcpcd -B -4 -I '' --noipv4ll --script /bin/true -d eth0" >"$work/dhcpcd2.out" 2>&1 &
echo $! >"$work/dhcpcd.pid"
heard "dhcpcd: declines a taken address" dhcpcd2.out '[dD]eclin|DAD detected|hardware address .* claims'
other() { local a; a=$(address_of 3); [ -n "$a" ] && [ "$a" != "$third" ]; }
within 25 other && ok "dhcpcd: gets another" || not_ok "dhcpcd: gets another" "$(tail -n 3 "$work/dhcpcd2.out" | tr '\n' '|')"
kill "$(cat "$work/dhcpcd.pid")"
ip addr del "${third:-10.0.0.9}/32" dev br0
stop_app "end"
if grep -qE '[1-9][0-9]* conflicts' "$work/log"; then ok "the decline is counted"; else not_ok "the decline is counted" "no conflict"; fi

# ---- IPv6: an address by DHCPv6, one of the client's own by advertisement ------------------------

archive 'dhcp-range=fd00::1000,fd00::1fff,10m' 'dhcp-range=fd00::,slaac' 'enable-ra' \
	'dhcp-option=option6:dns-server,[::]' 'dhcp-host=02:00:00:00:01:02,[fd00::77]'
six=fd00::5/64
start
six=
slaac() { in_client 1 ip -6 -o addr show dev eth0 scope global | grep -q 'fd00::ff:fe00:101/64'; }
within 15 slaac && ok "SLAAC: an address of the advertised prefix" || not_ok "SLAAC" "$(in_client 1 ip -6 -o addr show dev eth0)"
router() { in_client 1 ip -6 route show default | grep -q .; }
if router; then not_ok "no router" "the server is none, but says so"; else ok "no default route by who is no router"; fi
dhclient6() { # NUMBER OPTION...
	local n=$1
	shift
	client_runs "$n" timeout 20 dhclient -6 -1 -d -v -lf "$work/leases6.$n" -pf "$work/dhclient6.$n.pid" -cf /dev/null -sf /bin/true "$@" eth0 \
		>>"$work/dhclient6.$n" 2>&1
}
touch "$work/leases6.1" "$work/leases6.2"
dhclient6 1 -D LLT &
heard "DHCPv6: dhclient gets an address" leases6.1 'iaaddr fd00::1[0-9a-f]{3}'
heard "DHCPv6: with the name server" leases6.1 'name-servers fd00::5'
dhclient6 2 -D LL &
heard "DHCPv6: a reservation by the MAC in the DUID" leases6.2 'iaaddr fd00::77 '
stop_app "end with IPv6"

# ---- leases on a disk ---------------------------------------------------------------------------

load=build/rig-tools/dhcpload
archive no-ping 'dhcp-range=10.0.1.0,10.0.40.255,12h'
truncate -s 32M "$work/disk"
twice=no
for round in 1 2 3 4; do
	start --disk "$work/disk" disk=xvda queue=256 || break
	$load 10.0.0.5 $((round * 2000)) 2000 3 64 "$work/acks" >"$work/load" 2>&1 &
	loader=$!
	within 3 test -s "$work/acks"
	[ $round = 4 ] || { sleep "0.$((round * 3))"; kill -KILL "$pid"; wait "$pid" 2>/dev/null; pid=''; }
	wait $loader || { twice=yes; not_ok "no address twice after a kill" "$(cat "$work/load")"; }
done
[ $twice = yes ] || ok "no address twice after three kills under load ($(wc -l <"$work/acks") leases)"
if grep -qE 'disk xvda: [1-9][0-9]* leases' "$work/log"; then ok "leases come back"; else not_ok "leases come back" "none"; fi
# Whoever had a lease still has it.
head -n 200 "$work/acks" | sed 's/ .*//' | sort >"$work/old"
$load 10.0.0.5 2000 200 5 32 "$work/acks" >"$work/load" 2>&1 || not_ok "the same address again" "$(cat "$work/load")"
tail -n 200 "$work/acks" | sed 's/ .*//' | sort | comm -12 - "$work/old" >"$work/same"
if [ "$(wc -l <"$work/same")" -ge 199 ]; then ok "the same address again"; else not_ok "the same address again" "$(wc -l <"$work/same") of 200"; fi
stop_app "end with a disk"

# A lease that is left out may be given to another: only who has said so is served then.
archive no-ping dhcp-lease-max=10 'dhcp-range=10.0.1.0,10.0.40.255,12h'
timeout 10 "$build/dhcp" --archive "$work/dhcp.cpio" --disk "$work/disk" ip=10.0.0.5/16 disk=xvda >"$work/log" 2>&1
status=$?
if [ $status = 2 ] && says 'leases are damaged, or too many for dhcp-lease-max; with damaged=leave-out'; then
	ok "leases that cannot be taken back end the boot"
else
	not_ok "leases that cannot be taken back end the boot" "status $status"
fi
start --disk "$work/disk" disk=xvda damaged=leave-out
if says 'they are left out'; then ok "damaged=leave-out"; else not_ok "damaged=leave-out" "no warning"; fi
stop_app "end without some leases"

# ---- wrong configurations -----------------------------------------------------------------------

refuses() { # NAME TEXT LINE...
	local name=$1 text=$2 status
	shift 2
	archive "$@"
	timeout 10 "$build/dhcp" --archive "$work/dhcp.cpio" ip=10.0.0.5/16 >"$work/log" 2>&1
	status=$?
	if [ $status = 2 ] && grep -q -- "$text" "$work/log"; then ok "$name"; else not_ok "$name" "status $status"; fi
}
refuses "ranges that overlap" 'dhcp.conf:2: dhcp-range: overlaps the range of line 1' \
	'dhcp-range=10.0.0.10,10.0.0.99' 'dhcp-range=10.0.0.99,10.0.1.0'
refuses "a reservation outside" 'dhcp.conf:2: dhcp-host: 192.168.0.1 is in the network of no dhcp-range' \
	'dhcp-range=10.0.0.10,10.0.0.99' 'dhcp-host=02:00:00:00:00:01,192.168.0.1'
refuses "a word that is not taken" 'dhcp.conf:1: server: this word is not taken' 'server=10.0.0.1'
refuses "a pool larger than memory" 'dhcp.conf:1: .* leases need .* KiB of memory' \
	'dhcp-range=16.0.0.1,126.255.255.254,128.0.0.0'
"$build/dhcp" ip=10.0.0.5/16 >"$work/log" 2>&1
if says 'boot archive: expected ramdisk= with the file dhcp.conf, got none'; then ok "no archive"; else not_ok "no archive" "another message"; fi

exit $failed
