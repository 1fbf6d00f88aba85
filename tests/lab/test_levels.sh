# SPDX-License-Identifier: LGPL-2.1-only
# A level makes hosts of two kinds equal: a guest that is created under it runs on
# each of them and returns, one without it is refused and named by the audit, and
# moves after it was created anew. The front for xl gives the level.
# topology: mixed-cpu
. "$(dirname "$0")/lib.sh"
front=/usr/lib/rackhop/xl-front
via() { dom0 "$1" "PATH=$front:\$PATH; $2"; } # HOST CMD

dom0 h1 "[ -x $front/xl ]" || skip "no front in this build: install the package"

step "what h3 lacks is hidden, and only on the others"
run lab admin rackhop level show
expect_rc 0
expect_out 'only on h1, h2'

step "a guest without the level is refused by name, and the audit finds it"
lab guest h1 g1 mb=8 rate=100
from=$(now)
run dom0 h1 rackhop migrate g1 h3
expect_rc 1
expect_out 'the CPU of h3 lacks '
run lab admin rackhop level audit
expect_rc 0
expect_out '^g1 on h1 can.t go to h3: '
guest_is_whole h1 g1 "$from"

step "the level is set on all hosts, and each knows its line"
run lab admin rackhop level set common
expect_rc 0
expect_out 'CPU level common is set on all hosts'
for h in h1 h2 h3; do
    run dom0 $h rackhop level line
    expect_rc 0
    expect_out '^cpuid = '
done
line=$(sed -n '/^cpuid = /{p;q}' <<< "$OUT")

step "created under it, a guest runs on each host and returns"
lab guest h1 g2 mb=8 rate=100 "cfg=$line"
from=$(now)
for h in h3 h2 h1; do
    run dom0 "$(lab where g2)" rackhop migrate g2 $h
    expect_rc 0
    guest_is_whole $h g2 "$from"
done
run lab admin rackhop level audit
expect_out '^g1 on h1 can.t go to h3: '
refuse_out '^g2 '

step "the front for xl says what it would give a guest"
dom0 h1 "echo 'level_at_create = \"yes\"' > /run/level.conf"
run via h1 "printf 'name = \"g3\"\ntype = \"pvh\"\nmemory = 64\nkernel = \"/none\"\n' > /run/g3.cfg
    RACKHOP_CONF=/run/level.conf xl -N create /run/g3.cfg; rm /run/g3.cfg /run/level.conf"
expect_out 'g3 is started under CPU level common'

step "the other guest moves after it was created anew"
dom0 h1 'xl destroy g1'
lab guest h1 g1 mb=8 rate=100 "cfg=$line"
from=$(now)
run dom0 h1 rackhop migrate g1 h3
expect_rc 0
guest_is_whole h3 g1 "$from"
run lab admin rackhop level audit
refuse_out '^g[12] '
run lab admin rackhop level set none
expect_rc 0
