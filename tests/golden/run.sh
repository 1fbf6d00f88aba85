#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# run.sh BUILD [update] [CASE..]: golden tests of the program's output.
# <case>.in is a shell script that runs $RACKHOP from tests/; what it prints
# (both streams) and its exit code must be <case>.ok. `update` rewrites them.
# As many run at once as there are processors, each in a folder of its own: most
# of their time is waiting.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) mode=check
shift
[ "${1:-}" != update ] || { mode=update; shift; }
export RACKHOP=$build/rackhop LC_ALL=C TZ=UTC NO_COLOR=1 RACKHOP_CONF=/dev/null
cd "$here/.." || exit 1

all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
trap 'exit 1' HUP INT TERM
one() { # CASE.in ALL MODE
    local name T out
    name=$(basename "$1" .in)
    T=$2/$name.d
    mkdir "$T"
    out=$(T=$T bash "$1" 2>&1 < /dev/null; echo "exit $?")
    printf '%s\n' "${out//$T/TMP}" > "$2/$name.out"
    rm -rf "$T"
    if [ "$3" = update ]; then
        cp "$2/$name.out" "${1%.in}.ok"
    elif ! diff -u "${1%.in}.ok" "$2/$name.out" > "$2/$name.diff" 2>&1; then
        cat "$2/$name.diff"
        echo "  FAILED  $1"
        : > "$2/$name.bad"
    fi
}
export -f one
cases=(golden/*.in)
[ $# = 0 ] || cases=("${@/#/golden/}") cases=("${cases[@]/%/.in}")
[ -e "${cases[0]}" ] || { echo "no golden tests found" >&2; exit 1; }
# shellcheck disable=SC2016
printf '%s\n' "${cases[@]}" |
    xargs -P "$(nproc)" -I{} bash -c 'one "$@"' one {} "$all" "$mode"
bad=$(find "$all" -name '*.bad' | wc -l)
[ "$mode" = update ] || [ "$(find "$all" -name '*.diff' | wc -l)" = ${#cases[@]} ] ||
    { echo "not all golden tests were run" >&2; exit 1; }
echo "golden: $((${#cases[@]} - bad)) passed, $bad failed"
[ "$bad" = 0 ]
