#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# run-unit.sh PROGRAM...: run unit test programs, under $WRAP if it is set, as
# many at once as there are processors. Prints what failed whole, one line for
# what passed.
bad=0 all=0
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
at_once=$(nproc)
for t; do
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n; done
    # shellcheck disable=SC2086
    (${WRAP:-} "$t" > "$T/${t##*/}" 2>&1 && : > "$T/${t##*/}.ok") &
done
wait
for t; do
    all=$((all + 1)) log=$T/${t##*/}
    if [ -e "$log.ok" ]; then
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
