#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# run.sh BUILD [CASE..]: plans carried out on a cluster in a directory, with
# moves that fail, hosts that vanish, and an executor that is killed at each of
# its steps. Each case is a function; it fails when one of its commands does.
# STRIDE=N takes only every Nth step, SEEDS=N so many clusters (12).
set -u
here=$(cd "$(dirname "$0")" && pwd)
BUILD=$(cd "$1" && pwd)
shift
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export LC_ALL=C TZ=UTC NO_COLOR=1
R=$BUILD/rackhop
# shellcheck source=tests/exec/lib.sh
. "$here/lib.sh"

# shellcheck source=tests/exec/roll.sh
. "$here/roll.sh"

die() { echo "$*" >&2; exit 1; }
code() { # WANTED COMMAND..: its exit code
    local want=$1 rc=0
    shift
    "$@" > "$SIM/out" 2>&1 || rc=$?
    [ $rc = "$want" ] && return
    cat "$SIM/out" "$SIM/log"
    die "exit $rc, not $want: $*"
}
# Until it is killed at that step. The group lets bash say nothing of it.
killed() { # STEP COMMAND..
    local at=$1 rc=0
    shift
    { KILL_AT=$at "$BUILD/tests/exec_killed" "$@" > "$SIM/out" 2>&1; } 2> /dev/null || rc=$?
    [ $rc = 137 ] || { cat "$SIM/out"; die "exit $rc at $at: $*"; }
}
killed_perhaps() { # STEP COMMAND..: it may end before that step
    { KILL_AT=$1 "$BUILD/tests/exec_killed" "${@:2}" > /dev/null 2>&1; } 2> /dev/null || true
}
says() { grep -qe "$1" "$SIM/out" || { cat "$SIM/out"; die "does not say: $1"; }; }
log_has() { grep -qe "$1" "$SIM/log"; }
is_on() { [ "$(where "$1")" = "$2" ] || die "$1 is on $(where "$1"), not $2"; }
once() { # each of these was moved exactly once
    local g
    for g; do [ "$(moves "$g")" = 1 ] || { cat "$SIM/log"; die "$g: $(moves "$g") moves"; }; done
}
start_to() { # FILE COMMAND..: in the background; its pid in $bg
    local file=$SIM/$1
    shift
    "$@" > "$file" 2>&1 &
    bg=$!
}
start() { start_to out "$@"; }
ended() { # WANTED: the exit code of $bg
    local rc=0
    wait "$bg" || rc=$?
    [ $rc = "$1" ] || { cat "$SIM/out" "$SIM/log"; die "exit $rc, not $1"; }
}
run_name() { "$R" status --json | sed 's/.*"run":"\([^"]*\)".*/\1/'; }

# big fits nowhere until b has left h2: the second move waits for the first
tight() {
    new_cluster "$1"
    guest big h1 3500; guest s1 h1 512; guest s2 h1 512
    guest a h2 4096; guest b h2 1024; guest c h3 5120; guest d h4 5120
}
plain() {
    new_cluster "$1"
    guest web1 h1 1024; guest web2 h1 2048; guest db1 h2 1024; guest db2 h1 512
}

case_drain() {
    plain d
    code 0 "$R" drain h1 --yes
    once web1 web2 db2; sound || die unsound
    says 'in maintenance until'
    # nothing is placed on a host in maintenance, until it is taken back
    guest new h2 1000
    "$R" snapshot -o "$SIM/s"
    grep -q '"maintenance"' "$SIM/s" || die "the snapshot does not know"
    code 0 "$R" plan drain h2 --snapshot "$SIM/s"
    ! grep -q 'h2 *h1' "$SIM/out" || die "a move to a host in maintenance"
    code 0 "$R" undrain h1
    says 'h1 takes guests again'
    code 0 "$R" rebalance --yes --max-moves 2
    sound || die unsound
}

# A run begins with what it was planned from, unless a hook came between that may
# have changed anything; a drain looks once more whether its hosts are empty.
case_looks() {
    plain lk
    code 0 "$R" drain h1 --yes
    [ "$(cat "$SIM/looks/h1")" = xx ] || die "h1 was not asked twice"
    for h in h2 h3 h4; do # only a host that was emptied is asked again
        [ "$(cat "$SIM/looks/$h")" = x ] || die "$h was not asked once"
    done
    code 0 "$R" undrain h1
    mkdir "$SIM/hooks"
    echo "hooks_dir = \"$SIM/hooks\"" >> "$SIM/conf"
    rm "$SIM/looks/h2"
    code 0 "$R" drain h2 --yes
    [ "$(cat "$SIM/looks/h2")" = xxx ] || die "h2 was not asked again"
    sound || die unsound
}

# What another host has sampled is asked of it: by its name, by that of a guest, or
# by both. What it answers may be anything.
case_samples() {
    local dir u
    plain sm
    u=$(uuid web1)
    mkdir "$SIM/sampled"
    says_of() { # SLOTS MEANS
        printf '{"format":"rackhop-samples/1","of":"host","name":"h2\\u001b[2J","from":1800000000,"step_s":1,"slots":%s,"metrics":{"cpu":{"newest":2,"mean":1.5,"p50":1.5,"p95":2,"p99":2,"max":2,"trend_h":0,"means":%s},"heat_c":{"means":[null,61]}}}' \
            "$1" "$2" > "$SIM/sampled/h2"
    }
    says_of 2 '[1,2]'
    code 0 "$R" samples h2
    says '^h2.*: 2 s back, in steps of 1 s$'
    says '^cpu *2.00 *1.50 '
    ! grep -q $'\033' "$SIM/out" || die "a terminal would obey it"
    code 0 "$R" samples --json h2
    says '"metrics":{"cpu":{"newest":2,"mean":1.5,.*"heat_c":{"newest":null'
    # of a guest: as it is called on that host, or wherever it is
    dir=$SIM/state/h1/samples
    mkdir -p "$dir"
    head -c 80060 /dev/zero > "$dir/$u.ring"
    code 0 "$R" samples "$u@h1"
    says "^$u: 10 min back"
    code 0 "$R" samples --since 60d web1
    says "^$u: 60 days back"
    code 1 "$R" samples web1@h3
    says '^rackhop: h3 has not told its samples: there are no samples of web1 on this host'
    code 1 "$R" samples web7
    says 'there is no domain web7 in the snapshot'
    code 1 "$R" samples --here web1
    says 'there are no samples of web1 on this host'
    code 1 "$R" samples h3
    says 'h3 has not told its samples: there are no samples of this host'
    touch "$SIM/down/h4"
    code 1 "$R" samples h4
    says '^rackhop: h4 has not told its samples: ssh: .*No route to host'
    code 1 "$R" samples web1@h2
    says 'what h2 has told of its samples can.t be read: they are of something else'
    says_of 3 '[1,2]'
    code 1 "$R" samples h2
    says "^rackhop: what h2 has told of its samples can't be read: the samples have a member that is none\$"
    says_of 20000000000 '[1,2]'
    code 1 "$R" samples h2
    says "can't be read: the samples have a member"
    head -c 100000 /dev/urandom > "$SIM/sampled/h2"
    code 1 "$R" samples h2
    says "^rackhop: what h2 has told of its samples can't be read: "
    yes '{"format":' | head -c 50000000 > "$SIM/sampled/h2"
    code 1 "$R" samples h2
    says '^rackhop: '
    [ "$(wc -l < "$SIM/out")" = 1 ] || die "more than a sentence"
}

# Three guests with VFs and three free ones elsewhere; then one too few.
case_devices() {
    plain dv
    for g in web1 web2 db2; do : > "$SIM/device/$(uuid $g)"; done
    echo 4 > "$SIM/devices/h1"; echo 1 > "$SIM/devices/h2"
    echo 2 > "$SIM/devices/h3"; echo 0 > "$SIM/devices/h4"
    code 3 "$R" drain h1 --yes
    says 'pci: 3 guests cannot leave; .* and pci_moves is off'
    [ "$(moves web1)" = 0 ] || die "a guest with a device was moved"
    echo 'pci_moves = "on"' >> "$SIM/conf"
    echo 1 > "$SIM/devices/h3"
    code 3 "$R" drain h1 --yes
    says 'have 3 devices of the class net25g, the 3 hosts that remain have 2 free'
    echo 2 > "$SIM/devices/h3"
    code 0 "$R" drain h1 --yes
    ! log_has ^held || die "what can't be prepared was asked for"
    once web1 web2 db2; sound || die unsound
    # each takes the place of another that leaves first
    echo 1 > "$SIM/devices/h4"
    code 0 "$R" undrain h1
    code 0 "$R" drain h3 --yes
    sound || die unsound
}

# A GiB takes 10 s: there is time for one of them, and it is the one that matters.
# It was quicker than that, so there is time for a small one.
case_evacuate() {
    plain ev
    echo 'priority = [ "9=tag:gold" ]' >> "$SIM/conf"
    echo 'tags = [ "gold=web1" ]' >> "$SIM/conf"
    code 2 "$R" evacuate h1 --yes
    says 'evacuate takes --within TIME'
    code 4 "$R" evacuate --within 12s h1 --yes
    says '^web2 stays on h1:'
    says '(time): its move would end after'
    grep ^begin "$SIM/log" | head -1 | grep -q ' web1 ' || die "not web1 first"
    once web1 db2; is_on web2 h1
    sound || die unsound
    [ "$(run_goal)" = evacuate ] || die "the goal is $(run_goal)"
    code 0 "$R" hosts
    says '^h1 .*maint' # it goes down
    # with more time all can leave
    code 0 "$R" evacuate --within 5m h1 --yes
    once web1 web2 db2; sound || die unsound
    code 0 "$R" home --list
    says '^web1 *h1'
}
run_goal() { "$R" status --json | sed 's/.*"goal": *"\([^"]*\)".*/\1/;q'; }
case_evacuate_killed() { # and what is left of the time is not as much
    local at
    for at in 2 6 10 14; do
        plain ek
        killed_perhaps $at evacuate --within 60s h1 --yes
        code 0 "$R" apply --resume
        [ "$(where web1)" != h1 ] || code 0 "$R" evacuate --within 60s h1 --yes
        once web1 web2 db2; sound || die unsound
    done
}

case_memory_and_after() {
    tight m
    code 0 "$R" drain h1 --yes
    once big s1 s2; sound || die unsound
    law
}
# whoever makes room has ended before big begins
law() {
    local ended began
    log_has ' b ' || die "nobody made room"
    ended=$(grep -n "^end $(sed -n 's/^begin \([^ ]*\) b .*/\1/p' "$SIM/log") 0" "$SIM/log" | head -1 | cut -d: -f1)
    began=$(grep -n '^begin [^ ]* big ' "$SIM/log" | head -1 | cut -d: -f1)
    [ "$ended" -lt "$began" ] || { cat "$SIM/log"; die "big began before b had left"; }
}

# A rack over its uplink: as many at once as it carries, none beyond.
case_rack() {
    plain v
    echo 'stream_mbps = 400' >> "$SIM/conf"
    local g
    for g in web1 web2 db1 db2; do inject $g hold; done
    start "$R" drain rack:tor1 --yes
    two() { [ "$(grep -c ^begin "$SIM/log")" = 2 ]; }
    until_true two
    touch "$SIM/go"
    ended 0
    once web1 web2 db1 db2; sound || die unsound
    for g in web1 web2 db1 db2; do
        case $(where $g) in h3 | h4) ;; *) die "$g is on $(where $g)" ;; esac
    done
    code 0 "$R" undrain rack:tor1
    says 'h1 takes guests'; says 'h2 takes guests'
}

# Who has sent all of its guest leaves the links to the next, before it ends; an
# executor that comes then knows nothing of it, and waits.
case_links_are_free_early() {
    plain lf
    for g in web1 web2 db2; do inject $g sent; done
    start "$R" drain h1 --yes
    three() { [ "$(grep -c ^begin "$SIM/log")" = 3 ]; }
    until_true three
    ! log_has ^end || die "one has ended"
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; sound || die unsound
}
case_links_are_free_early_killed() {
    plain lk
    for g in web1 web2 db2; do inject $g sent; done
    start "$R" drain h1 --yes
    until_true log_has ^sent
    kill -9 $bg
    wait $bg 2>/dev/null
    start "$R" apply --resume
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; sound || die unsound
}

# The next move of a source host is prepared while one runs, and starts when
# that one has sent its last byte; the first one is prepared before that.
held() { [ "$(grep -c ^held "$SIM/log")" -ge "$1" ]; } # NUMBER: so many were prepared
prepared() { # NAME: a drain whose first move runs, with its next one prepared
    plain "$1"
    for g in web1 web2 db2; do inject $g hold; done
    start_to bg "$R" drain h1 --yes
    until_true log_has ^begin
    until_true held 2
    [ "$(grep -c ^begin "$SIM/log")" = 1 ] || die "not one move"
}
never_busy() { ! grep ^busy "$SIM/log" || die "two moves of one guest at once"; }
case_prepared() {
    local id
    prepared p1
    "$R" status --json > "$SIM/status"
    grep -o '"state":"started"' "$SIM/status" | wc -l | grep -qx 1 || die "it is no planned move"
    touch "$SIM/go"
    ended 0
    # the second one ends at once: the third may not have had its time
    grep -c ^held "$SIM/log" | grep -qx '[23]' || die "none, or too many, were prepared"
    for id in $(sed -n 's/^held //p' "$SIM/log"); do
        log_has "^begin $id " || die "$id did not begin by that name"
    done
    ! log_has ^unstarted || die "one was prepared in vain"
    awk '/^held/ { is[$2] = 1; n++ } /^begin/ && is[$2] { n-- } n > 1 { exit 1 }' \
        "$SIM/log" || die "two were prepared at once"
    once web1 web2 db2; never_busy; sound || die unsound
}
case_prepared_expires() { # it is made in the ordinary way
    prepared p2
    touch "$SIM/expire"
    until_true log_has ^unstarted
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; never_busy; sound || die unsound
}
case_prepared_executor_killed() { # it ends with its executor
    prepared p3
    kill -9 $bg
    wait $bg 2>/dev/null
    until_true log_has ^unstarted
    touch "$SIM/go"
    code 0 "$R" apply --resume
    once web1 web2 db2; never_busy; sound || die unsound
}
case_prepared_resumed_at_once() { # whether that has ended by then or not
    prepared p4
    kill -9 $bg
    touch "$SIM/go"
    code 0 "$R" apply --resume
    wait $bg 2>/dev/null
    once web1 web2 db2; sound || die unsound
}
case_prepared_cancelled() { # as soon as no more moves are wanted
    prepared p5
    code 0 "$R" cancel
    until_true log_has ^unstarted
    touch "$SIM/go"
    ended 4
    [ "$(grep -c ^begin "$SIM/log")" = 1 ] || die "a cancelled one was started"
    sound || die unsound
}
case_prepared_cancelled_now() {
    prepared p6
    "$R" cancel --now > "$SIM/cancel"
    ended 1
    [ "$(grep -c ^begin "$SIM/log")" = 1 ] || die "a cancelled one was started"
    log_has ^unstarted || die "it is still prepared"
    sound || die unsound
}
case_prepared_connection_lost() {
    prepared p7
    for p in "$SIM"/fronts/*; do kill -9 "${p##*/}" 2>/dev/null; done
    until_true log_has ^unstarted
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; sound || die unsound
}
case_prepared_by_no_old_host() {
    plain p8
    touch "$SIM/old"
    code 0 "$R" drain h1 --yes
    ! log_has ^held || die "an old host has prepared a move"
    once web1 web2 db2; sound || die unsound
}
case_prepared_and_late() { # another plan takes its guest
    tight_small p9
    printf 'streams = 1\n' >> "$SIM/conf"
    for g in s1 s2; do inject $g hold; done
    start "$R" drain h1 --yes
    until_true held 2
    until_true grep -q 'is late' "$SIM/out"
    until_true log_has ^unstarted
    touch "$SIM/go"
    ended 0
    once big s1 s2 b; never_busy; sound || die unsound
}

# An ssh whose calls wait: a call that the pattern fits runs once the condition
# holds. $log is what was done so far, $met has a line for each such call, which
# begins with "end" once a move has ended.
meets() { # PATTERN CONDITION
    : > "$SIM/met"
    cat > "$SIM/sshl" <<END
#!/bin/bash
log=$SIM/log met=$SIM/met
case "\$2" in $1)
    echo "\$(sed -n 's/^\(end\) .*/\1/p' "\$log" | tail -n 1) \$2" >> "\$met"
    for ((i = 0; i < 1200; i++)); do
        if $2; then exec "$SIM/ssh" "\$@"; fi
        sleep 0.05
    done
    exit 255 ;;
esac
exec "$SIM/ssh" "\$@"
END
    chmod +x "$SIM/sshl"
    sed "s|$SIM/ssh\"|$SIM/sshl\"|; s/^ssh_timeout_s.*/ssh_timeout_s = 120/" \
        "$SIM/conf" > "$SIM/conf.l"
    export RACKHOP_CONF=$SIM/conf.l
}
reserved() { # NUMBER: on so many hosts is something reserved
    local h n=0
    for h in h1 h2 h3 h4; do
        ! RACKHOP_STATE_DIR=$SIM/state/$h RACKHOP_RUN_DIR=$SIM/runtime/$h \
            "$R" reserve list | grep -q . || n=$((n + 1))
    done
    [ $n = "$1" ]
}
# The first move is prepared while memory is reserved for it; it begins after.
case_prepared_first() {
    plain pf
    meets '*reserve*take*' 'grep -q ^held "$log"'
    code 0 "$R" drain h1 --yes
    [ -s "$SIM/met" ] || die "nothing was reserved"
    ! grep 'can be reserved' "$SIM/out" || die "it was not prepared meanwhile"
    once web1 web2 db2; never_busy; sound || die unsound
    no_reservation_left
}
# What is prepared does not begin before that, and ends with its executor.
case_prepared_first_killed() {
    plain pk
    for g in web2 db2; do rm "$SIM/dom/$(uuid $g)"; done
    meets '*reserve*take*' '[ -e "$log.go" ]'
    start_to bg "$R" drain h1 --yes
    until_true log_has ^held
    until_true [ -s "$SIM/met" ]
    ! log_has ^begin || die "a move began before there was room for it"
    kill -9 $bg
    wait $bg 2>/dev/null
    until_true log_has ^unstarted
    touch "$SIM/log.go" # what was under way to the hosts arrives all the same
    until_true reserved 1
    code 0 "$R" apply --resume
    once web1; never_busy; sound || die unsound
    no_reservation_left
}
# Another run was faster: what was prepared for the first plan is let go before
# its guest is claimed again.
case_prepared_first_in_vain() {
    local to
    plain pv
    export SIM_RUNS=2
    for g in web2 db2; do rm "$SIM/dom/$(uuid $g)"; done
    meets '*reserve*take*' '[ -e "$log.go" ]'
    start "$R" drain h1 --yes
    until_true [ -s "$SIM/met" ]
    for to in h2 h3 h4; do
        RACKHOP_STATE_DIR=$SIM/state/$to RACKHOP_RUN_DIR=$SIM/runtime/$to \
            "$R" reserve take other elsewhere "$(uuid x)=10" > /dev/null || die "nothing on $to"
    done
    until_true log_has ^held
    touch "$SIM/log.go"
    ended 0
    log_has ^unstarted || die "it was not let go"
    once web1; never_busy; sound || die unsound
}
# At the end the emptied hosts are looked at, claims released and reservations
# given back at the same time: each of the calls waits for the others.
last_met() { # [AND CONDITION]
    meets '*facts*|*claim*release*|*reserve*release*' \
        "! grep -q ^end \"\$log\" || { grep -q '^end.*facts' \"\$met\" &&
            grep -q '^end.*claim.*release' \"\$met\" &&
            grep -q '^end.*reserve.*release' \"\$met\" $1; }"
}
case_ends_at_once() {
    plain ea
    for g in web2 db2; do rm "$SIM/dom/$(uuid $g)"; done
    last_met ''
    code 0 "$R" drain h1 --yes
    [ "$(cat "$SIM/looks/h1")" = xx ] || die "h1 was not asked twice"
    [ "$(grep -c '^end.*claim.*release' "$SIM/met")" = 1 ] || die "claims were not released once"
    [ "$(grep -c '^release' "$SIM/log")" = 1 ] || die "it was not given back once"
    once web1; sound || die unsound
    no_reservation_left
}
case_ends_at_once_killed() { # who goes on ends it once more
    plain ek
    for g in web2 db2; do rm "$SIM/dom/$(uuid $g)"; done
    last_met '&& [ -e "$log.go" ]'
    start_to bg "$R" drain h1 --yes
    until_true grep -q '^end.*reserve.*release' "$SIM/met"
    kill -9 $bg
    wait $bg 2>/dev/null
    touch "$SIM/log.go"
    code 0 "$R" apply --resume
    says 'in maintenance until'
    once web1; sound || die unsound
    no_reservation_left
}

# Each move is told how many connections its way is worth, prepared or not; but
# not a host of an older rackhop, nor one whose setting says how many.
two_cables() { # where each host had one, of half the rate
    for h in 1 2 3 4; do
        sed -i "/\"h$h\"/{s/1000/500/;p;s/eth0/eth1/;s/\(\"tor.\":\"\)/\11/}" "$SIM/plan.dot"
    done
}
case_lanes() {
    plain la
    two_cables
    code 0 "$R" plan migrate web1 h2 --json
    says '"lanes": 2'
    # to the other rack there is one uplink
    code 0 "$R" plan migrate web1 h4 --json
    ! grep -q '"lanes"' "$SIM/out" || die "one uplink is several"
    code 0 "$R" drain h1 --yes
    for g in web1 web2 db2; do
        is_on $g h2
        id=$(sed -n "s/^begin \([^ ]*\) $g .*/\1/p" "$SIM/log")
        log_has "^lanes $id 2$" || die "$g goes over one connection"
    done
    once web1 web2 db2; sound || die unsound
}
case_lanes_of_old_host() {
    plain lb
    two_cables
    touch "$SIM/old"
    code 0 "$R" drain h1 --yes
    ! log_has ^lanes || die "an old host was told how many"
    once web1 web2 db2; sound || die unsound
}
case_lanes_as_set() {
    plain lc
    two_cables
    mkdir -p "$SIM/conf-of"
    echo 'lanes = 1' > "$SIM/conf-of/h1"
    code 0 "$R" drain h1 --yes
    ! log_has ^lanes || die "who set it was overruled"
    once web1 web2 db2; sound || die unsound
}

# A held move, asked for on its host: who may start it, and what it leaves.
case_hold() {
    plain ho
    local u
    u=$(uuid web1)
    export SIM_HOST=h1 RACKHOP_SELF=$SIM/bin/rackhop
    export RACKHOP_STATE_DIR=$SIM/state/h1 RACKHOP_RUN_DIR=$SIM/runtime/h1
    hold() { "$R" move run --id r.1.1 --hold 100 "$@" "$u" addr-h2; }
    code 1 hold < /dev/null # it is nobody's
    code 0 "$R" claim take r admin "$u"
    code 6 hold < /dev/null
    code 6 hold --rate 1 --downtime 5 < /dev/null # all that there is to say
    says '"held"'
    code 1 hold --known < /dev/null
    says 'was not started'
    ! log_has ^begin || die "it was started"
    # one that is held for another does not count, and is waited for
    mkfifo "$SIM/fifo"
    hold < "$SIM/fifo" > "$SIM/held" 2>&1 &
    exec 9> "$SIM/fifo"
    three() { [ "$(grep -c ^held "$SIM/log")" = 3 ]; }
    until_true three
    start "$R" move run --id r.1.1 "$u" addr-h2 9>&-
    until_true grep -q '"held"' "$SIM/out" # it shows that one
    ! log_has ^begin || die "it was started by a stranger"
    exec 9>&-
    ended 0
    once web1
    # a result is the answer, also to who would hold it
    code 0 hold < /dev/null
    says '"moved"'
    # and this is how one is started
    u=$(uuid web2)
    code 0 "$R" claim take r admin "$u"
    printf 'start 125\n' > "$SIM/line"
    hold() { "$R" move run --id r.2.1 --hold 100 "$u" addr-h2; }
    code 0 hold < "$SIM/line"
    log_has '^begin r.2.1 web2 h1 h2 125' || die "not at that rate"
    once web1 web2
    unset SIM_HOST RACKHOP_SELF
}

# A snapshot while a guest moves: it is listed once, and has its memory at both
# ends.
case_snapshot_of_a_move() {
    plain w
    inject web1 hold
    start "$R" drain h1 --yes
    moving() { [ -e "$SIM/arriving/$(uuid web1)" ]; }
    until_true moving
    "$R" snapshot -o "$SIM/s" 2> "$SIM/err" || die "no snapshot"
    [ ! -s "$SIM/err" ] || { cat "$SIM/err"; die "the snapshot has problems"; }
    python3 - "$SIM/s" "$(uuid web1)" <<'END' || die "it is counted wrongly"
import json, sys
s, uuid = json.load(open(sys.argv[1])), sys.argv[2]
at = [d["host"] for d in s["domains"] if d["uuid"] == uuid]
to = [h for h in s["hosts"] if uuid in h.get("arriving", [])]
assert at == ["h1"] and len(to) == 1, (at, to)
assert to[0]["reserved_mib"] == 1024 + 1024 * len(to[0]["arriving"]), to
END
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; sound || die unsound
}

# Room appears elsewhere while the one who was to make it is late: who waited
# goes there, and nothing is overbooked. Without such room it goes on waiting.
tight_small() { # as tight, a tenth: predicted are seconds
    local h
    new_cluster "$1"
    for h in 1 2 3 4; do echo "920 100" > "$SIM/hosts/h$h"; done
    guest big h1 350; guest s1 h1 51; guest s2 h1 51
    guest a h2 410; guest b h2 102; guest c h3 512; guest d h4 512
    printf 'late_s = 1\nstream_mbps = 400\n' >> "$SIM/conf"
    inject b hold
}
case_late() {
    tight_small w
    start "$R" drain h1 --yes
    told() { grep -q '^b.*is late' "$SIM/out"; }
    until_true told
    ! log_has ' big ' || die "big had no room"
    touch "$SIM/go"
    ended 0
    once big s1 s2 b; sound || die unsound
    law
    ! grep 'planned again' "$SIM/out" || die "a plan that helps nobody was taken"
}
case_late_replanned() {
    tight_small x
    start "$R" drain h1 --yes
    told() { grep -q '^b.*is late' "$SIM/out"; }
    until_true told # and nothing was found then
    rm "$SIM/dom/$(uuid d)"
    big() { [ "$(where big)" != h1 ]; }
    until_true big
    is_on b h2
    touch "$SIM/go"
    ended 0
    once big s1 s2 b; sound || die unsound
    says '^b.*is late'
    says 'planned again: 1 move'
}

# A look around it that fails changes nothing: the next one is as good.
case_late_not_seen() {
    tight_small xn
    start "$R" drain h1 --yes
    told() { grep -q '^b.*is late' "$SIM/out"; }
    until_true told
    touch "$SIM/down/h2"
    until_true grep -q 'was not seen on any host' "$SIM/out"
    rm "$SIM/down/h2" "$SIM/dom/$(uuid d)"
    big() { [ "$(where big)" != h1 ]; }
    until_true big
    is_on b h2
    touch "$SIM/go"
    ended 0
    once big s1 s2 b; sound || die unsound
}

case_fails_once() {
    plain f
    inject web1 fail ok
    code 0 "$R" drain h1 --yes
    [ "$(moves web1)" = 2 ] || die "web1 was not tried again"
    once web2 db2; sound || die unsound
    says 'still runs on h1: the connection broke'
}

case_fails_always() {
    plain a
    inject web1 fail fail fail fail fail
    code 4 "$R" drain h1 --yes
    [ "$(moves web1)" = 3 ] || die "web1 was tried $(moves web1) times"
    is_on web1 h1; once web2 db2; sound || die unsound
    says 'web1 stays on h1: the connection broke'
    says 'not empty, but in maintenance'
}

case_all_fail() {
    plain b
    rm "$SIM/dom/$(uuid web2)" "$SIM/dom/$(uuid db2)"
    inject web1 fail fail fail
    code 1 "$R" drain h1 --yes
    sound || die unsound
}

case_doubt() {
    tight q
    inject b doubt
    code 5 "$R" drain h1 --yes
    log_has ' big ' && die "big went on although b is in doubt"
    says 'recover b'
    once s1 s2
    code 5 "$R" status
    code 0 "$R" apply --resume
    is_on big h2; sound || die unsound
}

# A doubt that nothing settles keeps a run open only as long as one wants.
case_doubt_cancelled() {
    plain qc
    inject web1 doubt doubt doubt
    code 5 "$R" drain h1 --yes
    code 5 "$R" status
    says 'waits for a guest in doubt'
    code 5 "$R" cancel
    says 'recover web1'
    code 5 "$R" status
    says 'has ended with a guest in doubt'
    sound || die unsound
    code 1 "$R" cancel
}

case_move_dies() {
    plain k
    inject web1 die ok
    code 0 "$R" drain h1 --yes
    sound || die unsound
    # the same id settled it, no other
    [ "$(grep -c '^begin [^ ]*\.1 web1 ' "$SIM/log")" = 2 ] || die "another id"
}

case_connection_lost() {
    plain c
    inject web2 hold
    start "$R" drain h1 --yes
    until_true log_has ' web2 '
    for p in "$SIM"/fronts/*; do kill -9 "${p##*/}" 2>/dev/null; done
    until_true grep -q 'asking again' "$SIM/out"
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; sound || die unsound
}

# A host that does not answer any more: its guest is in doubt, nothing else is
# begun there, and what went on there counts when it is back.
case_host_lost() {
    plain e
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    touch "$SIM/down/h1"
    for p in "$SIM"/fronts/*; do kill -9 "${p##*/}" 2>/dev/null; done
    until_true grep -q 'in doubt' "$SIM/out"
    ended 5
    [ "$(grep -c 'in doubt whether' "$SIM/out")" = 1 ] || die "more are in doubt"
    touch "$SIM/go"
    rm "$SIM/down/h1"
    code 0 "$R" apply --resume
    once web1 web2 db2; sound || die unsound
}

# A host that says nothing ends no connection: the silence does.
case_connection_silent() {
    plain ci
    sed -i 's/ssh_timeout_s.*/ssh_timeout_s = 12/' "$SIM/conf"
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    fronts=$(ls "$SIM/fronts")
    kill -STOP $fronts
    until_true grep -q 'it is silent' "$SIM/out"
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; sound || die unsound
}

# A guest of which both hosts have a copy, of which one runs: it is in doubt, and
# the rest goes on, here and in any other plan.
case_doubt_at_both() {
    plain qb
    inject web1 gone
    inject web2 fail ok
    code 5 "$R" drain h1 --yes
    says 'recover web1'
    [ "$(where web2)" != h1 ] || die "the rest was not carried out"
    "$R" snapshot -o "$SIM/s" 2> "$SIM/err" || die "no snapshot"
    [ ! -s "$SIM/err" ] || { cat "$SIM/err"; die "the snapshot has problems"; }
    # both hosts have it, and the one that was left stays what it is
    [ "$(grep -c "$(uuid web1)" "$SIM/s")" = 2 ] || die "web1 is not listed twice"
    code 0 "$R" plan rebalance --snapshot "$SIM/s"
    says 'web1 stays on h[1-4], whatever is planned'
    code 0 "$R" apply --resume
    sound || die unsound
}

# Hosts are not asked at one instant: the one that a guest leaves may have been
# seen before, and the one where it starts after.
case_seen_running_at_both() {
    plain qr
    printf 'h2 runs' > "$SIM/left/$(uuid web1)"
    echo 'apart = [ "a=web1,db1" ]' >> "$SIM/conf"
    "$R" snapshot -o "$SIM/s" 2> "$SIM/err" || { cat "$SIM/err"; die "no snapshot"; }
    [ "$(grep -c "$(uuid web1)" "$SIM/s")" = 2 ] || { cat "$SIM/s"; die "not once, and arriving"; }
    # the source has gone: the copy is the guest, with the guest's name
    printf 'web1 h4 1024' > "$SIM/dom/$(uuid web1)"
    touch "$SIM/down/h4"
    code 4 "$R" snapshot -o "$SIM/s"
    grep -q '"name": *"web1"' "$SIM/s" || { cat "$SIM/s"; die "it has its copy's name"; }
    [ "$(grep -c '"apart"' "$SIM/s")" = 2 ] || die "its group does not know it"
}

# A doubt when the source is another host to be drained, and it is dead.
case_host_lost_of_two() {
    plain e2
    rm "$SIM/dom/$(uuid db1)"
    guest s1 h2 512; guest s2 h2 512
    inject web1 hold; inject web2 hold; inject db2 hold
    inject s1 fail ok; inject s2 fail ok
    printf 'streams = 2\nhost_streams = 1\n' >> "$SIM/conf"
    start "$R" drain h1 h2 --yes
    until_true log_has '^begin [^ ]* \(web\|db\)'
    touch "$SIM/down/h1"
    for p in "$SIM"/fronts/*; do kill -9 "${p##*/}" 2>/dev/null; done
    rm -f "$SIM"/arriving/* # nothing is on its way any more
    until_true grep -q 'in doubt' "$SIM/out"
    touch "$SIM/go"
    ended 5
    for g in s1 s2; do [ "$(where $g)" != h2 ] || die "$g was left on h2"; done
    rm "$SIM/down/h1"
    code 0 "$R" apply --resume
    sound || die unsound
}

# An empty host whose mark can't be written is not in maintenance.
case_mark_fails() {
    plain mf
    : > "$SIM/state/h3" # no directory
    code 1 "$R" drain h3 --yes
    says "h3 cannot be put in maintenance"
    ! grep 'until .rackhop undrain' "$SIM/out" || die "it is not marked"
}

# Who comes while a host is emptied, and fits nowhere, is seen at the end.
case_stranded_newcomer() {
    plain sn
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    guest huge h1 9000
    touch "$SIM/go"
    ended 4
    is_on huge h1
    says 'not empty'
    sound || die unsound
}

case_cancel() {
    plain x
    inject web1 hold; inject web2 hold; inject db2 hold
    start_to bg "$R" drain h1 --yes
    until_true log_has ^begin
    code 0 "$R" cancel
    says 'no more moves are started'
    until_true grep -aq '^cancelling' "$SIM/bg"
    touch "$SIM/go"
    ended 4
    [ "$(grep -c ^begin "$SIM/log")" = 1 ] || die "more than one move"
    sound || die unsound
    code 4 "$R" status
}

case_cancel_now() {
    plain n
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    "$R" cancel --now > "$SIM/cancel"
    ended 1
    log_has ' 0$' && die "a move went through"
    sound || die unsound
}

# A login that takes longer than we ask again.
case_cancel_slow_login() {
    plain ns
    inject web1 hold; inject web2 hold; inject db2 hold
    touch "$SIM/slow"
    start "$R" drain h1 --yes
    until_true log_has ^begin
    "$R" cancel --now > "$SIM/cancel"
    ended 1
    sound || die unsound
}

case_interrupts() {
    plain i
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    kill -INT $bg
    until_true grep -q 'no more moves are started' "$SIM/out"
    kill -TERM $bg
    ended 1
    sound || die unsound
}

case_terminal_lost() {
    plain h
    inject web1 hold; inject web2 hold; inject db2 hold
    # a test that runs under nohup has that ignored
    start env --default-signal=HUP "$R" drain h1 --yes
    until_true log_has ^begin
    kill -HUP $bg
    ended 4
    touch "$SIM/go"
    until_true log_has ^end
    code 0 "$R" apply --resume
    once web1 web2 db2; sound || die unsound
    code 0 "$R" apply --resume
    says 'no run was cut off'
}

case_executor_gone() {
    plain g
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    kill -9 $bg
    wait $bg 2>/dev/null
    code 0 "$R" status
    says 'was cut off'
    # its claims stay, and keep everybody off
    code 1 "$R" drain h1 --yes
    says 'has claimed it'
    start "$R" cancel
    sleep 0.3
    touch "$SIM/go"
    ended 4
    [ "$(grep -c ^begin "$SIM/log")" = 1 ] || die "cancel started a move"
    sound || die unsound
    code 0 "$R" drain h1 --yes
    once web1 web2 db2; sound || die unsound
}

case_status() {
    plain s
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes --json
    until_true log_has ^begin
    until_true sh -c "'$R' status --json | grep -q '\"live\"'"
    "$R" status --json | grep -q '"alive":true' || die "status says it is dead"
    touch "$SIM/go"
    ended 0
    says '"event":"end"'
    "$R" status --watch | grep -q 'is done' || die "no end"
}

case_plan_stale() {
    plain p
    code 0 "$R" plan drain h1 -o "$SIM/plan"
    code 2 "$R" apply "$SIM/plan"
    says 'there is no terminal to ask on'
    guest web1 h3 1024
    code 1 "$R" apply --yes "$SIM/plan"
    says 'web1 is on h3, not on h1'
    log_has ^begin && die "a move was made"
    guest web1 h1 1024
    guest web9 h2 7000
    code 1 "$R" apply --yes "$SIM/plan"
    says 'does not fit the cluster any more'
    rm "$SIM/dom/$(uuid web9)"
    code 0 "$R" apply --yes "$SIM/plan"
    once web1 web2 db2; sound || die unsound
    # hosts that only the plan knows
    sed 's/"h1"/"h7"/' "$SIM/plan" > "$SIM/plan7"
    code 1 "$R" apply --yes "$SIM/plan7"
    says 'no facts of h7'
    code 0 "$R" apply --yes "$SIM/plan"
    once web1 web2 db2
}

case_no_plan() {
    plain o
    guest huge h1 4000; guest h2f h2 6000; guest h3f h3 7000; guest h4f h4 7000
    code 3 "$R" drain h1 --yes
    log_has ^begin && die "a move was made"
    code 4 "$R" drain h1 --yes --best-effort
    sound || die unsound
}

case_rebalance_lock() {
    new_cluster l
    for i in 1 2 3 4 5 6; do guest "g$i" h1 1024; inject "g$i" hold; done
    start "$R" rebalance --yes --max-moves 4
    until_true log_has ^begin
    code 1 "$R" rebalance --yes
    says 'has the same goal and has not ended'
    touch "$SIM/go"
    ended 0
    [ "$(grep -c ^begin "$SIM/log")" -le 4 ] || die "too many moves"
    sound || die unsound
    code 0 "$R" rebalance --yes --max-moves 4
}

# A plan of the rest has what is left of --max-moves, not all of it again.
case_rebalance_max() {
    new_cluster l
    for i in 1 2 3 4 5 6 7 8; do guest "g$i" h1 1000; done
    code 0 "$R" rebalance --json --max-moves 2 --dry-run
    local second
    second=$("$R" plan rebalance --max-moves 2 --json | sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' | tail -n 1)
    inject "$second" fail
    "$R" rebalance --yes --max-moves 2 > "$SIM/out" 2>&1
    [ "$(grep -c '^end .* 0$' "$SIM/log")" = 2 ] || { cat "$SIM/log"; die "not two moves"; }
    [ "$(grep -c '^begin' "$SIM/log")" = 3 ] || { cat "$SIM/log"; die "none failed"; }
    sound || die unsound
}

case_claims() {
    plain y
    local h1=$SIM/state/h1
    RACKHOP_STATE_DIR=$h1 "$R" claim take other far "$(uuid web1)"
    code 1 "$R" drain h1 --yes
    says 'run other of far has claimed it'
    log_has ^begin && die "a move was made"
    RACKHOP_STATE_DIR=$h1 code 0 "$R" claim list
    says 'run other of far'
    [ "$(grep -c run "$SIM/out")" = 1 ] || die "claims of the refused run stay"
    RACKHOP_STATE_DIR=$h1 code 1 "$R" move run --id mine.1.1 "$(uuid web1)" x
    RACKHOP_STATE_DIR=$h1 code 1 "$R" move run --id mine.1.1 "$(uuid web2)" x
    says 'is not claimed'
    RACKHOP_STATE_DIR=$h1 code 0 "$R" claim release --force "$(uuid web1)"
    # somebody is at work on it by hand
    mkdir -p "$SIM/runtime/h1"
    exec 9> "$SIM/runtime/h1/$(uuid web1).lock"
    flock 9
    code 1 "$R" drain h1 --yes
    says 'another rackhop is working on it'
    log_has ^begin && die "a move was made"
    exec 9>&-
    code 0 "$R" drain h1 --yes
    sound || die unsound
}

# What a run cannot know any more, the next look at the hosts tells: an ended
# move whose claim was taken away answers all the same, and after a reboot of
# its source the guest is where it is.
case_claims_taken_away() {
    plain t
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    kill -9 $bg
    wait $bg 2>/dev/null
    touch "$SIM/go"
    until_true log_has '^end .* 0$'
    for g in web1 web2 db2; do
        RACKHOP_STATE_DIR=$SIM/state/h1 "$R" claim release --force "$(uuid $g)"
    done
    [ "${1:-}" != reboot ] || rm -rf "$SIM/runtime/h1"
    code 0 "$R" apply --resume
    once web1 web2 db2; sound || die unsound
}
case_source_rebooted() { case_claims_taken_away reboot; }

# Who cancels a dead run hears from the handover's record what became of a move,
# also when its source has booted since.
case_cancelled_after_reboot() {
    plain tc
    inject web1 hold; inject web2 hold; inject db2 hold
    start "$R" drain h1 --yes
    until_true log_has ^begin
    kill -9 $bg
    wait $bg 2>/dev/null
    touch "$SIM/go"
    until_true log_has '^end .* 0$'
    rm -rf "$SIM/runtime/h1"
    code 4 "$R" cancel
    says 'runs on'
    ! grep 'still runs on' "$SIM/out" || die "a move that went through has failed"
    sound || die unsound
}

# One id, one effect, however many ask and whenever; the answer is the same.
case_one_id() {
    plain u
    local u i one
    u=$(uuid web1)
    export SIM_HOST=h1 RACKHOP_SELF=$SIM/bin/rackhop
    export RACKHOP_STATE_DIR=$SIM/state/h1 RACKHOP_RUN_DIR=$SIM/runtime/h1
    inject web1 hold
    code 0 "$R" claim take r admin "$u"
    for ((i = 0; i < 40; i++)); do
        { "$R" move run --id r.1.1 "$u" addr-h2 > "$SIM/out.$i"; echo "exit $?" >> "$SIM/out.$i"; } &
    done
    until_true log_has ^begin
    touch "$SIM/go"
    wait
    for ((i = 0; i < 100; i++)); do code 0 "$R" move run --id r.1.1 "$u" addr-h2; done
    unset SIM_HOST RACKHOP_SELF
    once web1
    one=$(cat "$SIM"/out.[0-9]* | grep . | sort -u | wc -l)
    [ "$one" = 6 ] || { cat "$SIM/out.0"; die "$one different lines"; }
    says '"moved"'
    # an ended one can't be cancelled any more, an unknown one neither
    code 0 "$R" move cancel r.1.1
    says 'does not run'
    code 0 "$R" move cancel r.2.1
    says 'does not run'
}

# A plan's executor that nobody reads any more goes on.
case_nobody_reads() {
    plain r
    "$R" drain h1 --yes --json 2>/dev/null | head -1 > /dev/null
    once web1 web2 db2; sound || die unsound
}

# Commands for this very host need no ssh. (A move from it takes the same way,
# but the map of a test must not depend on this machine's ports.)
case_host_is_here() {
    plain z
    local me
    me=$(hostname)
    sed -i "s/\"h1=addr-h1\"/\"$me=addr-$me\"/" "$SIM/conf"
    export SIM_HOST=$me RACKHOP_SELF=$SIM/bin/rackhop
    touch "$SIM/down/$me" # no ssh to oneself
    code 0 "$R" maintenance set
    code 0 "$R" undrain "$me"
    code 0 "$R" maintenance show
    unset SIM_HOST RACKHOP_SELF
    says 'takes guests'
}

# The disk of the journal is full from some step on: nothing is begun that is
# not written down, and when there is room again the run goes on.
case_journal_full() {
    local k rc
    for ((k = 1; k <= 20; k += ${STRIDE:-1})); do
        plain j
        rc=0
        FULL_AT=$k "$BUILD/tests/exec_killed" drain h1 --yes > "$SIM/out" 2>&1 || rc=$?
        grep -q "cannot be written" "$SIM/out" || [ $k -gt 15 ] || die "step $k: no word of it"
        case $rc in
        1) ! log_has ' 0$' || die "step $k: exit 1 after a move" ;;
        0 | 4) ;;
        *) cat "$SIM/out"; die "step $k: exit $rc" ;;
        esac
        code 0 "$R" apply --resume
        ! grep -q 'no run was cut off' "$SIM/out" || code 0 "$R" drain h1 --yes
        once web1 web2 db2; sound || die "unsound, full at step $k"
    done
}

# Any guests, any failures, any kills: never unsound, and in the end either all
# have left or those that stay are named.
case_any_cluster() {
    local seed i n rc words=(ok ok ok fail die doubt)
    for ((seed = 1; seed <= ${SEEDS:-12}; seed++)); do
        RANDOM=$seed
        new_cluster r
        n=$((4 + RANDOM % 8))
        for ((i = 0; i < n; i++)); do
            guest "g$i" "h$((1 + RANDOM % 2))" $((200 + RANDOM % 500))
            inject "g$i" "${words[RANDOM % 6]}" "${words[RANDOM % 6]}" "${words[RANDOM % 4]}"
        done
        KILL_AT=$((1 + RANDOM % 40)) "$BUILD/tests/exec_killed" drain h1 --yes > "$SIM/out" 2>&1
        for ((i = 0; i < 8; i++)); do
            "$R" apply --resume > "$SIM/out" 2>&1
            rc=$?
            grep -q 'no run was cut off' "$SIM/out" && break
            [ $rc != 5 ] || continue
        done
        [ $i -lt 8 ] || { cat "$SIM/out" "$SIM/log"; die "seed $seed: no end"; }
        if grep -l ' h1 ' "$SIM"/dom/* > /dev/null 2>&1; then
            "$R" drain h1 --yes > "$SIM/out" 2>&1
            rc=$?
            for ((i = 0; rc == 5 && i < 5; i++)); do
                "$R" apply --resume > "$SIM/out" 2>&1
                rc=$?
            done
            case $rc in
            0 | 4 | 1) ;;
            *) cat "$SIM/out"; die "seed $seed: exit $rc" ;;
            esac
            if [ $rc = 0 ] && grep -l ' h1 ' "$SIM"/dom/* > /dev/null 2>&1; then
                die "seed $seed: h1 is not empty"
            fi
        fi
        sound || { cat "$SIM/log"; die "seed $seed: unsound"; }
    done
    echo "      $((seed - 1)) clusters"
}

# kill -9 at each write to the journal and each start of a move, before and
# after it; then whoever comes goes on.
killed_at_steps() { # FIRST: every third step from there, times STRIDE
    local n k at kills=0
    tight w0
    KILL_COUNT=$SIM/count code 0 "$BUILD/tests/exec_killed" drain h1 --yes
    n=$(cat "$SIM/count")
    [ "$n" -ge 20 ] || die "only $n steps"
    for ((k = $1; k <= n; k += 3 * ${STRIDE:-1})); do
        for at in "$k" "$k+"; do
            kills=$((kills + 1))
            tight "w"
            killed "$at" drain h1 --yes
            # who goes on is killed as well, every third time
            [ $((k % 3)) != 0 ] ||
                killed_perhaps $((k / 3)) apply --resume
            code 0 "$R" apply --resume
            if grep -q 'no run was cut off' "$SIM/out"; then
                # killed before the first record, or after the last
                code 0 "$R" drain h1 --yes
            fi
            is_on big h2
            for g in s1 s2; do [ "$(where $g)" != h1 ] || die "$g is left"; done
            once big s1 s2 b
            law
            sound || die "unsound after a kill at $at"
        done
    done
    echo "      $kills kills"
}
case_killed_at_steps_1() { killed_at_steps 1; }
case_killed_at_steps_2() { killed_at_steps 2; }
case_killed_at_steps_3() { killed_at_steps 3; }

# From now on (and, of `late`, once a move has ended) that host lists one more
# domain.
lists_too() { # HOST DOMAIN [late]
    cat > "$SIM/sshl" <<END
#!/bin/bash
case "\$1 \$2" in addr-$1*facts*) ;; *) exec "$SIM/ssh" "\$@" ;; esac
[ -z "${3:-}" ] || grep -q '^end' "$SIM/log" || exec "$SIM/ssh" "\$@"
"$SIM/ssh" "\$@" | sed 's|"domains": *\[\(.\)|"domains":[@\1|; s|@\]|$2]|; s|@|$2,|'
END
    chmod +x "$SIM/sshl"
    sed "s|$SIM/ssh\"|$SIM/sshl\"|" "$SIM/conf" > "$SIM/conf.l"
    export RACKHOP_CONF=$SIM/conf.l
}
case_guest_is_arriving() { # a host that it is on its way to is not empty
    plain ga
    guest other h3 512
    lists_too h1 "{\"uuid\":\"$(uuid other)\",\"name\":\"other--incoming\",\"type\":\"pvh\",\"memory_mib\":100,\"need_mib\":512,\"vcpus\":1,\"pinned\":true}"
    code 4 "$R" drain h1 --yes
    says 'h1 is not empty: other is just arriving on it'
    says '^not empty'
    sound
}
case_odd_guest_appears() { # in mid-run: it is told once, and stops nothing
    plain oa
    inject web1 fail fail # after each of them all hosts are looked at
    lists_too h4 '{"uuid":"00000000-0000-0000-0000-000000000077","name":"new","type":"pvh","memory_mib":0,"vcpus":0}' late
    code 0 "$R" drain h1 --yes
    [ "$(grep -c 'new stays on h4' "$SIM/out")" = 1 ] || die "not told once"
    sound
}
# Where the end of a move can't be written, its record tells. (A directory in
# the way of the file stands for a full file system.)
case_run_dir_full() {
    plain rd
    for g in web1 web2 db2; do inject "$g" hold; done
    start "$R" drain h1 --yes
    until_true log_has ^begin
    mkdir "$SIM/runtime/h1/move/$(sed -n 's/^begin \([^ ]*\) .*/\1/p;q' "$SIM/log").exit"
    touch "$SIM/go"
    ended 0
    once web1 web2 db2; sound
}
# An ssh that refuses so often to give claims back, once a move has ended.
refuses_release() { # TIMES
    : > "$SIM/refused"
    cat > "$SIM/sshl" <<END
#!/bin/bash
case "\$2" in *claim*release*)
    [ "\$(wc -l < "$SIM/refused")" -ge $1 ] ||
        { echo x >> "$SIM/refused"; echo refused >&2; exit 255; } ;;
esac
exec "$SIM/ssh" "\$@"
END
    chmod +x "$SIM/sshl"
    sed "s|$SIM/ssh\"|$SIM/sshl\"|" "$SIM/conf" > "$SIM/conf.l"
    export RACKHOP_CONF=$SIM/conf.l
}
case_claims_given_back() { # until it works
    plain cg
    refuses_release 2
    code 0 "$R" drain h1 --yes
    [ "$(wc -l < "$SIM/refused")" = 2 ] || die "not refused"
    sound
}
case_claims_of_ended_runs() { # by a later --resume, or by the next run
    plain ce
    refuses_release 100
    inject web1 fail fail fail
    code 4 "$R" drain h1 --yes
    says 'claims stay on h1'
    local run
    run=$(run_name)
    RACKHOP_STATE_DIR=$SIM/state/h1 "$R" claim list | grep -q . || die "no claim is left"
    export RACKHOP_CONF=$SIM/conf
    code 0 "$R" drain h1 --yes
    says 'which has ended, still had claims on h1'
    once web2 db2; sound || return
    refuses_release 100
    guest web3 h1 512
    code 0 "$R" drain h1 --yes
    # both runs may be of one second, and be named in any order
    run=$(RACKHOP_STATE_DIR=$SIM/state/h1 "$R" claim list |
        sed -n 's/.* run \([^ ]*\) of .*/\1/p')
    [ -n "$run" ] || die "no claim is left"
    export RACKHOP_CONF=$SIM/conf
    code 0 "$R" apply --resume "$run"
    sound
}
case_note() { # what a source host has to say of a move is told with its guest
    plain no
    SIM_NOTE='its entry in /etc/xen/auto stays' code 0 "$R" drain h1 --yes
    says 'web1: its entry in /etc/xen/auto stays'
    sound || die unsound
}
case_addresses_swapped() { # no host is emptied in the place of another
    plain as
    guest mine h2 512
    guest other h3 512
    sed -i 's/h2=addr-h2/h2=addr-h3/; s/h3=addr-h3/h3=addr-h2/' "$SIM/conf"
    code 1 "$R" drain h2 --yes
    says 'h3 answers at its address'
    is_on mine h2
    is_on other h3
    [ ! -s "$SIM/log" ] || die "something was moved"
    sound
}

# Two drains whose guests fit on one host, but not both of them together.
two_drains() { # NAME FREE-ON-H4
    new_cluster "$1"
    export SIM_RUNS=2
    guest a1 h1 2500; guest a2 h1 2500
    guest b1 h3 2500; guest b2 h3 2500
    guest d h2 2500
    guest c h4 $((8192 - $2))
}
no_reservation_left() {
    local h
    for h in "$SIM"/state/h?; do
        if RACKHOP_STATE_DIR=$h "$R" reserve list | grep .; then die "left in $h"; fi
    done
}
admin() { # NAME: another executor
    RACKHOP_STATE_DIR=$SIM/state/$1 RACKHOP_RUN_DIR=$SIM/runtime/$1 "${@:2}"
}
at_h2() {
    RACKHOP_STATE_DIR=$SIM/state/h2 RACKHOP_RUN_DIR=$SIM/runtime/h2 code 0 "$R" reserve "$@"
}
case_two_runs() { # the second sees what the first has reserved
    two_drains tr 5000
    inject a1 hold; inject a2 hold
    start_to out1 "$R" drain h1 --yes
    until_true log_has ^begin
    at_h2 list
    says '5000 MiB for 2 guests'
    code 0 admin other "$R" drain h3 --yes
    says 'MiB of h2 are reserved for run'
    for g in b1 b2; do is_on $g h4; done
    touch "$SIM/go"
    ended 0
    for g in a1 a2; do is_on $g h2; done
    sound || die unsound
    no_reservation_left
}
case_two_runs_no_room() { # there is room for one of them alone
    two_drains tn 0
    inject a1 hold; inject a2 hold
    start_to out1 "$R" drain h1 --yes
    until_true log_has ^begin
    code 3 admin other "$R" drain h3 --yes
    touch "$SIM/go"
    ended 0
    sound || die unsound
    no_reservation_left
}
case_two_runs_at_once() { # both plan before either has reserved
    local i one two
    for i in 1 2 3; do
        two_drains to$i 5000
        admin other "$R" drain h3 --yes > "$SIM/out2" 2>&1 &
        two=$!
        start_to out1 "$R" drain h1 --yes
        one=0; wait $bg || one=$?
        wait $two || one="$one, $?"
        [ "$one" = 0 ] || { cat "$SIM"/out? "$SIM/log"; die "exit $one"; }
        once a1 a2 b1 b2
        sound || die unsound
        no_reservation_left
    done
}
# Its executor is gone: the host that it ran on says so, and whoever needs the
# memory takes it. Of one that nobody can tell of it is not known.
case_reservation_of_the_dead() {
    two_drains td 0
    local g
    at_h2 take gone elsewhere "$(uuid x)=5000"
    code 3 "$R" drain h1 --yes
    says '5000 MiB of h2 are reserved for run gone of elsewhere'
    at_h2 release gone
    at_h2 take gone h4 "$(uuid x)=5000"
    code 0 "$R" drain h1 --yes
    for g in a1 a2; do is_on $g h2; done
    no_reservation_left
    sound || die unsound
}
case_reservation_outlives_a_kill() { # what the dead run had is its own when it goes on
    two_drains tk 5000
    inject a1 hold; inject a2 hold
    start_to out1 "$R" drain h1 --yes
    until_true log_has ^begin
    kill -9 $bg
    wait $bg 2>/dev/null
    at_h2 list
    says '5000 MiB for 2 guests'
    touch "$SIM/go"
    code 0 "$R" apply --resume
    once a1 a2
    no_reservation_left
    sound || die unsound
}

# What a run has reserved on a host that no guest of it goes to any more is
# given back then, and once.
case_level() { # set on the hosts that answer; each knows it by itself
    local h
    plain l
    mkdir "$SIM/cpu"
    for h in h1 h2 h3; do echo 0,f6da3203,0,121,0,219c07ab > "$SIM/cpu/$h"; done
    echo 0,f6da3203,0,121,0,219807ab > "$SIM/cpu/h4" # without rdseed
    code 0 "$R" level show
    says 'rdseed *only on h1, h2, h3'
    code 0 "$R" level set common
    says 'CPU level common is set on all hosts'
    for h in h1 h2 h3 h4; do
        code 0 env RACKHOP_STATE_DIR="$SIM/state/$h" RACKHOP_CONF=/dev/null "$R" level line
        says '^cpuid = "host,rdseed=0"$'
    done
    code 0 "$R" level audit
    says '^db1 on h2 can.t go to h4: rdseed$'
    # a host that boots with less
    echo 0,f6da3203,0,121,0,209807ab > "$SIM/cpu/h3"
    code 0 "$R" level audit
    says '^h3 has lost CPU features since .*: rdseed, clwb\.'
    : > "$SIM/down/h2"
    code 0 "$R" level set x86-64-v2 h1 h3
    says 'CPU level x86-64-v2 is set on h1, h3'
    code 3 "$R" level set x86-64-v4 h1 h3
    # one that can't be told, though its facts came
    rm "$SIM/down/h2"
    rm -r "$SIM/state/h4"
    : > "$SIM/state/h4"
    code 4 "$R" level set common
    says 'the CPU level is not set on h4: '
    says 'CPU level common is set on h1, h2, h3'
    code 4 "$R" level set none
    # nothing is set on it any more, and nobody is there to be asked
    code 2 env RACKHOP_STATE_DIR="$SIM/state/h1" RACKHOP_CONF=/dev/null "$R" level line
}
case_reservation_dropped() {
    local to g
    plain rd
    for g in web2 db2; do rm "$SIM/dom/$(uuid $g)"; done
    inject web1 lost
    start "$R" drain h1 --yes
    until_true log_has ^begin
    to=$(sed -n 's/^begin [^ ]* web1 h1 \([^ ]*\) .*/\1/p' "$SIM/log")
    RACKHOP_STATE_DIR=$SIM/state/$to RACKHOP_RUN_DIR=$SIM/runtime/$to \
        "$R" maintenance set > /dev/null || die "no mark on $to"
    touch "$SIM/go"
    ended 0
    [ "$(where web1)" != "$to" ] || die "web1 came to $to all the same"
    [ "$(grep -c "^release $to$" "$SIM/log")" = 1 ] ||
        { cat "$SIM/log"; die "$to was not asked once to release"; }
    no_reservation_left
    sound || die unsound
}

# shellcheck source=tests/exec/home.sh
. "$here/home.sh"
# shellcheck source=tests/exec/loops.sh
. "$here/loops.sh"

# A case that failed half-way leaves executors, and moves that wait to go on.
leave_nothing() {
    [ ! -d "${SIM:-}" ] || touch "$SIM/go"
    kill $(jobs -p) 2> /dev/null || true
}

# Cases wait more than they compute, so several run at once, each in a cluster of
# its own; what they said is told in their order.
main() {
    local bad=0 all=0 c at_once=$(($(nproc) + 1))
    local -a cases
    read -ra cases <<< "${*:-$(declare -F | sed -n 's/^declare -f case_//p' | tr '\n' ' ')}"
    for c in "${cases[@]}"; do
        while [ "$(jobs -rp | wc -l)" -ge $at_once ]; do wait -n; done
        (
            said=$T/said.$c code=$T/code.$c T=$T/$c
            mkdir "$T"
            (trap 'leave_nothing' EXIT; "case_$c") > "$said" 2>&1
            echo $? > "$code"
        ) &
    done
    wait
    for c in "${cases[@]}"; do
        all=$((all + 1))
        if [ "$(cat "$T/code.$c" 2>/dev/null)" = 0 ]; then
            echo "  ok      $c $(cat "$T/said.$c")"
        else
            bad=$((bad + 1))
            cat "$T/said.$c"
            echo "  FAILED  $c"
        fi
    done
    echo "exec: $((all - bad)) passed, $bad failed"
    [ $bad = 0 ]
}
main "$@"; exit # one line: it is read before main runs
