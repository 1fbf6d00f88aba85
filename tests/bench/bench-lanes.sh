#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-lanes.sh: what rackhop-wire costs beside ssh, printed. It needs no Xen.
# MIB=128, RUNS=3, PEERS=10000 and TRIES=100 may be set; with openssh-server
# installed (it need not run) ssh is measured, too.
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/tests/bench_lanes build/rackhop-wire >/dev/null || exit 1
exec python3 tests/bench/bench_lanes_table.py "$@"
