# SPDX-License-Identifier: LGPL-2.1-only
# Limits of a move: no pause is longer than it may be, before the suspend and
# after it; and a guest that dirties its memory too fast is slowed down, and is
# as fast as before whatever becomes of the move.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

cap_of() { # HOST NAME
    dom0 "$1" "xl sched-credit2 -d '$2'" | awk 'NR == 2 {print $4}'
}
capped() { [ "$(cap_of "$1" "$2")" != 0 ]; }
uncapped() { [ "$(cap_of "$1" "$2")" = 0 ]; }

# with the codec a page that has changed a little takes next to nothing of a link
for h in h1 h2; do
    dom0 $h "mkdir -p /etc/rackhop; echo 'codec = \"off\"' > /etc/rackhop/rackhop.conf"
done

step "a guest that is faster than its link is not suspended for long"
lab guest h1 g1 mb=12 rate=3000
from=$(now)
run dom0 h1 rackhop migrate --rate 8 --max-rounds 4 --max-pause 1000 g1 h2
expect_rc 1
expect_out 'g1 was not moved to h2 and goes on running on this host: given up: '
expect_out 'suspended now it would be silent for [0-9]+ ms, and may be for 1000'
guest_is_whole h1 g1 "$from"
refuse "something of it at h2" dom0 h2 'xl list | grep g1'

step "what nobody foresees comes after the suspend: the clock ends it"
# the receiver sleeps when all is there: READY never comes
halt_at h2 "target ready before"
run dom0 h1 'rackhop migrate --max-rounds 3 --max-pause 20000 g1 h2'
expect_rc 1
expect_out 'it was suspended for 20000 ms, which is as long as it may be'
go_on h2
guest_is_whole h1 g1 "$from"
gone() { ! dom0 h2 'xl list | grep g1'; }
LIMIT=300 wait_until "nothing is left at h2" gone

step "--min-remaining"
run dom0 h1 rackhop migrate --min-remaining 100000 --json g1 h2
expect_rc 0
expect_out '"why":"few enough pages are dirty"'
guest_is_whole h2 g1 "$from"

step "--throttle slows it down, and it arrives as fast as it was"
run dom0 h2 rackhop migrate --rate 16 --throttle --json g1 h1
expect_rc 0
expect_out '"throttle_percent":[1-9]0?\b'
expect "it has no cap at h1" uncapped h1 g1
guest_is_whole h1 g1 "$from"

step "cancelled while it is slowed down"
run dom0 h1 "rackhop migrate --rate 8 --throttle --json g1 h2 > /tmp/out 2> /tmp/err & pid=\$!
    until grep -q throttle_percent /tmp/out; do
        kill -0 \$pid || break; busybox usleep 100000; done
    xl sched-credit2 -d g1; kill -INT \$pid; wait \$pid; rc=\$?; cat /tmp/err; exit \$rc"
expect_rc 1
expect_out 'goes on running on this host: cancelled'
expect "the cap is lifted" uncapped h1 g1

step "its process is killed while it is slowed down: recover lifts the cap"
dom0 h1 "setsid rackhop migrate --rate 8 --throttle --json g1 h2 > /tmp/out 2> /tmp/err < /dev/null & echo \$! > /tmp/pid"
LIMIT=600 wait_until "it is slowed down" capped h1 g1
dom0 h1 'kill -9 $(cat /tmp/pid)'
expect "the cap outlives its process" capped h1 g1
recovered() { dom0 h1 rackhop recover g1; }
LIMIT=300 wait_until "recover settles it" recovered
expect "the cap is lifted" uncapped h1 g1
guest_is_whole h1 g1 "$from"
for h in h1 h2; do dom0 $h rm -f /etc/rackhop/rackhop.conf; done
