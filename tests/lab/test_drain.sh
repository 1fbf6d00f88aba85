# SPDX-License-Identifier: LGPL-2.1-only
# A host is drained on real Xen, and the executor is killed in the middle. The
# running move goes on, a new executor continues with the rest, no move is made
# twice and none is left out. Meanwhile no other run gets the guests. Afterwards
# the host takes no guests until it is undrained.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

lab favour

moves_of() { # HOST: how many moves of guests it began as a source
    dom0 "$1" 'ls /run/rackhop/move 2> /dev/null | grep -c "\.lock$"' || true
}
status() { # PYTHON EXPRESSION over s, the run's status
    lab admin rackhop status --json | python3 -c '
import json, sys
s = json.load(sys.stdin)
def states(x): return sum(m["state"] == x for m in s["moves"])
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1"
}

for g in "g1 mb=8 rate=100" "g2 mb=16 rate=50" "g3 mb=4 rate=20"; do
    # shellcheck disable=SC2086
    lab guest h1 $g tick=50
done
lab admin true
# one at a time, and each is late: what waits is looked at while it moves
printf 'streams = 1\nlate_s = 0\n' >> "/run/rackhop-lab/$RACKHOP_LAB/admin/rackhop.conf"
from=$(now)

step "a plan says what it takes, and moves nothing"
run lab admin rackhop plan drain h1 -o "$T/plan"
expect_rc 0
expect_out '3 moves'
for g in g1 g2 g3; do expect "$g is at h1" guest_is_only_at h1 $g; done

step "the drain begins, and is killed while a guest moves"
lab admin rackhop drain h1 --yes > "$T/drain" 2>&1 &
wait_until "a move is under way" status 'states("started") == 1'
run=$(lab admin rackhop status --json | sed 's/.*"run":"\([^"]*\)".*/\1/')
first=$(lab admin rackhop status --json | python3 -c '
import json, sys
print(next(m["name"] for m in json.load(sys.stdin)["moves"]
           if m["state"] == "started"))')
echo "   run $run moves $first"

step "a guest of the plan is not to be had meanwhile"
other=g1
[ "$first" != g1 ] || other=g2
run dom0 h1 rackhop migrate "$other" h2
expect_rc 1
expect_out "run $run"

# the executor alone: the shell and its wrappers die of having no child
executor() {
    for p in $(ip netns pids "rh.$RACKHOP_LAB.spine"); do
        case $(tr '\0' ' ' < "/proc/$p/cmdline" 2> /dev/null) in
        "rackhop drain h1 "*) echo "$p" ;;
        esac
    done
}
victim=$(executor)
[ -n "$victim" ] || fail "no executor is at work: $(cat "$T/drain")"
# shellcheck disable=SC2086
kill -9 $victim
wait $! || true
sed 's/^/   | /' "$T/drain"
run lab admin rackhop status
expect_out 'was cut off'
expect_out "apply --resume $run"

step "its move goes on to its end"
gone() { [ "$(lab where "$first")" != h1 ]; }
wait_until "$first leaves h1" gone

step "another goes on with the rest"
run lab admin rackhop apply --resume
expect_rc 0
expect_out 'it is late'
refuse_out 'planned again'
expect "every guest has moved" status 's["ended"] and states("done") == 3'
expect "each was moved once" status 'len(s["moves"]) == 3 and all(m["attempt"] == 1
    for m in s["moves"])'
[ "$(moves_of h1)" = 3 ] || fail "h1 began $(moves_of h1) moves, not 3"
for g in g1 g2 g3; do
    at=$(lab where $g)
    [ "$at" != h1 ] || fail "$g is at h1"
    guest_is_whole "$at" $g "$from"
done
run lab admin rackhop status
expect_rc 0
expect_out 'is done'
expect_out '3 of 3 moves done'
run lab admin rackhop apply --resume
expect_rc 0

step "h1 takes no guest until it is told to"
at=$(lab where g3)
run dom0 "$at" rackhop migrate g3 h1
expect_rc 1
expect_out 'is in maintenance, so it takes no guests'
refuse_out 'xc: '
run lab admin rackhop undrain h1
expect_rc 0
run dom0 "$at" rackhop migrate g3 h1
expect_rc 0
guest_is_whole h1 g3 "$from"
