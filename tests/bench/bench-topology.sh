#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-topology.sh: the figures of the map. Each line says what was measured
# and what was promised; exit 1 when one is missed. SEED=, FABRICS= may be set.
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "${1:-}" != run ]; then # what it prints goes into docs/BENCHMARKS as well
    out=$(mktemp)
    { echo "$(date +%F), make bench-topology, $(nproc) cores," \
        "load average $(cut -d' ' -f1 /proc/loadavg) at the start"
    tests/bench/bench-topology.sh run; } | tee "$out"
    rc=${PIPESTATUS[0]}
    python3 tests/bench/section.py bench-topology "The map" < "$out"
    rm -f "$out"
    exit "$rc"
fi
B=build/tests
make --no-print-directory $B/bench_topology $B/snmp_responder >/dev/null || exit 1
PATH=$PATH:/usr/sbin:/sbin
T=$(mktemp -d) bad=0 P=rhbench-$$
chmod 755 "$T"
PIDS=()
cleanup() {
    for p in "${PIDS[@]}"; do kill "$p" 2>/dev/null; done
    for p in "${PIDS[@]}"; do wait "$p" 2>/dev/null; done
    for n in $(ip netns list 2>/dev/null | awk -v p="$P-" 'index($1, p) == 1 { print $1 }'); do
        for p in $(ip netns pids "$n"); do kill -9 "$p" 2>/dev/null; done
        ip netns del "$n"
    done
    rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

$B/bench_topology fabrics "${FABRICS:-500}" "${SEED:-$(date +%s)}" || bad=1

mkdir "$T/large"
$B/bench_topology render "$T/large" && $B/bench_topology large "$T/large" || bad=1

# 664 agents, every tenth silent; 28 neighbours each
base=$((20000 + $$ % 20000))
$B/snmp_responder $base 664 10 28 >"$T/ready" &
PIDS+=($!)
for _ in $(seq 100); do [ -s "$T/ready" ] && break; sleep 0.05; done
ulimit -n 4096
$B/bench_topology snmp $base 664 1000 2 || bad=1

# 60 lldpd: 4 spines, 14 leaves, 42 hosts: 56 + 42 cables
live() {
    [ "$(id -u)" = 0 ] && command -v lldpd >/dev/null ||
        { echo "skip: 60 live lldpd need root and lldpd"; return 0; }
    ip netns add $P-probe 2>/dev/null ||
        { echo "skip: namespaces cannot be made here"; return 0; }
    ip netns del $P-probe
    local n nodes=() i s
    for i in $(seq 4); do nodes+=("s$i"); done
    for i in $(seq 14); do nodes+=("t$i"); done
    for i in $(seq 42); do nodes+=("h$i"); done
    for n in "${nodes[@]}"; do
        ip netns add "$P-$n"
        mkdir "$T/$n.conf"
        printf '%s\n' "configure system hostname $n" "configure lldp tx-interval 1" \
            "configure lldp portidsubtype ifname" >"$T/$n.conf/bench.conf"
    done
    cable() {
        ip link add name "$2" netns "$P-$1" type veth peer name "$4" netns "$P-$3"
        ip -n "$P-$1" link set "$2" up
        ip -n "$P-$3" link set "$4" up
    }
    for i in $(seq 14); do
        for s in 1 2 3 4; do cable "t$i" "swp5$s" "s$s" "swp$i"; done
        for s in 1 2 3; do cable "h$(((i - 1) * 3 + s))" eth0 "t$i" "swp$s"; done
    done
    for n in "${nodes[@]}"; do
        ip netns exec "$P-$n" lldpd -d -u "$T/$n.sock" -O "$T/$n.conf" \
            -S "bench node $n" >/dev/null 2>&1 &
        PIDS+=($!)
    done
    local socks=()
    for n in "${nodes[@]}"; do
        for _ in $(seq 200); do [ -S "$T/$n.sock" ] && break; sleep 0.05; done
        socks+=("$T/$n.sock")
    done
    $B/bench_topology lldpd $((2 * 98)) "${socks[@]}" || bad=1
}
live
exit $bad
