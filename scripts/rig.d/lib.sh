# SPDX-License-Identifier: ISC
#
# Shell functions for scripts that scripts/rig runs in dom0: . ./lib.sh
# (bash; a script starts in /root/kinglet, where this file, the images and the xl configs are).

: "${RIG_STATE:=/run/rig}"
: "${RIG_CONSOLES:=/var/log/xen/console}"

# wait_for SECONDS DESCRIPTION COMMAND...: runs COMMAND, quietly, until it succeeds. Returns 1
# and says so when SECONDS have passed, times $RIG_PATIENCE where that is set (scripts/test does: a
# busy machine is slow, which is no failure). What is waited for is shown if the run hits its limit.
wait_for() {
	local limit=$1 what=$2 end tick
	shift 2
	end=$((${EPOCHREALTIME/./} + $(seconds_to_us "$limit") * ${RIG_PATIENCE:-1}))
	printf '%s\n' "$what" >"$RIG_STATE/waiting"
	# Reading a pipe that nobody writes is a pause without a process.
	exec {tick}<> <(:)
	while ! "$@" >/dev/null 2>&1; do
		if [ "${EPOCHREALTIME/./}" -ge "$end" ]; then
			exec {tick}>&-
			printf 'wait_for: after %s s%s still waiting for: %s\n' "$limit" "${RIG_PATIENCE:+ times $RIG_PATIENCE}" "$what" >&2
			return 1
		fi
		read -r -t 0.05 -u "$tick" || :
	done
	exec {tick}>&-
	rm -f "$RIG_STATE/waiting"
}

seconds_to_us() { # SECONDS, with or without a fraction
	local whole=${1%%.*} part=
	[ "$whole" = "$1" ] || part=${1#*.}
	part=${part}000000
	echo $((10#${whole:-0} * 1000000 + 10#${part:0:6}))
}

# guest_console NAME: prints what the guest has written to its console so far.
guest_console() {
	cat "$RIG_CONSOLES/guest-$1.log"
}

# create CFG [XL-SETTING...]: starts a guest with a fresh console log; destroy_all ends it.
create() {
	local cfg=$1 name
	shift
	name=$(name_in "$cfg" "$@")
	[ -n "$name" ] || {
		echo "create: expected name= in $cfg, got none" >&2
		return 2
	}
	rm -f "$RIG_CONSOLES/guest-$name.log"
	xl create -q "$cfg" "$@" || return
	printf '%s\n' "$name" >>"$RIG_STATE/guests"
}

# The guest's name: of the last name= among the settings, else of the config's.
name_in() { # CFG [XL-SETTING...]
	local cfg=$1
	shift
	{
		cat "$cfg"
		printf '%s\n' "$@" | tr ';' '\n'
	} | sed -n "s/^[[:space:]]*name[[:space:]]*=[[:space:]]*[\"']\([^\"']*\)[\"'].*/\1/p" | tail -n 1
}

# destroy_all: ends every guest that create started and that still is.
destroy_all() {
	local name
	[ -f "$RIG_STATE/guests" ] || return 0
	while read -r name; do
		! xl domid "$name" >/dev/null 2>&1 || xl destroy "$name"
	done <"$RIG_STATE/guests"
	rm -f "$RIG_STATE/guests"
}

# guest_is_gone NAME, guest_is_up NAME: for wait_for.
guest_is_up() {
	xl domid "$1" >/dev/null 2>&1
}

guest_is_gone() {
	! guest_is_up "$1"
}

# console_has NAME TEXT: for wait_for: the guest has written TEXT (a fixed string).
console_has() {
	grep -qF -- "$2" "$RIG_CONSOLES/guest-$1.log"
}
