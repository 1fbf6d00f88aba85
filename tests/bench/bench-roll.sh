#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-roll.sh: the figures of planning a roll, written into docs/BENCHMARKS.
#
# `rackhop simulate` makes the clusters. The baseline is the naive roll: host
# after host is drained, as `rackhop plan drain` would, and nobody comes home.
# And Ganeti's hroller, if it is there (ganeti-htools). SIZES="20 40 200 1000
# 10000", FILLS="0.70 0.80 0.85 0.90", NAIVE=200 (most hosts of a naive roll,
# which plans each drain in a process of its own), HROLLER=1000 (most of its),
# CHECK=1000 (most of a roll that check_roll.py replays: of 10000 hosts it takes
# a minute for each).
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/rackhop build/tests/bench_roll >/dev/null || exit 1
exec python3 tests/bench/bench_roll_table.py "$@"
