# SPDX-License-Identifier: ISC
# What the tests of Linux programs share: a network namespace of their own, without root; a folder, and the program that
# is tested, which end with the script; results in the form that scripts/test counts. Sourced by a script that stands
# in the project's root.

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

# is EXPECTED COMMAND...: what the command prints. For try.
is() {
	local expected=$1 got
	shift
	got=$("$@")
	[ "$got" = "$expected" ] || { echo "expected '$expected', got '$got'"; return 1; }
}

# matches NAME TEXT PATTERN...: ok if the text has all of the patterns; " " is at its ends, too.
matches() {
	local name=$1 text=$2 pattern
	shift 2
	for pattern; do
		[[ " $text " =~ $pattern ]] && continue
		not_ok "$name" "expected $pattern, got: $text"
		return
	done
	ok "$name"
}

# ---- the program that is tested ----

# Makes the folder $work. It and the program, whose process is $pid, go when the script ends; what else the script has
# begun, its own at_end() ends.
begin_work() {
	work=$(mktemp -d)
	pid=''
	trap 'at_end; kill_app; rm -rf "$work"' EXIT
}
at_end() { kill_all; }

# The program in the background; what it says is in $work/log.
run_app() { # PROGRAM ARG...
	: >"$work/log"
	"$@" >"$work/log" 2>&1 &
	pid=$!
}

# This side of a tap of the program's, once it is there.
tap_up() { # TAP ADDRESS/BITS...
	local tap=$1 address
	within 10 ip link show "$tap" || { not_ok "start" "no $tap within 10 s"; return 1; }
	shift
	for address; do
		case $address in
		*:*) ip -6 addr replace "$address" dev "$tap" nodad ;;
		*) ip addr replace "$address" dev "$tap" ;;
		esac
	done
	ip link set "$tap" up
}

# Whether a process, else the program, is no longer there.
gone() { ! kill -0 "${1:-$pid}" 2>/dev/null; }

# The program ends in order when it is told to.
stop_app() { # NAME
	local status
	kill -TERM "$pid"
	within 10 gone || { not_ok "$1" "still there 10 s after SIGTERM"; kill -KILL "$pid"; }
	wait "$pid"
	status=$?
	pid=''
	if [ $status = 0 ]; then ok "$1"; else not_ok "$1" "expected exit status 0, got $status"; fi
}

# Where there are several programs: those whose processes are in $pids.
pids=()
kill_all() {
	[ ${#pids[@]} != 0 ] || return 0
	{ kill -KILL "${pids[@]}"; wait "${pids[@]}"; } 2>/dev/null
	pids=()
}

# It has no time for that.
kill_app() {
	[ -z "$pid" ] || { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null
	pid=''
}

# refuses TEXT PROGRAM ARG...: it ends by itself, and says so, since something is wrong with what it was given. For try.
refuses() {
	local text=$1 status
	shift
	timeout 45 "$@" >"$work/log" 2>&1
	status=$?
	[ $status = 2 ] && grep -qF -- "$text" "$work/log" || { echo "expected status 2 and '$text', got $status"; return 1; }
}
