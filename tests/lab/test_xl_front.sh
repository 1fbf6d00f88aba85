# SPDX-License-Identifier: LGPL-2.1-only
# The wrapper for xl passes moves to rackhop and everything else to the real xl:
# first on PATH of the source host, then in the place of xl on the target host of
# a stock xl.
# topology: two-rack
. "$(dirname "$0")/lib.sh"
front=/usr/lib/rackhop/xl-front
via() { dom0 "$1" "PATH=$front:\$PATH; $2"; } # HOST CMD

dom0 h1 "[ -x $front/xl ]" || skip "no front in this build: install the package"
lab guest h1 g1 mb=8 rate=300
from=$(now)

step "what is not a move is xl's, word by word"
for cmd in "xl list" "xl info xen_version" "xl -v list -l g1" "xl nonsense" \
    "xl list 'no such'" "xl migr g1 h3" "xl help migrate"; do
    run dom0 h1 "$cmd"
    rc=$RC out=$(sed 's/[0-9]*\.[0-9]*$//' <<< "$OUT") # less the CPU seconds
    run via h1 "$cmd"
    expect_rc "$rc"
    [ "$(sed 's/[0-9]*\.[0-9]*$//' <<< "$OUT")" = "$out" ] ||
        fail "$cmd: another answer by way of the front"
done

step "xl migrate is rackhop's"
run via h1 "xl -N migrate g1 h3"
expect_rc 0
expect_out 'can move to h3 \(rackhop'
run via h1 "xl migrate g1 h3"
expect_rc 0
expect_out '^g1 runs at h3'
guest_is_whole h3 g1 "$from"
run via h1 "xl migrate g1 h3"
expect_rc 1

step "a stock xl sends to a host whose xl is the front"
dom0 h1 "mv /usr/local/sbin/xl /usr/local/sbin/xl.aside
    ln -s $front/xl /usr/local/sbin/xl"
run dom0 h3 "xl migrate g1 h1"
list=$(dom0 h1 "xl list g1") || true # Debian's own wrapper, behind the front
dom0 h1 "mv /usr/local/sbin/xl.aside /usr/local/sbin/xl"
expect_rc 0
expect_out 'Migration successful'
grep -q '^g1 ' <<< "$list" || fail "xl list by way of the front: $list"
guest_is_whole h1 g1 "$from"
expect "rackhop's watch is there" dom0 h1 'ps ax | grep -q "[r]ackhop receive"'
