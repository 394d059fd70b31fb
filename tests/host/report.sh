#!/bin/bash
# SPDX-License-Identifier: ISC
# The benchmarks' report, fed with samples whose table is known.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

row() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$work/rows.tsv"; }
row lat Latency us lower Load 'linux-nsd-tiny linux-nsd-cloud linux-knot-tiny' 'at half'
row rate Answers 1/s higher Load 'linux-nsd-tiny linux-knot-tiny' 'at most'
row never Never ms lower Load linux-nsd-tiny 'not measured'
row 'many.*' Many - lower Many - ''

samples() { # FILE ROW GUEST CLOCK UNIT VALUE...
	local file=$work/$1/a.tsv row=$2 guest=$3 clock=$4 unit=$5 value
	mkdir -p "$work/$1"
	shift 5
	for value; do printf '%s\t%s\t%s\t%s\t%s\n' "$row" "$guest" "$clock" "$unit" "$value" >>"$file"; done
}
report() { # FILE OPTION...
	local name=$1
	shift
	timeout 60 tests/bench/report --raw "$work/$name" --out "$work/$name-out" --rows "$work/rows.tsv" "$@" 2>&1
}

# says NAME TEXT WORDS...: TEXT has each of the words; blanks count as one.
says() {
	local name=$1 text words
	text=$(tr -s ' \n' '  ' <<<"$2")
	shift 2
	for words; do
		[[ "$text" == *"$words"* ]] && continue
		echo "not ok $name: expected '$words', got: $text"
		failed=1
		return
	done
	echo "ok $name"
}
# is NAME EXPECTED GOT
is() {
	[ "$2" = "$3" ] && { echo "ok $1"; return; }
	echo "not ok $1: expected $2, got $3"
	failed=1
}
# The value of a Python expression about the results, rows by (id, clock), peers by guest.
told() { # FILE EXPRESSION
	python3 - "$work/$1-out/report.json" "$2" <<'PYTHON'
import json, sys
told = json.load(open(sys.argv[1]))
rows = {(r["row"], r["clock"]): r for r in told["results"]}
peer = lambda row, clock, guest: {p["guest"]: p for p in rows[row, clock]["peers"]}[guest]
print(eval(sys.argv[2]))
PYTHON
}

# Rounds out of order, so that neither the first, the last nor the mean is the median.
samples good lat kinglet icount us 30 10 11
samples good lat linux-nsd-tiny icount us 44 200 40
samples good lat linux-knot-tiny icount us 5.5 9 5
samples good lat kinglet wall us 100
samples good lat linux-nsd-tiny wall us 150
samples good rate kinglet icount 1/s 1000 1400 1200
samples good rate linux-nsd-tiny icount 1/s 2000 3000 2400
samples good rate linux-knot-tiny icount 1/s 600 1000 300
samples good many.x kinglet none MiB 2
samples good many.x linux-dnsmasq none MiB 0
samples good odd kinglet-echo icount ms 7
text=$(report good)
is "good samples: status" 0 $?
says "ratios come first, by clock" "$text" 'NSD tiny NSD cloud Knot tiny Latency 4.00x missing 0.50x< Answers 0.50x< 2.00x ~ Load,' \
	'Latency 1.50x missing missing'
says "median, least and most" "$text" 'Kinglet 11 [10 .. 30] us, 3 rounds 4.00x NSD tiny 44 [40 .. 200] us, 3 rounds'
says "a row without samples" "$text" 'not measured -' 'Never missing'
says "a row that is not described" "$text" 'odd no peer' 'Kinglet 7 ms'
says "where Kinglet is behind" "$text" '0.50x lat by the instruction clock: Knot tiny 0.50x rate by the instruction clock: NSD tiny'
is "the table is in the file" "$text" "$(cat "$work/good-out/report.txt")"
is "lower is better: theirs by ours" 4.0 "$(told good 'peer("lat", "icount", "linux-nsd-tiny")["ratio"]')"
is "higher is better: ours by theirs" 0.5 "$(told good 'peer("rate", "icount", "linux-nsd-tiny")["ratio"]')"
is "clocks are kept apart" 1.5 "$(told good 'peer("lat", "wall", "linux-nsd-tiny")["ratio"]')"
is "a missing guest has no figures" "['guest', 'label', 'missing']" "$(told good 'sorted(peer("lat", "icount", "linux-nsd-cloud"))')"
is "behind" "['linux-knot-tiny']" "$(told good 'rows["lat", "icount"]["behind"]')"
is "ranges that overlap" "True False" \
	"$(told good 'peer("rate", "icount", "linux-knot-tiny")["overlap"]') $(told good 'peer("rate", "icount", "linux-nsd-tiny")["overlap"]')"
is "no ratio to nothing" False "$(told good '"ratio" in peer("many.x", "none", "linux-dnsmasq")')"
is "the picture: bars, and those behind" "4 2" "$(python3 - "$work/good-out/report.svg" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
bars = [r for r in tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}rect") if len(r)]
print(len(bars), sum("behind" in r.get("class") for r in bars))
PYTHON
)"

# Lines that are no samples are told, and do not take the good ones with them.
samples bad lat kinglet icount us 10 nan -1 ten
samples bad lat linux-nsd-tiny icount us 20
samples bad lat linux-nsd-tiny icount ms 30
samples bad lat linux-nsd-tiny moon us 30
printf 'lat\tkinglet\t12\n<svg>\tx\tnone\t&\t1\n' >>"$work/bad/a.tsv"
text=$(report bad)
is "bad samples: status" 1 $?
says "bad samples are told" "$text" 'no samples: 6' "a.tsv:2: value: expected a number from 0, got 'nan'" "a.tsv:3: value" "got 'ten'" \
	"a.tsv:6: unit of lat: expected us, got 'ms'" "a.tsv:7: clock: expected one of icount, none, callgrind, wall, got 'moon'" 'a.tsv:8: expected 5 fields by tabs, got 3'
says "good samples beside bad ones" "$text" 'NSD tiny 20 us'
mkdir "$work/empty"
says "no samples" "$(report empty)" 'Never missing' 'error:' 'expected samples in *.tsv, got none'
printf 'x\tX\tms\tbest\tLoad\t-\t\n' >"$work/wrong.tsv"
says "wrong rows" "$(report good --rows "$work/wrong.tsv")" "wrong.tsv:1: better: expected lower or higher, got 'best'"
says "the project's own rows" "$(report empty --rows tests/bench/rows.tsv)" 'Time to the first right answer missing' 'got none'
exit $failed
