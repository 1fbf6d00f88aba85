#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# fabric.sh BUILD: a live fabric, each node a network namespace with an lldpd of
# its own: 2 racks of 2 hosts, 2 spines, a border; the switches behind snmpd
# with AgentX. Cables are pulled and put back, daemons killed; the map follows.
#
#   r1h1 r1h2 - tor1 = spine1 spine2 = tor2 - r2h1 r2h2      border1 on both
#
# It waits for what must happen, never for a time. Everything it starts is
# ended by its own process id, every namespace has this run's number.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(cd "${1:-build}" && pwd)
export PATH=$build:$PATH:/usr/sbin:/sbin LC_ALL=C NO_COLOR=1
P=rhfab-$$
PATIENCE=${PATIENCE:-40} # seconds for any one event

skip() { echo "skip: fabric: $*"; exit 0; }
[ "$(id -u)" = 0 ] || skip "namespaces need root"
for c in ip lldpd lldpcli snmpd python3; do
    command -v $c >/dev/null || skip "$c is not installed"
done
ip netns add $P-probe 2>/dev/null || skip "namespaces cannot be made here"
ip -n $P-probe link add type veth 2>/dev/null || {
    ip netns del $P-probe
    skip "this kernel has no veth"
}
ip netns del $P-probe

T=$(mktemp -d)
chmod 755 "$T"
HOSTS="r1h1 r1h2 r2h1 r2h2"
SWITCHES="tor1 tor2 spine1 spine2 border1"
declare -A PID
cleanup() {
    for p in "${PID[@]}"; do kill "$p" 2>/dev/null; done
    for p in "${PID[@]}"; do wait "$p" 2>/dev/null; done
    for n in $(ip netns list | awk -v p="$P-" 'index($1, p) == 1 { print $1 }'); do
        for p in $(ip netns pids "$n"); do kill -9 "$p" 2>/dev/null; done
        ip netns del "$n"
    done
    rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

in_ns() { local n=$1; shift; ip netns exec "$P-$n" "$@"; }
cable() { # NODE PORT NODE PORT
    ip link add name "$2" netns "$P-$1" type veth peer name "$4" netns "$P-$3"
    ip -n "$P-$1" link set "$2" up
    ip -n "$P-$3" link set "$4" up
}
start_lldpd() { # NODE [AGENTX]
    in_ns "$1" lldpd -d -u "$T/$1.sock" -O "$T/$1.conf" -S "test node $1" \
        ${2:+-X "$2"} >"$T/$1.lldpd.log" 2>&1 &
    PID[lldpd-$1]=$!
}
start_snmpd() {
    SNMP_PERSISTENT_DIR=$T/$1.snmp in_ns "$1" snmpd -f -Lf "$T/$1.snmpd.log" \
        -C -c "$T/$1.snmpd" udp:161 >/dev/null 2>&1 &
    PID[snmpd-$1]=$!
}
stop() { # DAEMON-NODE [SIGNAL]: the daemon itself, and what it forked
    local pid=${PID[$1]} kids
    kids=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
    # shellcheck disable=SC2086
    kill "${2:--TERM}" $pid $kids 2>/dev/null
    wait "$pid" 2>/dev/null
    unset "PID[$1]"
}

# --- the nodes -----------------------------------------------------------------
n=0
for node in admin $HOSTS $SWITCHES; do
    ip netns add "$P-$node"
    ip -n "$P-$node" link set lo up
    mkdir -p "$T/$node.conf" "$T/$node.snmp"
    {
        echo "configure system hostname $node"
        echo "configure lldp tx-interval 1"
        echo "configure lldp portidsubtype ifname"
        echo "configure system interface pattern eth*,swp*,vif*"
        case " $SWITCHES " in *" $node "*)
            echo "configure system capabilities enabled bridge,router" ;;
        esac
    } >"$T/$node.conf/test.conf"
done
ip -n $P-admin link add mgmt type bridge || skip "this kernel has no bridge"
ip -n $P-admin addr add 10.254.0.100/24 dev mgmt
ip -n $P-admin link set mgmt up
for s in $SWITCHES; do
    n=$((n + 1))
    cable "$s" mgmt0 admin "m-$s"
    ip -n $P-admin link set "m-$s" master mgmt
    ip -n "$P-$s" addr add 10.254.0.$n/24 dev mgmt0
    eval "ip_$s=10.254.0.$n"
    cat >"$T/$s.snmpd" <<EOC
rocommunity public
createUser rackhop SHA "authpassword" AES "privpassword"
rouser rackhop priv
master agentx
agentXSocket unix:$T/$s.agentx
EOC
done
n=0
for h in $HOSTS; do
    n=$((n + 1))
    sw=tor${h:1:1}
    cable "$h" eth0 $sw "swp${h:3:1}"
    eval "ip_$h=10.1.0.$n"
    cat >"$T/$h.rackhop" <<EOC
lldpd_socket = "$T/$h.sock"
EOC
done
# r1h1 has its address on a bridge above the NIC, as a dom0 has
ip -n $P-r1h1 link add xenbr0 type bridge
ip -n $P-r1h1 link set eth0 master xenbr0
ip -n $P-r1h1 link set xenbr0 up
ip -n $P-r1h1 addr add 10.1.0.1/24 dev xenbr0
ip -n $P-r1h2 addr add 10.1.0.2/24 dev eth0
ip -n $P-r2h1 addr add 10.1.0.3/24 dev eth0
ip -n $P-r2h2 addr add 10.1.0.4/24 dev eth0
for t in 1 2; do
    for s in 1 2; do cable tor$t swp5$s spine$s swp$t; done
    cable border1 swp$t spine$t swp31
done

# --- how the administrator reaches them -------------------------------------------
cat >"$T/ssh" <<EOC
#!/bin/bash
# ADDRESS COMMAND: a stand-in for ssh
case \$1 in
$ip_r1h1) n=r1h1 ;; $ip_r1h2) n=r1h2 ;; $ip_r2h1) n=r2h1 ;; $ip_r2h2) n=r2h2 ;;
*) echo "no route to \$1" >&2; exit 255 ;;
esac
RACKHOP_CONF=$T/\$n.rackhop exec ip netns exec $P-\$n sh -c "\$2"
EOC
chmod +x "$T/ssh"
cat >"$T/admin.conf/rackhop.conf" <<EOC
hosts = [ "r1h1=$ip_r1h1", "r1h2=$ip_r1h2", "r2h1=$ip_r2h1", "r2h2=$ip_r2h2" ]
switches = [ "tor1=snmp:public@$ip_tor1", "tor2=snmp:public@$ip_tor2",
    "spine1=snmp:public@$ip_spine1", "spine2=snmp:public@$ip_spine2",
    "border1=snmp3:rackhop:SHA:authpassword:AES:privpassword@$ip_border1" ]
ssh_command = "$T/ssh"
snmp_timeout_ms = 500
snmp_tries = 2
EOC
rackhop_() { in_ns admin rackhop --config "$T/admin.conf/rackhop.conf" "$@"; }

for s in $SWITCHES; do
    start_snmpd "$s"
done
for s in $SWITCHES; do
    for _ in $(seq 200); do [ -S "$T/$s.agentx" ] && break; sleep 0.05; done
    chmod 777 "$T/$s.agentx"
    start_lldpd "$s" "unix:$T/$s.agentx"
done
for h in $HOSTS; do start_lldpd "$h"; done

# --- what is expected ----------------------------------------------------------------
# Each check is python over the map M, with hops(a,b), paths(a,b), ev(a,b).
cat >"$T/expect.py" <<'EOC'
import json, sys
M = json.load(open(sys.argv[1]))
I = {h: i for i, h in enumerate(M["hosts"])}
def hops(a, b): return M["hops"][I[a]][I[b]] if a in I and b in I else None
def paths(a, b): return M["paths"][I[a]][I[b]]
def flow(a, b): return M["flow_mbps"][I[a]][I[b]]
def total(a, b): return M["total_mbps"][I[a]][I[b]]
def links(a, b): return [l for l in M["links"] if {l["a"], l["b"]} == {a, b}]
def ev(a, b): return [l["evidence"] for l in links(a, b)]
def warned(code, node=None):
    return any(w["code"] == code and node in (None, w["node"]) for w in M["warnings"])
def rack(n): return next(x.get("rack") for x in M["nodes"] if x["name"] == n)
sys.exit(0 if eval(sys.argv[2]) else 1)
EOC
failed=0
await() { # NAME CONDITION
    local end=$((SECONDS + PATIENCE))
    while [ $SECONDS -lt $end ]; do
        rackhop_ topology --matrix --json >"$T/map.json" 2>"$T/map.err"
        if python3 "$T/expect.py" "$T/map.json" "${2//$'\n'/}" \
            2>"$T/expect.err"; then
            echo "  ok      fabric: $1"
            return 0
        fi
        sleep 0.1
    done
    echo "  FAILED  fabric: $1: never was $2"
    cat "$T/map.err" "$T/expect.err"
    rackhop_ topology
    rackhop_ topology --matrix
    failed=1
    return 1
}
WHOLE='hops("r1h1","r1h2")==2 and hops("r1h1","r2h1")==4 and hops("r2h1","r2h2")==2
 and hops("r1h2","r2h2")==4 and paths("r1h1","r2h2")==2 and paths("r1h1","r1h2")==1
 and len(M["links"])==10 and all(l["evidence"]=="both" for l in M["links"])
 and rack("r1h1")=="tor1" and rack("r2h2")=="tor2"'
WHOLE=${WHOLE//$'\n'/}

await "the whole fabric, every cable known from both ends" "$WHOLE" || exit 1
await "speeds of veth by ethtool and ifHighSpeed" \
    'flow("r1h1","r2h1")==10000 and total("r1h1","r2h1")==10000'

ip -n $P-tor1 link set swp51 down
await "a cable between switches is pulled" \
    'paths("r1h1","r2h1")==1 and not links("tor1","spine1")'
ip -n $P-tor1 link set swp51 up
await "and put back" "$WHOLE"

ip -n $P-r1h2 link set eth0 down
await "a host's cable is pulled" \
    'hops("r1h2","r1h1") is None and hops("r1h1","r2h1")==4'
ip -n $P-r1h2 link set eth0 up
ip -n $P-r1h2 addr replace 10.1.0.2/24 dev eth0
await "and put back" "$WHOLE"

stop lldpd-spine2
await "a spine's lldpd ends" 'paths("r1h1","r2h1")==1 and hops("r1h1","r2h1")==4'
start_lldpd spine2 "unix:$T/spine2.agentx"
await "and starts again" "$WHOLE"

stop snmpd-tor2 -KILL
await "a switch that does not answer is named, its cables are one-sided" \
    'hops("r1h1","r2h1")==4 and warned("unreachable","tor2") and
 ev("tor2","spine1")==["switch"] and ev("r2h1","tor2")==["host"]'
rackhop_ topology --json >/dev/null 2>&1
[ $? = 4 ] || { echo "  FAILED  fabric: a dead switch is exit code 4"; failed=1; }
rm -f "$T/tor2.agentx"
stop lldpd-tor2
start_snmpd tor2
for _ in $(seq 200); do [ -S "$T/tor2.agentx" ] && break; sleep 0.05; done
chmod 777 "$T/tor2.agentx"
start_lldpd tor2 "unix:$T/tor2.agentx"
await "and answers again" "$WHOLE"

# A guest on r1h1 claims to be r2h1, chassis and all.
ip netns add $P-guest
ip link add name vif1.0 netns $P-r1h1 type veth peer name eth0 netns $P-guest
ip -n $P-r1h1 link set vif1.0 master xenbr0
ip -n $P-r1h1 link set vif1.0 up
mac=$(in_ns r2h1 cat /sys/class/net/eth0/address)
ip -n $P-guest link set eth0 address "$mac"
ip -n $P-guest link set eth0 up
mkdir -p "$T/guest.conf"
printf '%s\n' "configure system hostname r2h1" "configure lldp tx-interval 1" \
    "configure lldp portidsubtype ifname" >"$T/guest.conf/test.conf"
start_lldpd guest
end=$((SECONDS + PATIENCE))
until in_ns r1h1 lldpcli -u "$T/r1h1.sock" show neighbors ports vif1.0 2>/dev/null |
    grep -q "r2h1"; do
    [ $SECONDS -lt $end ] || { echo "  FAILED  fabric: the guest is not heard"; failed=1; break; }
    sleep 0.1
done
await "a guest that says it is another host moves nobody" "$WHOLE"

# A stranger's frame with bytes that are no text, heard by a host and a switch.
ip netns add $P-stranger
cable stranger eth0 tor2 swp9
stop lldpd-guest
cat >"$T/send.py" <<'EOC'
import socket, struct, sys
def tlv(t, v): return struct.pack("!H", t << 9 | len(v)) + v
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0x88cc))
s.send(bytes.fromhex("0180c200000e" "02aa00000077" "88cc")
       + tlv(1, b"\x07id\xff\x1b[2J") + tlv(2, b"\x07p\"\\\x01\n") + tlv(3, b"\0\x78")
       + tlv(5, b"evil\x1b]0;x\x07\xc3\x28\"},{") + tlv(0, b"") + bytes(40))
EOC
stranger_heard() {
    local end=$((SECONDS + PATIENCE)) text
    until text=$(lldpcli -u "$T/tor2.sock" show neighbors ports swp9 2>/dev/null)
        case $text in *evil*) true ;; *) false ;; esac; do
        [ $SECONDS -lt $end ] || return 1
        in_ns stranger python3 "$T/send.py" eth0
        in_ns guest python3 "$T/send.py" eth0
        sleep 0.2
    done
}
if stranger_heard; then
    await "bytes that are no text spoil nothing" \
        'hops("r1h1","r2h1")==4 and all(ev(a,b)==["both"] for a,b in
 (("r1h1","tor1"),("tor2","spine1"),("r2h1","tor2"))) and
 any("evil" in n["name"] for n in M["nodes"])'
else
    echo "  FAILED  fabric: the stranger's frame is not heard"
    failed=1
fi

# A rogue host says by LLDP that it is another.
stop lldpd-r2h2
sed -i 's/hostname r2h2/hostname r1h1/' "$T/r2h2.conf/test.conf"
echo "configure system chassisid $(in_ns r1h1 cat /sys/class/net/eth0/address)" \
    >>"$T/r2h2.conf/test.conf"
start_lldpd r2h2
await "a host that says it is another moves nobody else" \
    'hops("r1h1","r1h2")==2 and hops("r1h1","r2h1")==4 and
 ev("r1h1","tor1")==["both"] and not links("r1h1","tor2")'

# --- which ports carry migrations --------------------------------------------------
# A host with two next hops, a bridge with a guest on it, a VLAN and a bond.
ip netns add $P-ways
ip netns add $P-far
for i in 0 1 2 3; do cable ways eth$i far eth$i; done
ways() { # WHAT ADDRESS EXPECTED-PORTS
    local got
    got=$(in_ns ways rackhop --config /dev/null topology --facts "$2" 2>/dev/null |
        python3 -c 'import json, sys
print(*sorted(json.load(sys.stdin).get("migration_ports", ["unknown"])))')
    if [ "$got" = "$3" ]; then
        echo "  ok      fabric: $1"
    else
        echo "  FAILED  fabric: $1: $got, not $3"
        failed=1
    fi
}
ip -n $P-ways addr add 10.9.0.1/24 dev eth0
ip -n $P-ways addr add 10.9.1.1/24 dev eth1
ip -n $P-ways route add 10.50.0.0/16 nexthop via 10.9.0.2 nexthop via 10.9.1.2
ip -n $P-ways route add 10.50.7.0/24 via 10.9.1.2
ways "all next hops of a multipath route" 10.50.0.9 "eth0 eth1"
ways "the longest prefix" 10.50.7.9 "eth1"
ways "no route at all" 10.60.0.1 ""
ip -n $P-ways link add br0 type bridge
ip -n $P-ways link add vif7.0 type veth peer name guest0
ip -n $P-ways link set vif7.0 master br0
ip -n $P-ways link set eth2 master br0
ip -n $P-ways link set br0 up
ip -n $P-ways addr add 10.9.2.1/24 dev br0
ways "a bridge's ports without its guests" 10.9.2.9 "eth2"
if ip -n $P-ways link add link eth3 name eth3.7 type vlan id 7 2>/dev/null; then
    ip -n $P-ways link set eth3.7 up
    ip -n $P-ways addr add 10.9.3.1/24 dev eth3.7
    ways "what a VLAN stands on" 10.9.3.9 "eth3"
else
    echo "skip: fabric: this kernel has no VLANs"
fi
if ip -n $P-ways link add bond0 type bond 2>/dev/null; then
    for i in 0 1; do
        ip -n $P-ways link set eth$i down
        ip -n $P-ways link set eth$i master bond0
    done
    ip -n $P-ways link set bond0 up
    ip -n $P-ways addr add 10.9.4.1/24 dev bond0
    ways "the members of a bond" 10.9.4.9 "eth0 eth1"
else
    echo "skip: fabric: this kernel has no bonding"
fi

# Neither its kernel part nor its daemons are needed for what the map does.
echo "skip: fabric: Open vSwitch is tested from fixtures alone (test_networks, test_topo_merge)"

# --watch, from r1h1's own lldpd
sed "s#^ssh_command#lldpd_socket = \"$T/r1h1.sock\"\n&#" "$T/admin.conf/rackhop.conf" \
    >"$T/watch.conf"
: >"$T/watch.out"
in_ns admin rackhop --config "$T/watch.conf" topology --watch --matrix \
    >"$T/watch.out" 2>"$T/watch.err" &
PID[watch]=$!
watch_for() { # COUNT: that many maps were printed
    local end=$((SECONDS + PATIENCE))
    until [ "$(grep -c '^ *hops' "$T/watch.out")" -ge "$1" ]; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}
watch_for 1
before=$(grep -c '^ *hops' "$T/watch.out")
ip -n $P-tor1 link set swp1 down
if watch_for $((before + 1)); then
    echo "  ok      fabric: --watch prints the map again when a cable is pulled"
else
    echo "  FAILED  fabric: --watch did not react"
    cat "$T/watch.err"
    failed=1
fi
kill "${PID[watch]}" 2>/dev/null
[ $failed = 0 ] && echo "fabric: all passed"
exit $failed
