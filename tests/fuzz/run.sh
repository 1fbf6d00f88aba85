#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# run.sh 'TARGET...' SECONDS: each target under libFuzzer with ASan and UBSan,
# and at the end, or when it is interrupted, how often each was executed. New
# inputs stay in build/fuzz/corpus, and build/fuzz/executions keeps what all runs
# have done; a finding is a file in build/fuzz.
cd "$(dirname "$0")/../.." || exit 1
B=build/fuzz
# shellcheck disable=SC2046
make --no-print-directory CC=clang BUILD=$B SAN=address,undefined \
    CFLAGS='-fsanitize=fuzzer-no-link' $(for t in $1; do echo $B/tests/"$t"; done) || exit 1

stat_of()
{
    awk -v name="stat::$1:" '$1 == name { n = $2 } END { printf "%.0f", n }' "$2"
}

# TARGET SECONDS: a line of $B/executions more
fuzz_one()
{
    state=ok began=$(date +%s)
    mkdir -p "$B/corpus/$1"
    echo "fuzz: $1 for $2 s"
    "$B/tests/$1" -max_total_time="$2" -timeout=25 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$B/$1-" \
        "$B/corpus/$1" "tests/fuzz/seeds/$1" >"$B/$1.log" 2>&1 &
    child=$!
    wait $child
    r=$?
    [ $r -gt 128 ] && { wait $child; r=$?; } # a signal to this script
    case $r in
    0) ;;
    72) state=stopped ;; # libFuzzer's word for a signal
    *) state=FAILED ;;
    esac
    [ $state = FAILED ] && echo "fuzz: $1 FAILED, see $B/$1.log"
    echo "$1 $(stat_of number_of_executed_units "$B/$1.log")" \
        "$(stat_of new_units_added "$B/$1.log")" \
        $(($(date +%s) - began)) $state "$run" >>$B/executions
}

: >>$B/executions
run=$(date +%s):$$ stop='' child=''
trap 'stop=1; kill $child 2>/dev/null' INT TERM
for t in $1; do
    [ "$stop" ] || fuzz_one "$t" "$2"
done
exec awk -v run="$run" -f tests/fuzz/sum.awk $B/executions
