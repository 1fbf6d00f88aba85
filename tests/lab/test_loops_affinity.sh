# SPDX-License-Identifier: LGPL-2.1-only
# Guests that talk with each other across racks come together when that pays, and stay
# where they are while it does not. What they send is counted for ten minutes before
# it is believed; LAB_LOOPS_OBSERVE seconds are watched at least (60).
# topology: apart
# by name: it waits for ten minutes of talk
# limit: 5400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loops.sh"

OBSERVE=${LAB_LOOPS_OBSERVE:-60}
# shellcheck disable=SC2034
SAMPLED='sample_talks = "yes"' # settings of agents
lab favour
# Two pairs, of which one has little to say.
for p in 'h1 a1 b1 40' 'h2 b1 a1 40' 'h1 a2 b2 2' 'h2 b2 a2 2'; do
    # shellcheck disable=SC2086
    set -- $p
    lab guest "$1" "$2" mb=4 tick=1000 every=1000 "peer=$3" "talk=$4"
done
from=$(now)
agents

# What an agent tells of its guests' talks: lines "MBPS MBPS_P25", the most first.
talks() { # HOST
    dom0 "$1" cat /var/lib/rackhop/samples/talks.json | python3 -c '
import json, sys
for t in json.load(sys.stdin)["talks"]:
    print(t["mbps"], t["mbps_p25"])'
}
believed() { # by the agents of both racks
    local h
    sleep 5 # it is long, and asking is work for hosts
    for h in $HOSTS; do talks "$h" | sed -n 1p | grep -q ' [0-9]' || return 1; done
}
crosses() { # bytes a second that leave the first rack
    local a b
    a=$(sent tor1 to-spine) && sleep 20 && b=$(sent tor1 to-spine) &&
        echo $(((b - a) / 20))
}
POLICY='"look_s": 5, "settle_s": 20, "cooldown_s": 30, "return_s": 60'

step "two pairs talk across racks, for less than a move costs: nothing is wanted"
policy "$POLICY"
settings 'loop_power = "off"' # hosts with so little to do would be emptied
since=$(now)
rackhopd
LIMIT=1200 wait_until "what they say is believed" believed
echo "   believed $(seconds "$since") s after rackhopd was started"
for h in $HOSTS; do echo "   $h: $(talks "$h" | sed -n 1p) Mbit/s"; done
believed=$(now)
LIMIT=$((OBSERVE + 300)) wait_until "it has watched for so long" looked \
    "looks and looks[-1]['at_s'] - looks[0]['at_s'] > $OBSERVE and
        len([l for l in looks if l['at_s'] > $believed and not l['blocked']]) >= 3"
rackhopd_ends
run loops
expect_out '^2 hosts; 4 guests$'
of_looks "'   %d looks in %.0f s, of which %d decided nothing' % (len(looks),
    looks[-1]['at_s'] - looks[0]['at_s'], sum(1 for l in looks if l['blocked']))"
of_looks "'\n'.join(str(w) for l in looks for w in l['wishes'])"
expect_num "wishes" "$(of_looks "sum(len(l['wishes']) for l in looks)")" == 0
before=$(crosses)

step "a hop is worth more: those of whom it pays come together, and no one else moves"
policy "$POLICY, \"hop_wh\": 1"
settings 'loop_affinity = "act"' 'loop_power = "off"'
began=$(now) since=$began
rackhopd
LIMIT=600 wait_until "it is found" looked "wishes('affinity')"
echo "   found $(seconds "$began") s after rackhopd was started"
together() { [ "$(lab where a1)" = "$(lab where b1)" ] && rests; }
LIMIT=600 wait_until "they are together, and it rests" together
echo "   together, and at rest, after $(seconds "$began") s"
rackhopd_ends
run loops
run lab admin rackhop runs
deeds affinity > "$T/deeds"
cat "$T/deeds"
[ "$(wc -l < "$T/deeds")" = 1 ] || fail "$(wc -l < "$T/deeds") moves, not one"
[ "$(lab where a2) $(lab where b2)" = "h1 h2" ] || fail "the others have moved"
after=$(crosses)
echo "   $before bytes a second left the first rack, now $after"
expect_num "bytes between racks" "$after" '<' "$((before / 2))"
for g in a1 b1; do guest_is_whole "$(lab where $g)" $g "$from"; done
# The others were not touched; now and then a guest of a host with two emulated
# processors dies for no reason of its own, and boots anew (docs/LAB).
expect "a2 is where it was" guest_is_only_at h1 a2
expect "b2 is where it was" guest_is_only_at h2 b2
