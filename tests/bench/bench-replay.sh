#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-replay.sh: the figures of replays, as planetlab.py makes them.
#
# PLANETLAB=DIR, a clone of github.com/beloglazov/planetlab-workload-traces: each
# of its days, DAYS="20110303 .." these alone. Without it two days that are made
# up, whose figures are not those of PlanetLab. Prints a line a day and rule: with
# memory left out as CloudSim does (cpu), and with memory heeded.
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/rackhop >/dev/null || exit 1
T=$(mktemp -d) bad=0
trap 'rm -rf "$T"' EXIT

line='import json,sys
r = json.load(sys.stdin)
print("%-20s %-6s %9.2f %7d %8.4f%% %8.4f%% %10.6f%% %5d %8.1f %7.2f" % (
    r["trace"], sys.argv[1], r["kwh"], r["moves"], 100 * r["slatah"],
    100 * r["pdm"], 100 * r["slav"], r["there_and_back"], r["gib"],
    r["seconds"]))'

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

printf '%-20s %-6s %9s %7s %9s %9s %11s %5s %8s %7s\n' trace rules kWh moves \
    SLATAH PDM SLAV back GiB seconds
if [ -n "${PLANETLAB:-}" ]; then
    for d in ${DAYS:-$(cd "$PLANETLAB" && ls -d 20??????)}; do
        day "$PLANETLAB/$d"
    done
else
    day --made 1
    day --made 2
fi
exit $bad
