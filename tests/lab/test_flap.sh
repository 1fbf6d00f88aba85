# SPDX-License-Identifier: LGPL-2.1-only
# A link that is up for 20 s of each minute: the move waits while it is down, and
# takes hardly more bytes than over one that is always up.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"
. "$LABDIR/faults.sh"

# All that came through to h2, what was sent twice as well.
moved() { # WHILE..: runs that until the move has ended; sets $SENT and $FROM
    local b0
    FROM=$(now) b0=$(sent tor1 h2)
    MOVE_OPTIONS="--json --rate 4" begin_move
    wait_until "memory flows" is_streaming
    until move_ended; do "$@"; done
    SENT=$(($(sent tor1 h2) - b0))
    run dom0 h1 tail -n 1 /tmp/out
    expect "it has moved" dom0 h1 grep -qx 0 /tmp/rc
    expect_out '"way":"lanes"'
    guest_is_whole h2 g1 "$FROM"
}
soon_over() { # or 20 s
    local until=$(($(date +%s) + 20))
    while [ "$(date +%s)" -lt $until ] && ! move_ended; do sleep 0.5; done
}
down_and_up() {
    lab cut h2 h1
    sleep 40
    lab heal h2
    soon_over
    downs=$((downs + 1))
}

lab guest h1 g1 mb=24 rate=100 ws=1M mem=96
step "a link that is always up"
moved sleep 1
always=$SENT
run dom0 h2 rackhop migrate g1 h1
expect_rc 0

step "one that is up for 20 s of each minute"
downs=0
moved down_and_up
echo "note: $SENT bytes, $always over a link that is always up; it was down $downs times"
# Suspended before a cut it would have been silent for longer, and stayed at h1.
expect_num "s of silence" "$(gap g1 "$FROM")" '<' 5
expect_num "how often it was down" "$downs" '>' 1
expect_num "bytes" "$SENT" '<' "$((always + always / 20))"
