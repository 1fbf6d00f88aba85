# SPDX-License-Identifier: LGPL-2.1-only
# Xen 4.17 to 4.20 works, the way back is refused by the older hypervisor,
# after all was sent, and the guest goes on where it was.
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
