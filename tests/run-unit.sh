#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# run-unit.sh PROGRAM...: run unit test programs, under $WRAP if it is set.
# Prints what failed whole, one line for what passed.
bad=0 all=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
for t; do
    all=$((all + 1))
    # shellcheck disable=SC2086
    if ${WRAP:-} "$t" >"$log" 2>&1; then
        skipped=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$log")
        printf '  ok      %s (%s)%s\n' "${t##*/}" \
            "$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log")" \
            "$([ -z "$skipped" ] || printf ', %s skipped' "$skipped")"
        grep '^skip' "$log"
    else
        bad=$((bad + 1))
        cat "$log"
        printf '  FAILED  %s\n' "${t##*/}"
    fi
done
[ $all -gt 0 ] || { echo "no unit tests found" >&2; exit 1; }
echo "unit: $((all - bad)) passed, $bad failed"
[ $bad = 0 ]
