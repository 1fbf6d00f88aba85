#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-tight.sh: drains that leave the other hosts nearly full (tight.py).
# PLANNER_TOOLS=DIR: a generator of such clusters (gen.py) that shares nothing
# with rackhop's own. SEEDS: clusters of each size, 700.
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${PLANNER_TOOLS:-}" ]; then
    echo "The tight clusters need PLANNER_TOOLS: skipped."
    exit 0
fi
tests/bench/tight.py build/rackhop "$PLANNER_TOOLS/gen.py" "${SEEDS:-700}"
