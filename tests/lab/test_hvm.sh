# SPDX-License-Identifier: LGPL-2.1-only
# An HVM guest goes to and fro with the state of its devices, compressed where
# both hosts know how; and it stays whole when the wire is cut while they go.
# topology: hvm
# limit: 1800
# by name: its image has a device model
. "$(dirname "$0")/lib.sh"
. "$LABDIR/faults.sh"

moves() { # FROM TO OPTION..
    local h=$1 to=$2 from
    shift 2
    from=$(now)
    run dom0 "$h" rackhop -v migrate "$@" g1 "$to"
    expect_rc 0
    guest_is_whole "$to" g1 "$from"
}

# Its state is short: Linux has unplugged emulated NICs, which have 200 KB each. What
# is longer than a pipe is test_helper_stream's.
lab guest h1 g1 type=hvm mb=8 rate=100
step "an HVM guest goes over lanes"
moves h1 h2
expect_out 'the state of the guest.s devices: [0-9]* bytes, [0-9]* on the wire'
expect_out 'over lanes of its own'
echo "note: $(grep -o 'the state of the guest.*wire' <<< "$OUT")"

step "and back, over ssh"
moves h2 h1 --no-wire
expect_out 'the state of the guest.s devices: [0-9]* bytes, [0-9]* on the wire'

step "a target host without the codec gets it as it is"
dom0 h2 'mkdir -p /etc/rackhop; echo "codec = \"off\"" > /etc/rackhop/rackhop.conf'
moves h1 h2
refuse_out 'on the wire'
dom0 h2 rm /etc/rackhop/rackhop.conf
moves h2 h1

step "the wire is cut when they have gone"
from=$(now)
halt_at h2 "target ready before"
begin_move
wait_until "the guest is suspended, its copy built" is_halted h2
lab cut h2 h1
go_on h2
LIMIT=300 wait_until "the sender ends" move_ended
lab heal h2
settle h2 h1
LIMIT=400 no_copy_at h2
guest_is_whole h1 g1 "$from"
