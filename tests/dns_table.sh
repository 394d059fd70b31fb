#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Asks a DNS server all questions of a table and compares the replies with what the table expects. For a
# guest from dom0, and for the Linux program on its tap.
#
# dns_table.sh ADDRESS PORT TABLE...
#   environment: DIG, the client: kdig (the default where it is) or dig
#
# A table has blocks, separated by empty lines; "#" begins a comment:
#   ? NAME TYPE [+edns] [+do] [+tcp] [+rd] [CLASS]    the question; without EDNS unless +edns or +do
#   = RCODE [FLAGS]                                   of aa tc rd ra ad cd, in this order
#   AN|AU|AD OWNER TTL TYPE RDATA                     the records of a section, in any order
# Exit status 1, with expected and got side by side, if a reply differs.

set -u
if [ $# -lt 3 ]; then
	echo "usage: dns_table.sh ADDRESS PORT TABLE..." >&2
	exit 2
fi
address=$1 port=$2
shift 2
dig=${DIG:-$(command -v kdig || command -v dig)} || dig=
[ -n "$dig" ] || { echo "dns_table.sh: expected kdig or dig, got none" >&2; exit 2; }

plain= # options that only dig knows
case $("$dig" -v 2>&1) in
*DiG*) plain="+nocookie +nosplit" ;;
esac

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
asked=0 failed=0

# A client's output as lines of the table.
normalise() {
	awk '
	/status: / { rcode = $0; sub(/.*status: /, "", rcode); sub(/[;,].*/, "", rcode) }
	tolower($0) ~ /^;; flags: / {
		flags = tolower($0)
		sub(/^;; flags: /, "", flags)
		sub(/;.*/, "", flags)
		count = split("aa tc rd ra ad cd", order, " ")
		line = ""
		for (i = 1; i <= count; i++)
			if ((" " flags " ") ~ (" " order[i] " ")) line = line " " order[i]
	}
	/^;; ANSWER SECTION/ { section = "AN" }
	/^;; AUTHORITY SECTION/ { section = "AU" }
	/^;; ADDITIONAL SECTION/ { section = "AD" }
	/^;; (QUESTION|EDNS|OPT)/ { section = "" }
	/^[^;]/ && section != "" {
		gsub(/[ \t]+/, " ")
		sub(/ IN /, " ")
		sub(/ $/, "")
		# A client may show an owner in the case of the question, or in lower case.
		owner = tolower($1)
		sub(/^[^ ]+/, "")
		$0 = owner $0
		records[++n] = section " " $0
	}
	END {
		print "= " (rcode == "" ? "no reply" : rcode) line
		for (i = 1; i <= n; i++) print records[i] | "sort"
	}'
}

# ask NAME TYPE [OPTION]...
ask() {
	name=$1 type=$2 class=IN
	shift 2
	set -- "$@" --
	edns=+noedns recurse=+norecurse tcp=+notcp dnssec=
	while [ "$1" != -- ]; do
		case $1 in
		+edns) edns="+bufsize=1232" ;;
		+do) edns="+bufsize=1232" dnssec=+dnssec ;;
		+tcp) tcp=+tcp ;;
		+rd) recurse=+recurse ;;
		*) class=$1 ;;
		esac
		shift
	done
	# shellcheck disable=SC2086 # words, or none
	"$dig" "@$address" -p "$port" "$name" "$type" "$class" $edns $dnssec $recurse $tcp \
		+ignore $plain +time=3 +retry=2 2>&1 | normalise
}

finish_block() {
	[ -n "$question" ] || return 0
	asked=$((asked + 1))
	{
		head -n 1 "$work/expected"
		tail -n +2 "$work/expected" | sort
	} >"$work/wanted"
	# A backslash in a name or type is the client's to read: nothing of it is for the shell.
	set -f
	# shellcheck disable=SC2086
	ask $question >"$work/got"
	set +f
	if ! cmp -s "$work/wanted" "$work/got"; then
		failed=$((failed + 1))
		echo "$table: $question"
		sed 's/^/  expected  /' "$work/wanted"
		sed 's/^/  got       /' "$work/got"
	fi
	question=
}

for table; do
	[ -r "$table" ] || { echo "dns_table.sh: $table: cannot be read" >&2; exit 2; }
	question=
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'#'*) ;;
		'') finish_block ;;
		'? '*)
			finish_block
			question=${line#'? '}
			: >"$work/expected"
			;;
		*) printf '%s\n' "$line" >>"$work/expected" ;;
		esac
	done <"$table"
	finish_block
done
echo "asked $asked questions: $failed answered otherwise than expected"
[ "$failed" -eq 0 ] && [ "$asked" -gt 0 ]
