#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# coverage.sh 'TARGET...': what the seeds, and the inputs that `make fuzz` has
# left in build/fuzz/corpus, reach of each parser; see coverage.py.
cd "$(dirname "$0")/../.." || exit 1
B=build/coverage
make --no-print-directory BUILD=$B OPT='-O0 -g' CFLAGS=--coverage \
    LDFLAGS=--coverage $(for t in $1; do echo "$B/tests/replay_${t}"; done) || exit 1
find $B -name '*.gcda' -delete
for t in $1; do
    find "tests/fuzz/seeds/$t" "build/fuzz/corpus/$t" -type f -print0 2>/dev/null |
        xargs -0 $B/tests/replay_"$t" >/dev/null || exit 1
done
exec python3 tests/fuzz/coverage.py $B
