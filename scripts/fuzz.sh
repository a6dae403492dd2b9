#!/bin/sh
# Runs every fuzz target for a while: fuzz.sh [time each, default 10s] [package, default ./...]. What it finds is kept beside
# the target, in testdata/fuzz, and is tested by every go test from then on.
set -eu
cd "$(dirname "$0")/.."
each=${1:-10s}
targets=$(mktemp)
trap 'rm -f "$targets"' EXIT
go test -list '^Fuzz' "${2:-./...}" | awk '/^Fuzz/ { names = names " " $1 } /^ok/ { if (names) print $2, names; names = "" }' >"$targets"
failed=0
while read -r package names; do
	for name in $names; do
		echo "$package $name"
		go test "$package" -run '^$' -fuzz "^$name\$" -fuzztime "$each" -parallel 2 >"$targets.out" 2>&1 || {
			failed=1
			cat "$targets.out"
		}
	done
done <"$targets"
rm -f "$targets.out"
exit $failed
