# SPDX-License-Identifier: ISC
#
# Runs one script in a dom0 resumed from the saved machine. Sourced by scripts/rig.

here_limit=60           # seconds for a resumed dom0 to answer
logs_limit=15           # seconds for dom0 to send its logs

# Lays out what the job disk carries, as it will stand in dom0, under $1.
job_stage() { # DIR
	local dir=$1/root file
	mkdir -p "$dir/kinglet" "$dir/job" "$dir/out"
	cp "$rig_d/lib.sh" "$dir/kinglet/"
	for file in "$root"/build/images/*.elf "$root"/build/images/*.cpio "$root"/xl-configs/*; do
		[ ! -f "$file" ] || cp "$file" "$dir/kinglet/"
	done
	for file in "${files[@]}"; do
		cp -R "$file" "$dir/"
	done
}

# What runs in dom0: the script with its arguments, in the folder with the images.
job_script() { # DIR
	local dir=$1/root/job
	cp "$script_file" "$dir/script"
	chmod 755 "$dir/script"
	{
		echo 'export PATH=/usr/sbin:/usr/bin HOME=/root RIG=qemu RIG_HOME=/root RIG_STATE=/run/rig'
		echo 'export RIG_CONSOLES=/var/log/xen/console'
		[ -z "$icount" ] || echo 'export RIG_ICOUNT=1'
		[ -z "${RIG_PATIENCE:-}" ] || echo "export RIG_PATIENCE=$RIG_PATIENCE"
		echo 'cd /root/kinglet'
		if [ "$(head -c 2 "$dir/script")" = '#!' ] || [ "$(head -c 4 "$dir/script" | tail -c 3)" = ELF ]; then
			printf 'exec /root/job/script'
		else
			printf 'exec bash /root/job/script'
		fi
		printf ' %q' "${script_args[@]}"
		echo
	} | sed "s/ ''\$//" >"$dir/start"
}

# Writes the job disk: one tar, the packages' trees first.
job_disk() { # DIR
	local bytes
	[ -z "$packages_tar" ] || cat "$packages_tar" >"$run/disk"
	tar -C "$1" --owner=0 --group=0 --numeric-owner -cf - . >>"$run/disk"
	bytes=$(stat -c %s "$run/disk")
	[ "$bytes" -le $disk_bytes ] || die "job disk: expected at most $disk_bytes bytes, got $bytes"
	truncate -s $disk_bytes "$run/disk"
}

# A stream to its destination; when the destination goes, the rest is thrown away, so that the
# machine does not stall.
pass() {
	cat 2>/dev/null || cat >/dev/null
}

# Has the machine continue and says LINE to dom0, until it answers: what reaches either before the
# resume is complete is lost, in part or whole.
greet() { # LINE TOKEN
	local end=$((SECONDS + here_limit)) status
	while [ $SECONDS -lt $end ]; do
		echo cont >&"$mon_in"
		printf '\n%s\n' "$1" >&"$ctl_in"
		status=0
		expect here 0.1 || status=$?
		[ $status -ne 0 ] || [ "$answer" != "$2" ] || return 0
		[ $status -ne 2 ] || return 2
	done
	return 1
}

# Runs the job in $run. Leaves its exit status in $status.
job_run() { # VERB REST-OF-LINE
	local token=$$-$RANDOM line logs_job streams=() code
	machine_start "$console_chardev" -incoming "exec:cat state"
	machine_read xen cat >"$run/logs/xen.log"
	machine_read mon cat >"$run/monitor"
	machine_read log tar -x -C "$run/logs" --no-same-owner 2>/dev/null
	logs_job=$!
	machine_read out pass
	streams+=($!)
	machine_read err pass >&2
	streams+=($!)
	code=0
	greet "$1 $token $2 $token" "$token" || code=$?
	machine_release
	[ $code -eq 0 ] || {
		# Better a new one than one that never resumes.
		rm -rf "$machine"
		job_lost $code "to answer within $here_limit s of its resume (the next run saves it anew)"
	}
	code=0
	expect exit "$time_limit" || code=$?
	case $code in
	0)
		status=$answer
		expect logs $logs_limit || note "dom0 sent no logs within $logs_limit s"
		;;
	1)
		status=124
		job_wedged
		;;
	2) job_lost 2 "to run until the script ends" ;;
	esac
	machine_stop
	# QEMU is gone, so each stream has its end.
	wait "${streams[@]}" "$logs_job" 2>/dev/null || true
	[ $code -ne 1 ] || job_report
}

# The time limit: dom0 tells what it can, the hypervisor and QEMU the rest.
job_wedged() {
	note "time limit of $time_limit s reached: the run is ended"
	printf '\n' >&"$ctl_in"
	echo dump >&"$ctl_in"
	expect logs $logs_limit || note "dom0 does not answer either: no guest consoles"
	# Three times Ctrl-A makes the serial line the hypervisor's own: domains, registers.
	printf '\001\001\001qd0' >"$run/xen.in"
	echo 'info registers -a' >&"$mon_in"
	settled "$run/logs/xen.log"
	settled "$run/monitor"
}

# Waits until a file has not grown for a moment, at most 4 s.
settled() { # FILE
	local size last=-1 end=$((SECONDS + 4))
	while size=$(stat -c %s "$1") && [ $SECONDS -lt $end ]; do
		[ "$size" -eq 0 ] || [ "$size" -ne "$last" ] || return 0
		last=$size
		expect nothing 0.3 || [ $? -eq 1 ] || return 0
	done
}

# What the script was at when its time was up.
job_report() {
	local state=$run/logs/rig-state
	if [ -s "$state/waiting" ]; then
		note "the script was waiting for: $(cat "$state/waiting")"
	fi
	if [ -s "$state/running" ]; then
		note "the last process of the script: $(cat "$state/running")"
	fi
}

job_lost() { # CODE EXPECTED
	machine_stop
	cat "$run/qemu.log" >>"$run/logs/qemu.log" 2>/dev/null || true
	cat "$run/qemu.log" >&2
	tail -n 5 "$run/logs/xen.log" >&2 || true
	keep_logs
	if [ "$1" -eq 2 ]; then
		die "dom0: expected it $2, got the end of QEMU (status $answer); logs: $log_dir"
	fi
	die "dom0: expected it $2, got nothing; logs: $log_dir"
}

# The logs of the run become build/rig/last, or what --log-dir says.
keep_logs() {
	local new=$log_dir.$$ name
	[ -d "$run/logs" ] || return 0
	rm -rf "$new"
	mkdir -p "$(dirname "$log_dir")"
	mkdir "$new"
	cp "$run/logs/xen.log" "$new/" 2>/dev/null || true
	for name in var/log/xen/console var/log/xen rig-state root/out; do
		[ ! -d "$run/logs/$name" ] || mv "$run/logs/$name" "$new/$(basename "$name")"
	done
	[ ! -d "$new/rig-state" ] || mv "$new/rig-state" "$new/state"
	rmdir "$new/out" "$new/state" 2>/dev/null || true
	if [ -s "$run/qemu.log" ]; then
		grep -v 'terminating on signal 15' "$run/qemu.log" >"$new/qemu.log" || rm -f "$new/qemu.log"
	fi
	# The monitor echoes each key.
	if [ "$status" = 124 ] && [ -s "$run/monitor" ]; then
		sed -n '/^(qemu)/d;s/\r//;/./p' "$run/monitor" >"$new/qemu-registers.txt"
	fi
	(
		flock 9
		rm -rf "$log_dir"
		mv "$new" "$log_dir"
	) 9>"$rig_build/last.lock"
	rm -rf "$run/logs"
}
