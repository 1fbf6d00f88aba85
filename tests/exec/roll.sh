# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Rolls on a cluster in a directory (run.sh): the hook is a script that stands
# for a reboot. It tells in the log that it ran, and a violation when it is run
# where a guest is.

# Two guests on h1, one on each of the others.
rolled() { # NAME
    new_cluster "$1"
    guest web1 h1 1024; guest web2 h1 512; guest db1 h2 1024
    guest db2 h3 1024; guest app h4 512
    mkdir "$SIM/roll"
    cat > "$SIM/hook" <<END
#!/bin/bash
# What is to happen stands in roll/HOST: fail, gone (it does not come back), cut
# (the boot ends the hook), lost (it and its watcher are killed), hold (until go is there), same (no other boot).
h=\$RACKHOP_HOST how=\$(cat "$SIM/roll/\$RACKHOP_HOST" 2>/dev/null)
echo "hook \$h \$RACKHOP_WAVE" >> "$SIM/log"
if grep -l " \$h " "$SIM"/dom/* > /dev/null; then echo "VIOLATION a guest is on \$h" >> "$SIM/log"; fi
case \$how in
lost) kill -9 \$(ps -o ppid= -p \$PPID) \$PPID \$\$ ;; # and who watches it
hold) while [ ! -e "$SIM/go" ]; do sleep 0.02; done ;;
fail) echo "no such package"; exit 3 ;;
gone) touch "$SIM/down/\$h" ;;
esac
[ "\$how" != same ] || exit 0
n=\$((10#\$(tail -c 13 "$SIM/boot/\$h")))
printf '00000000-0000-4000-8000-%012d\n' \$((n + 1)) > "$SIM/boot/\$h"
rm -rf "$SIM/runtime/\$h"
[ "\$how" != cut ] || kill -9 0
END
    cat > "$SIM/check" <<END
#!/bin/bash
echo "check \$RACKHOP_HOST \$RACKHOP_STEP" >> "$SIM/log"
[ ! -e "$SIM/roll/sick-\$RACKHOP_HOST" ] || { echo "two units have failed"; exit 1; }
END
    chmod +x "$SIM/hook" "$SIM/check"
}
does() { echo "$2" > "$SIM/roll/$1"; } # HOST WHAT
roll() { "$R" roll --yes --reboot --hook "$SIM/hook" --check "$SIM/check" "$@"; }
start_roll() { # ARGS..: as start, so that a signal reaches the program
    start env --default-signal=HUP "$R" roll --yes --reboot --hook "$SIM/hook" --check "$SIM/check" "$@"
}
hooks() { grep -c "^hook $1 " "$SIM/log"; } # HOST
booted() { # HOST..: each was worked on once, and has booted
    local h
    for h; do
        [ "$(hooks "$h")" = 1 ] || { cat "$SIM/log"; die "$(hooks "$h") hooks on $h"; }
        grep -q 2$ "$SIM/boot/$h" || die "$h has not booted"
    done
}
untouched() { # HOST..
    local h
    for h; do
        [ "$(hooks "$h")" = 0 ] || { cat "$SIM/log"; die "a hook ran on $h"; }
        in_service "$h"
    done
}
rests() { RACKHOP_STATE_DIR=$SIM/state/$1 "$R" maintenance show | grep -q 'in maintenance'; }
in_service() { ! rests "$1" || die "$1 is in maintenance"; }
at_rest() { rests "$1" || die "$1 is not in maintenance"; }
all_home() {
    is_on web1 h1; is_on web2 h1; is_on db1 h2; is_on db2 h3; is_on app h4
}
quiet() { sound || die unsound; }

case_roll() {
    rolled ro1
    code 0 roll --canary 1 --soak 1s all
    booted h1 h2 h3 h4
    for h in h1 h2 h3 h4; do in_service $h; done
    all_home
    says '4 of 4 hosts are done'
    [ "$(grep -c '^check .* check' "$SIM/log")" = 4 ] || die "not four checks"
    [ "$(grep -c '^check .* soak' "$SIM/log")" = 1 ] || die "the canary was not checked again"
    quiet
    code 0 "$R" status
    code 0 "$R" roll --resume
    says 'no roll was cut off'
}
case_roll_parallel() { # a host of each rack at once
    rolled ro2
    code 0 roll --parallel max all
    booted h1 h2 h3 h4
    [ "$(awk '/^hook/ { print $3 }' "$SIM/log" | sort -u | wc -l)" = 2 ] || die "not two waves"
    all_home
    quiet
}
case_roll_no_home() {
    rolled ro3
    code 0 roll --no-home h1
    booted h1
    for g in web1 web2; do [ "$(where $g)" != h1 ] || die "$g is back"; done
    in_service h1
    quiet
}
case_roll_cut_by_its_boot() { # what ends the hook is what it was to do
    rolled ro4
    does h1 cut
    code 0 roll h1
    booted h1
    all_home
    quiet
}
case_roll_off() {
    rolled ro5
    does h1 gone
    code 0 "$R" roll --yes --off --hook "$SIM/hook" h1
    [ "$(hooks h1)" = 1 ] || die "no hook"
    says 'is off, and done'
    rm "$SIM/down/h1"
    at_rest h1
    quiet
}
case_roll_at_admin() { # the hook runs here, for that host
    rolled ro6
    code 0 roll --hook-at admin h2
    booted h2
    code 0 "$R" hook show
    says 'h2.hook'
    all_home
    quiet
}

case_roll_canary_fails() {
    rolled rf1
    touch "$SIM/roll/sick-h1" "$SIM/roll/sick-h2" "$SIM/roll/sick-h3" "$SIM/roll/sick-h4"
    code 4 roll --canary 1 all
    [ "$(grep -c ^hook "$SIM/log")" = 1 ] || die "more than the canary"
    local canary
    canary=$(awk '/^hook/ { print $2 }' "$SIM/log")
    says "two units have failed"
    says "$canary stays in maintenance, and its guests run elsewhere"
    says '3 hosts had no turn'
    at_rest "$canary"
    ! grep -l " $canary " "$SIM"/dom/* || die "a guest is on $canary"
    for h in h1 h2 h3 h4; do [ $h = "$canary" ] || untouched $h; done
    quiet
    # and this is how it is taken back
    code 0 "$R" undrain "$canary"
    code 0 "$R" home --yes "$canary"
    all_home
    # the others can be rolled by another roll
    rm "$SIM"/roll/sick-*
    code 0 roll all
    quiet
}
case_roll_hook_fails() {
    rolled rf2
    does h1 fail
    code 4 roll h1 h2
    says 'no such package'
    at_rest h1
    untouched h2
    quiet
}
case_roll_not_back() {
    rolled rf3
    does h1 gone
    code 4 roll --back-timeout 1s h1 h2
    says 'h1: has failed'
    says 'when it is mended'
    untouched h2
    rm "$SIM/down/h1"
    at_rest h1
    quiet
}
case_roll_not_booted() { # the hook says that it has, and it has not
    rolled rf4
    does h1 same
    code 4 roll --back-timeout 1s h1
    says 'boot'
    at_rest h1
    quiet
}
case_roll_no_room() { # it is said before anything is begun
    rolled rf5
    guest huge h1 6000; guest f2 h2 6000; guest f3 h3 6000; guest f4 h4 6000
    code 3 roll h1
    says 'nothing is begun while a host cannot be rolled'
    untouched h1
    ! log_has ^begin || die "a move was made"
}
case_roll_refuses() {
    rolled rf6
    code 2 "$R" roll --yes h1
    says 'hook says what is done'
    code 2 "$R" roll --yes --hook x --window 1-2 h1
    code 2 "$R" roll --yes --hook x --soak ever h1
    code 2 "$R" roll --yes --hook x --hook-at moon h1
    code 2 "$R" roll --yes --hook x --off --reboot h1
    code 2 "$R" roll --hook x h1
    says 'no terminal to ask on'
    code 2 "$R" roll --resume nonsense
    code 1 "$R" roll --resume roll-none
    says 'there is no roll roll-none'
    untouched h1
}
case_roll_not_itself() { # the work would end who sees to it
    rolled rf7
    local me
    me=$(hostname)
    sed -i "s/\"h1=addr-h1\"/\"$me=addr-$me\"/" "$SIM/conf"
    sed -i "s/\"h1\":/\"$me\":/" "$SIM/plan.dot"
    mv "$SIM/hosts/h1" "$SIM/hosts/$me"
    rm "$SIM/dom/$(uuid web1)" "$SIM/dom/$(uuid web2)"
    export SIM_HOST=$me RACKHOP_SELF=$SIM/bin/rackhop
    code 1 roll "$me"
    unset SIM_HOST RACKHOP_SELF
    says 'is the host that this command runs on'
    ! log_has ^hook || die "it was worked on"
}

# Once the hook runs on h1: the roll in the background.
at_hook() { # NAME ARGS..
    rolled "$1"
    does h1 hold
    start_roll "${@:2}"
    until_true log_has '^hook h1'
}
case_roll_status() {
    at_hook rs1 h1 h2
    code 0 "$R" status
    says 'is under way: wave 1'
    says 'h1 .*hook'
    says 'h2 .*planned'
    "$R" status --json | grep -q '"format":"rackhop-roll-status/1"' || die "no document"
    code 1 roll h3
    says 'one goes on at a time'
    touch "$SIM/go"
    ended 0
    booted h1 h2
    all_home
    quiet
}
case_roll_killed_in_hook() { # it is joined, and not run again
    at_hook rk1 h1 h2
    kill -9 $bg
    wait $bg 2>/dev/null
    code 0 "$R" status
    says 'was cut off'
    start "$R" roll --resume
    touch "$SIM/go"
    ended 0
    booted h1 h2
    all_home
    quiet
}
case_roll_cancelled() { # the host that is worked on is done first
    at_hook rc1 h1 h2
    code 0 "$R" cancel
    touch "$SIM/go"
    ended 4
    booted h1
    untouched h2
    in_service h1
    all_home
    quiet
}
case_roll_cancelled_now() {
    at_hook rc2 h1 h2
    code 0 "$R" cancel --now
    ended 4
    says 'it was cancelled while it was worked on'
    untouched h2
    touch "$SIM/go"
    at_rest h1
    quiet
}
case_roll_cancelled_when_dead() {
    at_hook rc3 h1 h2
    kill -9 $bg
    wait $bg 2>/dev/null
    touch "$SIM/go"
    code 4 "$R" cancel
    booted h1
    untouched h2
    all_home
    quiet
    code 0 "$R" cancel "$(grep -o 'roll-[0-9a-f-]*' "$SIM/out" | head -1)"
    says 'has ended already'
}
case_roll_cancelled_in_drain() { # who is not worked on yet is given back
    rolled rc4
    inject web1 hold; inject web2 hold
    start_roll h1
    until_true log_has ^begin
    code 0 "$R" cancel
    until_true grep -q 'cancelling' "$SIM/out"
    touch "$SIM/go"
    ended 1
    untouched h1
    all_home
    quiet
}
case_roll_interrupted() {
    at_hook rc5 h1 h2
    kill -INT $bg
    until_true grep -q 'cancelling' "$SIM/out"
    touch "$SIM/go"
    ended 4
    booted h1
    untouched h2
    quiet
}
case_roll_terminal_lost() {
    rolled rt1
    does h1 hold
    start_roll h1
    until_true log_has '^hook h1'
    kill -HUP $bg
    ended 4
    touch "$SIM/go"
    code 0 "$R" roll --resume
    booted h1
    all_home
    quiet
}
case_roll_window() { # it waits, and touches nothing
    rolled rw1
    start_roll --window "$(date -d '+2 hours' +%H:%M)-$(date -d '+3 hours' +%H:%M)" h1
    until_true grep -q 'no wave begins outside of' "$SIM/out"
    code 0 "$R" status
    says 'waves begin within'
    code 0 "$R" cancel
    ended 1
    untouched h1
    quiet
}
# A lost hook fails its host; with --hook-again it is run once more, and no more.
case_roll_lost() {
    rolled rl1
    does h1 lost
    code 4 "$R" roll --yes --hook "$SIM/hook" h1
    says 'h1: has failed'
    [ "$(hooks h1)" = 1 ] || die "$(hooks h1) hooks"
    at_rest h1
    quiet
    rolled rl2
    does h1 lost
    code 4 "$R" roll --yes --hook "$SIM/hook" --hook-again h1
    says 'its hook was lost, and is run once more'
    [ "$(hooks h1)" = 2 ] || die "$(hooks h1) hooks"
    at_rest h1
    quiet
    # one that fails is not run again, nor one that its boot cuts off
    rolled rl3
    does h1 fail; does h3 cut
    code 4 roll --hook-again h1
    [ "$(hooks h1)" = 1 ] || die "$(hooks h1) hooks"
    code 0 "$R" undrain h1
    code 0 roll --hook-again h3
    [ "$(hooks h3)" = 1 ] || die "$(hooks h3) hooks"
    quiet
}
# A copy that arrives is a guest to come: the host is not worked on.
case_roll_copy_arrives() {
    rolled rl4
    guest new h3 256
    echo 'h1 256' > "$SIM/arriving/$(uuid new)"
    start_roll h1
    until_true log_has '^end .* 0$'
    ! log_has ^hook || die "it is worked on"
    rm "$SIM/arriving/$(uuid new)"
    ended 0
    booted h1
    quiet
}
# Somebody undrained it, and the hook is still to be begun: it does not begin.
case_roll_undrained() {
    local n k
    rolled rl5
    KILL_COUNT=$SIM/count code 0 "$BUILD/tests/exec_killed" roll --yes --reboot --hook "$SIM/hook" h1
    n=$(cat "$SIM/count")
    for ((k = 1; k <= n; k++)); do # until it stands before its hook
        rolled rl5.$k
        killed_perhaps "$k+" roll --yes --reboot --hook "$SIM/hook" h1
        [ "$(hooks h1)" = 0 ] || die "the hook was begun before its step was seen"
        ! "$R" status --json | grep -q '"step":"hook"' || break
    done
    code 0 "$R" undrain --force h1
    echo "web1 h1 1024" > "$SIM/dom/$(uuid web1)"
    code 4 "$R" roll --resume
    [ "$(hooks h1)" = 0 ] || die "it was worked on"
    says 'guest is on it'
    quiet
}
# While it is worked on nobody takes it out of maintenance, and no other roll,
# from another host, works on it.
case_roll_is_alone() {
    at_hook rl6 h1
    code 1 "$R" undrain h1
    says 'is worked on'
    at_rest h1
    RACKHOP_STATE_DIR=$SIM/state/other RACKHOP_RUN_DIR=$SIM/runtime/other \
        code 4 "$R" roll --yes --hook "$SIM/hook" h1
    says 'works on this host'
    [ "$(hooks h1)" = 1 ] || die "$(hooks h1) hooks"
    touch "$SIM/go"
    ended 0
    all_home
    quiet
}
# The commands of another host that plans for this cluster.
elsewhere() { RACKHOP_STATE_DIR=$SIM/state/other RACKHOP_RUN_DIR=$SIM/runtime/other "$@"; }
waits_for_boot() { "$R" status --json | grep -q '"step":"back"'; }
# The hook has ended, and the host has yet to boot: nobody else has it, also when
# the executor is gone; and when it is back it takes guests.
case_roll_holds() {
    local rc=0
    rolled rm1
    does h1 same
    start_roll h1
    until_true waits_for_boot
    kill -9 $bg
    wait $bg 2> /dev/null
    code 1 elsewhere "$R" undrain h1
    says 'works on this host'
    code 1 "$R" undrain h1
    at_rest h1
    code 1 elsewhere "$R" drain h1 --yes
    says 'works on this host'
    code 4 elsewhere "$R" roll --yes --hook "$SIM/hook" h1
    says 'works on this host'
    at_rest h1
    [ "$(hooks h1)" = 1 ] || die "$(hooks h1) hooks"
    grep '"held": *true' <(RACKHOP_STATE_DIR=$SIM/state/h1 "$R" maintenance show --json) > /dev/null ||
        die "nobody holds h1"
    printf '00000000-0000-4000-8000-%012d\n' 2 > "$SIM/boot/h1"
    code 0 "$R" roll --resume
    in_service h1
    all_home
    quiet
}
# Hosts of an older rackhop hold nothing, and are rolled as they were.
case_roll_older_hosts() {
    rolled rm5
    touch "$SIM/old"
    code 0 roll h1
    booted h1
    in_service h1
    all_home
    does h3 fail
    code 4 roll h3
    at_rest h3
    code 0 "$R" undrain --force h3
    in_service h3
    quiet
}
# By force it is taken from the roll, which marks it again once it is back.
case_roll_held_no_more() {
    rolled rm2
    does h1 same
    start_roll h1
    until_true waits_for_boot
    code 0 elsewhere "$R" undrain --force h1
    printf '00000000-0000-4000-8000-%012d\n' 2 > "$SIM/boot/h1"
    ended 0
    in_service h1
    quiet
}
# What a roll leaves in maintenance is free: at its end, or, of a host that is
# silent then, for the host that it was carried out from.
case_roll_lets_go() {
    rolled rm3
    does h1 fail
    code 4 roll h1
    at_rest h1
    code 0 elsewhere "$R" undrain h1
    in_service h1
    rolled rm6
    does h1 gone # it may boot yet
    code 4 roll --back-timeout 1s h1
    rm "$SIM/down/h1"
    code 1 elsewhere "$R" undrain h1
    says 'has no record of it'
    at_rest h1
    code 0 "$R" undrain h1
    in_service h1
    rolled rm4
    does h1 gone
    code 0 "$R" roll --yes --off --hook "$SIM/hook" h1
    rm "$SIM/down/h1"
    code 1 elsewhere "$R" undrain h1
    says 'works on this host'
    at_rest h1
    code 0 "$R" undrain h1
    in_service h1
    quiet
}
# Another machine answers at its address: that one is left alone.
case_roll_other_name() {
    rolled rm7
    mkdir "$SIM/calls"
    does h1 hold
    start_roll --back-timeout 1s h1
    until_true log_has '^hook h1 '
    printf other > "$SIM/calls/h1"
    touch "$SIM/go"
    ended 4
    says 'h1 answers as other'
    at_rest h1
    quiet
}
# A host comes back without a CPU feature: as it was to, or it has failed.
roll_loses_rdseed() { # NAME CODE ARGS..
    rolled "$1"
    mkdir "$SIM/cpu"
    echo 0,f6da3203,0,121,0,219c07ab > "$SIM/cpu/h1"
    does h1 hold
    start_roll "${@:3}" h1
    until_true log_has '^hook h1 '
    echo 0,f6da3203,0,121,0,219807ab > "$SIM/cpu/h1"
    touch "$SIM/go"
    ended "$2"
    quiet
}
case_roll_without_features() {
    roll_loses_rdseed rm8 4
    says 'lost CPU features of HVM guests: rdseed'
    at_rest h1
    roll_loses_rdseed rm9 0 --without-features avx512f,rdseed
    in_service h1
    all_home
}
# The mark is gone with the disk: it is set again before anything comes.
case_roll_mark_lost() {
    at_hook rl7 --hook-at admin h1
    rm -rf "$SIM/state/h1"
    ! rests h1 || die "the mark is there"
    touch "$SIM/roll/sick-h1" "$SIM/go"
    ended 4
    says 'two units have failed'
    at_rest h1
    quiet
}
# A canary that is silent at the end of a short watch has not stood it.
case_roll_silent_canary() {
    rolled rl8
    start_roll --canary 1 --soak 2s --check "$SIM/hook-watch" h1 h2
    cat > "$SIM/hook-watch" <<END
#!/bin/bash
[ "\$RACKHOP_STEP" != check ] || touch "$SIM/down-soon"
END
    chmod +x "$SIM/hook-watch"
    until_true "$R" status --json > /dev/null
    soaks() { "$R" status --json | grep -q '"step":"soak"'; }
    until_true soaks
    canary=$(awk '/^hook/ { print $2; exit }' "$SIM/log")
    touch "$SIM/down/$canary"
    ended 4
    says 'does not answer while it is watched'
    [ "$(grep -c ^hook "$SIM/log")" = 1 ] || die "more than the canary"
    rm "$SIM/down/$canary"
    quiet
}
# A guest that runs worse than before the roll stops it.
case_roll_worse_canary() {
    local g canary
    rolled rl10
    for g in web1 web2 db1 db2 app; do dirties $g 2; done
    cat > "$SIM/check" <<END
#!/bin/bash
for f in "$SIM"/dirty/*; do echo 90 > "\$f"; done
END
    code 4 roll --canary 1 --soak 1s all
    says 'dirties 90 MiB of its memory a second since it is back; before the roll it was 2.0'
    says '3 hosts had no turn'
    canary=$(awk '/^hook/ { print $2; exit }' "$SIM/log")
    [ "$(grep -c ^hook "$SIM/log")" = 1 ] || die "more than the canary"
    in_service "$canary"
    all_home
    quiet
}
# Killed in the middle of a drain, and cancelled: its moves end before its hosts
# are given back, and nobody drains them again.
case_roll_cancelled_in_dead_drain() {
    rolled rl9
    inject web1 hold; inject web2 hold
    start_roll h1
    until_true log_has ^begin
    kill -9 $bg
    wait $bg 2> /dev/null
    start "$R" cancel
    until_true grep -q 'goes on' "$SIM/out"
    touch "$SIM/go"
    ended 1
    untouched h1
    all_home
    quiet
    code 0 "$R" apply --resume
    says 'no run was cut off'
}
# A shutdown of this host does not end the roll for good.
case_roll_terminated() {
    at_hook rl10 h1
    kill -TERM $bg
    ended 4
    touch "$SIM/go"
    code 2 "$R" roll --resume --dry-run
    code 2 "$R" roll --resume --hook-again
    code 0 "$R" roll --resume
    booted h1
    all_home
    quiet
}
case_roll_all_means_all() { # one that does not answer is not left out in silence
    rolled rl11
    touch "$SIM/down/h3"
    code 3 roll all
    says 'not all hosts answer'
    ! log_has ^hook || die "it was begun"
    rm "$SIM/down/h3"
}
case_roll_json() {
    rolled rj1
    code 0 roll --json h1
    python3 - "$SIM/out" <<'END' || die "not the steps of a host"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
steps = [e["step"] for e in events if e["event"] == "step"]
assert steps == ["empty", "hook", "back", "check", "undrain", "home", "done"], steps
assert events[-1]["event"] == "roll-end" and events[-1]["code"] == 0
END
}

# kill -9 at each step of a roll of two hosts, before it and after it; whoever
# comes goes on: each hook has run once, all are home.
roll_killed() { # FIRST: every 12th step from there, times STRIDE
    local n k at rc kills=0
    rolled rz
    KILL_COUNT=$SIM/count code 0 "$BUILD/tests/exec_killed" roll --yes --reboot \
        --hook "$SIM/hook" --check "$SIM/check" h1 h3
    n=$(cat "$SIM/count")
    [ "$n" -ge 40 ] || die "only $n steps"
    for ((k = $1; k <= n; k += 12 * ${STRIDE:-1})); do
        for at in "$k" "$k+"; do
            kills=$((kills + 1))
            rolled rz
            [ $((k % 5)) != 0 ] || does h1 cut
            killed "$at" roll --yes --reboot --hook "$SIM/hook" \
                --check "$SIM/check" h1 h3
            # who goes on is killed as well, every other time
            [ $((k % 2)) != 0 ] ||
                killed_perhaps $((k / 2)) roll --resume
            rc=0
            "$R" roll --resume > "$SIM/out" 2>&1 || rc=$?
            [ $rc = 0 ] || { cat "$SIM/out" "$SIM/log"; die "exit $rc after a kill at $at"; }
            # killed before there was a record, or after its end
            [ "$(hooks h3)" != 0 ] || code 0 roll h1 h3
            booted h1 h3
            all_home
            in_service h1; in_service h3
            sound || die "unsound after a kill at $at"
        done
    done
    echo "      $kills kills at $n steps"
}
case_roll_killed_1() { roll_killed 1; }
case_roll_killed_2() { roll_killed 5; }
case_roll_killed_3() { roll_killed 9; }

# Any hosts, any mishaps, killed at any steps again and again: no hook runs twice,
# a host that failed stays in maintenance, and nothing is begun after it. ROLLS=N
# does so many (4), ROLL_FIRST=N begins with the Nth.
case_roll_any() {
    local seed k h rc n=90 words=(ok ok ok ok cut cut fail)
    for ((seed = ${ROLL_FIRST:-1}; seed <= ${ROLLS:-4}; seed++)); do
        RANDOM=$seed
        rolled ra
        for h in h1 h2 h3 h4; do
            does $h "${words[RANDOM % ${#words[@]}]}"
            [ $((RANDOM % 8)) != 0 ] || touch "$SIM/roll/sick-$h"
        done
        k=$((1 + RANDOM % n))
        [ $((RANDOM % 2)) = 0 ] || k=$k+
        killed_perhaps $k roll --yes --reboot --hook "$SIM/hook" \
            --check "$SIM/check" h1 h3 h4
        while [ $((RANDOM % 3)) != 0 ]; do
            killed_perhaps $((1 + RANDOM % n)) roll --resume
        done
        rc=0
        "$R" roll --resume > "$SIM/out" 2>&1 || rc=$?
        for h in h1 h2 h3 h4; do
            [ "$(hooks $h)" -le 1 ] || { cat "$SIM/log"; die "seed $seed: hook of $h ran again"; }
        done
        sound || { cat "$SIM/log"; die "seed $seed: unsound"; }
        failed_hosts_rest || { cat "$SIM/out" "$SIM/log"; die "seed $seed: exit $rc"; }
        code 0 "$R" roll --resume
        says 'no roll was cut off'
    done
    echo "      $((seed - ${ROLL_FIRST:-1})) rolls"
}
# Of the hosts that a hook was run for, those that it failed on, or the check,
# are in maintenance, all the same wave; the others take guests.
failed_hosts_rest() {
    local h bad=0
    for h in h1 h2 h3 h4; do
        if [ "$(hooks $h)" = 1 ] &&
            { [ "$(cat "$SIM/roll/$h")" = fail ] || [ -e "$SIM/roll/sick-$h" ]; }; then
            bad=$((bad + 1))
            rests $h || { echo "$h failed and takes guests"; return 1; }
        else
            ! rests $h || { echo "$h is in maintenance"; return 1; }
        fi
    done
    [ $bad -le 1 ] || { echo "$bad hosts failed, one after another"; return 1; }
    [ $bad = 0 ] || [ $rc = 4 ] || [ $rc = 0 ] || { echo "exit $rc"; return 1; }
}
