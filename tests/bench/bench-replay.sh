#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-replay.sh: the figures of replays, as planetlab.py makes them.
#
# PLANETLAB=DIR, a clone of github.com/beloglazov/planetlab-workload-traces: each
# of its days, DAYS="20110303 .." these alone; written into docs/BENCHMARKS. Without
# it two days that are made up, whose figures are not those of PlanetLab, and only
# printed. A line a day and rule: with memory left out as CloudSim does (cpu), and
# with memory heeded; "above" is against what no placement can do without.
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/rackhop >/dev/null || exit 1
T=$(mktemp -d) bad=0
: > "$T/bad"
trap 'rm -rf "$T"' EXIT

line='import json,sys
r = json.load(sys.stdin)
print("%-18s %-6s %8.2f %8.2f %5.1f%% %6d %8.4f%% %7.4f%% %9.6f%% %4d %7.2f" % (
    r["trace"], sys.argv[1], r["kwh"], r["bound_kwh"],
    100 * (r["kwh"] / r["bound_kwh"] - 1), r["moves"], 100 * r["slatah"],
    100 * r["pdm"], 100 * r["slav"], r["there_and_back"], r["seconds"]))'

# replay RULE OPTIONS..: of $T/day.json
replay() {
    local rule=$1
    shift
    build/rackhop replay --json "$@" "$T/day.json" | python3 -c "$line" "$rule" ||
        bad=1
}

day() {
    python3 tests/bench/planetlab.py "$@" >"$T/day.json" || { bad=1; return; }
    replay cpu --no-memory
    replay memory
}

days() {
    printf '%-18s %-6s %8s %8s %6s %6s %9s %8s %10s %4s %7s\n' trace rules kWh \
        bound above moves SLATAH PDM SLAV back seconds
    if [ -n "${PLANETLAB:-}" ]; then
        for d in ${DAYS:-$(cd "$PLANETLAB" && ls -d 20??????)}; do
            day "$PLANETLAB/$d"
        done
    else
        day --made 1
        day --made 2
    fi
    [ $bad = 0 ] || echo bad > "$T/bad"
}

days | tee "$T/table"
[ ! -s "$T/bad" ] || exit 1
[ -n "${PLANETLAB:-}" ] || exit 0
{
    echo "$(date +%F), make bench-replay: days of PlanetLab, 800 hosts, 288 steps of"
    echo "300 s, by rackhop's default policy; kWh of a day. SLATAH, PDM and SLAV as"
    echo "CloudSim has them; back: moves there and back within an hour."
    echo
    cat "$T/table"
} | python3 tests/bench/section.py bench-replay Replays
