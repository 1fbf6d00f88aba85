#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-wire.sh: what codec and wire cost and save, written into docs/BENCHMARKS.
# It needs no Xen. RUNS=5, MIB=512 and DIRTY=13824 (pages a round) may be set.
# Not among the packages of `make deps`, since it would start a server.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ -x /usr/sbin/sshd ] || {
    echo "bench-wire: there is no sshd; install openssh-server (it need not run)" >&2
    exit 1
}
make --no-print-directory build/tests/bench_wire build/tests/fake_helper build/rackhop-wire >/dev/null || exit 1
exec python3 tests/bench/bench_wire_table.py "$@"
