#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-drain.sh: a rack is emptied in four ways, in one lab, with the same
# guests over the same cables, RUNS times each (1): `xl migrate` of one guest
# after the other, `xl migrate` of all at once, `rackhop migrate` of one after the
# other, and `rackhop drain`. In all but the last, each host's guests go to the host
# across. The cables carry LINK Mbit/s (12), so that they and not the emulated
# processors decide.
#
# Prints the table and writes it into docs/BENCHMARKS. NOTES=FILE keeps each
# run as a line of JSON.
set -euo pipefail
# shellcheck source=rack.sh
. "$(dirname "$0")/rack.sh"
runs=${RUNS:-1} notes=${NOTES:-$PWD/build/bench-drain.json}
ways=${WAYS:-serial at-once alone rackhop}

by_hand() { # PROGRAM GUEST
    local h; h=$(home_of "$2")
    "$lab" ssh "$h" "$1 migrate $2 $(across "$h")" > "$run/hand.$2" 2>&1 ||
        { cat "$run/hand.$2" >&2; return 1; }
}
by_xl() { by_hand xl "$1"; }
# What went over the spine until then, each third of a second: lines TIME BYTES.
watch_spine() {
    while sleep 0.3; do
        echo "$(now) $("$lab" bytes spine to-tor2 | cut -d' ' -f1)"
    done > "$run/spine.log"
}
drain() { # WAY: sets $planned, what the plan says, or null
    local g
    planned=null
    # shellcheck disable=SC2086
    case $1 in
    serial) for g in $guests; do by_hand xl "$g"; done ;;
    alone) for g in $guests; do by_hand rackhop "$g"; done ;;
    at-once) each by_xl $guests ;;
    rackhop)
        "$lab" admin rackhop drain rack:tor1 --yes --json > "$run/drain.json" ||
            { cat "$run/drain.json" >&2; return 1; }
        planned=$(tail -n 1 "$run/drain.json") ;;
    esac
}

rack_up
printf 'overhead_ms = 1900\nsetup_ms = 9000\n' >> "$run/admin/rackhop.conf"
: > "$notes"
for i in $(seq "$runs"); do
    for way in $ways; do
        each none_left r1h1 r1h2 r2h1 r2h2
        each start_here r1h1 r1h2
        [ "$way" != rackhop ] || each sample_here r1h1 r1h2
        watch_spine & watcher=$!
        b0=$("$lab" bytes spine to-tor2 | cut -d' ' -f1) t0=$(now)
        drain "$way"
        t1=$(now) b1=$("$lab" bytes spine to-tor2 | cut -d' ' -f1)
        kill "$watcher"
        wait "$watcher" 2> /dev/null || true
        flow=$(python3 "$(dirname "$0")/spine_flow.py" "$run/spine.log" "$t0" "$t1" "$link")
        gaps=''
        for g in $guests; do
            # the tick after the move has come before it is over
            python3 "$here/ticks.py" wait "$run/ticks" "$g" "$t1" 300 > /dev/null
            gaps+="\"$g\":$("$lab" ticks "$g" "$t0" | field gap),"
            [ "$("$lab" verify "$g")" = ok ] ||
                { echo "bench: the memory of $g is wrong" >&2; exit 1; }
        done
        printf '{"way":"%s","run":%d,"link":%d,"seconds":%s,"bytes":%d,"flow":%s,"gaps":{%s},"end":%s}\n' \
            "$way" "$i" "$link" "$(awk -v a="$t0" -v b="$t1" 'BEGIN{printf "%.2f", b - a}')" \
            $((b1 - b0)) "$flow" "${gaps%,}" "$planned" >> "$notes"
        tail -n 1 "$notes" | cut -c1-240
        [ "$way" != rackhop ] || "$lab" admin rackhop undrain rack:tor1
    done
done
python3 "$(dirname "$0")/bench_drain_table.py" "$notes"
