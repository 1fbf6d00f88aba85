# SPDX-License-Identifier: LGPL-2.1-only
# Limits and cuts do what they say, and leave the lab's own traffic alone.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

# 2 MB from h1 into a host, seconds
takes() {
    run dom0 h1 "head -c 2000000 /dev/zero | ssh $1 'cat > /dev/null'" \
        > /dev/null
    expect_rc 0
    echo "$TOOK"
}
takes h2 > /dev/null
free=$(takes h2)

step "4 Mbit/s into h2: 2 MB are 4 s, less one queue and one burst"
lab link tor1 h2 rate=4mbit
b0=$(sent tor1 h2)
slow=$(takes h2)
expect_num "seconds at 4 Mbit/s" "$slow" '>' 3.4
expect_num "seconds without a limit" "$free" '<' "$slow"
expect_num "bytes counted" $(($(sent tor1 h2) - b0)) '>' 2000000
lab guest h2 g1
from=$(now)
takes h2 > /dev/null
expect_num "lost ticks beside the full link" "$(tick_field lost g1 "$from")" == 0

step "off again"
lab link tor1 h2 off
expect_num "seconds after off" "$(takes h2)" '<' "$slow"

reaches() { dom0 "$1" "ping -c1 -W2 $2"; }
step "all is lost into h2, then nothing"
lab link tor1 h2 loss=100
refuse "h1 reaches h2" reaches h1 h2
lab link tor1 h2 off
wait_until "h1 reaches h2" reaches h1 h2

step "h1 is cut from h3 only"
lab cut h1 h3
refuse "h1 reaches h3" reaches h1 h3
wait_until "h1 reaches h2" reaches h1 h2
lab heal h1
wait_until "h1 reaches h3 again" reaches h1 h3

step "h2 is cut from all, but answers the lab, and its guest ticks"
lab cut h2
expect "h2 answers the lab" dom0 h2 true
refuse "h2 reaches h1" reaches h2 h1
refuse "h3 reaches h2" reaches h3 h2
expect "the guest ticks" guest_ticks g1
lab heal h2
wait_until "h2 reaches h1 again" reaches h2 h1
guest_is_whole h2 g1 "$from"
