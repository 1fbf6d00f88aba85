# SPDX-License-Identifier: LGPL-2.1-only
# A guest's domain is finished at the target host before the guest is suspended:
# less is left to do then, a failing device costs the guest nothing, nothing
# runs before its time, and who settles a move can start what has arrived.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"
. "$LABDIR/faults.sh"

moved() { # TO [OPTION..]: of g1; sets $SILENT
    local to=$1 from; shift
    from=$(now)
    run dom0 "$(lab where g1)" rackhop migrate "$@" g1 "$to"
    expect_rc 0
    guest_is_whole "$to" g1 "$from"
    SILENT=$(gap g1 "$from")
}

no_context_left() {
    for h in h1 h2; do
        [ -z "$(dom0 $h 'ls /run/rackhop/contexts 2> /dev/null')" ] ||
            fail "a CPU state is left on $h"
    done
}

# Linux 6.1 loses 1 MB of its memory whenever it was suspended, by xl as well, and
# this one moves often.
lab guest h1 g1 mb=8 rate=100 ws=2M mem=48
step "an armed move"
run dom0 h1 rackhop migrate -v g1 h2
expect_rc 0
expect_out "armed: libxl finishes the guest's domain"
guest_is_whole h2 g1
no_context_left

# The first of a freshly booted lab is its slowest.
step "armed and not, by turns"
armed=() classic=()
for _ in 1 2 3; do
    moved h1
    armed+=("$SILENT")
    moved h2 --no-arm
    classic+=("$SILENT")
done
echo "note: silent for ${armed[*]} s armed, ${classic[*]} s not"
no_context_left

step "the same between two CPUs"
lab guest h1 g2 mb=8 rate=100 ws=2M vcpus=2 mem=48
from=$(now)
run dom0 h1 rackhop migrate g2 h2
expect_rc 0
guest_is_whole h2 g2 "$from"
dom0 h2 xl destroy g2

step "2 MiB pages: an armed move gives back what a move by xl has lost"
gcc -Wall -o "$T/p2m" "$LABDIR/p2m.c" -lxenctrl
for h in h1 h2; do lab cp "$T/p2m" $h:/lab/p2m; done
tables() { # HOST: pages that the tables of g2's memory take
    dom0 "$1" '/lab/p2m $(xl domid g2)'
}
lab guest h1 g2 mb=24 rate=20 ws=1M mem=96
from=$(now)
fresh=$(tables h1)
run dom0 h1 xl migrate g2 h2
expect_rc 0
by_xl=$(tables h2)
run dom0 h2 rackhop migrate g2 h1
expect_rc 0
guest_is_whole h1 g2 "$from"
armed=$(tables h1)
echo "note: $fresh pages of tables when it was started, $by_xl after xl, $armed armed"
expect_num "those after a move by xl" "$by_xl" '>' $((fresh + 20))
expect_num "those after an armed move" "$armed" '<' $((by_xl - 20))
dom0 h1 xl destroy g2

step "a network that can't be set up at the target host: no pause at all"
vif=/etc/xen/scripts/vif-lab
dom0 h2 "mv $vif $vif.off
    printf '#!/bin/sh\nexit 1\n' > $vif; chmod +x $vif"
[ "$(lab where g1)" = h1 ] || moved h1
from=$(now)
run dom0 h1 rackhop migrate g1 h2
expect_rc 1
expect_out "goes on running on this host"
refuse_out "suspending the guest"
guest_is_whole h1 g1 "$from"
echo "note: silent for $(gap g1 "$from") s when a device failed"
dom0 h2 mv $vif.off $vif
expect "nothing is left on h2" dom0 h2 '! xl list | grep -q g1'
no_context_left

step "somebody unpauses it while it arrives: nothing runs before its time"
incoming() { dom0 h2 'xl list g1--incoming'; }
from=$(now)
halt_at h2 "target ready after"
MOVE_OPTIONS='--json --rate 4' begin_move
wait_until "it is armed" incoming
wait_until "memory flows" is_streaming
dom0 h2 'xl unpause g1--incoming'
wait_until "all of it is there" is_halted h2
# Xen has tried its CPU state by then, and has not been told to run it
cpu=$(incoming | awk 'NR == 2 {print $6}')
expect_num "seconds of CPU time" "$cpu" == 0
go_on h2
wait_until "the move has ended" move_ended
[ "$(dom0 h1 cat /tmp/rc)" = 0 ] || fail "exit code $(dom0 h1 cat /tmp/rc)"
guest_is_whole h2 g1 "$from"
no_context_left

step "its receiver is killed when the guest is accepted: recover starts it"
run dom0 h2 rackhop migrate g1 h1
expect_rc 0
broken_move "target accepted after" receiver h2
no_context_left
