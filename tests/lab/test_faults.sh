# SPDX-License-Identifier: LGPL-2.1-only
# A process is killed, or a host loses its power, in the middle of a move.
# Afterwards one whole copy of the guest runs, and nothing else is left of it.
# This test tries a handful of moments; `make check-lab-faults` tries all.
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
expect_out 'the lanes to the target host were lost: no connection for'
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
expect_out 'g1 was not moved to h2 and goes on running on this host'
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
expect_out 'suspended on this host.*rackhop recover g1'
run dom0 h1 rm /var/lib/rackhop/filler
run dom0 h1 rackhop recover g1
expect_rc 0
expect_out 'it stays on this host'
settle h2
ends_at h1 "$from"

step "a target that has lost its records says nothing of the guest"
from=$(now)
halt_at h2 "target accepted after"
begin_move
wait_until "it is accepted" is_halted h2
lose receiver
dom0 h2 'rm -f /var/lib/rackhop/state.db*'
go_on h2
LIMIT=900 wait_until "the sender ends" move_ended
run dom0 h1 cat /tmp/out
expect_out 'suspended on this host'
run dom0 h1 rackhop recover g1
expect_rc 5
expect_out 'h2 .*no record of this move.*rackhop recover --resume g1'
run dom0 h2 xl destroy g1--incoming
run dom0 h1 rackhop recover --resume g1
expect_rc 0
ends_at h1 "$from"

step "a receiver hangs that has accepted it: nobody resumes the guest meanwhile"
from=$(now)
halt_at h2 "target accepted after"
begin_move
wait_until "it is accepted" is_halted h2
LIMIT=900 wait_until "the sender ends" move_ended
run dom0 h1 rackhop recover --resume g1
expect_rc 5
expect_out 'rackhop receive. on it has taken the guest'
go_on h2
wait_until "it runs at h2" guest_runs h2 g1
run dom0 h1 rackhop recover g1
expect_rc 0
settle h2
ends_at h2 "$from"

step "another program saves it, after the sender was killed"
from=$(now)
halt_at h1 "source prepared after"
begin_move
wait_until "the sender is halted" is_halted h1
dom0 h1 'kill -9 $(pidof rackhop); mkfifo /tmp/save
    { sleep 3600 & echo $! > /tmp/holder; } < /dev/null 3<> /tmp/save > /dev/null 2>&1
    (xl save g1 /tmp/save > /tmp/save.out 2>&1; echo $? > /tmp/save.rc) < /dev/null > /dev/null 2>&1 &'
wait_until "it is being saved" dom0 h1 'ps ax | grep "[s]ave-helper --save"'
run dom0 h1 rackhop recover g1
expect_rc 1
expect_out 'another program is saving or moving it'
expect "it is left as it is" dom0 h1 "xl list g1 | grep -q 's-'"
dom0 h1 'exec 4< /tmp/save; kill $(cat /tmp/holder); cat <&4 > /dev/null'
wait_until "it is saved" dom0 h1 test -e /tmp/save.rc
run dom0 h1 cat /tmp/save.out /tmp/save.rc
expect "the save went through" dom0 h1 'grep -qx 0 /tmp/save.rc'
run dom0 h1 rackhop recover
expect_rc 0
new_guest
