# SPDX-License-Identifier: ISC
#
# The machine: QEMU with plain emulation, Xen and dom0 in it, started from a saved state.
# Sourced by scripts/rig. Its ports are named pipes in a folder of its own ($run); every path on
# QEMU's command line is relative to that folder, so that it is the same for each run.

disk_bytes=1073741824   # the job disk, sparse: a part of the saved machine's key
boot_limit=300          # seconds that dom0 may take to boot, on the slowest of hosts
channels="xen mon ctl out err log"
ctl_part=               # the begin of a line from dom0 that has not come whole

# QEMU 10 ends with "Bad icount read" as Xen starts by the instruction clock; 7.2, the suite's own,
# does not. So where this machine's is another, that one is unpacked, and run by a script of ours
# with its own loader, libraries and firmware.
machine_icount_qemu() {
	local tree=$rig_build/qemu-$suite lib
	lib=$tree/usr/lib/x86_64-linux-gnu
	! qemu-system-x86_64 --version 2>/dev/null | grep -q 'version 7\.2\.' || return 0
	"$root/scripts/apt-private" debs $suite "$tree" qemu-system-x86 seabios >&2
	qemu=$tree.run
	[ -x "$qemu" ] && return
	{
		echo '#!/bin/sh'
		echo "export QEMU_MODULE_DIR=$lib/qemu"
		echo "exec $lib/ld-linux-x86-64.so.2 --library-path $lib $tree/usr/bin/qemu-system-x86_64 \\"
		echo "	-L $tree/usr/share/qemu -L $tree/usr/share/seabios \"\$@\""
	} >"$qemu"
	chmod +x "$qemu"
}

machine_setup() {
	local name
	[ -z "$icount" ] || [ -n "${qemu:-${KINGLET_QEMU:-}}" ] || machine_icount_qemu
	name=${qemu:-${KINGLET_QEMU:-qemu-system-x86_64}}
	qemu=$(command -v "$name") ||
		die "QEMU: expected a program $name (Debian: qemu-system-x86), got none"
	qemu=$(realpath "$qemu")
	cpu=${KINGLET_RIG_CPU:-max,+svm,+npt,-smap,-rdtscp,-avx,-avx2,-xsave}
	memory=${memory:-2048}
	dom0_memory=${dom0_memory:-1024}
}

# QEMU's arguments but for those that say where the console port and the state are.
machine_args() {
	local channel n=1
	xen_args="console=com1 com1=115200,8n1 loglvl=warning guest_loglvl=warning"
	xen_args+=" dom0_mem=${dom0_memory}M,max:${dom0_memory}M dom0_max_vcpus=1 dom0_vcpus_pin bootscrub=1"
	linux_args="console=hvc0 quiet mitigations=off rootfstype=ramfs net.ifnames=0"
	args=(-nodefaults -no-user-config -display none -no-reboot -net none -m "$memory" -cpu "$cpu")
	if [ -n "$icount" ]; then
		args+=(-smp 1 -accel tcg,thread=single,tb-size=512 -icount shift=1,sleep=off)
	else
		args+=(-smp 2 -accel tcg,thread=multi,tb-size=512)
	fi
	args+=(-kernel xen -append "$xen_args" -initrd "vmlinux $linux_args,dom0.cpio")
	args+=(-serial chardev:xen -chardev pipe,id=xen,path=xen -monitor chardev:mon -chardev pipe,id=mon,path=mon)
	args+=(-drive "file=disk,format=raw,if=none,id=disk,readonly=on")
	# Without ioeventfd a write takes effect at once, in the processor's own thread: nothing
	# that dom0 sees depends on how busy this machine is.
	args+=(-device virtio-blk-pci,drive=disk,ioeventfd=off)
	args+=(-device virtio-serial-pci,ioeventfd=off -device virtconsole,chardev=con,nr=0)
	for channel in ctl out err log; do
		args+=(-chardev "pipe,id=$channel,path=$channel"
			-device "virtserialport,chardev=$channel,nr=$n,name=$channel")
		n=$((n + 1))
	done
}

machine_key() { # DOM0-KEY
	{
		echo "$1" $disk_bytes
		"$qemu" --version
		stat -L -c '%s %Y' "$qemu"
		cat "$rig_d/machine.sh"
		printf '%s\n' "${args[@]}"
	} | sha256sum | cut -c1-16
}

# A folder with all that QEMU opens, in $run.
machine_folder() {
	local channel
	run=$(mktemp -d "${TMPDIR:-/tmp}/kinglet-rig.XXXXXX")
	for channel in $channels; do
		mkfifo "$run/$channel.in" "$run/$channel.out"
	done
	ln -s "$dom0/xen" "$dom0/vmlinux" "$dom0/dom0.cpio" "$run/"
}

# Starts QEMU in $run. Its end comes as a line "gone STATUS" on the control port's pipe.
machine_start() { # CHARDEV-OF-CONSOLE ARG...
	local console=$1 channel
	shift
	# Held open both ways until QEMU has opened them: no reader sees an early end.
	exec {ctl_in}<>"$run/ctl.in" {ctl_out}<>"$run/ctl.out" {mon_in}<>"$run/mon.in"
	held=()
	for channel in xen mon out err log; do
		local hold end
		exec {hold}<>"$run/$channel.out"
		exec {end}<"$run/$channel.out"
		held+=("$hold")
		ends[$channel]=$end
	done
	(
		for hold in "${held[@]}" "${ends[@]}"; do exec {hold}>&-; done
		cd "$run" || exit
		"$qemu" "${args[@]}" -chardev "$console" "$@" <&"$tty_fd" 2>qemu.log &
		echo $! >qemu.pid
		status=0
		wait $! || status=$?
		echo "gone $status" >&"$ctl_out"
	) &
	machine_job=$!
}

# Feeds a COMMAND with what comes from a channel, until QEMU ends; its job is $!.
machine_read() { # CHANNEL COMMAND...
	local channel=$1
	shift
	(
		for fd in "${held[@]}"; do exec {fd}>&-; done
		"$@" <&"${ends[$channel]}"
	) &
}

# From here on the ends of the pipes are QEMU's alone: when it ends, their readers do.
machine_release() {
	local fd
	for fd in "${held[@]}" "${ends[@]}"; do
		exec {fd}>&-
	done
	held=()
}

machine_stop() {
	local pid
	pid=$(cat "$run/qemu.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || true
	wait "$machine_job" 2>/dev/null || true
}

# Reads lines from dom0 until one begins with WORD; leaves the rest of it in $answer.
# Returns 1 when the limit has passed, 2 when QEMU is gone.
# A line of which only a part has come when the time is up is kept for the next call.
expect() { # WORD SECONDS [a fraction is taken]
	local line word rest left end=$((${EPOCHREALTIME/./} + $(microseconds "$2")))
	while left=$((end - ${EPOCHREALTIME/./})); [ "$left" -gt 0 ]; do
		printf -v left '%d.%06d' $((left / 1000000)) $((left % 1000000))
		line=
		IFS= read -r -t "$left" -u "$ctl_out" line || {
			ctl_part+=$line
			return 1
		}
		read -r word rest <<<"$ctl_part$line"
		ctl_part=
		case $word in
		"$1")
			answer=$rest
			return 0
			;;
		gone)
			answer=$rest
			return 2
			;;
		esac
	done
	return 1
}

microseconds() { # SECONDS, with or without a fraction
	local part=000000
	[[ $1 != *.* ]] || part=${1#*.}000000
	echo $((10#${1%%.*} * 1000000 + 10#${part:0:6}))
}

# Boots dom0 and saves the machine in build/rig/dom0-KEY/machine-KEY; its path in $machine.
machine_build() { # KEY
	local part
	machine=$dom0/machine-$1
	[ ! -f "$machine/state" ] || return 0
	part=$machine.part
	rm -rf "$part"
	mkdir -p "$part"
	machine_folder
	truncate -s $disk_bytes "$run/disk"
	machine_args
	progress "starting Xen and dom0 in QEMU${icount:+ by the instruction clock} (10 to 60 s)"
	machine_start null,id=con
	machine_read xen cat >"$part/boot.log"
	machine_read mon cat >"$run/monitor"
	expect ready $boot_limit || machine_fail $? "$part/boot.log"
	machine_release
	progress "dom0 is up: saving the machine"
	# Stopped first: a machine that runs on while it is written has once been saved torn (by the
	# instruction clock, whose idle time passes at full speed). It resumes paused.
	echo 'stop' >&"$mon_in"
	echo 'migrate "exec:cat >state"' >&"$mon_in"
	echo 'quit' >&"$mon_in"
	expect saved 120 || [ $? -eq 2 ] ||
		die "saving: expected QEMU to be done within 120 s, got nothing"
	[ -s "$run/state" ] || die "saving: expected a state of more than 0 bytes, got none: $(tail -n 2 "$run/monitor")"
	mv "$run/state" "$part/state"
	printf '%s\n' "$qemu" "${args[@]}" >"$part/args"
	rm -rf "$run" "$machine"
	run=
	mv "$part" "$machine"
	progress "saved: $(du -m "$machine/state" | cut -f1) MB"
}

machine_fail() { # CODE LOG
	local log=$rig_build/boot-failed.log got="nothing"
	[ "$1" -ne 2 ] || got="the end of QEMU (status $answer)"
	machine_stop
	cat "$2" "$run/qemu.log" >"$log" 2>/dev/null || true
	tail -n 20 "$log" >&2
	die "dom0: expected it to be up within $boot_limit s, got $got (whole log: $log)"
}
