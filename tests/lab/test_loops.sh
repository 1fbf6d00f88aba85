# SPDX-License-Identifier: LGPL-2.1-only
# rackhopd and the agents look after real hosts: steady load leads to no wish; a
# burner beside a victim is found and parted from it, though rackhopd is killed at any
# moment meanwhile. LAB_LOOPS_OBSERVE seconds of steady load are watched (60),
# and rackhopd is killed LAB_LOOPS_KILLS times at most (8).
# topology: four
# by name: each step was seen, but not all of them in one run
# limit: 5400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loops.sh"

OBSERVE=${LAB_LOOPS_OBSERVE:-60} KILLS=${LAB_LOOPS_KILLS:-8}
lab favour
# They always want a processor, so that what they get tells what they wait.
for n in 1 2 3 4; do lab guest "h$n" "g$n" mb=4 rate=20 tick=100 burn=100; done
agents

step "steady load for $OBSERVE s: it is observed, and nothing is wanted"
policy '"look_s": 5, "settle_s": 30, "cooldown_s": 30, "return_s": 60'
settings
since=$(now)
rackhopd
LIMIT=$((OBSERVE + 300)) wait_until "it has watched for so long" \
    looked "looks and looks[-1]['at_s'] - looks[0]['at_s'] > $OBSERVE"
rackhopd_ends
run loops
expect_out '^4 hosts; 4 guests$'
refuse_out '(health|noise|balance|power) .*: no'
of_looks "'   %d looks, of which %d decided nothing; mean steal %.3f' % (len(looks),
    sum(1 for l in looks if l['blocked']),
    sum(s for g in 'g1 g2 g3 g4'.split() for _, s in steal(g)) / (4 * len(looks)))"
expect_num "looks" "$(of_looks "len([l for l in looks if not l['blocked']])")" '>=' 3
of_looks "'\n'.join(str(w) for l in looks for w in l['wishes'])"
expect_num "wishes" "$(of_looks "sum(len(l['wishes']) for l in looks)")" == 0

step "a burner beside a victim: they are parted once, though rackhopd is killed again and again"
dom0 h4 xl destroy g4
settings 'loop_noise = "act"'
lab guest h1 burner mb=4 tick=500 burn=100
began=$(now) since=$began n=0 open=0
waits h1 g1 > "$T/before" &
before=$!
moved() { lab admin rackhop runs | awk '$2 == "loops" && $5 == "of" { n += $4 } END { print n + 0 }'; }
# Some lives are too short for a look, some reach the run, or end it.
while [ $n -lt "$KILLS" ] && [ "$(moved)" = 0 ]; do
    rackhopd
    wait_until "it is there" rackhopd_pid
    sleep $((RANDOM % (3 * EVERY))).$((RANDOM % 10))
    rackhopd_ends KILL
    n=$((n + 1))
    ! lab admin rackhop runs | grep -q 'loops *cut off' || open=$((open + 1))
done
echo "   killed $n times, of which $open left a run that was cut off"
rackhopd
parted() { [ "$(moved)" -ge 1 ] && rests; }
wait_until "they are apart, and it rests" parted
rackhopd_ends
echo "   found $(of_looks "'%.0f' % (wishes('noise')[0][0] - $began)") s after it began," \
    "and apart, and at rest, after $(seconds "$began") s"
wait $before
before=$(cat "$T/before")
run loops
run lab admin rackhop runs
[ "$(moved)" = 1 ] || fail "$(moved) moves, not one"
deeds noise > "$T/deeds"
[ "$(wc -l < "$T/deeds")" = 1 ] || fail "$(wc -l < "$T/deeds") moves, not one"
h=$(lab where g1)
[ "$h" != "$(lab where burner)" ] || fail "they are still together"
after=$(waits "$h" g1)
echo "   the victim's steal: $before, then $after ($(awk \
    "BEGIN { printf \"%.0f %%\", 100 * $after / $before }") of it)"
expect_num "the victim's steal before" "$before" '>' 0.25
expect_num "the victim's steal after" "$after" '<' "$(awk "BEGIN{print $before / 2}")"
for g in g1 burner; do guest_is_whole "$(lab where $g)" $g "$began"; done
