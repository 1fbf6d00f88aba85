# SPDX-License-Identifier: LGPL-2.1-only
# A guest changes a device while it moves. There is no VF in the lab: its second
# vif stands in for one, by the same machine, records and commands, and it is
# taken and given as a VF would be. The guest's kernel has a bond of both.
# topology: pair
# limit: 1800
. "$(dirname "$0")/lib.sh"

conf() { # HOST LINE..: its rackhop.conf
    local h=$1; shift
    printf '%s\n' "$@" | dom0 "$h" 'mkdir -p /etc/rackhop && cat > /etc/rackhop/rackhop.conf'
}
on() { conf "$1" 'pci_class = [ "lab=vif:1" ]' 'pci_moves = "on"'; }
off() { conf "$1" 'pci_class = [ "lab=vif:1" ]'; }
vifs() { # HOST GUEST: how many it has there
    dom0 "$1" "xl network-list '$2'" | awk '$1 ~ /^[0-9]+$/' | wc -l
}
# The name of vif 1 in domain 0, if it is up there.
up_vif() { dom0 "$1" "ip -o link show up dev vif\$(xl domid '$2').1 2> /dev/null" | grep -o 'vif[0-9]*\.1'; }
has_device() { [ "$(vifs "$1" "$2")" = 2 ] && [ -n "$(up_vif "$1" "$2")" ]; }
# Packets that the guest has sent by way of its device.
by_device() { dom0 "$1" "cat /sys/class/net/vif\$(xl domid '$2').1/statistics/rx_packets"; }
uses_device() { # HOST GUEST: it sends by way of its device just now
    local n m
    n=$(by_device "$1" "$2")
    sleep 1
    m=$(by_device "$1" "$2")
    [ "$m" -gt $((n + 20)) ]
}
records() { dom0 "$1" "rackhop device list"; }

mac=00:16:3e:77:00:65
lab guest h1 d1 mb=8 mem=72 bond=1 bonding.mode=active-backup \
    bonding.primary=eth1 bonding.arp_interval=100 \
    bonding.arp_ip_target=10.77.0.254 \
    "cfg=vif = [ \"mac=$mac,bridge=xenbr0\", \"mac=$mac,bridge=xenbr0\" ]"
wait_until "d1 sends by way of its device" uses_device h1 d1

step "what is no matter of ours: pci_moves is off, and both vifs just move"
off h1
off h2
from=$(now)
run dom0 h1 rackhop migrate d1 h2
expect_rc 0
guest_is_whole h2 d1 "$from"
plain=$(gap d1 "$from")
run dom0 h2 rackhop migrate d1 h1
expect_rc 0
guest_is_whole h1 d1 "$from"
wait_until "d1 sends by way of its device" uses_device h1 d1

step "facts tell of the class"
run dom0 h1 rackhop facts
expect_out '"class": "lab"'

step "on: the device is taken, the guest moves, and it is given another"
on h1
on h2
wait_until "a quiet second" guest_ticks d1
from=$(now)
run dom0 h1 rackhop migrate d1 h2
expect_rc 0
expect_out 'd1 runs at h2'
expect "d1 has a device at h2" has_device h2 d1
guest_is_whole h2 d1 "$from"
changed=$(gap d1 "$from")
wait_until "d1 sends by way of its new device" uses_device h2 d1
echo "note: longest silence of a guest that moves with both vifs $plain s," \
    "of one whose device is changed $changed s"
run dom0 h2 rackhop recover
expect_rc 0
refuse_out .
step "and back"
from=$(now)
run dom0 h2 rackhop migrate d1 h1
expect_rc 0
expect "d1 has a device at h1" has_device h1 d1
guest_is_whole h1 d1 "$from"
wait_until "d1 sends by way of its device" uses_device h1 d1

step "a target host that has none of the class: nothing is touched"
conf h2 'pci_moves = "on"'
from=$(now)
run dom0 h1 rackhop migrate d1 h2
expect_rc 1
expect_out 'no class lab in pci_class'
expect "d1 has its device" has_device h1 d1
guest_is_whole h1 d1 "$from"
conf h2 'pci_class = [ "lab=vif:1:0" ]' 'pci_moves = "on"'
run dom0 h1 rackhop migrate d1 h2
expect_rc 1
expect_out 'no free device of the class lab'
expect "d1 has its device" has_device h1 d1
on h2

rackhops() { # HOST STATE: the processes of rackhop there that are in it
    dom0 "$1" "for p in /proc/[0-9]*; do
        case \$(readlink \$p/exe) in */rackhop)
            grep -q '^State:.*[$2]' \$p/status && echo \${p#/proc/} ;; esac; done"
}
stopped() { [ -n "$(rackhops h1 T)" ]; }
kill_move() { # MOMENT: the source host's process is lost at that moment
    dom0 h1 "mkdir -p /run/rackhop && echo '$1' > /run/rackhop/stop-at
        setsid rackhop migrate d1 h2 < /dev/null > /lab/killed.out 2>&1 &"
    wait_until "the move stands still" stopped
    run records h2
    expect_out 'kept  vif 1 of class lab'
    # shellcheck disable=SC2046
    dom0 h1 kill -9 $(rackhops h1 'TSRD')
    dom0 h1 rm /run/rackhop/stop-at
}

step "killed once the device is taken: recover gives it back"
from=$(now)
kill_move "source prepared before"
[ "$(vifs h1 d1)" = 1 ] || fail "it has not gone"
run dom0 h1 rackhop recover d1
expect_rc 0
expect_out 'it stays, and has its own device'
expect "d1 has its device" has_device h1 d1
guest_is_whole h1 d1 "$from"
run records h2
refuse_out .
wait_until "d1 sends by way of its device" uses_device h1 d1

step "killed when the guest runs at the target host: recover has one given there"
from=$(now)
kill_move "source done before"
settled() { run dom0 h1 rackhop recover d1; [ "$RC" = 0 ]; }
wait_until "it is settled" settled
expect "d1 has a device" has_device h2 d1
guest_is_whole h2 d1 "$from"
wait_until "d1 sends by way of its device" uses_device h2 d1
run dom0 h1 rackhop recover
expect_rc 0
refuse_out .
run dom0 h2 rackhop migrate d1 h1
expect_rc 0
expect_out 'd1 runs at h1'
guest_is_whole h1 d1 "$from"

step "a move that fails gives it back"
helper=$(dom0 h1 'ls /usr/local/libexec/rackhop/save-helper /usr/libexec/rackhop/save-helper 2> /dev/null | head -1')
dom0 h1 mv "$helper" "$helper.off"
run dom0 h1 rackhop migrate d1 h2
dom0 h1 mv "$helper.off" "$helper"
expect_rc 1
expect "d1 has its device" has_device h1 d1
guest_is_whole h1 d1 "$from"
run records h2
refuse_out .
