#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-plan.sh: the figures of planning, written into docs/BENCHMARKS.
#
# PLANNER_TOOLS=DIR: a generator, a verifier and an exact optimum that share no
# code with rackhop (gen.py, check_plan.py, makespan_bound.py, optimum.py).
# Without them `rackhop simulate` makes the clusters, and nothing but the times
# and rackhop's own bounds is reported. HBAL=1 also runs Ganeti's hbal.
# SIZES="20 40 100 200 1000 10000", OPTIMUM_S=60 (limit of an exact answer).
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/rackhop build/tests/bench_plan >/dev/null || exit 1
exec python3 tests/bench/bench_plan_table.py "$@"
