#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# run.sh BUILD [update]: golden tests of the program's output.
# <case>.in is a shell script that runs $RACKHOP from tests/; what it prints
# (both streams) and its exit code must be <case>.ok. `update` rewrites them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) mode=${2:-check}
export RACKHOP=$build/rackhop LC_ALL=C TZ=UTC NO_COLOR=1 RACKHOP_CONF=/dev/null
cd "$here/.." || exit 1
bad=0 all=0 T=
trap '[ -z "$T" ] || rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM
for in in golden/*.in; do
    [ -e "$in" ] || break
    all=$((all + 1))
    T=$(mktemp -d)
    out=$(T=$T bash "$in" 2>&1 </dev/null; echo "exit $?")
    out=${out//$T/TMP}
    rm -rf "$T"
    ok=${in%.in}.ok
    if [ "$mode" = update ]; then
        printf '%s\n' "$out" > "$ok"
    elif ! diff -u "$ok" <(printf '%s\n' "$out"); then
        bad=$((bad + 1))
        echo "  FAILED  $in"
    fi
done
[ $all -gt 0 ] || { echo "no golden tests found" >&2; exit 1; }
echo "golden: $((all - bad)) passed, $bad failed"
[ $bad = 0 ]
