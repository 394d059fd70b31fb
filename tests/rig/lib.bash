# SPDX-License-Identifier: ISC
# What the tests in dom0 share: results in the form that scripts/test counts. Sourced, after the rig's lib.sh.

failures=0

ok() { # NAME
	printf 'ok %s\n' "$1"
}

not_ok() { # NAME WHY
	printf 'not ok %s: %s\n' "$1" "$2"
	failures=$((failures + 1))
}

# test_that NAME COMMAND...: ok if the command succeeds; else its output tells why.
test_that() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "${output:-$* failed}"
	fi
}

# within SECONDS NAME COMMAND...: ok if the command succeeds within the time; on failure the guest's
# console is shown, of the guest called $guest.
within() {
	local limit=$1 name=$2
	shift 2
	if wait_for "$limit" "$name" "$@"; then
		ok "$name"
	else
		not_ok "$name" "not within $limit s"
		[ -z "${guest:-}" ] || guest_console "$guest" | sed 's/^/# /'
	fi
}

finish() {
	destroy_all
	[ $failures = 0 ]
	exit
}
