# SPDX-License-Identifier: LGPL-2.1-only
# Guests with a real PCI device: a network card that QEMU emulates, behind an
# emulated IOMMU. An HVM guest's is taken, it moves on its vif alone, and it gets
# the card of the target host; a PV guest with one is refused. Their kernel is
# Debian's, with the card's driver and a bond of both.
# topology: iommu
# limit: 1800
# by name: it takes long, and its image has a device model and one more kernel
. "$(dirname "$0")/lib.sh"

card=0000:00:11.0
conf() { # HOST LINE..: its rackhop.conf
    local h=$1; shift
    printf '%s\n' "$@" 'hosts = [ "h1=h1", "h2=h2" ]' 'ssh_timeout_s = 120' |
        dom0 "$h" 'mkdir -p /etc/rackhop && cat > /etc/rackhop/rackhop.conf'
}
to_guests() { dom0 "$1" "modprobe xen-pciback; xl pci-assignable-add $card"; } # HOST
to_nobody() { dom0 "$1" "xl pci-assignable-remove $card"; }
has_card() { dom0 "$1" "xl pci-list '$2'" | grep -q "$card"; } # HOST GUEST
free_card() { dom0 "$1" "xl pci-assignable-list" | grep -q "$card"; }
# Bytes that came to the switch from the card.
from_card() { lab bytes tor1 "$1-card" | cut -d' ' -f2; }
uses_card() { # HOST: a guest sends its ticks by way of its card just now
    local n m
    n=$(from_card "$1")
    sleep 1
    m=$(from_card "$1")
    [ "$m" -gt $((n + 2000)) ]
}
records() { dom0 "$1" "rackhop device list"; }
whole_with_card() { # HOST GUEST FROM
    expect "$2 has the card of $1" has_card "$1" "$2"
    guest_is_whole "$1" "$2" "$3"
    wait_until "$2 sends by way of its card" uses_card "$1"
}
# Device models end with their guests, and no dead domain stays.
models_are_of_guests() { # HOST
    local q n
    q=$(dom0 "$1" 'busybox pidof xen-qemu-system-i386 | wc -w')
    n=$(dom0 "$1" "xl list" | awk 'NR > 2' | wc -l)
    [ "$q" = "$n" ] && ! dom0 "$1" "xl list" | grep -q '(null)'
}
guest() { # HOST NAME TYPE; it may be given a device later
    lab guest "$1" "$2" type="$3" mb=8 rate=100 bond=1 bonding.mode=active-backup \
        bonding.miimon=100 bonding.primary=eth1 'cfg=passthrough = "enabled"'
}
# libxl waits ten seconds for the guest, and may call it done then.
taken() { # HOST GUEST
    run dom0 "$1" xl pci-detach "$2" $card
    ! has_card "$1" "$2"
}
by_hand() { # HOST GUEST: attached, detached, and attached
    local from
    run dom0 "$1" xl pci-attach "$2" $card
    expect_rc 0
    from=$(now)
    wait_until "$2 sends by way of its card" uses_card "$1"
    wait_until "its card is taken" taken "$1" "$2"
    guest_is_whole "$1" "$2" "$from"
    expect "the card is free again" free_card "$1"
    run dom0 "$1" xl pci-attach "$2" $card
    expect_rc 0
    whole_with_card "$1" "$2" "$from"
    echo "note: longest silence of the $(dom0 "$1" xl list -l "$2" |
        sed -n 's/.*"type": "\([a-z]*\)",*/\1/p' | head -1) guest $2 whose" \
        "card is taken and given by hand at $1: $(gap "$2" "$from") s"
}

for h in h1 h2; do
    conf $h 'pci_class = [ "nic=card:8086:10d3" ]' 'pci_moves = "on"'
    to_guests $h
done
lab favour

step "an HVM guest, by hand"
guest h1 v1 hvm
by_hand h1 v1

step "facts tell of the card, of its class, and who has it"
run dom0 h1 rackhop facts
expect_out '"device_class": "nic"'
expect_out '"card": true'
uuid=$(dom0 h1 "xl vm-list" | awk '$3 == "v1" {print $1}')
expect_out "\"guest\": \"$uuid\""

step "a dry run asks for a card, and keeps none"
run dom0 h1 rackhop migrate --dry-run v1 h2
expect_rc 0
run records h2
refuse_out .

step "the card is taken, the guest moves, and it is given another"
from=$(now)
run dom0 h1 rackhop migrate v1 h2
expect_rc 0
expect_out 'v1 runs at h2'
whole_with_card h2 v1 "$from"
expect "the card of h1 is free" free_card h1
echo "note: longest silence of a guest whose card is changed $(gap v1 "$from") s"
run dom0 h2 rackhop recover
expect_rc 0
refuse_out .
run records h1
refuse_out .

step "and back"
from=$(now)
run dom0 h2 rackhop migrate v1 h1
expect_rc 0
whole_with_card h1 v1 "$from"
echo "note: and back $(gap v1 "$from") s"
wait_until "nothing of it is left at h2" models_are_of_guests h2

step "a move that fails gives it back"
helper=$(dom0 h1 'ls /usr/local/libexec/rackhop/save-helper /usr/libexec/rackhop/save-helper 2> /dev/null | head -1')
dom0 h1 mv "$helper" "$helper.off"
from=$(now)
run dom0 h1 rackhop migrate v1 h2
dom0 h1 mv "$helper.off" "$helper"
expect_rc 1
whole_with_card h1 v1 "$from"
run records h2
refuse_out .

rackhops() { # HOST STATE: the processes of rackhop there that are in it
    dom0 "$1" "for p in /proc/[0-9]*; do
        case \$(readlink \$p/exe) in */rackhop)
            grep -q '^State:.*[$2]' \$p/status && echo \${p#/proc/} ;; esac; done"
}
stopped() { [ -n "$(rackhops h1 T)" ]; }
recovered() { run dom0 h1 rackhop recover v1; [ "$RC" = 0 ]; }
kill_move() { # MOMENT: the source host's process is lost at that moment
    dom0 h1 "mkdir -p /run/rackhop && echo '$1' > /run/rackhop/stop-at
        setsid rackhop migrate v1 h2 < /dev/null > /lab/killed.out 2>&1 &"
    wait_until "the move stands still" stopped
    run records h2
    expect_out "kept  $card of class nic"
    # shellcheck disable=SC2046
    dom0 h1 kill -9 $(rackhops h1 'TSRD')
    dom0 h1 rm /run/rackhop/stop-at
}

step "killed once the card is taken: recover gives it back"
from=$(now)
kill_move "source prepared before"
refuse "v1 has no card" has_card h1 v1
wait_until "it is settled" recovered
expect_out 'it stays, and has its own device'
whole_with_card h1 v1 "$from"
run records h2
refuse_out .

step "killed when the guest runs at the target host: recover has one given there"
from=$(now)
kill_move "source done before"
wait_until "it is settled" recovered
whole_with_card h2 v1 "$from"
run dom0 h1 rackhop recover
expect_rc 0
refuse_out .
wait_until "nothing of it is left at h1" models_are_of_guests h1

step "a PV guest, by hand, at either host: a plan and a move refuse it"
for h in h1 h2; do
    other=h2
    [ $h = h1 ] || other=h1
    if [ $h = h2 ]; then
        dom0 h2 xl destroy v1
        wait_until "the card of h2 is free" free_card h2
        wait_until "nothing of it is left at h2" models_are_of_guests h2
    fi
    guest $h p$h pv
    by_hand $h p$h
    from=$(now)
    run dom0 $h rackhop migrate p$h $other
    expect_rc 1
    expect_out 'it is a PV guest with the network card'
    run dom0 $h rackhop plan drain $h
    expect_rc 3
    expect_out 'is a PV guest with a whole network card'
    whole_with_card $h p$h "$from"
    run records $other
    refuse_out kept
done

step "a target host that has no card left: nothing is touched"
dom0 h1 xl destroy ph1
wait_until "the card of h1 is free" free_card h1
guest h1 v2 hvm
dom0 h1 xl pci-attach v2 $card
wait_until "v2 sends by way of its card" uses_card h1
from=$(now)
run dom0 h1 rackhop plan drain h1
expect_rc 3
expect_out 'have 1 device of the class nic .*(have|has) 0 free'
for dry in --dry-run ''; do
    run dom0 h1 rackhop migrate $dry v2 h2
    expect_rc 1
    expect_out 'it has no free card of the class nic'
done
dom0 h2 xl destroy ph2
wait_until "the card of h2 is free" free_card h2
to_nobody h2
run dom0 h1 rackhop migrate v2 h2
expect_rc 1
expect_out 'it has no free card of the class nic'
whole_with_card h1 v2 "$from"
