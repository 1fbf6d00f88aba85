#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-drain.sh: a rack is emptied in three ways, in one lab, with the same
# guests over the same cables, RUNS times each (1): `xl migrate` of one guest
# after the other, `xl migrate` of all at once, and `rackhop drain`. With xl
# each host's guests go to the host across. The cables carry LINK Mbit/s (12),
# so that they and not the emulated processors decide.
#
# Prints the table and writes it into docs/BENCHMARKS. NOTES=FILE keeps each
# run as a line of JSON.
set -euo pipefail
here=$(cd "$(dirname "$0")/../lab" && pwd)
export RACKHOP_LAB=${RACKHOP_LAB:-bench} RACKHOP_LAB_OWNER=$$
lab=$here/lab run=/run/rackhop-lab/$RACKHOP_LAB
runs=${RUNS:-1} link=${LINK:-12} notes=${NOTES:-$PWD/build/bench-drain.json}
ways=${WAYS:-serial at-once rackhop}
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
by_xl() { # GUEST
    local h; h=$(home_of "$1")
    "$lab" ssh "$h" "xl migrate $1 $(across "$h")" > "$run/xl.$1" 2>&1 ||
        { cat "$run/xl.$1" >&2; return 1; }
}
# What plans know of guests: as an administrator would have it, before the day.
sample_here() {
    # shellcheck disable=SC2016
    "$lab" ssh "$1" 'for g in $(xl list | awk "NR > 2 {print \$1}"); do
        rackhop dirty --intervals 500,1000,2000 $g > /dev/null || exit 1; done'
}
drain() { # WAY: sets $planned, what the plan says, or null
    local g
    planned=null
    # shellcheck disable=SC2086
    case $1 in
    serial) for g in $guests; do by_xl "$g"; done ;;
    at-once) each by_xl $guests ;;
    rackhop)
        "$lab" admin rackhop drain rack:tor1 --yes --json > "$run/drain.json" ||
            { cat "$run/drain.json" >&2; return 1; }
        planned=$(tail -n 1 "$run/drain.json") ;;
    esac
}

mkdir -p build
sed 's/ cpu=[^ ]*//; s/ image=[^ ]*//; s/\(nic\|up\)=[0-9]*/\1='"$link/" \
    "$here/topo/demo" > build/bench-drain.topo
: > "$notes"
"$lab" up build/bench-drain.topo
"$lab" install
"$lab" warm
"$lab" favour
"$lab" admin true
printf 'overhead_ms = 1900\nsetup_ms = 9000\novercommit = 8\n' \
    >> "$run/admin/rackhop.conf"
for p in "tor1 to-spine" "spine to-tor1" "spine to-tor2" "tor2 to-spine" \
    "tor1 r1h1" "tor1 r1h2" "tor2 r2h1" "tor2 r2h2"; do
    # shellcheck disable=SC2086
    "$lab" link $p rate="${link}mbit"
done

for i in $(seq "$runs"); do
    for way in $ways; do
        each none_left r1h1 r1h2 r2h1 r2h2
        each start_here r1h1 r1h2
        [ "$way" != rackhop ] || each sample_here r1h1 r1h2
        b0=$("$lab" bytes spine to-tor2 | cut -d' ' -f1) t0=$(now)
        drain "$way"
        t1=$(now) b1=$("$lab" bytes spine to-tor2 | cut -d' ' -f1)
        gaps=''
        for g in $guests; do
            # the tick after the move has come before it is over
            python3 "$here/ticks.py" wait "$run/ticks" "$g" "$t1" 300 > /dev/null
            gaps+="\"$g\":$("$lab" ticks "$g" "$t0" | field gap),"
            [ "$("$lab" verify "$g")" = ok ] ||
                { echo "bench: the memory of $g is wrong" >&2; exit 1; }
        done
        printf '{"way":"%s","run":%d,"link":%d,"seconds":%s,"bytes":%d,"gaps":{%s},"end":%s}\n' \
            "$way" "$i" "$link" "$(awk -v a="$t0" -v b="$t1" 'BEGIN{printf "%.2f", b - a}')" \
            $((b1 - b0)) "${gaps%,}" "$planned" >> "$notes"
        tail -n 1 "$notes" | cut -c1-160
        [ "$way" != rackhop ] || "$lab" admin rackhop undrain rack:tor1
    done
done
python3 "$(dirname "$0")/bench_drain_table.py" "$notes"
