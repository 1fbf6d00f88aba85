# SPDX-License-Identifier: LGPL-2.1-only
# A guest that was moved away is not started again when its old host boots: its
# entry in /etc/xen/auto goes with it. Each boot ends as a host's does: first
# `rackhop recover`, then Xen's own xendomains.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"

xendomains=/usr/lib/xen-common/bin/xendomains
for f in /usr/lib/xen-common/bin/xendomains /etc/init.d/xendomains \
    /usr/lib/xen/bin/xendomains; do
    if dom0 h1 test -e $f; then xendomains=$f; break; fi
done
dom0 h1 test -e $xendomains || skip "this lab's dom0 has no xendomains"

boot() { # HOST: power off, power on, and what its boot does
    lab stop "$1"
    lab start "$1"
    lab install "$1"
    run dom0 "$1" rackhop recover
    run dom0 "$1" "$xendomains start"
}
auto() { dom0 "$1" 'ls /etc/xen/auto'; }

lab guest h1 g1 mb=8 rate=300
dom0 h1 "mkdir -p /etc/xen/auto; ln -s ../g1.cfg /etc/xen/auto/g1
    cp \$(ls -d /lab/g1.cfg /etc/xen/g1.cfg /root/g1.cfg 2> /dev/null | head -n 1) /etc/xen/g1.cfg 2> /dev/null
    test -s /etc/xen/g1.cfg"
from=$(now)

step "the entry follows the guest"
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
guest_is_whole h2 g1 "$from"
refuse "h1 still starts it" dom0 h1 test -e /etc/xen/auto/g1
expect "h2 has the entry" dom0 h2 grep -q g1 /etc/xen/auto/g1
run dom0 h1 rackhop autostart
expect_out '^g1  h2  g1'

step "its old host boots: one copy"
boot h1
refuse "h1 starts a second copy" dom0 h1 xl domid g1
guest_is_whole h2 g1 "$from"

step "it comes home, with its entry"
run dom0 h2 rackhop migrate g1 h1
expect_rc 0
expect "h1 has the entry again" dom0 h1 test -L /etc/xen/auto/g1
refuse "h2 still has it" dom0 h2 test -e /etc/xen/auto/g1
guest_is_whole h1 g1 "$from"

step "autostart = \"leave\": the boot alone keeps it from being started"
dom0 h1 'mkdir -p /etc/rackhop; echo "autostart = \"leave\"" > /etc/rackhop/rackhop.conf'
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
expect "the entry stays at h1" dom0 h1 test -e /etc/xen/auto/g1
boot h1
expect_out 'rackhop|g1|' # what xendomains says differs by release
refuse "h1 starts a second copy" dom0 h1 xl domid g1
refuse "the entry is there" dom0 h1 test -e /etc/xen/auto/g1
guest_is_whole h2 g1 "$from"

step "the front warns before xl create"
front=/usr/lib/rackhop/xl-front
if dom0 h1 test -x $front/xl; then
    run dom0 h1 "PATH=$front:\$PATH xl create -n /etc/xen/g1.cfg"
    expect_out 'g1 was moved to .*h2.* and may run there'
fi

step "the host where it is starts it when that boots"
dom0 h2 'test -e /etc/xen/auto/g1' || {
    dom0 h2 'mkdir -p /etc/xen/auto'
    dom0 h1 cat /etc/xen/g1.cfg | dom0 h2 'cat > /etc/xen/auto/g1'
}
boot h2
wait_until "it runs at h2" guest_runs h2 g1
refuse "h1 has one as well" dom0 h1 xl domid g1
