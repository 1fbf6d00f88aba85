# SPDX-License-Identifier: LGPL-2.1-only
# A guest goes over lanes, which may be cut: pre-copy waits for them, a guest that
# is suspended goes on at its source host. Where the port is closed it goes over
# ssh, and that is told. Whoever is killed, the guest is at one place.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"
. "$LABDIR/faults.sh"

wires_of() { dom0 "$1" 'for p in /proc/[0-9]*; do
    [ "$(tr "\0" " " < $p/cmdline 2> /dev/null)" != "rackhop-wire " ] ||
        echo ${p#/proc/}; done'; }
no_wire_is_left() {
    local h
    for h in h1 h2; do [ -z "$(wires_of $h)" ] || return 1; done
}
ended_with() { # CODE
    LIMIT=600 wait_until "the move has ended" move_ended
    run dom0 h1 cat /tmp/out /tmp/rc
    [ "$(dom0 h1 cat /tmp/rc)" = "$1" ] || fail "another exit code than $1"
}
flows() { # a move that takes a while, up to where memory flows
    MOVE_OPTIONS="--json --rate ${1:-4}" begin_move
    wait_until "memory flows" is_streaming
}
back() { # to h1 for the next step
    wait_until "no rackhop-wire is left" no_wire_is_left
    [ "$(lab where g1)" = h1 ] || {
        run dom0 h2 rackhop migrate g1 h1
        expect_rc 0
    }
}

lab guest h1 g1 mb=8 rate=200
step "over lanes, and over ssh where that is wanted"
from=$(now)
run dom0 h1 rackhop migrate --json g1 h2
expect_rc 0
expect_out '"way":"lanes","lanes":1,"cipher":"TLS_'
guest_is_whole h2 g1 "$from"
run dom0 h2 rackhop migrate --json --no-wire g1 h1
expect_rc 0
expect_out '"way":"ssh"'
refuse_out 'sent over ssh'
guest_is_whole h1 g1 "$from"

step "two lanes are two connections"
from=$(now)
connections() { # of lanes, from h1 to h2; the others are those of ssh
    dom0 h1 "ss -Htn state established dst 10.77.0.2" |
        awk '$3 !~ /:22$/ && $4 !~ /:22$/ { n++ } END { print n + 0 }'
}
are_two() { [ "$(connections)" = 2 ]; }
MOVE_OPTIONS="--json --rate 4 --lanes 2" begin_move
wait_until "memory flows" is_streaming
wait_until "there are two connections" are_two
ended_with 0
expect_out '"way":"lanes","lanes":2,'
guest_is_whole h2 g1 "$from"
back

step "the network is down three times 5 s, and once 15, while memory flows"
from=$(now)
flows
for s in 5 5 5 15; do
    lab cut h2 h1
    sleep $s
    lab heal h2
    sleep 1
done
ended_with 0
expect_out '"way":"lanes"'
guest_is_whole h2 g1 "$from"
back

step "ssh is killed: that is no end"
from=$(now)
flows
lose ssh
ended_with 0
guest_is_whole h2 g1 "$from"
back

for h in h1 h2; do
    step "rackhop-wire is killed at $h"
    from=$(now)
    flows
    dom0 $h "kill -9 $(wires_of $h)"
    ended_with 1
    expect_out 'goes on running on this host'
    guest_is_whole h1 g1 "$from"
    no_copy_at h2
    back
done

step "the lanes are cut while the guest is suspended"
from=$(now)
halt_at h2 "target ready before"
begin_move
wait_until "the guest is suspended, its copy built" is_halted h2
lab cut h2 h1
LIMIT=60 wait_until "the guest runs on at h1" guest_runs h1 g1
go_on h2
ended_with 1
expect_out 'the lanes to the target host were lost'
lab heal h2
LIMIT=400 no_copy_at h2
guest_is_whole h1 g1 "$from"
back

step "a firewall"
dom0 h2 'mkdir -p /etc/rackhop; echo "wire_ports = \"41000\"" > /etc/rackhop/rackhop.conf'
lab cut h2 h1 41000
from=$(now)
run dom0 h1 rackhop migrate --json g1 h2
expect_rc 0
expect_out "port 41000 of h2 can't be reached: .*; sent over ssh"
expect_out '"way":"ssh"'
guest_is_whole h2 g1 "$from"
lab heal h2
dom0 h2 rm /etc/rackhop/rackhop.conf
