# SPDX-License-Identifier: ISC
# What the tests of Linux programs share: a network namespace of their own, without root, and results in the form
# that scripts/test counts. Sourced by a script that stands in the project's root.

# Starts the script anew within a namespace. Within a chroot there are no user namespaces, but there root needs none.
enter_namespace() { # ARG...
	local new=-rn
	[ "${IN_NAMESPACE:-}" != yes ] || return 0
	[ "$(id -u)" != 0 ] || new=-n
	IN_NAMESPACE=yes exec unshare $new bash "$0" "$@"
}

failed=0

ok() { echo "ok $1"; }

# With the end of the program's output, $work/log.
not_ok() { # NAME WHY
	echo "not ok $1: $2"
	[ ! -s "${work:-}/log" ] || tail -n 15 "$work/log" | sed 's/^/  | /'
	failed=1
}

# Until COMMAND succeeds, at most LIMIT seconds.
within() { # LIMIT COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		read -r -t 0.05 <> <(:)
	done
	return 0
}

# try NAME COMMAND...: ok if the command succeeds; else what it printed tells why.
try() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "${output:-$* failed}"
	fi
}
