#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# replay.sh BUILD 'TARGET...': run each target over its seeds, and over every
# file in tests/data/hostile.
bad=0 n=0
here=$(cd "$(dirname "$0")" && pwd)
for t in $2; do
    seeds=$(find "$here/seeds/$t" -type f 2>/dev/null)
    [ -n "$seeds" ] || { echo "fuzz: $t has no seeds" >&2; bad=1; continue; }
    n=$((n + 1))
    # shellcheck disable=SC2086
    "$1/tests/replay_$t" $seeds >/dev/null || { echo "  FAILED  $t" >&2; bad=1; }
done
echo "fuzz seeds: $n targets replayed"
exit $bad
