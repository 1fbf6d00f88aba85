# SPDX-License-Identifier: LGPL-2.1-only
# The hosts see their switches by LLDP, the switches their neighbours, and a
# dom0 can read every switch by SNMP.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

sees() { # HOST SWITCH
    dom0 "$1" "lldpcli -f keyvalue show neighbors" |
        grep -qx "lldp.eth0.chassis.name=$2"
}
neighbours() { # SWITCH NAME..: exactly these
    local s=$1; shift
    [ "$(lab lldp "$s" -f keyvalue show neighbors |
        sed -n 's/.*\.chassis\.name=//p' | sort | paste -sd' ')" = "$*" ]
}
by_snmp() { # HOST SWITCH NAME..: the same from inside a dom0
    local h=$1 s=$2; shift 2
    [ "$(dom0 "$h" "snmpwalk -v2c -c public -Oqv $s 1.0.8802.1.1.2.1.4.1.1.9" |
        tr -d '"' | sort | paste -sd' ')" = "$*" ]
}
for h in h1 h2; do wait_until "$h sees tor1" sees $h tor1; done
wait_until "h3 sees tor2" sees h3 tor2
wait_until "tor1's neighbours" neighbours tor1 h1 h2 spine
wait_until "tor2's neighbours" neighbours tor2 h3 spine
wait_until "spine's neighbours" neighbours spine tor1 tor2
wait_until "tor1 by SNMP" by_snmp h3 tor1 h1 h2 spine
wait_until "tor2 by SNMP" by_snmp h1 tor2 h3 spine
wait_until "spine by SNMP" by_snmp h1 spine tor1 tor2
[ "$(dom0 h1 snmpget -v2c -c public -Oqv tor1 1.3.6.1.2.1.1.5.0 |
    tr -d '"')" = tor1 ] ||
    fail "tor1 does not give its name"

step "a switch has a MAC address for a chassis, ports have a speed"
dom0 h1 "lldpcli -f keyvalue show neighbors" |
    grep -q '^lldp.eth0.chassis.mac=' || fail "no MAC address"
dom0 h1 "snmpwalk -v2c -c public -Oqv tor1 1.3.6.1.2.1.31.1.1.1.15" |
    grep -qx 10000 || fail "no port of 10 Gbit/s"
[ "$(dom0 h1 cat /sys/class/net/eth0/speed)" = 10000 ] || fail "eth0's speed"

step "a cable is pulled and put back"
lab link spine to-tor2 down
wait_until "spine sees tor1 alone" neighbours spine tor1
lab link spine to-tor2 up
wait_until "and both again" neighbours spine tor1 tor2

step "a dom0 discovers the whole fabric"
fabric_conf
wait_until "the map is whole" maps 'hops("h1","h2")==2 and hops("h1","h3")==4
    and flow("h1","h3")==10000 and ev("h1","tor1")==["both"]
    and ev("h3","tor2")==["both"] and ev("tor1","spine")==["both"]'
dom0 h1 "rackhop --config /tmp/fabric.conf topology" | sed 's/^/   | /'
lab link spine to-tor2 down
wait_until "the map follows a pulled cable" maps 'hops("h1","h3") is None
    and hops("h1","h2")==2'
lab link spine to-tor2 up
wait_until "and its return" maps 'hops("h1","h3")==4'
