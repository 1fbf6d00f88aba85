# SPDX-License-Identifier: LGPL-2.1-only
# A move from Xen 4.17 to 4.20 works. The older Xen refuses the way back after all
# memory was sent, and the guest continues on its source host.
# topology: mixed-xen
. "$(dirname "$0")/lib.sh"

[ "$(dom0 h3 "xl info | awk '/^xen_version/{print \$3}'" | cut -d. -f1,2)" = 4.20 ] ||
    fail "h3 does not run Xen 4.20"
lab guest h1 g1 rate=300
from=$(now)
run dom0 h1 xl migrate g1 h3
expect_rc 0
guest_is_whole h3 g1 "$from"

step "and back"
run dom0 h3 xl migrate g1 h1
[ "$RC" != 0 ] || fail "4.20 to 4.17 is said to have worked"
guest_is_whole h3 g1 "$from"

step "rackhop refuses the way back before any memory moves"
if dom0 h3 'rackhop version > /dev/null 2>&1'; then
    b0=$(sent tor1 h1)
    run dom0 h3 rackhop migrate g1 h1
    expect_rc 1
    expect_out 'h1 runs Xen 4\.17 and this host Xen 4\.20: a guest can.t go to an older Xen'
    expect_num "bytes that went into h1" "$(($(sent tor1 h1) - b0))" '<' \
        $((4 * 1024 * 1024))
    guest_is_whole h3 g1 "$from"
else
    echo "note: h3 has no rackhop for its Xen (tests/xen420.sh makes it): not tried"
fi

step "and takes a guest the way that works, to a 4.20 host"
lab guest h2 g2 mb=8 rate=300
from=$(now)
run dom0 h2 rackhop migrate g2 h3
expect_rc 0
guest_is_whole h3 g2 "$from"
