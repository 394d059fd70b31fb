# SPDX-License-Identifier: ISC
# Zone files for servers that know no $GENERATE: the lines that it stands for.
/^\$GENERATE/ {
	split($2, range, "-")
	rest = $0
	sub(/^\$GENERATE[ \t]+[0-9]+-[0-9]+[ \t]+/, "", rest)
	for (i = range[1]; i <= range[2]; i++) {
		line = rest
		while (match(line, /\$\{[^}]*\}/)) {
			n = split(substr(line, RSTART + 2, RLENGTH - 3), part, ",")
			f = "%0" (n > 1 && part[2] > 0 ? part[2] : 1) (n > 2 ? part[3] : "d")
			line = substr(line, 1, RSTART - 1) sprintf(f, i + part[1]) \
				substr(line, RSTART + RLENGTH)
		}
		gsub(/\$/, i, line)
		print line
	}
	next
}
{ print }
