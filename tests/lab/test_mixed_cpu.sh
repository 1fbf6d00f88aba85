# SPDX-License-Identifier: LGPL-2.1-only
# Two processor models: stock xl reports success and the guest is dead. What
# rackhop must be better at; and a guest started with a levelled cpuid= lives.
# topology: mixed-cpu
. "$(dirname "$0")/lib.sh"

level='cpuid = "host,popcnt=0,sse4_1=0,sse4_2=0,aes=0,pclmulqdq=0"'

step "xl moves a guest to where its processor's features are missing"
lab guest h1 g1
run dom0 h1 xl migrate g1 h3
expect_rc 0
expect_out 'Migration successful'
died() { [ -z "$(guest_state h3 g1)$(guest_state h3 g1--incoming)" ]; }
wait_until "the guest is dead" died
dom0 h3 "cat /var/log/xen/console/guest-g1*.log" > "$T/console"
grep -q 'invalid opcode' "$T/console" || fail "it died of something else"
[ -z "$(lab where g1)" ] || fail "it is somewhere"

step "the same guest, started with less"
lab guest h1 g2 cfg="$level"
from=$(now)
run dom0 h1 xl migrate g2 h3
expect_rc 0
guest_is_whole h3 g2 "$from"
