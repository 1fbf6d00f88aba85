# SPDX-License-Identifier: LGPL-2.1-only
# Hosts whose xenbr0 is a bridge of a running Open vSwitch: the map has their
# cables, and guests move, with the hotplug script that Xen brings for it.
# topology: two-rack
# limit: 1800
. "$(dirname "$0")/lib.sh"

# The address and the routes go over from Linux's bridge to the other, which the
# connection is over: so one command does it, and is not waited for.
to_ovs() { # HOST
    dom0 "$1" 'cat > /lab/to-ovs && sh /lab/to-ovs begin' << 'END'
set -e
run=/var/run/openvswitch
case $1 in
begin)
    modprobe openvswitch
    mkdir -p $run /etc/openvswitch
    ovsdb-tool create /etc/openvswitch/conf.db \
        /usr/share/openvswitch/vswitch.ovsschema
    ovsdb-server --remote=punix:$run/db.sock --pidfile --detach --log-file=/lab/ovsdb.log
    ovs-vsctl --no-wait init
    # the name in /usr/sbin is an alternative, which a package's script makes
    /usr/lib/openvswitch-switch/ovs-vswitchd --pidfile --detach --log-file=/lab/ovs.log
    setsid sh /lab/to-ovs change > /lab/to-ovs.log 2>&1 < /dev/null &
    ;;
change)
    a=$(ip -o -4 addr show xenbr0 | awk '{print $4; exit}')
    ip route show dev xenbr0 | grep -v 'proto kernel' > /lab/routes || true
    ip link del xenbr0
    ovs-vsctl add-br xenbr0 -- add-port xenbr0 eth0
    ip addr add "$a" dev xenbr0
    ip link set xenbr0 up
    while read -r r; do ip route add $r dev xenbr0; done < /lab/routes
    ;;
end) setsid sh /lab/to-ovs undo > /lab/to-ovs.log 2>&1 < /dev/null & ;;
undo)
    a=$(ip -o -4 addr show xenbr0 | awk '{print $4; exit}')
    ovs-vsctl --if-exists del-br ovsbr9 -- del-br xenbr0
    kill "$(cat $run/ovs-vswitchd.pid)" "$(cat $run/ovsdb-server.pid)"
    ip link add xenbr0 type bridge forward_delay 0
    ip link set xenbr0 address "$(cat /sys/class/net/eth0/address)"
    ip link set eth0 master xenbr0
    ip link set xenbr0 up
    ip addr add "$a" dev xenbr0
    while read -r r; do ip route add $r dev xenbr0; done < /lab/routes
    rm -r /etc/openvswitch/conf.db
    ;;
esac
END
}
is_linux() { dom0 "$1" "[ -d /sys/class/net/xenbr0/brif/eth0 ] && ip addr show xenbr0 | grep -q 'inet '"; }
# The lab is as it was, whatever came: the next test finds it so.
back() {
    local h
    for h in h1 h2 h3; do
        dom0 $h '[ ! -e /lab/to-ovs ] || sh /lab/to-ovs end' || true
    done
    for h in h1 h2 h3; do wait_until "$h is as it was" is_linux $h; done
}
is_ovs() { dom0 "$1" "ovs-vsctl port-to-br eth0 && ip addr show xenbr0 | grep -q 'inet '"; }

trap 'back; rm -rf "$T"' EXIT
step "each host's xenbr0 becomes a bridge of Open vSwitch"
for h in h1 h2 h3; do
    to_ovs $h
    wait_until "$h answers over it" is_ovs $h
done
dom0 h1 'ovs-vsctl show; ip -d link show xenbr0; ip link show eth0' | sed 's/^/   | /'

step "the map has the cables below it"
fabric_conf
wait_until "the map is whole" maps 'hops("h1","h2")==2 and hops("h1","h3")==4
    and ev("h1","tor1")==["both"] and ev("h3","tor2")==["both"]'
dom0 h1 "rackhop --config /tmp/fabric.conf topology" | sed 's/^/   | /'
dom0 h1 rackhop topology --facts h3 > "$T/facts" || fail "no facts"
[ "$(python3 -c 'import json, sys
print(*json.load(sys.stdin)["migration_ports"])' < "$T/facts")" = eth0 ] ||
    { cat "$T/facts"; fail "migrations do not leave by eth0"; }

step "a guest on it moves to the other rack and back"
lab guest h1 g1 mb=8 rate=100 \
    'cfg=vif = [ "mac=00:16:3e:77:00:71,bridge=xenbr0,script=vif-openvswitch" ]'
expect "g1 ticks over Open vSwitch" guest_ticks g1
from=$(now)
for h in h3 h1; do
    at=$(lab where g1)
    run dom0 "$at" rackhop migrate g1 $h
    expect_rc 0
    guest_is_whole $h g1 "$from"
    expect "its interface is a port there" dom0 $h \
        'ovs-vsctl list-ports xenbr0 | grep -q "^vif"'
    refuse "and none is left behind" dom0 "$at" \
        'ovs-vsctl list-ports xenbr0 | grep -q "^vif"'
done

step "a host without such a bridge takes no guest of it"
dom0 h1 "rackhop migrate --dry-run g1 h3" > "$T/dry" 2>&1 || { cat "$T/dry"; fail "the dry run"; }
dom0 h3 'ovs-vsctl add-br ovsbr9'
lab guest h3 g2 mb=4 wait=no \
    'cfg=vif = [ "bridge=ovsbr9,script=vif-openvswitch" ]'
run dom0 h3 rackhop migrate g2 h1
expect_rc 1
expect_out 'h1 has no bridge ovsbr9'
