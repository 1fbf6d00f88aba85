# SPDX-License-Identifier: LGPL-2.1-only
# rackhop speaks xl's protocol: it moves a guest to a host that has only xl, and
# a stock xl moves a guest into rackhop receive.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

hide() { dom0 "$1" 'r=$(command -v rackhop) && mv $r $r.hidden'; }
unhide() { dom0 "$1" 'for r in /usr{/local,}/bin/rackhop; do
    [ ! -e $r.hidden ] || mv $r.hidden $r; done'; }

lab guest h1 g1 mb=8 rate=300
from=$(now)

step "to a host that has only xl"
hide h3
run dom0 h1 rackhop migrate --dry-run g1 h3
expect_rc 0
expect_out 'can move to h3 \(xl, Xen 4\.17, [0-9.]+ [MGT]iB free\)'
run dom0 h1 rackhop migrate g1 h3
unhide h3
expect_rc 0
expect_out '^g1 runs at h3'
guest_is_whole h3 g1 "$from"
expect "xl's own watch is there" dom0 h3 'ps ax | grep -q "[x]l migrate-receive"'

step "from stock xl into rackhop receive"
run dom0 h3 "xl migrate -s '' g1 'ssh h1 rackhop receive'"
expect_rc 0
expect_out 'Migration successful'
guest_is_whole h1 g1 "$from"
expect "our watch is there" dom0 h1 'ps ax | grep -q "[r]ackhop receive"'

step "an -s command that knows nothing of rackhop, as xl would call it"
run dom0 h1 "rackhop migrate -s '' g1 'ssh h2 xl migrate-receive'"
expect_rc 0
expect_out 'could not be checked'
guest_is_whole h2 g1 "$from"
