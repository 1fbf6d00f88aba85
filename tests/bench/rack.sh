# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A lab whose rack is drained (read by bench-drain.sh and bench-predict.sh): two
# racks of two hosts, cables of LINK Mbit/s, and four guests in the first rack. Its
# reader has set `set -euo pipefail`.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../lab" && pwd)
export RACKHOP_LAB=${RACKHOP_LAB:-bench} RACKHOP_LAB_OWNER=$$
lab=$here/lab run=/run/rackhop-lab/$RACKHOP_LAB
link=${LINK:-12}
finish() {
    local rc=$?
    trap - EXIT
    # shellcheck disable=SC2046
    kill $(jobs -p) 2> /dev/null || true
    "$lab" down
    exit $rc
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

now() { date +%s.%N; }
field() { awk -v f="$1" '{for (i = 1; i < NF; i += 2) if ($i == f) print $(i + 1)}'; }
guests="web1 db1 batch1 db2"
home_of() { case $1 in web1 | db1) echo r1h1 ;; *) echo r1h2 ;; esac; }
across() { echo "r2${1#r1}"; }

settings_of() {
    case $1 in
    web1) echo "mb=4 rate=40" ;;
    db1) echo "mb=16 rate=150 ws=6" ;;
    batch1) echo "mb=8 rate=300 burst=1500,4500" ;;
    db2) echo "mb=12 rate=100 ws=4" ;;
    esac
}
start_here() { # HOST
    local g
    for g in $guests; do
        [ "$(home_of "$g")" = "$1" ] || continue
        # shellcheck disable=SC2046
        "$lab" guest "$1" "$g" $(settings_of "$g") tick=100 every=1000 || return 1
    done
}
none_left() { # HOST
    # shellcheck disable=SC2016
    "$lab" ssh "$1" 'for d in $(xl list | awk "NR > 2 {print \$2}"); do
        xl destroy $d; done'
}
each() { # FUNCTION ARGUMENT..: all at once
    local f=$1 a pids=() rc=0; shift
    for a; do "$f" "$a" & pids+=($!); done
    for a in "${pids[@]}"; do wait "$a" || rc=1; done
    return $rc
}
# What plans know of guests: as an administrator would have it, before the day.
sample_here() {
    # shellcheck disable=SC2016
    "$lab" ssh "$1" 'for g in $(xl list | awk "NR > 2 {print \$1}"); do
        rackhop dirty --intervals 500,1000,2000 $g > /dev/null || exit 1; done'
}
rack_up() {
    local p
    mkdir -p build
    sed 's/ cpu=[^ ]*//; s/ image=[^ ]*//; s/\(nic\|up\)=[0-9]*/\1='"$link/" \
        "$here/topo/demo" > "build/$RACKHOP_LAB.topo"
    "$lab" up "build/$RACKHOP_LAB.topo"
    "$lab" install
    "$lab" warm
    "$lab" favour
    "$lab" admin true
    echo 'overcommit = 8' >> "$run/admin/rackhop.conf"
    for p in "tor1 to-spine" "spine to-tor1" "spine to-tor2" "tor2 to-spine" \
        "tor1 r1h1" "tor1 r1h2" "tor2 r2h1" "tor2 r2h2"; do
        # shellcheck disable=SC2086
        "$lab" link $p rate="${link}mbit"
    done
}
