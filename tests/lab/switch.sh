# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Switches of the lab (read by lab): each is a network namespace with a bridge,
# an lldpd that announces the switch's name, and an snmpd that lldpd feeds over
# AgentX. Links are veth pairs, ports are named after what hangs on them.

ns() { echo "rh.$LAB.$1"; }
in_ns() { local n; n=$(ns "$1"); shift; ip netns exec "$n" "$@"; }
in_mgmt() { in_ns "$(first_switch)" "$@"; }

# A daemon in a switch: named log, pid file, a host name of its own, no locks.
daemon_in() { # SWITCH NAME CMD..
    local s=$1 name=$2; shift 2
    setsid ip netns exec "$(ns "$s")" unshare --uts sh -c '
        hostname "$1"; echo $$ > "$2"; shift 2; exec "$@"' \
        sh "$s" "$RUN/$name.pid" "$@" \
        < /dev/null > "$RUN/$name.log" 2>&1 9>&- &
}

switch_up() { # NAME [UPLINK]
    local s=$1 up=${2:-} n addr
    n=$(ns "$s") addr=$(switch_address "$s")
    ip netns add "$n"
    ip -n "$n" link set lo up
    ip -n "$n" link add br0 address "02:00:77:00:02:$(printf %02x "${addr##*.}")" \
        type bridge forward_delay 0 mcast_snooping 0
    ip -n "$n" link set br0 up
    # first of two addresses, so that what leaves here has it for a source
    [ -n "$up" ] || ip -n "$n" addr add "$MGMT/24" dev br0
    ip -n "$n" addr add "$addr/24" dev br0
    if [ -n "$up" ]; then
        ip -n "$n" link add "to-$up" type veth peer name "to-$s" netns "$(ns "$up")"
        ip -n "$n" link set "to-$up" master br0 up
        ip -n "$(ns "$up")" link set "to-$s" master br0 up
    fi
}
# A cable between switches is a veth, of which every end says 10 Gbit/s. What
# the topology has instead is put over it where a manager asks, at both ends.
uplink_speeds() { # SWITCH
    awk -v s="$1" '$1 == "switch" && $4 {
        sub("up=", "", $4)
        if ($2 == s) print "to-" $3, $4
        if ($3 == s) print "to-" $2, $4 }' "$RUN/topology" |
        while read -r port mbit; do
            echo "override 1.3.6.1.2.1.31.1.1.1.15.$(ip -n "$(ns "$1")" \
                -o link show "$port" | cut -d: -f1) uinteger $mbit"
        done
}
switch_daemons() { # NAME ADDRESS
    local s=$1
    cat > "$RUN/$s.snmpd.conf" <<EOF
agentaddress udp:$2:161
rocommunity public 10.77.0.0/24
sysName $s
sysLocation lab $LAB
master agentx
agentXSocket $RUN/$s.agentx
$(uplink_speeds "$s")
EOF
    # its persistent files are the switch's own, not this machine's
    daemon_in "$s" "$s.snmpd" env SNMP_PERSISTENT_DIR="$RUN/$s.snmp" MIBS= \
        snmpd -f -Lo -C -c "$RUN/$s.snmpd.conf" -I -smux
    daemon_in "$s" "$s.lldpd" lldpd -d -I '*,!br0,!lo' -m "$2" \
        -X "$RUN/$s.agentx" -u "$RUN/$s.lldpd.sock" -O "$here/dom0/lldpd.conf"
}

cmd_in() { must switch "${1:-}"; in_ns "$@"; }
cmd_lldp() { # SWITCH [LLDPCLI'S ARGUMENTS]
    must switch "${1:-}"
    local s=$1; shift
    [ $# -gt 0 ] || set -- show neighbors
    in_ns "$s" lldpcli -u "$RUN/$s.lldpd.sock" "$@"
}

# --- links -------------------------------------------------------------------------
port_must() { # SWITCH PORT
    must switch "${1:-}"
    [ -n "${2:-}" ] || usage
    ip -n "$(ns "$1")" link show "$2" > /dev/null 2>&1 ||
        die "no port '$2' on $1: $(ip -n "$(ns "$1")" -br link show master br0 |
            sed 's/[@ ].*//' | paste -sd' ')"
}
# The lab's own traffic (ssh from outside, ticks) passes beside a limit: it is
# how the effect of the limit is measured.
cmd_link() {
    port_must "${1:-}" "${2:-}"
    local n p=$2 rate='' delay='' loss='' kv
    n=$(ns "$1"); shift 2
    [ $# -gt 0 ] || { tc -s -n "$n" qdisc show dev "$p"; return; }
    case $1 in
    down | up) ip -n "$n" link set "$p" "$1"; return ;;
    off)
        tc -n "$n" qdisc del dev "$p" root 2> /dev/null || true
        lose "$n" "$p" 0
        return ;;
    esac
    for kv; do
        case $kv in
        rate=*mbit) rate=${kv#*=} ;;
        delay=*ms) delay=${kv#*=} ;;
        loss=*) loss=${kv#*=} loss=${loss%\%} ;;
        *) die "link: rate=Nmbit, delay=Nms, loss=PERCENT, off, down or up; not '$kv'" ;;
        esac
    done
    tc -n "$n" qdisc del dev "$p" root 2> /dev/null || true
    shape "$n" "$p" "${rate:-10000mbit}" "$delay"
    lose "$n" "$p" "${loss:-0}"
}
shape() { # NAMESPACE PORT RATE DELAY
    local t="tc -n $1" p=$2 rate=$3 delay=$4 queue
    # a queue of 100 ms, but never less than a few frames as taps merge them
    queue=$((${rate%mbit} * 12500))
    [ $queue -ge 262144 ] || queue=262144
    $t qdisc add dev "$p" root handle 1: htb default 2
    $t class add dev "$p" parent 1: classid 1:1 htb rate 10gbit quantum 60000
    $t class add dev "$p" parent 1: classid 1:2 htb rate "$rate" \
        ceil "$rate" burst 64k cburst 64k quantum 60000
    if [ -n "$delay" ]; then
        $t qdisc add dev "$p" parent 1:2 netem delay "$delay" limit 2000 ||
            die "this kernel has no netem: no delay can be set"
    else
        $t qdisc add dev "$p" parent 1:2 bfifo limit $queue
    fi
    $t filter add dev "$p" parent 1: protocol ip prio 1 \
        u32 match ip dst "$MGMT/32" flowid 1:1
    $t filter add dev "$p" parent 1: protocol ip prio 1 \
        u32 match ip src "$MGMT/32" flowid 1:1
    $t filter add dev "$p" parent 1: protocol arp prio 2 \
        u32 match u32 0 0 flowid 1:1
}
lose() { # NAMESPACE PORT PERCENT: netem is not in every kernel, nft is
    local t="loss_${2//[^A-Za-z0-9]/_}" chance=
    ip netns exec "$1" nft delete table bridge "$t" 2> /dev/null || true
    [ "$3" != 0 ] || return 0
    # nft refuses a comparison that is always true
    [ "$3" -ge 100 ] 2> /dev/null || chance="numgen random mod 10000 < $(
        awk -v p="$3" 'BEGIN{printf "%d", p * 100}')"
    nft_in "$1" <<EOF
table bridge $t {
    chain c {
        type filter hook forward priority 10;
        ip saddr $MGMT accept
        ip daddr $MGMT accept
        oifname "$2" meta protocol ip $chance counter drop
    }
}
EOF
}
nft_in() { ip netns exec "$1" nft -f -; }

cmd_cut() { # HOST [PEER [PORT]]: with PORT, only what comes to that of HOST
    must host "${1:-}"
    local h=$1 n peer='' rule
    n=$(ns "$(row host "$h" | awk '{print $3}')")
    if [ -n "${2:-}" ]; then
        must host "$2"
        peer=$(host_address "$2")
        rule="iifname \"$h\" ip daddr $peer counter drop
              oifname \"$h\" ip saddr $peer counter drop"
        [ -z "${3:-}" ] ||
            rule="oifname \"$h\" ip saddr $peer tcp dport $3 counter drop"
    else
        rule="iifname \"$h\" counter drop
              oifname \"$h\" counter drop"
    fi
    cmd_heal "$h"
    nft_in "$n" <<EOF
table bridge cut_${h//-/_} {
    chain c {
        type filter hook forward priority 0;
        ip saddr $MGMT accept
        ip daddr $MGMT accept
        arp saddr ip $MGMT accept
        arp daddr ip $MGMT accept
        $rule
    }
}
EOF
}
cmd_heal() { # HOST
    must host "${1:-}"
    ip netns exec "$(ns "$(row host "$1" | awk '{print $3}')")" \
        nft delete table bridge "cut_${1//-/_}" 2> /dev/null || true
}
cmd_bytes() { # SWITCH PORT
    port_must "${1:-}" "${2:-}"
    in_ns "$1" cat "/sys/class/net/$2/statistics/tx_bytes" \
        "/sys/class/net/$2/statistics/rx_bytes" | paste -sd' '
}
