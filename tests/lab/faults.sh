# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A move from h1 to h2 that is broken at a given moment, for test_faults.sh
# and the longer faults-all.sh (read after lib.sh). A stop-at file (docs/LAB)
# halts the end in question just there; what shall break is broken; whatever
# was halted goes on; both hosts are recovered as an administrator would; and
# then the guest is where it must be, alone, with every page that it wrote.

pid_of() { # HOST PROGRAM: of the sender, receiver, helper or ssh, or nothing
    dom0 "$1" "for p in /proc/[0-9]*; do
        a=\$(tr '\\0' ' ' < \$p/cmdline 2> /dev/null) || continue
        case $2:\$a in
        sender:rackhop\\ migrate*|receiver:rackhop\\ receive*|\
        helper:*save-helper\\ --save-domain*|ssh:ssh\\ *h2*)
            echo \${p#/proc/}; break ;; esac; done"
}
is_halted() { # HOST PROGRAM
    dom0 "$1" "p=\$(pidof rackhop) || exit 1; for q in \$p; do
        grep -q '^State:.T' /proc/\$q/status && exit 0; done; exit 1"
}
halt_at() { dom0 "$1" "mkdir -p /run/rackhop; echo '$2' > /run/rackhop/stop-at"; }
go_on() { # HOST: nothing halts there any more
    dom0 "$1" 'rm -f /run/rackhop/stop-at
        for q in $(pidof rackhop); do kill -CONT $q; done; true'
}
begin_move() {
    dom0 h1 'rm -f /tmp/out /tmp/rc; (rackhop migrate '"${MOVE_OPTIONS:-}"' g1 h2 > /tmp/out 2>&1
        echo $? > /tmp/rc) < /dev/null > /dev/null 2>&1 &'
}
move_ended() { dom0 h1 'test -e /tmp/rc'; }
nobody_moves() { # at HOST: watches stay, sessions must not
    dom0 "$1" '! ps ax | grep -E "[r]ackhop migrate|[s]ave-helper --save"'
}
settle() { # HOST..: recover there, again and again until nothing is in doubt
    local h
    for h; do
        run dom0 "$h" rackhop recover
    done
}

# The guest's home for the next run is h1 again.
bring_home() {
    if [ "$(lab where g1)" = h2 ]; then
        run dom0 h2 rackhop migrate g1 h1
        expect_rc 0
    fi
}

# HALT AT END: "source go after" halts the source there
# BREAK: sender receiver helper ssh source target wake
# ENDS: h1, h2 (it runs there), nowhere (it went down with its host)
broken_move() { # HALT BREAK ENDS
    local halt=$1 break=$2 ends=$3 host=h1 other=h2 from
    [ "${halt%% *}" = source ] || { host=h2; other=h1; }
    step "$halt: $break is lost"
    from=$(now)
    halt_at $host "$halt"
    begin_move
    wait_until "$halt is reached" is_halted $host
    case $break in
    sender | ssh | helper) p=$(pid_of h1 "$break")
        [ -n "$p" ] || fail "there is no $break"
        dom0 h1 kill -9 "$p" ;;
    receiver) p=$(pid_of h2 receiver)
        [ -n "$p" ] || fail "there is no receiver"
        dom0 h2 kill -9 "$p" ;;
    source) lab stop h1 ;;
    target) lab stop h2 ;;
    esac
    [ "$break" = source ] || go_on h1
    [ "$break" = target ] || go_on h2
    case $break in
    source) lab start h1; lab install h1 ;;
    target) lab start h2; lab install h2 ;;
    esac
    [ "$break" = source ] || [ "$break" = sender ] ||
        LIMIT=900 wait_until "the sender ends" move_ended
    wait_until "the source has no session left" nobody_moves h1
    settle $other $host $other
    ends_at "$ends" "$from"
}
ends_at() { # h1|h2|nowhere SINCE
    local h
    for h in h1 h2; do
        [ "$h" = "$1" ] ||
            refuse "a copy is left at $h" \
                sh -c "\"$LABDIR/lab\" ssh $h xl list | grep g1"
    done
    if [ "$1" = nowhere ]; then

        new_guest
    else
        guest_is_whole "$1" g1 "$2"
        bring_home
    fi
    for h in h1 h2; do
        run dom0 $h rackhop recover
        expect_rc 0
        refuse_out .
    done
}
new_guest() { lab guest h1 g1 mb=4 rate=100; }
