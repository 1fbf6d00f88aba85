# SPDX-License-Identifier: LGPL-2.1-only
# The guest that xl kills: h3's processor lacks what g1 was started with. Stock
# xl reports success and the guest dies; rackhop refuses and names what is
# missing; with the line it proposes, the same guest moves.
# topology: mixed-cpu
. "$(dirname "$0")/lib.sh"

lab guest h1 g1 mb=4 rate=50
from=$(now)

step "rackhop refuses, and the guest runs on"
run dom0 h1 rackhop migrate g1 h3
expect_rc 1
expect_out 'the CPU of h3 lacks .*popcnt'
expect_out 'sse4_1.*sse4_2'
expect_out 'cpuid = "host,[^"]*popcnt=0[^"]*"'
line=$(sed -n 's/.*\(cpuid = "host,[^"]*"\).*/\1/p' <<< "$OUT" | head -n 1)
guest_is_whole h1 g1 "$from"

step "to a host of the same kind it may go"
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
guest_is_whole h2 g1 "$from"

step "stock xl says that all went well, and the guest dies"
run dom0 h2 xl migrate g1 h3
expect_rc 0
expect_out 'Migration successful'
dead() { ! guest_runs h3 g1; }
wait_until "g1 dies at h3" dead
echo "note: stock xl: exit 0, guest dead; rackhop: refused"

step "started with the line that was proposed, it moves there and back"
lab guest h1 g2 mb=4 rate=50 "cfg=$line"
from=$(now)
run dom0 h1 rackhop migrate g2 h3
expect_rc 0
guest_is_whole h3 g2 "$from"
run dom0 h3 rackhop migrate g2 h2
expect_rc 0
guest_is_whole h2 g2 "$from"
