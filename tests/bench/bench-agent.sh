#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-agent.sh: what the agent costs, written into docs/BENCHMARKS.
#
# Xen is made up (tests/bench/bench_agent.c says what its calls are taken to
# need); all else is the agent as it is. GUESTS="10 100 200" SECONDS_EACH=30
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/tests/bench_agent >/dev/null || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for n in ${GUESTS:-10 100 200}; do
    mkdir "$dir/$n"
    build/tests/bench_agent "$dir/$n" "$n" "${SECONDS_EACH:-30}" || exit 1
    echo "files_kib=$(du -sk --apparent-size "$dir/$n/state/samples" | cut -f1)"
done | tee "$dir/out"
python3 tests/bench/section.py agent 'The agent' <"$dir/out"
# the limits that docs/man/rackhop-samples.1.pod promises for 100 guests
awk -F'[= ]' '/^guests=100 / { bad = $4 > 1 || $12 > 16384 } END { exit bad }' \
    "$dir/out" || { echo "bench-agent: over a limit" >&2; exit 1; }
