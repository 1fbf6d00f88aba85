#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# check.sh [-kv] [TEST..]: the tests on real Xen hosts, tests/lab/test_*.sh or
# those named (with or without test_ and .sh). One whose head says `# by name:
# REASON` is left out, and said to be, unless it is named. Tests of one topology
# share one boot. -k keeps the lab of the last topology for a look, -v shows the output
# of tests that pass.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export RACKHOP_LAB_OWNER=$$
lab=$here/lab run=/run/rackhop-lab keep=no passed=0 failed=0 skipped=0 bad=() test=
log=$(mktemp)

finish() {
    local rc=$?
    trap - EXIT INT TERM HUP
    [ -z "$test" ] || kill "$test" 2> /dev/null || true
    # not a lab of somebody else, who was the reason why ours did not come up
    if [ "$(cat "$run/$RACKHOP_LAB/owner" 2> /dev/null)" = $$ ]; then
        if [ $keep = yes ]; then
            echo "kept: RACKHOP_LAB=$RACKHOP_LAB tests/lab/lab .., then down"
        else
            "$lab" down
        fi
    fi
    rm -f "$log"
    exit $rc
}

head_of() { sed -n "s/^# $2: *//p" "$1" | head -1; }
topology_of() { local t; t=$(head_of "$1" topology); echo "${t:-two-rack}"; }
name_of() { local n=${1##*/test_}; echo "${n%.sh}"; }

one_test() { # FILE
    local n t0=$SECONDS rc limit
    n=$(name_of "$1") limit=$(head_of "$1" limit)
    [ -z "${2:-}" ] || "$lab" reset > "$log" 2>&1 || {
        failed_test "$n" $((SECONDS - t0)) "the lab could not be reset"
        return
    }
    # in the background, so that ^C is heard
    timeout -k 20 "${limit:-${LAB_TEST_LIMIT:-900}}" bash "$1" > "$log" 2>&1 &
    test=$!
    wait "$test"
    rc=$? test=
    case $rc in
    0) passed=$((passed + 1))
        [ $verbose = no ] || sed 's/^/    /' "$log"
        echo "  ok      $n ($((SECONDS - t0)) s)"
        grep '^note:' "$log" ;;
    77) skipped=$((skipped + 1))
        echo "  skipped $n: $(sed -n 's/^skip: //p' "$log")" ;;
    124 | 137) failed_test "$n" $((SECONDS - t0)) "hung" ;;
    *) failed_test "$n" $((SECONDS - t0)) "exit code $rc" ;;
    esac
}
failed_test() { # NAME SECONDS WHY
    failed=$((failed + 1)) bad+=("$1")
    sed 's/^/    /' "$log"
    if [ -e "$run/$RACKHOP_LAB/up" ]; then
        mkdir -p build
        "$lab" report > "build/lab-$1.report" 2>&1
        echo "  build/lab-$1.report: what hosts and switches said then"
    fi
    echo "  FAILED  $1 ($2 s): $3"
}

verbose=no
while getopts kv o; do
    case $o in k) keep=yes ;; v) verbose=yes ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
tests=()
if [ $# = 0 ]; then
    for t in "$here"/test_*.sh; do
        why=$(head_of "$t" "by name")
        if [ -z "$why" ]; then tests+=("$t"); continue; fi
        skipped=$((skipped + 1))
        echo "  skipped $(name_of "$t"): $why"
    done
else
    for t; do
        t=$here/test_$(name_of "test_${t##*/}").sh
        t=${t/test_test_/test_}
        [ -e "$t" ] || { echo "no $t" >&2; exit 2; }
        tests+=("$t")
    done
fi
[ "$(id -u)" = 0 ] || { echo "check-lab: root is needed" >&2; exit 1; }

# What test runs that were killed left; then a name that no living one has.
for o in "$run"/*/owner; do
    [ -s "$o" ] || continue
    ! kill -0 "$(cat "$o")" 2> /dev/null || continue
    o=${o%/owner}
    echo "taking down ${o##*/}, left behind by a run that was cut off"
    RACKHOP_LAB=${o##*/} "$lab" down
done
[ -n "${RACKHOP_LAB:-}" ] || [ ! -e "$run/check" ] || RACKHOP_LAB=check-$$
export RACKHOP_LAB=${RACKHOP_LAB:-check}
trap finish EXIT
trap 'keep=no; exit 130' INT TERM HUP

for topo in $(for t in "${tests[@]}"; do topology_of "$t"; done | sort -u); do
    again=''
    echo "== lab: $topo"
    if [ "$topo" != none ]; then
        t0=$SECONDS
        if ! { "$lab" up "$topo" && "$lab" install && "$lab" warm; } \
            > "$log" 2>&1; then
            for t in "${tests[@]}"; do
                [ "$(topology_of "$t")" != "$topo" ] ||
                    failed_test "$(name_of "$t")" $((SECONDS - t0)) "no lab"
            done
            # up, perhaps, and what came after failed: not in the way of others
            [ "$(cat "$run/$RACKHOP_LAB/owner" 2> /dev/null)" != $$ ] ||
                "$lab" down
            continue
        fi
        grep '^lab image: [mW]' "$log"
        echo "  up      after $((SECONDS - t0)) s"
    fi
    for t in "${tests[@]}"; do
        [ "$(topology_of "$t")" = "$topo" ] || continue
        one_test "$t" "$again"
        [ "$topo" = none ] || again=yes
    done
    [ "$topo" = none ] || [ $keep = yes ] || "$lab" down
done
[ ${#bad[@]} = 0 ] || echo "failed: ${bad[*]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
