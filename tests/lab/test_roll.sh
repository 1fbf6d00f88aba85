# SPDX-License-Identifier: LGPL-2.1-only
# Four hosts in two racks are rolled: each is emptied, its power is pulled and
# comes back, and its guests return; no guest stops. Then a roll whose executor
# is killed at four of its steps, a canary that fails its check, and a host that does
# not come back.
# topology: four
# limit: 5400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/roll.sh"

lab favour
HOSTS="h1 h2 h3 h4"
declare -A HOME_OF=([g1]=h1 [g2]=h1 [g3]=h2 [g4]=h3 [g5]=h3 [g6]=h4)

all_home() {
    local g
    for g in "${!HOME_OF[@]}"; do guest_is_whole "${HOME_OF[$g]}" "$g" "$from"; done
}

declare -A BOOT
for h in $HOSTS; do BOOT[$h]=$(boot_of "$h"); done
for g in g1 g2 g3 g4 g5 g6; do
    lab guest "${HOME_OF[$g]}" $g mb=4 rate=20 tick=250 every=1000
done
lab admin true
from=$(now)

step "a hook that is to find its host at rest does not begin where guests are"
run dom0 h1 rackhop hook run --id lab-1 --if-empty -- true
expect_rc 1
expect_out 'this host is not in maintenance'
dom0 h1 rackhop maintenance set
run dom0 h1 rackhop hook run --id lab-1 --if-empty -- true
expect_rc 1
expect_out 'guest g[12] is on this host'
dom0 h1 rackhop maintenance clear

step "the plan: what it will be, and nothing is touched"
run lab admin rackhop roll --dry-run --parallel max --canary 1 all
expect_rc 0
expect_out '4 hosts in'

step "all hosts, a canary first"
run roll --parallel max --canary 1 --soak 10s all
expect_rc 0
expect_out '4 of 4 hosts are done'
for h in $HOSTS; do
    [ "$(hooks "$h")" = 1 ] || fail "$(hooks "$h") hooks for $h"
    [ "$(boot_of "$h")" != "${BOOT[$h]}" ] || fail "$h has not booted"
done
all_home
for g in g1 g2 g3 g4 g5 g6; do
    echo "   $g was silent for $(gap $g "$from") s at most"
done

step "the executor is killed again and again: nothing is done twice"
lab favour
: > "$T/hooks"
from=$(now)
executor() {
    for p in $(ip netns pids "rh.$RACKHOP_LAB.spine"); do
        case $(tr '\0' ' ' < "/proc/$p/cmdline" 2> /dev/null) in
        "rackhop roll "*) echo "$p" ;;
        esac
    done
}
# Is a host of the roll at that step, or further?
is_at() { # STEP
    lab admin rackhop status --json | python3 -c '
import json, sys
steps = "planned draining empty hook off back check undrain home soak done".split()
roll = json.load(sys.stdin)
at = steps.index(sys.argv[1])
sys.exit(roll["ended"] or
         not any(steps.index(h["step"]) >= at for h in roll["hosts"]))' "$1"
}
cut_off() { # STEP COMMAND..: killed when a host is at that step
    local at=$1 victim
    shift
    "$@" > "$T/roll" 2>&1 &
    LIMIT=1800 wait_until "a host is at the step $at" is_at "$at"
    victim=$(executor)
    [ -n "$victim" ] || fail "no executor is at work: $(cat "$T/roll")"
    # shellcheck disable=SC2086
    kill -9 $victim
    wait $! || true
    echo "   killed at the step $at"
    run lab admin rackhop status
    expect_out 'was cut off'
}
resume() { lab admin rackhop roll --resume; }
cut_off draining roll h1 h4
: > "$T/keep-off"
cut_off hook resume
rm "$T/keep-off"
cut_off back resume
cut_off home resume
run resume
expect_rc 0
for h in h1 h4; do [ "$(hooks $h)" = 1 ] || fail "$(hooks $h) hooks for $h"; done
all_home

step "a canary that fails its check: the others are untouched"
lab favour
: > "$T/hooks"
: > "$T/sick"
run roll --canary 1 all
expect_rc 4
expect_out 'has a unit that failed'
expect_out '3 hosts had no turn'
[ "$(wc -l < "$T/hooks")" = 1 ] || fail "more than one hook ran"
canary=$(cat "$T/hooks")
refuse "it takes guests" dom0 "$canary" "rackhop maintenance show | grep -q 'takes guests'"
run lab admin rackhop undrain "$canary"
expect_rc 0
run lab admin rackhop home --yes "$canary"
expect_rc 0
all_home

step "a host that does not come back: it is named, its guests are safe elsewhere"
: > "$T/hooks"
rm "$T/sick"
: > "$T/gone"
run roll --parallel 1 --back-timeout 60s h2 h4
expect_rc 4
[ "$(wc -l < "$T/hooks")" = 1 ] || fail "more than one hook ran"
gone=$(cat "$T/hooks")
expect_out "$gone: has failed"
expect_out 'when it is mended'
for g in "${!HOME_OF[@]}"; do
    at=$(lab where "$g")
    [ "$at" != "$gone" ] || fail "$g is on $gone"
    guest_is_whole "$at" "$g" "$from"
done
rm "$T/gone"
lab start "$gone"
lab install "$gone"
run lab admin rackhop undrain "$gone"
expect_rc 0
run lab admin rackhop home --yes "$gone"
expect_rc 0
all_home
bmc_ends
