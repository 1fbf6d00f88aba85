#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-migrate.sh: stock `xl migrate` against `rackhop migrate`, alternating,
# in one lab, RUNS times each (5), for five guests. The link between the hosts
# is limited (LINK, Mbit/s, 32), so that it and not the emulated processors is
# what carries the memory; what it really carries is measured first, and the
# guests' rates are set by that.
#
# Prints the table and writes it into docs/BENCHMARKS. NOTES=FILE keeps each
# run as a line of JSON.
set -euo pipefail
here=$(cd "$(dirname "$0")/../lab" && pwd)
export RACKHOP_LAB=bench RACKHOP_LAB_OWNER=$$
lab=$here/lab
runs=${RUNS:-5} link=${LINK:-32} notes=${NOTES:-$PWD/build/bench-migrate.json}
guests=${GUESTS:-idle steady-0.3 steady-0.7 bursty faster}
trap 'rc=$?; trap - EXIT; "$lab" down; exit $rc' EXIT
trap 'exit 130' INT TERM HUP

mkdir -p "$(dirname "$notes")"
: > "$notes"
"$lab" up pair
"$lab" install
"$lab" warm
for h in h1 h2; do "$lab" link tor1 "$h" rate="${link}mbit"; done

# Bytes that went out of the switch towards a host.
into() { "$lab" bytes tor1 "$1" | cut -d' ' -f1; }
field() { "$lab" ticks "$2" "$3" | awk -v f="$1" \
    '{for (i = 1; i < NF; i += 2) if ($i == f) print $(i + 1)}'; }

at=h1
other() { [ "$1" = h1 ] && echo h2 || echo h1; }

# One move of g; sets $seconds $gap $bytes and $json (rackhop's own end line).
move() { # xl|rackhop
    local to t0 t1 b0 rc=0 out
    to=$(other "$at")
    load=$(cut -d' ' -f1 /proc/loadavg)
    b0=$(into "$to") t0=$(date +%s.%N)
    if [ "$1" = xl ]; then
        out=$("$lab" ssh "$at" "time xl migrate g $to" 2>&1) || rc=$?
    else
        out=$("$lab" ssh "$at" "rackhop migrate --json g $to" 2>&1) || rc=$?
    fi
    t1=$(date +%s.%N)
    [ $rc = 0 ] || { echo "$out" >&2; echo "bench: $1 failed" >&2; exit 1; }
    # the tick after the move has come before it is over
    python3 "$here/ticks.py" wait "/run/rackhop-lab/$RACKHOP_LAB/ticks" g \
        "$t1" 300 > /dev/null
    seconds=$(awk -v a="$t0" -v b="$t1" 'BEGIN{printf "%.2f", b - a}')
    gap=$(field gap g "$t0") bytes=$(($(into "$to") - b0))
    json=null
    [ "$1" = xl ] || json=$(grep '"event":"end"' <<< "$out")
    at=$to
    verified "$1"
}

# Was this the move that lost something? What the guest said last helps then.
verified() { # xl|rackhop
    local said
    said=$("$lab" verify g) && return 0
    echo "bench: after a move with $1 the guest's memory: $said" >&2
    "$lab" ssh "$at" "xl list; tail -n 20 /var/log/xen/console/guest-g.log" >&2 ||
        true
    exit 1
}

guest_starts() { # MB
    "$lab" ssh "$at" "xl destroy g" > /dev/null 2>&1 || true
    "$lab" guest "$at" g mb="$1"
}

# What the link carries, pages/s: from a move of a guest that rewrites its
# memory, the rate of rackhop's own later rounds, with pages as they are.
raw=/etc/rackhop/rackhop.conf
guest_starts 16
"$lab" tell g rate 600
"$lab" ssh h1 "mkdir -p ${raw%/*} && echo 'codec = \"off\"' > $raw"
move rackhop
"$lab" ssh h1 "rm $raw"
carried=$(python3 -c 'import json,sys; print(int(json.load(sys.stdin)["rate_mib_s"]*256))' <<< "$json")
echo "the link of $link Mbit/s carries $carried pages/s"

for kind in $guests; do
    mb=16 rate=0 burst=""
    case $kind in
    idle) rate=0 ;;
    steady-0.3) rate=$((carried * 3 / 10)) ;;
    steady-0.7) rate=$((carried * 7 / 10)) mb=28 ;; # half of its memory
    bursty) rate=$((carried * 2)) burst="2000 4000" ;;
    faster) rate=$((carried * 3 / 2)) mb=12 ;;
    esac
    for i in $(seq "$runs"); do
        # each move costs a Linux guest 1 MiB (docs/LAB)
        guest_starts $mb
        # shellcheck disable=SC2086
        [ -z "$burst" ] || "$lab" tell g burst $burst
        "$lab" tell g rate $rate
        for how in xl rackhop; do
            move $how
            printf '{"guest":"%s","how":"%s","run":%d,"seconds":%s,"gap":%s,"bytes":%s,"rate":%d,"carried":%d,"load":%s,"end":%s}\n' \
                "$kind" $how "$i" "$seconds" "$gap" "$bytes" $rate "$carried" "$load" "$json" >> "$notes"
            printf '%-11s %-8s %d: %7.1f s, silence %6.0f ms, %6.1f MB\n' $kind $how "$i" \
                "$seconds" "$(awk -v g="$gap" 'BEGIN{print g*1000}')" \
                "$(awk -v b="$bytes" 'BEGIN{print b/1e6}')"
        done
    done
done
python3 "$(dirname "$0")/bench_migrate_table.py" "$notes" "$link"
