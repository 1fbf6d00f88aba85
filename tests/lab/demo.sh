#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# demo.sh: the main job on real Xen hosts. Four of them in two racks, guests
# that differ, and then only rackhop: the map, scores, a move whose target it
# chooses, a rack that is emptied, and what the guests noticed of it. Leaves
# demo/map.svg and demo/drain.html. Ends by itself and cleans up; KEEP=1 leaves
# the lab up.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
export RACKHOP_LAB=demo
[ -n "${KEEP:-}" ] || export RACKHOP_LAB_OWNER=$$
lab=$here/lab run=/run/rackhop-lab/demo out=$top/demo mbit=20

finish() {
    local rc=$?
    trap - EXIT
    # shellcheck disable=SC2046
    kill $(jobs -p) 2> /dev/null || true
    if [ -n "${KEEP:-}" ] && [ $rc = 0 ]; then
        how_to_play
    else
        "$lab" down
    fi
    exit $rc
}
how_to_play() {
    cat <<'END'

The lab is up. To play with it:

    export RACKHOP_LAB=demo
    tests/lab/lab admin rackhop rebalance --dry-run   as the administrator
    tests/lab/lab admin rackhop drain r2h2
    tests/lab/lab admin rackhop status --watch        beside it
    tests/lab/lab ssh r1h1 xl list                    in a Xen host
    tests/lab/lab guest r1h1 web9 mb=8 rate=300       one more guest
    tests/lab/lab verify web1                         is its memory right?
    tests/lab/lab down                                ends it all
END
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

say() {
    local at; at=$(printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)))
    if [ -t 1 ]; then
        printf '\n\033[1m== %s  %s\033[0m\n' "$at" "$*"
    else
        printf '\n== %s  %s\n' "$at" "$*"
    fi
}
fail() { echo "demo: $*" >&2; exit 1; }
now() { date +%s.%N; }
admin() { # COMMAND..: as a person would type it
    printf '\nadmin# %s\n' "$*"
    "$lab" admin "$@"
}
on() { # HOST COMMAND..
    local h=$1; shift
    printf '\n%s# %s\n' "$h" "$*"
    "$lab" ssh "$h" "$*"
}
no() { # CODE COMMAND..: must end with that code
    local want=$1 rc=0; shift
    "$@" || rc=$?
    [ $rc = "$want" ] || fail "exit code $rc, not $want: $*"
}
field() { awk -v f="$1" '{for (i = 1; i < NF; i += 2) if ($i == f) print $(i + 1)}'; }
list_guests() { # HOST: a look at all for where()
    "$lab" ssh "$1" xl list | awk -v h="$1" 'NR > 2 {print $1, h}' > "$run/at.$1"
}
where() { cat "$run"/at.* | awk -v g="$1" '$1 == g {print $2}' | paste -sd,; }
over_spine() { "$lab" bytes spine to-tor2 | cut -d' ' -f1; }

# All at once, and none that failed is forgotten.
together() { # FUNCTION ARGUMENT..
    local f=$1 p pids=() rc=0; shift
    for p; do "$f" "$p" & pids+=($!); done
    for p in "${pids[@]}"; do wait "$p" || rc=1; done
    return $rc
}

# --- the cluster ------------------------------------------------------------------
hosts="r1h1 r1h2 r2h1 r2h2"
rack1="web1 db1 batch1 db2"
masked=''       # the line that lets a guest go to the older processor

guests_of() { # HOST: what is started there, in this order
    case $1 in
    r1h1) set -- "web1 mb=4 rate=60" "db1 mb=12 rate=60 ws=4" \
        "batch1 mb=8 rate=150 burst=1000,2000" ;;
    r1h2) set -- "db2 mb=8 rate=60 ws=4 masked" ;;
    r2h1) set -- "web3 mb=2 rate=20" ;;
    r2h2) set -- "web2 mb=2 rate=40" ;;
    esac
    printf '%s\n' "$@"
}
# A tick costs an emulated host some milliseconds of its only processor, so
# these are calm: with a tick each 50 ms, seven such guests took one of two cores.
start_guests() { # HOST
    local line calm="tick=250 every=1000"
    guests_of "$1" | while read -r line; do
        # shellcheck disable=SC2086
        case $line in
        '') ;;
        *\ masked) "$lab" guest "$1" ${line% masked} $calm \
            "cfg=$masked" < /dev/null ;;
        *) "$lab" guest "$1" $line $calm < /dev/null ;;
        esac || return 1
    done
}
sample() { # HOST: every guest of it, one after the other
    # shellcheck disable=SC2016
    "$lab" ssh "$1" 'for g in $(xl list | awk "NR > 2 {print \$1}"); do
        rackhop dirty --intervals 500,1000,2000 $g > /dev/null || exit 1; done'
}
settings() { # for this cluster, to the administrator and to every host
    local conf=$run/admin/rackhop.conf h
    "$lab" admin true
    cat >> "$conf" <<'EOF'
# a pair of databases, a pair of web servers: never on one host
apart = [ "db=db1,db2", "web=web2,web3" ]
# one processor has many small guests, and takes its time with their devices
overcommit = 8
overhead_ms = 1600
setup_ms = 9000
EOF
    grep -v '^ssh_command' "$conf" > "$run/rackhop.conf"
    for h in $hosts; do
        "$lab" ssh "$h" 'mkdir -p /etc/rackhop /var/lib/snmp/cert_indexes
            cat > /etc/rackhop/rackhop.conf' < "$run/rackhop.conf"
    done
}
limit() { # what the ports announce is what the cables carry
    local p
    for p in "tor1 r1h1" "tor1 r1h2" "tor1 to-spine" "spine to-tor1" \
        "spine to-tor2" "tor2 to-spine" "tor2 r2h1" "tor2 r2h2"; do
        # shellcheck disable=SC2086
        "$lab" link $p rate=${mbit}mbit
    done
}

[ -x "$top/build/rackhop" ] || fail "no build/rackhop: make"
mkdir -p "$out"
cd "$top"
say "Four Xen hosts in two racks, under emulation"
cat <<'END'

                       spine
                     /       \         20 Mbit/s each way
                 tor1         tor2     LLDP and SNMP
                /    \       /    \
             r1h1   r1h2  r2h1    r2h2
      Xen    4.17   4.17  4.17    4.20
                      older CPU
END
"$lab" up demo
"$lab" install
"$lab" warm
"$lab" favour
settings
limit
# until each switch has heard its neighbours
for _ in $(seq 60); do
    ! "$lab" admin rackhop topology r1h1 r2h2 > /dev/null 2>&1 || break
    sleep 1
done

say "The map, from the hosts' lldpd and the switches' SNMP"
admin rackhop topology
"$lab" admin rackhop topology --svg > "$out/map.svg"
echo "demo/map.svg has it as a drawing"

say "Six guests; each sends a tick every 250 ms, and writes pages"
# the other hosts start theirs meanwhile
together start_guests r1h1 r2h1 r2h2 > "$run/started" & others=$!
"$lab" guest r1h2 probe mb=4
echo "What a guest of r1h2 would need to go to r2h1, whose CPU is older:"
printf '\nr1h2# rackhop migrate --dry-run probe r2h1\n'
no 1 "$lab" ssh r1h2 'rackhop migrate --dry-run probe r2h1' 2>&1 | tee "$run/refused"
masked=$(sed -n 's/.*\(cpuid = "host,[^"]*"\).*/\1/p' "$run/refused" | head -n 1)
[ -n "$masked" ] || fail "no cpuid line was proposed"
"$lab" ssh r1h2 xl destroy probe
echo "db2 is started with that line, the others without."
start_guests r1h2
wait $others || fail "not all guests could be started"
cat "$run/started"
# shellcheck disable=SC2086
together sample $hosts
on r1h1 rackhop dirty --intervals 500,1000 db1
begun=$(now)

say "All that plans are made from, in one document"
admin rackhop snapshot -o demo/before.json
echo "demo/before.json: $(wc -c < demo/before.json) bytes"

say "Where could web1 go, and why not there?"
admin rackhop score web1 --snapshot demo/before.json

say "A move whose target rackhop chooses"
on r1h1 rackhop migrate web1
! "$lab" ssh r1h1 xl domid web1 > /dev/null 2>&1 || fail "web1 did not move"

say "What it takes to empty r1h1: where there is room near, guests stay near"
admin rackhop snapshot -o demo/cluster.json
admin rackhop plan drain r1h1 --snapshot demo/cluster.json

say "What it takes to empty rack 1"
admin rackhop plan drain rack:tor1 --snapshot demo/cluster.json

say "Rack 1 is emptied"
b0=$(over_spine) t0=$(now)
admin rackhop drain rack:tor1 --yes
t1=$(now) b1=$(over_spine)

# --- what the guests say --------------------------------------------------------------
"$lab" admin rackhop status --json > "$run/status.json"
say "What the guests' own ticks and memory say of it"
for g in $rack1; do
    # a tick that came after all of it
    python3 "$here/ticks.py" wait "$run/ticks" "$g" "$t1" 60 > /dev/null ||
        fail "$g is silent"
done
: > "$run/quiet"
printf '\n%-8s %-6s %12s %12s %8s %10s\n' guest at "silence, ms" "ticks lost" \
    twice memory
bad=0
# shellcheck disable=SC2086
together list_guests $hosts
for g in $rack1 web2 web3; do
    ticks=$("$lab" ticks "$g" "$t0") # it may end after the drain
    at=$(where "$g")
    mem=$("$lab" verify "$g") || bad=1
    all=$("$lab" ticks "$g" "$begun" | field again)
    printf '%-8s %-6s %12.0f %12d %8d %10s\n' "$g" "$at" \
        "$(field gap <<< "$ticks" | awk '{print $1 * 1000}')" \
        "$(field lost <<< "$ticks")" "$all" "$mem"
    echo "$g $(field gap <<< "$ticks") $(field at <<< "$ticks") $all $mem" \
        >> "$run/quiet"
    case $at in r2h1 | r2h2) ;; *) bad=1 ;; esac
    [ "$all" = 0 ] || bad=1
done
[ $bad = 0 ] || fail "a guest is not where it should be, ran twice, or lost memory"
[ "$(where db1)" != "$(where db2)" ] || fail "db1 and db2 share a host"
[ "$(where web2)" != "$(where web3)" ] || fail "web2 and web3 share a host"
for g in web1 db1 batch1; do
    [ "$(where $g)" = r2h2 ] || fail "$g went to the older CPU"
done
printf '\nover the spine: %.1f MB\n' "$(awk -v a="$b0" -v b="$b1" 'BEGIN{print (b - a) / 1e6}')"

say "And back? The older Xen can't take them, and no memory is sent to find out"
"$lab" admin rackhop undrain rack:tor1
b0=$("$lab" bytes tor1 r1h1 | cut -d' ' -f1)
printf '\nr2h2# rackhop migrate db1 r1h1\n'
no 1 "$lab" ssh r2h2 'rackhop migrate db1 r1h1'
b1=$("$lab" bytes tor1 r1h1 | cut -d' ' -f1)
echo "$(((b1 - b0) / 1024)) KiB went to r1h1; db1 has $("$lab" ssh r2h2 xl list db1 |
    awk 'NR == 2 {print $3}') MiB"
[ $((b1 - b0)) -lt $((4 << 20)) ] || fail "memory was sent"

python3 "$here/drain_page.py" demo/cluster.json "$run/status.json" "$run/quiet" \
    > "$out/drain.html"
say "Done: demo/map.svg, demo/drain.html ($((SECONDS / 60)) min $((SECONDS % 60)) s)"
