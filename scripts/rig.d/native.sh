# SPDX-License-Identifier: ISC
#
# Where this machine is itself a Xen dom0 with a working xl, a script runs right here.
# Sourced by scripts/rig.

native_wanted() {
	[ "$emulated" != emulated ] || return 1
	grep -q control_d /proc/xen/capabilities 2>/dev/null || return 1
	xl info >/dev/null 2>&1 || {
		note "this machine is a dom0, but xl needs root: using QEMU (sudo uses this machine's Xen)"
		return 1
	}
}

native_bridge() {
	[ ! -e /sys/class/net/xenbr0 ] || return 0
	ip link add xenbr0 address 02:00:00:00:00:01 type bridge stp_state 0 forward_delay 0
	ip address add 10.0.0.1/24 dev xenbr0
	ip address add fd00::1/64 dev xenbr0 nodad
	ip link set xenbr0 up
	native_made_bridge=1
}

native_packages() {
	local package
	for package in "${packages[@]}"; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' ||
			die "--package $package: expected it installed on this Xen host, got none (rig installs nothing here)"
	done
}

# Runs the script with this machine's Xen, in a folder that looks as it would in the emulated dom0.
native_exec() {
	local native_made_bridge=''
	[ -z "$icount" ] || die "--icount: expected the emulated host (--emulated), got this machine's own Xen"
	native_packages
	native_bridge
	run=$(mktemp -d "${TMPDIR:-/tmp}/kinglet-rig.XXXXXX")
	mkdir "$run/logs"
	job_stage "$run/stage"
	cp "$script_file" "$run/stage/root/job/script"
	chmod 755 "$run/stage/root/job/script"
	status=0
	(
		export RIG=native RIG_HOME=$run/stage/root RIG_STATE=$run RIG_CONSOLES=/var/log/xen/console
		cd "$RIG_HOME/kinglet"
		if [ "$(head -c 2 ../job/script)" = '#!' ]; then
			exec timeout -k 5 "$time_limit" ../job/script "${script_args[@]}" </dev/null
		fi
		exec timeout -k 5 "$time_limit" bash ../job/script "${script_args[@]}" </dev/null
	) || status=$?
	if [ "$status" -eq 124 ]; then
		note "time limit of $time_limit s reached: the run is ended"
		[ ! -s "$run/waiting" ] || note "the script was waiting for: $(cat "$run/waiting")"
	fi
	xl dmesg >"$run/logs/xen.log" 2>&1 || true
	mkdir -p "$run/logs/var/log/xen/console"
	find /var/log/xen/console -name 'guest-*.log' -newer "$run/stage/root/job/script" \
		-exec cp {} "$run/logs/var/log/xen/console/" \; 2>/dev/null || true
	RIG_STATE=$run bash -c '. "$1"; destroy_all' - "$rig_d/lib.sh" || true
	[ -z "$native_made_bridge" ] || ip link del xenbr0
	keep_logs
	rm -rf "$run"
	run=
}
