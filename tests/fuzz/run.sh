#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# run.sh 'TARGET...' SECONDS: each target under libFuzzer with ASan and UBSan.
# New inputs stay in build/fuzz/corpus; a finding is a file in build/fuzz.
cd "$(dirname "$0")/../.." || exit 1
B=build/fuzz
make --no-print-directory CC=clang BUILD=$B SAN=address,undefined \
    CFLAGS='-fsanitize=fuzzer-no-link' $(for t in $1; do echo $B/tests/$t; done) || exit 1
bad=0
for t in $1; do
    mkdir -p $B/corpus/$t
    echo "fuzz: $t for $2 s"
    $B/tests/$t -max_total_time="$2" -timeout=25 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix=$B/$t- \
        $B/corpus/$t tests/fuzz/seeds/$t >$B/$t.log 2>&1 ||
        { bad=1; echo "fuzz: $t FAILED, see $B/$t.log"; }
    grep -E 'number_of_executed_units|new_units_added' $B/$t.log
done
exit $bad
