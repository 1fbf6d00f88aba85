# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# lib.sh: what the lab's tests are written with. A test is a script
# test_NAME.sh that reads this file. Its head may say
#   # topology: NAME     what it needs up (two-rack; `none` brings its own)
#   # limit: SECONDS     when it counts as hung (LAB_TEST_LIMIT, 900)
# It starts with no guests, whole links and the program installed, ends with 0
# if all is well, and with `skip REASON` where it can't be run. It waits for
# events: a machine five times slower must pass as well.
set -euo pipefail
LABDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

lab() { "$LABDIR/lab" "$@"; }
dom0() { lab ssh "$@"; }        # HOST CMD..
now() { date +%s.%N; }
step() { printf -- '-- %(%T)T %s\n' -1 "$*"; }

fail() {
    echo "fail: $*"
    exit 1
}
skip() {
    echo "skip: $*"
    exit 77
}

# --- what must hold ------------------------------------------------------------------
expect() { # WHAT CMD..: CMD must succeed
    local what=$1; shift
    "$@" || fail "$what ($*)"
}
refuse() { # WHAT CMD..: CMD must fail
    local what=$1; shift
    if "$@"; then fail "$what ($*)"; fi
}
# Run a command and keep what it did: $RC, $OUT (both streams), $TOOK seconds.
run() {
    local t0 t1
    t0=$(now)
    RC=0
    OUT=$("$@" 2>&1) || RC=$?
    t1=$(now)
    TOOK=$(awk -v a="$t0" -v b="$t1" 'BEGIN{printf "%.2f", b - a}')
    # shellcheck disable=SC2001
    echo "$OUT" | sed 's/^/   | /'
    echo "   exit $RC after $TOOK s"
}
expect_rc() { [ "$RC" = "$1" ] || fail "exit code $RC, not $1"; }
expect_out() { # PATTERN: in what `run` kept
    grep -Eq -- "$1" <<< "$OUT" || fail "no /$1/ in the output"
}
refuse_out() {
    ! grep -Eq -- "$1" <<< "$OUT" || fail "/$1/ in the output"
}
expect_num() { # WHAT A OP B: numbers, with fractions
    awk -v a="$2" -v b="$4" "BEGIN{exit !(a + 0 $3 b + 0)}" ||
        fail "$1: $2 is not $3 $4"
}
# Until a command succeeds. The limit is for what will never come.
wait_until() { # WHAT CMD..
    local what=$1 t0=$SECONDS; shift
    until "$@" > /dev/null 2>&1; do
        [ $((SECONDS - t0)) -lt "${LIMIT:-300}" ] || fail "never: $what ($*)"
        sleep 0.3
    done
}

# --- guests ----------------------------------------------------------------------------
# xl's letter for what a guest does there: r or b or - when it runs; nothing
# when it is not there.
guest_state() { # HOST NAME
    dom0 "$1" "xl list '$2' 2> /dev/null" | awk 'NR == 2 {print $5}'
}
guest_runs() { # HOST NAME
    case $(guest_state "$1" "$2") in '' | *[pscd]*) return 1 ;; esac
}
guest_is_only_at() { # HOST NAME, and it runs there
    [ "$(lab where "$2")" = "$1" ] && guest_runs "$1" "$2"
}
guest_ticks() { # NAME: a tick arrives that was sent from now on
    (
        # shellcheck source=ticks.py
        run=/run/rackhop-lab/${RACKHOP_LAB:-lab}
        python3 "$LABDIR/ticks.py" wait "$run/ticks" "$1" "$(now)" \
            "${LIMIT:-300}" > /dev/null
    )
}
# One number of `lab ticks`: ticks, gap (s), lost, again, dirtied (pages).
tick_field() { # FIELD NAME [FROM [TO]]
    local f=$1; shift
    lab ticks "$@" | awk -v f="$f" \
        '{for (i = 1; i < NF; i += 2) if ($i == f) print $(i + 1)}'
}
gap() { tick_field gap "$@"; }
# The guest lives, at that host alone, never ran twice, and lost no page.
guest_is_whole() { # HOST NAME [FROM]
    expect "$2 does not tick" guest_ticks "$2"
    expect "$2 runs at $1 alone" guest_is_only_at "$1" "$2"
    [ -z "${3:-}" ] ||
        expect_num "ticks that came twice" "$(tick_field again "$2" "$3")" == 0
    expect "the memory of $2" lab verify "$2"
}
dirtied() { tick_field dirtied "$@"; }

# --- links -----------------------------------------------------------------------------
sent() { lab bytes "$1" "$2" | cut -d' ' -f1; } # SWITCH PORT: bytes, out of it
tor_of() { awk -v h="$1" '$1=="host"&&$2==h{print $3}' \
    "/run/rackhop-lab/${RACKHOP_LAB:-lab}/topology"; }

# --- the map of topology two-rack -------------------------------------------------------
# As h1 sees it: its own lldpd, the other hosts over ssh, the switches by SNMP.
fabric_conf() {
    dom0 h1 "cat > /tmp/fabric.conf" <<EOC
hosts = [ "h1=h1", "h2=h2", "h3=h3" ]
switches = [ "tor1=snmp:public@tor1", "tor2=snmp:public@tor2",
    "spine=snmp:public@spine" ]
ssh_timeout_s = 120
snmp_timeout_ms = 10000
EOC
}
maps() { # CONDITION: python over hops(a, b), flow(a, b) and ev(a, b)
    dom0 h1 "rackhop --config /tmp/fabric.conf topology --matrix --json" \
        > "$T/map.json" 2> "$T/map.err" || true
    python3 - "$T/map.json" "$1" <<'EOP'
import json, sys
M = json.load(open(sys.argv[1]))
I = {h: i for i, h in enumerate(M["hosts"])}
def hops(a, b): return M["hops"][I[a]][I[b]]
def flow(a, b): return M["flow_mbps"][I[a]][I[b]]
def ev(a, b):
    return [l["evidence"] for l in M["links"] if {l["a"], l["b"]} == {a, b}]
sys.exit(0 if eval(sys.argv[2].replace("\n", " ")) else 1)
EOP
}
