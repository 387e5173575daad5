# SPDX-License-Identifier: GPL-2.0-or-later
#
# TAP, as Criterion and verifier-cost write it, to the lines that tools/test counts:
# "ok NAME", "not ok NAME: why", "skip NAME: why". PREFIX stands before each name.
# A plan that was not run to its end is a failure of its own. With FILTERED=1 the tests that a filter
# left out, of which Criterion says no more than "test was skipped", are not named.

function flush() {
	if (failed != "")
		print "not ok " PREFIX failed ": " (why == "" ? "crashed or ended early" : why)
	failed = why = ""
}

{ sub(/\r$/, "") }
/^1\.\.[0-9]+$/ { planned = substr($0, 4); has_plan = 1 }
/^(ok|not ok) - / {
	flush()
	seen++
	name = $0
	sub(/^(ok|not ok) - /, "", name)
	sub(/ *\([0-9.]+s\)$/, "", name)
}
/^ok - .* # SKIP/ {
	why = name
	sub(/ *# SKIP.*/, "", name)
	sub(/.*# SKIP */, "", why)
	if (!FILTERED || why != "test was skipped")
		print "skip " PREFIX name ": " why
	why = ""
	next
}
/^ok - / { print "ok " PREFIX name }
/^not ok - / {
	failed = name
	if (at = index(name, " unexpected signal")) {
		failed = substr(name, 1, at - 1)
		why = substr(name, at + 1)
	}
}
/^# / && failed != "" && why == "" { why = substr($0, 3) }
/^ +- .*:[0-9]+: \|\+$/ && failed != "" && why == "" {
	why = $2
	sub(/:$/, "", why)
}
/^ +Assertion failed: / && why !~ / / {
	text = $0
	sub(/^ +Assertion failed: /, "", text)
	why = why " " text
}
/^ +\.\.\.$/ { flush() }

END {
	flush()
	if (!seen)
		print "not ok " PREFIX "run: no test gave a result"
	else if (has_plan && seen < planned)
		print "not ok " PREFIX "run: " planned - seen " of " planned " tests gave no result"
}
