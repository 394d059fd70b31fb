# SPDX-License-Identifier: ISC
# What tests/guest/store has said on its console, held against what `kstore dump` finds on its disk. Sourced by
# tests of the guest and of the Linux program.

# acknowledged CONSOLE DUMP KEEP: each record that CONSOLE acknowledges is in DUMP, as far as its writer still keeps
# it, and nothing else is but whole records. Says what is missing, or how much was looked at.
acknowledged() {
	awk -F '\t' -v keep="$3" '
	FNR == NR { # the console, which may end within a line
		if ($0 ~ /^(ack|found) [0-9]+ [0-9]+\r?$/) {
			split($0, word, " ")
			last[word[2]] = word[3] + 0
			acks += word[1] == "ack"
		}
		next
	}
	{
		value[$1] = $2
		records++
	}
	END {
		for (w in last) {
			now = value[w] + 0
			if (now < last[w])
				bad("writer " w " was told that " last[w] " is durable, but the last is " now)
			for (i = now; i > 0 && i > now - keep; i--) {
				expected++
				if (index(value[w "/" i], w "/" i ".") != 1)
					bad("record " w "/" i " is missing or wrong, of a writer whose last is " now)
			}
			expected++
		}
		for (w in value)
			if (w !~ /\//)
				if (!(w in last) && value[w] > 1)
					bad("writer " w " got to " value[w] " and was never told")
				else if (!(w in last))
					expected += 1 + value[w]
		if (records != expected)
			bad("expected " expected " records, got " records)
		if (!acks)
			bad("nothing was acknowledged")
		print acks " acknowledgements, " records " records"
		exit failed
	}
	function bad(text) {
		print text
		failed = 1
	}' "$1" "$2"
}
