#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# demo.sh: what rackhop does, shown on real Xen hosts. Ends by itself and
# cleans up; KEEP=1 leaves the lab up.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export RACKHOP_LAB=demo
[ -n "${KEEP:-}" ] || export RACKHOP_LAB_OWNER=$$
lab=$here/lab
. "$here/move_report.sh"

finish() {
    local rc=$?
    trap - EXIT
    if [ -n "${KEEP:-}" ] && [ $rc = 0 ]; then
        echo
        echo "The lab is up. RACKHOP_LAB=demo tests/lab/lab ssh r2h2 is a Xen host;"
        echo "RACKHOP_LAB=demo tests/lab/lab down ends it all."
    else
        "$lab" down
    fi
    exit $rc
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

say() {
    if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi
}
on() { # HOST COMMAND..: as a person would type it
    local h=$1; shift
    printf '\n%s# %s\n' "$h" "$*"
    "$lab" ssh "$h" "$*"
}

say "Four Xen hosts in two racks, under emulation"
cat <<'END'

                    spine
                   /     \
                tor1     tor2
               /    \   /    \
            r1h1  r1h2 r2h1  r2h2

END
"$lab" up demo
"$lab" install
"$lab" warm
say "A guest that writes 300 pages a second and sends a tick every 10 ms"
"$lab" guest r1h1 web1 mb=8 rate=300
on r1h1 xl list
on r1h1 rackhop dirty web1
on r1h1 rackhop migrate --dry-run web1 r2h2
say "From rack 1 to rack 2"
t0=$(date +%s.%N)
on r1h1 rackhop migrate web1 r2h2
t1=$(date +%s.%N)
on r2h2 xl list
say "And back, by stock xl, to compare"
t2=$(date +%s.%N)
on r2h2 xl migrate web1 r1h1
t3=$(date +%s.%N)
say "What the guest's own ticks say of it"
move_report_head
move_report "rackhop r1h1 -> r2h2" web1 "$t0" "$t1"
move_report "xl      r2h2 -> r1h1" web1 "$t2" "$t3"
printf '\nmemory of web1, checked by itself: %s\n' "$("$lab" verify web1)"
