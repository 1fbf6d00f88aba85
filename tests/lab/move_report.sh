# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A table of moves as the guest's ticks saw them (read by demo.sh). Uses $lab.

move_report_head() {
    printf '%-24s %9s %12s %12s %8s\n' move seconds "silence, ms" \
        "ticks lost" twice
}
move_report() { # WHAT GUEST FROM TO
    "$lab" ticks "$2" "$3" "$4" | awk -v what="$1" -v a="$3" -v b="$4" '{
        for (i = 1; i < NF; i += 2) v[$i] = $(i + 1)
        printf "%-24s %9.1f %12.0f %12d %8d\n", what, b - a, v["gap"] * 1000,
            v["lost"], v["again"] }'
}
