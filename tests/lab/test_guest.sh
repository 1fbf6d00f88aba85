# SPDX-License-Identifier: LGPL-2.1-only
# A guest starts, ticks, dirties as it is told and can check its own memory.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

step "a guest that writes 400 pages a second"
lab guest h1 g1 mb=8 rate=400
expect "g1 runs" guest_is_only_at h1 g1
from=$(now)
at_least() { [ "$(tick_field ticks g1 "$from")" -ge "$1" ]; }
wait_until "300 ticks" at_least 300
d0=$(dirtied g1)
more() { [ "$(dirtied g1)" -gt $((d0 + $1)) ]; }
wait_until "400 pages more" more 400
guest_is_whole h1 g1 "$from"

step "told to rest, it rests"
lab tell g1 rate 0
rests() { local a; a=$(dirtied g1); guest_ticks g1; [ "$(dirtied g1)" = "$a" ]; }
wait_until "no page more" rests

step "bursts: 200 ms of 3000 pages/s, then 800 ms of rest"
lab tell g1 ws 2
lab tell g1 burst 200 800
lab tell g1 rate 3000
more_than_once() { # the counter stands still and goes on, twice
    python3 - "/run/rackhop-lab/$RACKHOP_LAB/ticks" "$from" <<'P'
import sys
last = None
phases = []
for line in open(sys.argv[1]):
    f = line.split()
    if float(f[0]) < float(sys.argv[2]) or f[1] != "g1":
        continue
    d = int(f[7])
    if last is not None:
        moved = d > last
        if phases and phases[-1][0] == moved:
            phases[-1][1] += 1
        else:
            phases.append([moved, 1])
    last = d
rests = [n for moved, n in phases if not moved and n >= 20]
sys.exit(len(rests) < 3)
P
}
from=$(now)
wait_until "three rests of 200 ms and more" more_than_once
guest_is_whole h1 g1

step "a check finds the one page that is not as it should be"
lab tell g1 spoil 700
spoilt() { [ "$(lab verify g1)" = '1 bad pages' ]; }
wait_until "the spoilt page is found" spoilt
