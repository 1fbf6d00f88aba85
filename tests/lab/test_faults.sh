# SPDX-License-Identifier: LGPL-2.1-only
# What is killed, or loses its power, in the middle of a move: afterwards one
# copy of the guest runs, whole, and nothing is left. A handful of the moments;
# `make check-lab-faults` goes through all of them.
# topology: pair
# limit: 1800
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

new_guest
broken_move "source prepared after" sender h1
broken_move "source go after" sender h1
broken_move "target accepted after" receiver h2
broken_move "source go after" target h1
broken_move "target done before" sender h2

step "the wire is half open while the guest is suspended"
from=$(now)
halt_at h2 "target ready before"
begin_move
wait_until "the guest is suspended, its copy built" is_halted h2
lab cut h2 h1
go_on h2
LIMIT=300 wait_until "the guest runs on at h1" guest_runs h1 g1
LIMIT=300 wait_until "the sender ends" move_ended
run dom0 h1 cat /tmp/out
expect_out 'nothing was heard of the far end for 30 s'
lab heal h2
LIMIT=900 wait_until "the receiver gives up as well" dom0 h2 \
    '! ps ax | grep "[r]ackhop receive"'
settle h1 h2
ends_at h1 "$from"

step "the sender sleeps beyond every deadline, and wakes"
from=$(now)
halt_at h1 "source go before"
begin_move
wait_until "the sender sleeps" is_halted h1
LIMIT=900 wait_until "the target has given up" dom0 h2 \
    '! xl list | grep g1--incoming'
go_on h1
LIMIT=300 wait_until "the sender ends" move_ended
run dom0 h1 cat /tmp/out
expect_out 'g1 was not moved to h2 and goes on here'
settle h1 h2
ends_at h1 "$from"

step "no space is left at GO: it waits, and one command resumes it"
from=$(now)
halt_at h1 "source go before"
begin_move
wait_until "the guest is suspended" is_halted h1
dom0 h1 'dd if=/dev/zero of=/var/lib/rackhop/filler bs=4096 2> /dev/null; sync'
go_on h1
LIMIT=300 wait_until "the sender ends" move_ended
run dom0 h1 cat /tmp/out /tmp/rc
expect_out 'kept here, suspended.*rackhop recover g1'
run dom0 h1 rm /var/lib/rackhop/filler
run dom0 h1 rackhop recover g1
expect_rc 0
expect_out 'it stays here'
settle h2
ends_at h1 "$from"
