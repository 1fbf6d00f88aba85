# SPDX-License-Identifier: LGPL-2.1-only
# A move that cannot work is refused before anything moves, with the reason and
# the remedy.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

lab guest h1 g1 mb=8
from=$(now)
refused() { # WHAT PATTERN ARGS..
    local what=$1 pattern=$2; shift 2
    step "$what"
    run dom0 h1 rackhop migrate "$@"
    expect_rc 1
    expect_out "$pattern"
    [ "$(grep -c . <<< "$OUT")" = 1 ] || fail "more than one sentence"
}

refused "no such domain" 'nix can.t be moved: there is no such domain' nix h3
refused "dom0" 'domain 0' 0 h3
refused "a host that is not there" 'h8 can.t be reached' g1 h8
refused "to itself" 'is on h1 already' g1 h1
step "usage"
for args in "g1" "--downtime 0 g1 h3" "--on-limit perhaps g1 h3" "--rate x g1 h3" "g1 -h3"; do
    run dom0 h1 "rackhop migrate $args"
    expect_rc 2
done

dom0 h1 xl pause g1
refused "a paused guest" 'is paused .* `xl unpause g1` first' g1 h3
dom0 h1 xl unpause g1

step "neither rackhop nor xl there"
all='/usr/bin/rackhop /usr/local/bin/rackhop /usr/local/sbin/xl /usr/sbin/xl'
dom0 h3 "for x in $all; do [ ! -e \$x ] || mv \$x \$x.h; done"
run dom0 h1 rackhop migrate g1 h3
dom0 h3 "for x in $all; do [ ! -e \$x.h ] || mv \$x.h \$x; done"
expect_rc 1
expect_out 'h3 has neither rackhop nor xl'

lab guest h3 g2 mb=4
dom0 h3 xl rename g2 g1
refused "the name is taken" 'h3 has another domain of the name g1; .xl rename. one' g1 h3
dom0 h3 xl destroy g1

step "not enough memory"
free=$(dom0 h3 xl info free_memory)
lab guest h3 fat mb=4 mem=$((free - 20))
refused "not enough memory" 'g1 needs [0-9.]+ [MG]iB and h3 has [0-9.]+ [MG]iB free' g1 h3
dom0 h3 xl destroy fat

step "memory that a run has reserved"
free=$(dom0 h3 xl info free_memory)
other=00000000-0000-0000-0000-000000000001
dom0 h3 rackhop reserve take ghost far "$other=$((free - 10))"
dom0 h3 rackhop facts | grep -q '"run": "ghost"' || fail "the facts do not show it"
refused "memory that a run has reserved" 'h3 has [0-9.]+ [MG]iB free, [0-9.]+ [MG]iB of it promised' g1 h3
dom0 h3 rackhop reserve release ghost
refuse "it is gone" dom0 h3 'rackhop reserve list | grep .'

dom0 h1 'ip link add otherbr type bridge; ip link set otherbr up'
lab guest h1 g3 mb=4 wait=no "cfg=vif = [ \"bridge=xenbr0\", \"bridge=otherbr\" ]"
refused "a bridge that is not there" 'h3 has no bridge otherbr' g3 h3
dom0 h1 xl destroy g3

dom0 h1 'truncate -s 1M /lab/disk
    { cat /lab/g1.cfg; echo "disk = [ \"/lab/disk,raw,xvda,rw\" ]"; } > /lab/with-disk.cfg'
refused "a disk that is not there" 'h3 has no /lab/disk, a disk of g1' -C /lab/with-disk.cfg g1 h3
refused "a configuration that is none" '/lab/disk is no guest.s configuration' -C /lab/disk g1 h3
dom0 h1 'echo "name = [" > /lab/bad.cfg'
refused "a configuration that xl refuses" 'xl can.t read /lab/bad.cfg' -C /lab/bad.cfg g1 h3

step "a PV guest, and a Xen without shadow paging"
lab guest h1 pv1 type=pv mb=4 wait=no
refused "PV" 'PV guest and this host.s Xen was built without shadow paging' pv1 h3
dom0 h1 xl destroy pv1

step "two moves of one guest"
run dom0 h1 "rackhop migrate --rate 4 --json g1 h3 > /tmp/out 2>&1 & pid=\$!
    until grep -q '\"bytes\":[1-9][0-9][0-9]' /tmp/out; do kill -0 \$pid || break; busybox usleep 100000; done
    rackhop migrate g1 h2; echo second \$?; rackhop dirty g1; echo sample \$?
    kill -INT \$pid; wait \$pid; true"
expect_out 'another rackhop is working on it \(migrate, pid [0-9]+\)'
expect_out 'second 1'
expect_out 'sample 1'
guest_is_whole h1 g1 "$from"
