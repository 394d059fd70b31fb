# SPDX-License-Identifier: ISC
# NSD, Knot and BIND from Debian, for tests that talk to them: unpacked beside, nothing installed, and run with
# their own loader and libraries, whatever the machine's release. Sourced; $work is a folder for their files.

peers=build/peers/xfr

libraries=$PWD/$peers/usr/lib/x86_64-linux-gnu

# To be called before enter_namespace, where there is no network.
peers_fetch() {
	[ "${IN_NAMESPACE:-}" != yes ] || return 0
	scripts/apt-private debs bookworm $peers nsd knot knot-dnsutils bind9 bind9-dnsutils >/dev/null ||
		{ echo "not ok NSD, Knot and BIND: they cannot be fetched"; exit 1; }
}

# peer PROGRAM ARG...: runs one of their programs in the place of this shell.
peer() {
	local program=$PWD/$peers/usr/sbin/$1
	[ -e "$program" ] || program=$PWD/$peers/usr/bin/$1
	shift
	exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind" "$program" "$@"
}

peer_pids=()
# start_peer NAME PROGRAM ARG...: in the background, its output in $work/NAME.log.
start_peer() {
	local name=$1
	shift
	(peer "$@") >"$work/$name.log" 2>&1 </dev/null &
	peer_pids+=($!)
}
stop_peers() {
	[ ${#peer_pids[@]} = 0 ] || kill -KILL "${peer_pids[@]}" 2>/dev/null
}
