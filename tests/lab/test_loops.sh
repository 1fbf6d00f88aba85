# SPDX-License-Identifier: LGPL-2.1-only
# rackhopd and the agents look after real hosts: steady load leads to no wish; a
# burner beside a victim is found and parted from it; and another one once, though
# rackhopd is killed at any moment. LAB_LOOPS_OBSERVE seconds of steady load are watched
# (60), and rackhopd is killed LAB_LOOPS_KILLS times (8).
# topology: four
# by name: it wants a machine that does nothing else
# limit: 5400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loops.sh"

OBSERVE=${LAB_LOOPS_OBSERVE:-60} KILLS=${LAB_LOOPS_KILLS:-8}
lab favour
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

step "a burner beside a victim: it is found, and they are parted"
moved() { lab admin rackhop runs | awk '$2 == "loops" && $5 == "of" { n += $4 } END { print n + 0 }'; }
parted() { [ "$(moved)" -gt "${1:-0}" ] && rests; }
# Domain 0 has no processor of its own here, and takes 0.15 of the host's: a victim
# that wants a fifth of it waits for that little, alone. Beside a guest of four vCPUs,
# each of which gets as much as the victim's, it has too little.
dom0 h4 xl destroy g4
lab tell g1 burn 20
for g in g2 g3; do lab tell $g burn 0; done # emulation has two processors for all
noisy() { # HOST NAME
    lab guest "$1" "$2" mem=64 vcpus=4 mb=4 tick=500 burners=4
}
noisy h1 burner
# What was waited for until now is no reason any more.
since=$(now)
rackhopd
wait_until "nobody is in the way" looked "len(looks) >= 2 and not any(
    l['blocked'] or any(w['loop'] == 'noise' for w in l['wishes'])
    for l in looks[-2:])"
rackhopd_ends
# That they want more than a host has is a matter of balance, too.
settings 'loop_noise = "act"' 'loop_balance = "off"'
since=$(now)
rackhopd
wait_until "it has looked" rests
began=$(now) since=$began
lab tell burner burn 100
wait_until "it is found" looked "wishes('noise')"
found=$(of_looks "wishes('noise')[0][0]")
echo "   found $(seconds "$began") s after it began"
# Thirty seconds, if looks are every ten.
expect_num "looks until it is found" "$(of_looks "[
    any(w['loop'] == 'noise' for w in l['wishes']) for l in looks].index(True) + 1")" \
    '<=' 3
wait_until "they are apart, and it rests" parted
echo "   apart, and at rest, $(seconds "$began") s after it"
rackhopd_ends
run loops
expect_out 'guests of h1 wait for processors, [0-9.]+ of their time, beside one'
deeds noise > "$T/deeds"
cat "$T/deeds"
[ "$(wc -l < "$T/deeds")" = 1 ] || fail "$(wc -l < "$T/deeds") moves, not one"
h=$(lab where g1)
[ "$h" != "$(lab where burner)" ] || fail "they are still together"
before=$(lab steal g1 "$began" "$found") # a move would take from it as well
after=$(steal_of g1 60)
echo "   the victim's steal before: $before; after: $after"
expect_num "the victim's steal before" "$before" '>' 0.25
expect_num "the victim's steal after" "$after" '<' 0.05

step "another one, and rackhopd is killed at $KILLS moments: they are parted once"
dom0 "$(lab where burner)" xl destroy burner
noisy "$h" noisy
lab tell noisy burn 100
was=$(moved) n=0 open=0
# Each second life is too short for a look, mostly; the others end soon after one, when
# a run has begun, or is over. Those after the run have nothing to do.
while [ $n -lt "$KILLS" ]; do
    since=$(now)
    rackhopd
    wait_until "it is there" rackhopd_pid
    [ $((n % 2)) = 0 ] || wait_until "it has looked" looked looks
    sleep $((RANDOM % EVERY)).$((RANDOM % 10))
    rackhopd_ends KILL
    n=$((n + 1))
    ! lab admin rackhop runs | grep -q 'loops *cut off' || open=$((open + 1))
done
echo "   killed $n times, of which $open left a run that was cut off;" \
    "$(($(moved) - was)) moves by then"
rackhopd
wait_until "they are apart, and it rests" parted "$was"
rackhopd_ends
run loops
run lab admin rackhop runs
[ "$(moved)" = $((was + 1)) ] || fail "$(($(moved) - was)) moves, not one"
[ "$(deeds noise | wc -l)" = 2 ] || fail "$(deeds noise | wc -l) deeds, not two"
[ "$(lab where g1)" != "$(lab where noisy)" ] || fail "they are still together"
for g in g1 noisy; do guest_is_whole "$(lab where $g)" $g "$began"; done
