#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-cuts.sh: whole moves over 1 to 8 lanes that are cut at random moments,
# printed. It needs no Xen. CUTS=1000 and SEED=1 may be set.
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/tests/bench_cuts build/tests/fake_helper \
    build/rackhop-wire >/dev/null || exit 1
exec build/tests/bench_cuts "${CUTS:-1000}" "${SEED:-1}"
