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
batch=20 # questions for one start of the client, which costs more than the questions

# Blocks of lines, "=" first, with the lines after it in order, and an empty line after each block.
sort_blocks='
	function flush(  i, j, t) {
		if (head == "") return
		for (i = 2; i <= n; i++) {
			t = line[i]
			for (j = i - 1; j >= 1 && line[j] > t; j--) line[j + 1] = line[j]
			line[j + 1] = t
		}
		print head
		for (i = 1; i <= n; i++) print line[i]
		print ""
		head = ""
		n = 0
	}'

# The output of a client, asked one or more questions, as blocks of the table.
normalise() {
	LC_ALL=C awk "$sort_blocks"'
	/status: / {
		flush()
		rcode = $0
		sub(/.*status: /, "", rcode)
		sub(/[;,].*/, "", rcode)
		head = "= " rcode
		section = ""
	}
	tolower($0) ~ /^;; flags: / {
		flags = tolower($0)
		sub(/^;; flags: /, "", flags)
		sub(/;.*/, "", flags)
		count = split("aa tc rd ra ad cd", order, " ")
		for (i = 1; i <= count; i++)
			if ((" " flags " ") ~ (" " order[i] " ")) head = head " " order[i]
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
		line[++n] = section " " owner $0
	}
	END { flush() }'
}

# The blocks expected, of the tables, to the same form; the questions, a line each, to a file.
: >"$work/questions"
LC_ALL=C awk -v questions="$work/questions" "$sort_blocks"'
	/^#/ { next }
	/^$/ { flush(); next }
	/^\? / { flush(); print FILENAME " " substr($0, 3) >questions; next }
	/^= / { head = $0; next }
	{ line[++n] = $0 }
	END { flush() }' "$@" >"$work/wanted" || exit 2

# words QUESTION: the words that ask it, a line each, in $work/words.
words() {
	# A backslash in a name or type is the client's to read: nothing of it is for the shell.
	set -f
	# shellcheck disable=SC2086
	set -- $1
	set +f
	name=$1 type=$2 class=IN edns=+noedns recurse=+norecurse tcp=+notcp dnssec=+nodnssec
	shift 2
	for option; do
		case $option in
		+edns) edns="+bufsize=1232" ;;
		+do) edns="+bufsize=1232" dnssec=+dnssec ;;
		+tcp) tcp=+tcp ;;
		+rd) recurse=+recurse ;;
		*) class=$option ;;
		esac
	done
	printf '%s\n' -q "$name" -t "$type" -c "$class" "$dnssec" "$edns" "$recurse" "$tcp" >>"$work/words"
}

# The replies to the questions in $work/words, as blocks.
ask() {
	set --
	while IFS= read -r word; do
		set -- "$@" "$word"
	done <"$work/words"
	# shellcheck disable=SC2086 # words, or none
	"$dig" "@$address" -p "$port" +ignore $plain +time=3 +retry=2 "$@" 2>&1 | normalise
}

blocks() { grep -c '^= ' "$1"; }

# Asks the questions collected. A reply that did not come leaves no block: then each by itself.
finish_batch() {
	[ "$in_batch" -gt 0 ] || return 0
	ask >"$work/replies"
	if [ "$(blocks "$work/replies")" != "$in_batch" ]; then
		: >"$work/replies"
		while IFS= read -r question; do
			: >"$work/words"
			words "$question"
			ask >"$work/reply"
			[ -s "$work/reply" ] || printf '= no reply\n\n' >"$work/reply"
			cat "$work/reply" >>"$work/replies"
		done <"$work/batch"
	fi
	cat "$work/replies" >>"$work/got"
	: >"$work/words"
	: >"$work/batch"
	in_batch=0
}

in_batch=0
: >"$work/words"
: >"$work/batch"
: >"$work/got"
while IFS= read -r line; do
	question=${line#* }
	printf '%s\n' "$question" >>"$work/batch"
	words "$question"
	in_batch=$((in_batch + 1))
	[ $in_batch -lt $batch ] || finish_batch
done <"$work/questions"
finish_batch

# Block by block, in the same order.
asked=$(grep -c . "$work/questions")
[ "$(blocks "$work/wanted")" = "$asked" ] ||
	{ echo "dns_table.sh: expected one block \"=\" for each of $asked questions, got $(blocks "$work/wanted")" >&2; exit 2; }
LC_ALL=C awk -v RS= -v wanted="$work/wanted" -v questions="$work/questions" '
	{
		getline want <wanted
		RS = "\n"
		getline question <questions
		RS = ""
		if ($0 == want) next
		gsub(/\n/, "\n  expected  ", want)
		gsub(/\n/, "\n  got       ")
		print question "\n  expected  " want "\n  got       " $0
		failed++
	}
	END {
		print failed + 0 >"/dev/stderr"
	}' "$work/got" 2>"$work/failed"
failed=$(cat "$work/failed")
echo "asked $asked questions: $failed answered otherwise than expected"
[ "$failed" = 0 ] && [ "$asked" -gt 0 ]
