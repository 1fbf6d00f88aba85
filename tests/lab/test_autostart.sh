# SPDX-License-Identifier: LGPL-2.1-only
# A guest that was moved away is not started again when its old host boots: its
# entry in /etc/xen/auto goes with it. A boot ends as a host's does: first
# `rackhop recover`, then Xen's own xendomains.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"

# A lab's disk is as new after each boot, but for /var/lib/rackhop: /etc/xen is
# kept there.
keep_etc() { # HOST
    dom0 "$1" 'e=/var/lib/rackhop/etc-xen
        [ -d $e ] || cp -a /etc/xen $e
        mountpoint -q /etc/xen || mount --bind $e /etc/xen
        mkdir -p /etc/xen/auto'
}
# Power off, power on, and what the boot of h1 does. It has to start another
# guest, g0, or g1's absence would prove nothing.
boot() {
    lab stop h1
    lab start h1
    lab install h1
    keep_etc h1
    run dom0 h1 rackhop recover
    expect_rc 0
    recovered=$OUT
    dom0 h1 'sed s/g1/g0/g /etc/xen/g1.cfg > /etc/xen/auto/g0'
    run dom0 h1 xendomains start
    wait_until "xendomains has started g0" dom0 h1 xl domid g0
    refuse "h1 starts a second copy of g1" dom0 h1 xl domid g1
    dom0 h1 'rm /etc/xen/auto/g0; xl destroy g0'
    guest_is_whole h2 g1 "$from"
}

dom0 h1 'command -v xendomains' > /dev/null || skip "no xendomains in the dom0"
keep_etc h1
keep_etc h2
lab guest h1 g1 mb=8 rate=300
# on the disk before the power goes: a move is over sooner than that by itself
dom0 h1 'cp /lab/g1.cfg /etc/xen/g1.cfg; ln -s ../g1.cfg /etc/xen/auto/g1; sync'
from=$(now)

step "the entry follows the guest"
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
guest_is_whole h2 g1 "$from"
refuse "h1 still has the entry" dom0 h1 test -e /etc/xen/auto/g1
expect "h2 has it" dom0 h2 grep -q g1 /etc/xen/auto/g1
run dom0 h1 rackhop autostart
expect_out '^g1  h2  g1'

step "its old host boots: one copy"
boot

step "it comes home, and so does the entry"
run dom0 h2 rackhop migrate g1 h1
expect_rc 0
expect "h1 has the entry again" dom0 h1 test -L /etc/xen/auto/g1
refuse "h2 still has it" dom0 h2 test -e /etc/xen/auto/g1
guest_is_whole h1 g1 "$from"

step "autostart = \"leave\": the boot keeps it from being started"
dom0 h1 'mkdir -p /etc/rackhop
    echo "autostart = \"leave\"" > /etc/rackhop/rackhop.conf'
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
expect "the entry stays at h1" dom0 h1 test -e /etc/xen/auto/g1
boot
OUT=$recovered
expect_out 'g1 is not started at boot by this host: it was moved to h2'
refuse "the entry is there" dom0 h1 test -e /etc/xen/auto/g1

step "the front for xl warns before xl create"
front=/usr/lib/rackhop/xl-front
dom0 h1 test -x $front/xl || skip "no front in this build: install the package"
run dom0 h1 "PATH=$front:\$PATH xl create -n /etc/xen/g1.cfg"
expect_out 'g1 was moved to h2 and may run there'
