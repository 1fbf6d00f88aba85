#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
<<<<<<< HEAD
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
        echo "The lab is up. RACKHOP_LAB=demo tests/lab/lab ssh h3 is a Xen host;"
        echo "RACKHOP_LAB=demo tests/lab/lab down ends it all."
    else
        "$lab" down
    fi
    exit $rc
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
on() { # HOST COMMAND..: as a person would type it
    local h=$1; shift
    printf '\n%s# %s\n' "$h" "$*"
    "$lab" ssh "$h" "$*"
}

say "Three Xen hosts in two racks, under QEMU"
"$lab" up two-rack
"$lab" install
"$lab" warm
say "A guest that writes 300 pages a second and sends a tick every 10 ms"
"$lab" guest h1 web1 mb=8 rate=300
on h1 xl list
on h1 rackhop dirty web1
on h1 rackhop migrate --dry-run web1 h3
say "From rack 1 to rack 2"
t0=$(date +%s.%N)
on h1 rackhop migrate web1 h3
t1=$(date +%s.%N)
on h3 xl list
say "And back, by stock xl, to compare"
t2=$(date +%s.%N)
on h3 xl migrate web1 h1
t3=$(date +%s.%N)
say "What the guest's own ticks say of it"
move_report_head
move_report "rackhop h1 -> h3" web1 "$t0" "$t1"
move_report "xl      h3 -> h1" web1 "$t2" "$t3"
printf '\nmemory of web1, checked by itself: %s\n' "$("$lab" verify web1)"
=======
# demo.sh: the main job, for people. Two racks of two real Xen hosts come up, a
# guest that works runs in the first rack and moves to the second, and what a
# client of the guest noticed is shown. Takes a few minutes the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export RACKHOP_LAB=${RACKHOP_LAB:-demo} RACKHOP_LAB_OWNER=$$
lab() { "$here/lab" "$@"; }
bold() { if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$*"; else echo "$*"; fi; }
show() { # HOST CMD..: as an administrator would type it there
    local h=$1; shift
    bold "$h# $*"
    lab ssh "$h" "$@"
}
trap 'lab down' EXIT
trap 'exit 130' INT TERM HUP

bold "Four Xen hosts in two racks, under emulation:"
cat <<'END'

                    spine
                   /     \
                tor1     tor2
               /    \   /    \
            r1h1  r1h2 r2h1  r2h2

END
lab up demo
lab install
lab warm
lab guest r1h1 web1 mb=8 rate=300
bold "web1 runs at r1h1, writes 300 pages/s and says so every 10 ms."
show r1h1 xl list

mover=rackhop
if ! lab ssh r1h1 "rackhop help" 2> /dev/null | grep -q '^ *migrate'; then
    mover=xl
    echo "(This build has no 'rackhop migrate' yet: stock xl moves it.)"
fi
from=$(date +%s.%N)
show r1h1 $mover migrate web1 r2h2
to=$(date +%s.%N)

show r2h2 xl list
bold "What a client saw of it:"
lab ticks web1 "$from" | awk -v a="$from" -v b="$to" '{
    printf "  the move took %.1f s; the longest silence was %.2f s;\n", b - a, $4
    printf "  %d ticks came, %d got lost, %d came twice\n", $2, $8, $10 }'
echo "  web1's memory, every page of it: $(lab verify web1)"
[ "$(lab where web1)" = r2h2 ]
>>>>>>> lab
