#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# faults-all.sh [FROM [TO]]: every moment of a move at which a process or the
# power of a host can be lost, at both ends, one after the other (make
# check-lab-faults). Each must end as faults.sh says. A table of how they ended
# goes to build/faults.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
from=${1:-1} to=${2:-999}
export RACKHOP_LAB=${RACKHOP_LAB:-faults} RACKHOP_LAB_OWNER=$$

matrix() { # HALT:LOSE:ENDS
    local s l w
    for l in sender:h1 receiver:h1 helper:h1 ssh:h1 source:nowhere target:h1; do
        echo "stream:$l"
    done
    for s in "source prepared" "source go"; do
        for w in before after; do
            for l in sender:h1 receiver:h1 ssh:h1 source:nowhere target:h1; do
                echo "$s $w:$l"
            done
        done
    done
    for s in "target receiving" "target ready"; do
        for w in before after; do
            for l in sender:h1 receiver:h1 ssh:h1 target:h1; do
                echo "$s $w:$l"
            done
        done
    done
    echo "target ready after:source:nowhere"
    # asked in time it refuses, else it accepts: one or the other
    for l in sender:h1,h2 receiver:h1 ssh:h1,h2 source:h1,h2,nowhere target:h1; do
        echo "target accepted before:$l"
    done
    for l in sender:h2 receiver:h2 ssh:h2 source:h2 target:kept; do
        echo "target accepted after:$l"
    done
    for l in sender:h2 receiver:h2 source:h2 target:dropped; do
        echo "target done before:$l"
    done
    for l in sender:h2 receiver:h2 ssh:h2 target:nowhere; do
        echo "target done after:$l"
    done
    for w in before after; do
        for l in sender:h2 receiver:h2 source:h2 target:nowhere; do
            echo "source done $w:$l"
        done
    done
    for s in "source aborted before" "source aborted after"; do
        for l in sender:h1 source:nowhere; do
            echo "$s:$l"
        done
    done
    for s in "target aborted before" "target aborted after"; do
        for l in receiver:h1 target:h1; do
            echo "$s:$l"
        done
    done
    # the wire: what is cut for a moment goes on, whatever the moment
    for s in stream "target receiving before" "target receiving after" \
        "target ready before" "target ready after" "source go before" \
        "source go after" "target accepted before" "target accepted after" \
        "target done before" "target done after" "source done before"; do
        echo "$s:cut:h2"
    done
    # and before GO was heard it stays, after that it has moved
    for s in stream "target receiving after" "target ready before" \
        "target ready after" "source go before" "source go after"; do
        echo "$s:link:h1"
    done
    for s in "target accepted before" "target accepted after" \
        "target done before" "target done after"; do
        echo "$s:link:h2"
    done
}

one() { # HALT LOSE ENDS: with a log of its own
    # shellcheck disable=SC2016
    timeout 1800 bash -c '. "$0/lib.sh"; . "$0/faults.sh"; broken_move "$@"' \
        "$here" "$@" &
    wait $! # in the background, so that a signal is heard at once
}

mkdir -p build
"$here/lab" up pair
trap 'kill $(jobs -p) 2> /dev/null || true; "$here/lab" down' EXIT
trap 'exit 130' INT TERM HUP
"$here/lab" install
"$here/lab" warm
"$here/lab" guest h1 g1 mb=4 rate=100
n=0 bad=0 ran=0
: > build/faults
while IFS=: read -r halt lose ends <&3; do
    n=$((n + 1))
    [ "$n" -ge "$from" ] && [ "$n" -le "$to" ] || continue
    t0=$SECONDS
    ran=$((ran + 1))
    if one "$halt" "$lose" "$ends" > build/fault.log 2>&1 3<&-; then
        word=ok
    else
        word=FAILED bad=$((bad + 1))
        { cat build/fault.log; "$here/lab" report; } > "build/fault-$n.log" 2>&1
        "$here/lab" reset
        "$here/lab" guest h1 g1 mb=4 rate=100
    fi
    printf '%-7s %2d  %-23s %-8s is lost: %-10s %4d s\n' $word $n "$halt" \
        "$lose" "$ends" $((SECONDS - t0)) | tee -a build/faults
done 3< <(matrix)
echo "$ran runs, $bad failed"
[ $bad = 0 ]
