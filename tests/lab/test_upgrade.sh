# SPDX-License-Identifier: LGPL-2.1-only
# A rolling upgrade from Xen 4.17 to 4.20: hosts come back with the newer Xen, no
# guest ever goes to an older one, and all are home at the end.
# topology: upgrade
# limit: 3600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/roll.sh"

lab favour
xen_of() { dom0 "$1" "xl info | awk '/^xen_version/ {print \$3}'" | cut -d. -f1,2; }
dom0 h3 'rackhop version > /dev/null 2>&1' ||
    skip "no rackhop could be built for Xen 4.20 (tests/xen420.sh)"
[ "$(xen_of h1) $(xen_of h2) $(xen_of h3)" = "4.17 4.17 4.20" ] ||
    fail "h1 runs Xen $(xen_of h1), h2 $(xen_of h2), h3 $(xen_of h3)"
declare -A HOME_OF=([g1]=h1 [g2]=h1 [g3]=h2)
for g in "${!HOME_OF[@]}"; do lab guest "${HOME_OF[$g]}" "$g" mb=4 rate=20 tick=250 every=1000; done
from=$(now)

step "a Xen that is older than a host's is no version to roll to"
run roll --to-xen 4.17 h3
expect_rc 2

step "hosts come back with Xen 4.20"
echo trixie > "$T/image"
run roll --to-xen 4.20 h1 h2
expect_rc 0
expect_out '2 of 2 hosts are done'
for h in h1 h2; do
    [ "$(hooks $h)" = 1 ] || fail "$(hooks $h) hooks for $h"
    [ "$(xen_of $h)" = 4.20 ] || fail "$h runs Xen $(xen_of $h)"
done
# a move to an older Xen fails at its end only, with words of its own
refuse_out 'older Xen'
for g in "${!HOME_OF[@]}"; do
    guest_is_whole "${HOME_OF[$g]}" "$g" "$from"
    echo "   $g was silent for $(gap "$g" "$from") s at most"
done

step "a host that comes back as it was has failed"
echo bookworm > "$T/image"
run roll --to-xen 4.20 h2
expect_rc 4
expect_out 'Xen'
refuse "h2 takes guests" dom0 h2 "rackhop maintenance show | grep -q 'takes guests'"
guest_runs "$(lab where g3)" g3 || fail "g3 does not run"
bmc_ends
