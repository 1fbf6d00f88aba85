#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-predict.sh: how well plans foresee what moves take. The rack of bench-drain
# is drained, its guests go home, and both once more (RUNS: 2). No setting tells the
# plans what a move takes: they learn it (learn_times, and what each guest's moves
# have taught), so that the first drain shows what is foreseen without. Cables carry
# LINK Mbit/s (12).
#
# Prints the table and writes it into docs/BENCHMARKS. NOTES=FILE keeps each run's
# report as a line of JSON.
set -euo pipefail
# shellcheck source=rack.sh
. "$(dirname "$0")/rack.sh"
runs=${RUNS:-2} notes=${NOTES:-$PWD/build/bench-predict.json}

carry_out() { # NUMBER COMMAND..: of rackhop's; its report becomes a line of notes
    local n=$1 name=$2; shift
    "$lab" admin rackhop "$@" --yes --json > "$run/$name.json" ||
        { cat "$run/$name.json" >&2; return 1; }
    printf '{"what":"%s","run":%d,"link":%d,"report":%s}\n' "$name" "$n" "$link" \
        "$(tail -n 1 "$run/$name.json" | python3 -c \
            'import json, sys; print(json.dumps(json.load(sys.stdin)["report"]))')" \
        >> "$notes"
}
all_whole() {
    local g
    for g in $guests; do
        [ "$("$lab" verify "$g")" = ok ] ||
            { echo "bench: the memory of $g is wrong" >&2; return 1; }
    done
}

rack_up
: > "$notes"
each start_here r1h1 r1h2
each sample_here r1h1 r1h2
for i in $(seq "$runs"); do
    carry_out "$i" drain rack:tor1
    "$lab" admin rackhop undrain rack:tor1 > /dev/null
    carry_out "$i" home
    all_whole
done
python3 "$(dirname "$0")/bench_predict_table.py" "$notes"
