# SPDX-License-Identifier: LGPL-2.1-only
# Stock xl moves a guest from one rack to the other: what rackhop is measured
# against, and the proof that the lab is a cluster.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

lab guest h1 g1 mb=8 rate=300
from=$(now)
b0=$(sent tor2 h3)
run dom0 h1 xl migrate g1 h3
expect_rc 0
expect_out 'Migration successful'
guest_is_whole h3 g1 "$from"
expect_num "bytes that went into h3" "$(($(sent tor2 h3) - b0))" '>' \
    $((20 * 1024 * 1024))
echo "note: stock xl migrate: $TOOK s, $(lab ticks g1 "$from")"

step "and back"
run dom0 h3 xl migrate g1 h1
expect_rc 0
guest_is_whole h1 g1 "$from"
