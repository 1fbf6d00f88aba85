# SPDX-License-Identifier: LGPL-2.1-only
# A host is drained on real Xen, taken back, and its guests come home: each by
# one move, whole, with no tick sent twice, although the executor is killed while
# the first of them moves. A guest that was moved elsewhere by hand stays there.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

lab favour

run_is() { # PYTHON EXPRESSION over s, the run's status
    lab admin rackhop status --json | python3 -c '
import json, sys
s = json.load(sys.stdin)
def states(x): return sum(m["state"] == x for m in s["moves"])
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1"
}
away() { # the guests that are away, as "NAME:HOME:AT .."
    lab admin rackhop home --list --json | python3 -c '
import json, sys
print(*sorted("%(name)s:%(home)s:%(at)s" % a for a in json.load(sys.stdin)["away"]))'
}
# the executor alone: the shell and its wrappers die of having no child
executor() {
    for p in $(ip netns pids "rh.$RACKHOP_LAB.spine"); do
        case $(tr '\0' ' ' < "/proc/$p/cmdline" 2> /dev/null) in
        "rackhop home "*) echo "$p" ;;
        esac
    done
}

for g in "g1 mb=8 rate=100" "g2 mb=16 rate=50" "g3 mb=4 rate=20"; do
    # shellcheck disable=SC2086
    lab guest h1 $g tick=50
done
lab guest h2 own mb=4 rate=20 tick=50
lab admin true
printf 'streams = 1\n' >> "/run/rackhop-lab/$RACKHOP_LAB/admin/rackhop.conf"
from=$(now)

step "nobody is away, and the drain of h1 is remembered"
run lab admin rackhop home --list
expect_rc 0
expect_out 'no guest is known to be away'
run lab admin rackhop drain h1 --yes
expect_rc 0
want=
for g in g1 g2 g3; do
    at=$(lab where $g)
    [ "$at" != h1 ] || fail "$g is at h1"
    want="${want:+$want }$g:h1:$at"
done
[ "$(away)" = "$want" ] || fail "away are $(away), not $want"

step "while h1 is in maintenance nobody can go home"
run lab admin rackhop home --yes
expect_rc 4
expect_out 'g1 stays on'
expect_out 'it is in maintenance'
[ "$(away)" = "$want" ] || fail "away are $(away), not $want"

step "h1 is taken back, and says who is missing"
run lab admin rackhop undrain h1
expect_rc 0
expect_out '3 guests that were moved off it may be elsewhere'

step "g3 is moved by hand, from its host: it lives there now"
at=$(lab where g3)
to=h2
[ "$at" != h2 ] || to=h3
run dom0 "$at" rackhop migrate g3 "$to"
expect_rc 0
run lab admin rackhop home --dry-run
expect_rc 0
expect_out '2 moves'
case $(away) in *g3*) fail "g3 is away: $(away)" ;; esac

step "they go home, and the executor is killed on the way"
lab admin rackhop home h1 --yes > "$T/home" 2>&1 &
wait_until "a move is under way" run_is 's["goal"] == "home" and states("started") == 1'
victim=$(executor)
[ -n "$victim" ] || fail "no executor is at work: $(cat "$T/home")"
# shellcheck disable=SC2086
kill -9 $victim
wait $! || true
sed 's/^/   | /' "$T/home"
run lab admin rackhop apply --resume
expect_rc 0
expect "both have moved" run_is 's["ended"] and states("done") == 2'
expect "each was moved once" run_is 'len(s["moves"]) == 2 and all(m["attempt"] == 1
    for m in s["moves"])'
for g in g1 g2; do guest_is_whole h1 $g "$from"; done
guest_is_whole "$to" g3 "$from"
guest_is_whole h2 own "$from"

step "nobody is away any more"
[ -z "$(away)" ] || fail "away are $(away)"
run lab admin rackhop home --yes
expect_rc 0
expect_out 'no guest is known to be away'
run lab admin rackhop undrain h1
refuse_out 'elsewhere'
