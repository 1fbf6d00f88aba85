# SPDX-License-Identifier: LGPL-2.1-only
# Clusters as people have them: interfaces that name no bridge or one of Open
# vSwitch, a guest that goes to and fro, a domain that is still being made, one
# that can't die, and hosts without LLDP. None of these is refused in error, and
# none stops a plan for the others.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"

names_h2() { dom0 h2 xl list | awk 'NR > 2 {print $1}'; }
# A bridge goes by another name, with its address and routes; in one command, for
# the connection that it came by is over that bridge.
rename_bridge() { # HOST FROM TO
    dom0 "$1" "a=\$(ip -o -4 addr show $2 | awk '{print \$4; exit}')
        ip link set $2 down && ip link set $2 name $3 && ip link set $3 up
        ip addr replace \$a dev $3"
}

# --- interfaces (E1, E2, E4) --------------------------------------------------

step "a hotplug script sees the name that it would see with xl"
for h in h1 h2; do
    dom0 $h 'cat > /lab/vif-log && chmod +x /lab/vif-log' << 'END'
#!/bin/sh
domid=${XENBUS_PATH#*/vif/}
domid=${domid%%/*}
[ "$1" != online ] || xl domname "$domid" >> /lab/names
exec /etc/xen/scripts/vif-bridge "$@"
END
done
lab guest h1 g1 mb=8 'cfg=vif = [ "mac=00:16:3e:77:00:65,bridge=xenbr0,script=/lab/vif-log" ]'
from=$(now)
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
run dom0 h2 cat /lab/names
expect_out '^g1--incoming$'
guest_is_whole h2 g1 "$from"
run dom0 h2 rackhop migrate g1 h1
expect_rc 0

step "an interface without bridge= needs xenbr0"
lab guest h1 g2 mb=4 wait=no 'cfg=vif = [ "mac=00:16:3e:77:00:66" ]'
rename_bridge h2 xenbr0 br9
run dom0 h1 rackhop migrate --json g2 h2
rename_bridge h2 br9 xenbr0
expect_rc 1
expect_out 'h2 has no bridge xenbr0'
refuse_out '"round"'
run dom0 h1 rackhop migrate g2 h2
expect_rc 0
dom0 h2 xl destroy g2

step "a bridge of Open vSwitch is no bridge to the kernel"
for h in h1 h2; do
    dom0 $h 'ip link add ovsbr0 type dummy
        cat > /lab/vif-nop && chmod +x /lab/vif-nop' << 'END'
#!/bin/sh
[ "$1" != online ] || xenstore-write "$XENBUS_PATH/hotplug-status" connected
exit 0
END
done
lab guest h1 g3 mb=4 wait=no 'cfg=vif = [ "bridge=ovsbr0,script=/lab/vif-nop" ]'
run dom0 h1 rackhop migrate --dry-run g3 h2
expect_rc 0
run dom0 h1 rackhop migrate g3 h2
expect_rc 0
expect "g3 came" dom0 h2 xl domid g3
dom0 h2 xl destroy g3

# --- to and fro (E7) ----------------------------------------------------------

step "moves to and fro leave nothing behind"
dom0 h1 xl destroy g1
lab guest h1 g4 mb=4 mem=64
from=$(now)
free_of() { dom0 "$1" xl info free_memory; }
free1=$(free_of h1) free2=$(free_of h2)
for _ in 1 2 3; do
    run dom0 h1 rackhop migrate g4 h2
    expect_rc 0
    run dom0 h2 rackhop migrate g4 h1
    expect_rc 0
done
guest_is_whole h1 g4 "$from"
expect "h2 has no domain left" [ -z "$(names_h2)" ]
# Xen gives pages back for a moment after the name of a domain is gone
back() { [ "$(free_of h1)" -ge $((free1 - 8)) ] && [ "$(free_of h2)" -ge $((free2 - 8)) ]; }
wait_until "both hosts have the memory back that they had" back
for h in h1 h2; do
    run dom0 $h rackhop recover
    expect_rc 0
    refuse_out .
done

# --- domains that are no guests (E17, E18) ------------------------------------

planned() { # ARGS..: a plan is made, whatever else is odd
    run lab admin rackhop "$@"
    case $RC in 0 | 4) ;; *) fail "exit code $RC: $*" ;; esac
}
step "a domain that is still being made holds up nobody"
dom0 h1 'cat > /lab/slow && chmod +x /lab/slow
    truncate -s 1M /lab/slow.img
    sed "s/^name = .*/name = \"slow\"/; s/^vif = .*//" /lab/g4.cfg > /lab/slow.cfg
    echo "disk = [ \"/lab/slow.img,raw,xvda,rw\" ]" >> /lab/slow.cfg
    echo "bootloader = \"/lab/slow\"" >> /lab/slow.cfg
    setsid xl create -q /lab/slow.cfg < /dev/null > /lab/slow.out 2>&1 &' << 'END'
#!/bin/sh
while [ ! -e /lab/go ]; do busybox sleep 1; done
exit 1
END
wait_until "slow is being made" dom0 h1 xl domid slow
planned rebalance --dry-run
planned plan drain h1
expect_out 'g4 '
dom0 h1 touch /lab/go
gone() { ! dom0 h1 xl domid slow; }
wait_until "slow is gone" gone
dom0 h1 rm -f /lab/go

step "a ghost: it is left out, with one note, and keeps no guest from its host"
gcc -Wall -o "$T/ghost" "$LABDIR/ghost.c" -lxenforeignmemory
lab cp "$T/ghost" h2:/lab/ghost
lab guest h2 g5 mb=4 wait=no
uuid=$(dom0 h2 "xl vm-list | awk '\$NF == \"g5\" {print \$1}'")
dom0 h2 'setsid /lab/ghost $(xl domid g5) < /dev/null > /lab/ghost.out 2>&1 &
    echo $! > /run/ghost.pid'
wait_until "its page is mapped" dom0 h2 grep -q mapped /lab/ghost.out
dom0 h2 xl destroy g5
expect "it is a ghost" dom0 h2 'xl list | grep -q "(null)"'
planned plan drain h1
expect_out 'g4 '
planned plan drain h2
[ "$(grep -c 'is dying' <<< "$OUT")" = 1 ] || fail "not one note"
step "its UUID is in nobody's way, and is named"
lab guest h1 g5 mb=4 wait=no "cfg=uuid = \"$uuid\""
run dom0 h1 rackhop migrate g5 h2
expect_rc 0
expect_out 'an earlier domain of g5 .* is still dying on h2'
dom0 h2 'xl destroy g5; kill $(cat /run/ghost.pid)'

# --- no LLDP (E19) ------------------------------------------------------------

step "hosts = [..] alone: no map, and the plans are made"
conf=/run/rackhop-lab/${RACKHOP_LAB:-lab}/admin/rackhop.conf
grep -v '^switches' "$conf" > "$T/conf"
for h in h1 h2; do
    dom0 $h 'for p in /proc/[0-9]*; do
        case $(readlink $p/exe) in */lldpd) kill ${p#/proc/} ;; esac; done'
done
planned --config "$T/conf" plan drain h1
expect_out 'g4 .*h1.*h2'
planned --config "$T/conf" rebalance --dry-run
planned --config "$T/conf" score g4
from=$(now)
run lab admin rackhop --config "$T/conf" drain h1 --yes
expect_rc 0
guest_is_whole h2 g4 "$from"
run lab admin rackhop --config "$T/conf" undrain h1
expect_rc 0
for h in h1 h2; do dom0 $h 'lldpd -I eth0'; done
