#!/bin/bash
# SPDX-License-Identifier: ISC
# The DHCP app tells DNS the names of its clients: Kinglet's own DNS app by one boot archive for both, then BIND and Knot.
# Names come, go with the lease, and are not taken from others; no name server keeps a client from its lease.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/host/lib.bash
. tests/host/peers.bash
peers_fetch
enter_namespace "$@"

build=${BUILD:-build/asan}
begin_work
dns_pid='' holders=()
at_end() {
	local p
	stop_peers
	for p in $dns_pid "${holders[@]}" $(cat "$work"/*.pid 2>/dev/null); do
		{ kill -KILL "$p" && wait "$p"; } 2>/dev/null
	done
}

# ---- the network: the servers' taps on a bridge, whose own address the peers have; clients c1 to c3 ---------------

other_namespace() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
client() { # NUMBER
	unshare -n sleep 1000 &
	holders[$1]=$!
	within 5 other_namespace "${holders[$1]}" || not_ok "client $1" "no namespace"
	ip link add "veth$1" type veth peer name eth0 netns "${holders[$1]}"
	ip link set "veth$1" master br0 up
	nsenter -t "${holders[$1]}" -n ip link set eth0 address "02:00:00:00:01:0$1" up
}
ip link set lo up
ip link add br0 address 06:00:00:00:00:01 type bridge stp_state 0 forward_delay 0
ip addr add 10.0.0.1/24 dev br0
ip link set br0 up
for n in 1 2 3; do client $n; done

# ---- both servers, by one archive ----------------------------------------------------------------------------------

mkdir "$work/zones" "$work/knot"
(peer tsig-keygen -a hmac-sha256 dhcp) >"$work/keys"
secret=$(sed -n 's/.*secret "\(.*\)".*/\1/p' "$work/keys")
printf '$TTL 300\n@ SOA ns h 1 60 10 3600 30\n@ NS ns\nns A 10.0.0.2\nprinter A 10.0.0.9\n' >"$work/zones/lan.example.zone"
printf '$TTL 300\n@ SOA ns.lan.example. h 1 60 10 3600 30\n@ NS ns.lan.example.\n' >"$work/zones/0.0.10.in-addr.arpa.zone"
printf 'zone = %s allow-update=key:dhcp\n' lan.example 0.0.10.in-addr.arpa >"$work/config"
printf '%s\n' no-ping dhcp-authoritative 'dhcp-range=10.0.0.100,10.0.0.199,10m' domain=lan.example \
	'dhcp-host=02:00:00:00:01:03,server' >"$work/dhcp.conf"
scripts/archive "$work/both.cpio" "$work/zones" "$work/config" "$work/keys" "$work/dhcp.conf"

# Its second interface, since the first has the same MAC as the other server's.
start_dns() {
	"$build/dns" --tap tap9 --tap tap1 --archive "$work/both.cpio" ip=none ip.1=10.0.0.2/24 ip6=none ip6.1=none >"$work/dns.log" 2>&1 &
	dns_pid=$!
	tap_up tap1
	ip link set tap1 master br0
}
stop_dns() { { kill -KILL "$dns_pid" && wait "$dns_pid"; } 2>/dev/null; dns_pid=''; }
start() { # SETTING...
	run_app "$build/dhcp" --tap tap0 --archive "$work/both.cpio" ip=10.0.0.5/24 ip6=none "$@"
	tap_up tap0
	ip link set tap0 master br0
}

# ---- clients -------------------------------------------------------------------------------------------------------

cat >"$work/script" <<END
#!/bin/sh
[ "\$1" != bound ] || echo "\$ip" >$work/address.\$CLIENT
END
chmod +x "$work/script"
lease() { # NUMBER OPTION...: udhcpc gets one, and stays
	local n=$1
	shift
	rm -f "$work/address.$n"
	CLIENT=$n nsenter -t "${holders[$n]}" -n busybox udhcpc -i eth0 -f -R -s "$work/script" -p "$work/$n.pid" "$@" >"$work/udhcpc.$n" 2>&1 &
	within 15 test -s "$work/address.$n" || { not_ok "client $n" "no lease in 15 s: $(tail -n 3 "$work/udhcpc.$n")"; return 1; }
	address=$(cat "$work/address.$n")
}
release() { # NUMBER: udhcpc -R releases as it ends
	local p
	p=$(cat "$work/$1.pid")
	kill -TERM "$p"
	within 5 gone "$p" || not_ok "client $1" "still there"
	rm -f "$work/$1.pid"
}
server=10.0.0.2
ask() { kdig +timeout=1 +retry=0 +short "@$server" "$@"; }
has() { ask "$1" "$2" | grep -qxF -- "$3"; } # NAME TYPE RDATA
lacks() { # NAME TYPE
	local said
	said=$(kdig +timeout=1 +retry=0 +noall +header +answer "@$server" "$@") && grep -qE 'status: (NXDOMAIN|NOERROR)' <<<"$said" && ! grep -q 'IN.*'"$2" <<<"$said"
}
eventually() { # NAME COMMAND...
	if within 20 "${@:2}"; then ok "$1"; else not_ok "$1" "not within 20 s"; fi
}
says() { grep -qF -- "$1" "$work/log"; }

# comes_and_goes SERVER: with the one that runs now.
comes_and_goes() {
	local first
	lease 1 -x hostname:Laptop || return
	first=$address
	eventually "$1: the name has the address" has laptop.lan.example A "$first"
	eventually "$1: the address has the name" has "${first##*.}.0.0.10.in-addr.arpa" PTR laptop.lan.example.
	try "$1: with a DHCID" test -n "$(ask laptop.lan.example DHCID)"
	lease 2 -x hostname:laptop || return
	eventually "$1: a name that another client has" says 'the name laptop is somebody else'
	try "$1: stays the other's" has laptop.lan.example A "$first"
	release 2
	lease 2 -x hostname:printer || return
	eventually "$1: a name of the administrator's" says 'the name printer is somebody else'
	try "$1: stays the administrator's" has printer.lan.example A 10.0.0.9
	release 2
	lease 2 -F fqdn.lan.example || return
	eventually "$1: option 81" has fqdn.lan.example A "$address"
	release 2
	eventually "$1: released, the name is gone" lacks fqdn.lan.example A
	eventually "$1: and the address has none" lacks "${address##*.}.0.0.10.in-addr.arpa" PTR
	lease 3 -x hostname:whatever || return
	eventually "$1: the reservation's name" has server.lan.example A "$address"
	release 3
	release 1
	eventually "$1: all are gone" lacks laptop.lan.example A
	eventually "$1: the reverse, too" lacks "${first##*.}.0.0.10.in-addr.arpa" PTR
}

start_dns
truncate -s 8M "$work/disk"
start dns=10.0.0.2+key:dhcp --disk "$work/disk" disk=xvda
comes_and_goes "own"

# The name server is away: leases are given, and told later; also by a server that was killed meanwhile.
stop_dns
lease 1 -x hostname:early && ok "no name server, a lease"
eventually "which the log says" says 'does not answer updates'
{ kill -KILL "$pid" && wait "$pid"; } 2>/dev/null
start dns=10.0.0.2+key:dhcp --disk "$work/disk" disk=xvda
start_dns
eventually "told when it is back" has early.lan.example A "$address"
stop_app "end"
if says ' 1 told'; then ok "counted"; else not_ok "counted" "another count"; fi
{ kill -KILL "$(cat "$work/1.pid")" && rm "$work/1.pid"; } 2>/dev/null

# A server that does not let us: unsigned updates of zones that want a key.
start dns=10.0.0.2
lease 2 -x hostname:unsigned && ok "a lease, whatever DNS says"
eventually "refused updates are told of" says 'refuses updates with code 5'
try "and change nothing" lacks unsigned.lan.example A
release 2
stop_app "end with a server that refuses"
stop_dns

# ---- the peers, at the bridge's own address ------------------------------------------------------------------------

server=10.0.0.1
mkdir "$work/named"
cp "$work"/zones/* "$work/named"
cat >"$work/named.conf" <<END
include "$work/keys";
options { directory "$work/named"; listen-on port 53 { 10.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no;
	pid-file none; session-keyfile none; notify no; };
controls { };
zone "lan.example" { type primary; file "lan.example.zone"; allow-update { key dhcp; }; };
zone "0.0.10.in-addr.arpa" { type primary; file "0.0.10.in-addr.arpa.zone"; allow-update { key dhcp; }; };
END
start_peer named named -f -4 -c "$work/named.conf"
start dns=10.0.0.1+key:dhcp
eventually "BIND: serves" has ns.lan.example A 10.0.0.2
comes_and_goes "BIND"
stop_app "end with BIND"
end_peer() {
	{ kill -KILL "${peer_pids[0]}" && wait "${peer_pids[0]}"; } 2>/dev/null
	peer_pids=()
}
end_peer

cp "$work"/zones/* "$work/knot"
cat >"$work/knot.conf" <<END
server:
    rundir: $work/knot
    listen: 10.0.0.1@53
database:
    storage: $work/knot
key:
  - id: dhcp
    algorithm: hmac-sha256
    secret: $secret
acl:
  - id: dhcp
    key: dhcp
    action: update
template:
  - id: default
    storage: $work/knot
    acl: dhcp
    file: "%s.zone"
zone:
  - domain: lan.example
  - domain: 0.0.10.in-addr.arpa
END
start_peer knot knotd -c "$work/knot.conf"
start dns=10.0.0.1+key:dhcp
eventually "Knot: serves" has ns.lan.example A 10.0.0.2
comes_and_goes "Knot"
stop_app "end with Knot"
end_peer

# ---- settings that are wrong ----------------------------------------------------------------------------------------

refuses() { # NAME TEXT SETTING...
	timeout 10 "$build/dhcp" --archive "$work/both.cpio" ip=10.0.0.5/24 "${@:3}" >"$work/log" 2>&1
	if [ $? = 2 ] && says "$2"; then ok "$1"; else not_ok "$1" "another status or line"; fi
}
refuses "no such key" 'dns=: ' dns=10.0.0.2+key:other
refuses "no address" 'expected ADDRESS[@PORT][+key:NAME]' dns=ns.lan.example
refuses "two name servers" 'expected ADDRESS[@PORT][+key:NAME]' dns=10.0.0.2,10.0.0.3
refuses "no zone for it" 'expected a zone that takes updates' dns=10.0.0.2 'zone=lan.example'
refuses "a zone with a wrong word" 'zone=lan.example update=any' dns=10.0.0.2 'zone=lan.example update=any'
exit $failed
