# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# A move from h1 to h2 that is broken at a given moment, for test_faults.sh
# and the longer faults-all.sh (read after lib.sh). A stop-at file (docs/LAB)
# stops one host's process at that moment, a process or a host is lost, the
# stopped process continues, and both hosts are recovered as an administrator
# would do it. Then the guest must be in the right place, alone, with every page
# that it wrote.

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

# The guest's home for the next run is h1 again. Each move costs a Linux guest
# 1 MiB (docs/LAB): one that has moved often is replaced before it has no more.
bring_home() {
    if [ "$(lab where g1)" = h2 ]; then
        run dom0 h2 rackhop migrate g1 h1
        expect_rc 0
    fi
    if [ "$(tick_field free g1)" -lt 4096 ]; then
        dom0 h1 xl destroy g1
        new_guest
    fi
}

# Memory flows, slowly enough to do something about it.
is_streaming() {
    dom0 h1 'grep -q "\"bytes\":[1-9][0-9][0-9][0-9][0-9][0-9]" /tmp/out'
}
lose() { # WHAT
    local h=h1 p
    case $1 in
    source) lab stop h1; return ;;
    target) lab stop h2; return ;;
    cut | link) lab cut h2 h1; return ;;
    receiver) h=h2 ;;
    esac
    # a receiver that has ended well leaves its watch, a moment later
    there_is() { p=$(pid_of $h "$1") && [ -n "$p" ]; }
    wait_until "there is a $1" there_is "$1"
    dom0 $h kill -9 "$p"
}

# HALT "source go after" halts the source right after it has written that;
#      "stream": memory flows
# LOSE sender receiver helper ssh, or the power of: source target; or the wire
#      between the hosts, with two lanes on it: cut for a second, link until
#      the move has ended
# ENDS h1, h2: it runs there, or there,or; nowhere: it went down with its host;
#      kept: paused at h1 because h2 may have run it, --resume lets it go on;
#      dropped: the same, and --drop gives it up
broken_move() { # HALT LOSE ENDS
    local halt=$1 lose=$2 ends=$3 host=h1 other=h2 from MOVE_OPTIONS=''
    [ "${halt%% *}" != target ] || { host=h2; other=h1; }
    step "$halt: $lose is lost"
    from=$(now)
    case $lose in
    cut) MOVE_OPTIONS='--lanes 2' ;;
    link) MOVE_OPTIONS='--lanes 2 --patience 10' ;;
    esac
    case $halt in
    stream) MOVE_OPTIONS="$MOVE_OPTIONS --rate 4 --json" ;;
    *aborted*) MOVE_OPTIONS='--deadline 1 --on-limit abort' ;;
    esac
    [ "$halt" = stream ] || halt_at $host "$halt"
    begin_move
    if [ "$halt" = stream ]; then
        wait_until "memory flows" is_streaming
    else
        wait_until "$halt is reached" is_halted $host
    fi
    lose "$lose"
    [ "$lose" = source ] || go_on h1
    [ "$lose" = target ] || go_on h2
    case $lose in
    source) lab start h1; lab install h1 ;;
    target) lab start h2; lab install h2 ;;
    cut) sleep 1; lab heal h2 ;;
    link)
        LIMIT=900 wait_until "the sender ends" move_ended
        lab heal h2 ;;
    esac
    case $lose in source | sender) ;;
    *) LIMIT=900 wait_until "the sender ends" move_ended ;; esac
    LIMIT=900 wait_until "the source has no session left" nobody_moves h1
    settle $other $host $other
    ends_at "$ends" "$from"
}
# The copy of a session that is still alive is that session's: it drops it when
# it finds that nobody is there any more, which may be after the other host has
# booted again.
has_no_copy() { # HOST
    local list
    list=$(dom0 "$1" xl list) && ! grep -q g1 <<< "$list"
}
no_copy_at() { # HOST
    wait_until "no copy is left at $1" has_no_copy "$1"
}
ends_at() { # ENDS SINCE
    local h at=$1
    case $at in
    kept | dropped)
        run dom0 h1 rackhop recover g1
        expect_rc 5
        expect_out 'suspended on this host.*rackhop recover --drop g1'
        if [ "$at" = kept ]; then
            run dom0 h1 rackhop recover --resume g1
            at=h1
        else
            run dom0 h1 rackhop recover --drop g1
            at=nowhere
        fi
        expect_rc 0 ;;
    *,*) at=$(lab where g1) ;; # either is right, both or none is not
    esac
    for h in h1 h2; do
        [ "$h" = "$at" ] || no_copy_at $h
    done
    if [ "$at" = nowhere ]; then
        new_guest
    else
        guest_is_whole "$at" g1 "$2"
        bring_home
    fi
    for h in h1 h2; do
        run dom0 $h rackhop recover
        expect_rc 0
        refuse_out .
    done
}
new_guest() { lab guest h1 g1 mb=4 rate=100; }
