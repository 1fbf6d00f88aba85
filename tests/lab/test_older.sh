# SPDX-License-Identifier: LGPL-2.1-only
# A host that still has the first rackhop with a handover of today's kind: it
# knows no frames, no lanes and no arming, and guests move there and back.
# topology: two-rack
# limit: 1800
. "$(dirname "$0")/lib.sh"

OLDER=3bb7606
git -C "$LABDIR" cat-file -e "$OLDER^{commit}" 2> /dev/null ||
    skip "the older rackhop is in the history, which this tree came without"

step "rackhop of $OLDER on h3"
mkdir "$T/tree" "$T/files"
git -C "$LABDIR/../.." archive "$OLDER" | tar -x -C "$T/tree"
make -s -C "$T/tree" -j"$(nproc)" all > "$T/make.log" 2>&1 ||
    { tail "$T/make.log"; fail "the older rackhop is not built"; }
mkdir -p "$T/files/bin" "$T/files/libexec/rackhop"
strip -o "$T/files/bin/rackhop" "$T/tree/build/rackhop"
strip -o "$T/files/libexec/rackhop/save-helper" \
    "$T/tree/build/rackhop-save-helper"
# what is there steps aside, wherever it was installed
dom0 h3 'mkdir -p /lab/newer
    for f in /usr/bin/rackhop /usr/local/bin/rackhop /usr/libexec/rackhop \
        /usr/local/libexec/rackhop; do
        [ ! -e $f ] || { mkdir -p /lab/newer${f%/*} && mv $f /lab/newer$f; }
    done'
tar -C "$T/files" -c . | dom0 h3 'busybox tar -C /usr/local -x'
back() {
    dom0 h3 'rm -rf /usr/local/bin/rackhop /usr/local/libexec/rackhop
        cd /lab/newer && busybox tar -c . | busybox tar -C / -x && rm -rf /lab/newer'
}
run dom0 h1 rackhop --version
newer=$OUT
run dom0 h3 rackhop --version
expect_rc 0
[ "$OUT" != "$newer" ] || { back; fail "h3 has the same rackhop as h1"; }

lab guest h1 g1 mb=8 rate=300
from=$(now)
moves() {
    step "from the newer to the older"
    run dom0 h1 rackhop migrate --dry-run g1 h3
    expect_rc 0
    run dom0 h1 rackhop migrate g1 h3
    expect_rc 0
    guest_is_whole h3 g1 "$from"

    step "from the older to the newer"
    run dom0 h3 rackhop migrate g1 h1
    expect_rc 0
    guest_is_whole h1 g1 "$from"

    step "nothing is left to settle at either"
    for h in h1 h3; do
        run dom0 $h rackhop recover
        expect_rc 0
    done

    step "a move that fails leaves the guest where it was"
    lab link tor2 h3 rate=2mbit
    dom0 h1 'rackhop migrate g1 h3 > /lab/move.out 2>&1 & echo $! > /lab/move.pid'
    wait_until "the copy is at h3" dom0 h3 'xl list | grep -q "g1--incoming"'
    dom0 h3 'pkill -9 -f "[r]ackhop receive" || pkill -9 -f "[r]ackhop.*receive"'
    wait_until "the move has ended" dom0 h1 '! kill -0 $(cat /lab/move.pid) 2> /dev/null'
    lab link tor2 h3 off
    dom0 h1 cat /lab/move.out | sed 's/^/   | /'
    guest_is_whole h1 g1 "$from"
}
if (moves); then back; else back; exit 1; fi
