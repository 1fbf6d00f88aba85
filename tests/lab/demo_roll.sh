#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# demo_roll.sh: rolling maintenance on real Xen hosts. One of four in two racks is
# emptied, its power is pulled and comes back, and its guests return; a client of
# the guests hears how long each is silent. Leaves demo/roll.html.
# Ends by itself and cleans up; KEEP=1 leaves the lab up.
set -euo pipefail
export RACKHOP_LAB=demo-roll
[ -n "${KEEP:-}" ] || export RACKHOP_LAB_OWNER=$$
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=roll.sh
. "$LABDIR/roll.sh"
top=$(cd "$LABDIR/../.." && pwd)
out=$top/demo run=/run/rackhop-lab/$RACKHOP_LAB

finish() {
    local rc=$?
    trap - EXIT
    rm -f "$T/hooks"
    kill $BMC 2> /dev/null || true
    if [ -n "${ours:-}" ] && { [ -z "${KEEP:-}" ] || [ $rc != 0 ]; }; then
        lab down
    fi
    rm -rf "$T"
    exit $rc
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
say() { printf '\n== %d:%02d  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"; }

declare -A HOME_OF=([web1]=h1 [db1]=h1 [web2]=h2 [web3]=h3 [db2]=h3 [web4]=h4)
homes=()
for g in "${!HOME_OF[@]}"; do homes+=("$g=${HOME_OF[$g]}"); done

[ -x "$top/build/rackhop" ] || fail "no build/rackhop: make"
mkdir -p "$out"
cd "$top"
say "Four Xen hosts in two racks, under emulation"
[ ! -e "$run/up" ] || fail "the lab $RACKHOP_LAB is up already: RACKHOP_LAB=$RACKHOP_LAB tests/lab/lab down"
ours=yes
lab up four
lab install
lab favour
lab admin true

say "Six guests; each sends a tick every 250 ms, and writes pages"
for g in "${!HOME_OF[@]}"; do
    lab guest "${HOME_OF[$g]}" "$g" mb=4 rate=20 tick=250 every=1000
done
declare -A BOOT
for h in h1 h2 h3 h4; do BOOT[$h]=$(boot_of $h); done

say "What a roll of all four would be"
printf '\nadmin# rackhop roll --dry-run --parallel max all\n'
lab admin rackhop roll --dry-run --parallel max all

say "One of them is rolled: the hook pulls its power, and gives it back"
t0=$(now) began=$SECONDS
: > "$T/roll.json" # tail must find it
roll --json h1 > "$T/roll.json" & rolling=$!
# each event with the time at which it came
tail -n +1 -f --pid=$rolling "$T/roll.json" |
    while IFS= read -r e; do printf '%s %s\n' "$(now)" "$e"; done > "$T/events" &
teller=$!
rc=0
wait $rolling || rc=$?
wait $teller
cut -d' ' -f2- "$T/events" | python3 -c '
import json, sys
for line in sys.stdin:
    e = json.loads(line)
    if e["event"] == "step":
        print("   %s: %s" % (e["host"], e["step"]))
    elif e["event"] == "done":
        print("   %s: %s -> %s, suspended for %.0f ms"
              % (e["name"], e["from"], e["to"], e["downtime_ms"]))
'
[ $rc = 0 ] || fail "the roll ended with $rc"
echo "in $((SECONDS - began)) s"

say "What the guests say of it"
[ "$(hooks h1)" = 1 ] || fail "$(hooks h1) hooks for h1"
[ "$(boot_of h1)" != "${BOOT[h1]}" ] || fail "h1 has not booted"
for h in h2 h3 h4; do
    [ "$(boot_of $h)" = "${BOOT[$h]}" ] || fail "$h has booted as well"
done
for g in "${!HOME_OF[@]}"; do
    guest_is_whole "${HOME_OF[$g]}" "$g" "$t0"
    printf '%-6s at home on %s, silent for %s s at most, memory right\n' \
        "$g" "${HOME_OF[$g]}" "$(gap "$g" "$t0")"
done
python3 "$LABDIR/roll_page.py" "$T/events" "$run/ticks" "${homes[@]}" \
    > "$out/roll.html"
say "Done: demo/roll.html"
