# SPDX-License-Identifier: LGPL-2.1-only
# Cases of run.sh: guests that a drain has moved away come home, and what is
# remembered of them meanwhile.

away() { # the guests that are known to be away, by their names
    "$R" home --list --json 2> /dev/null | sed -n 's/.*"name": *"\([^"]*\)".*/\1/p' | sort | tr '\n' ' '
}
are_away() { # NAME..
    local is
    is=$(away)
    [ "$is" = "${*:+$* }" ] || die "away are: $is; not: $*"
}
moved() { # N NAME..: each of these was moved so often
    local n=$1 g
    shift
    for g; do [ "$(moves "$g")" = "$n" ] || { cat "$SIM/log"; die "$g: $(moves "$g") moves"; }; done
}
drained() { # NAME: h1 was drained, and takes guests again
    plain "$1"
    code 0 "$R" drain h1 --yes
    code 0 "$R" undrain h1
}

case_home() {
    drained hm
    says '3 guests that were moved off it may be elsewhere: `rackhop home h1` brings them back'
    are_away db2 web1 web2
    code 0 "$R" home --list
    says '^web1  *h1  *h[2-4] '
    code 0 "$R" home h1 --dry-run
    once web1 web2 db2
    code 0 "$R" home h1 --yes
    for g in web1 web2 db2; do is_on $g h1; done
    is_on db1 h2
    moved 2 web1 web2 db2; sound || die unsound
    are_away
    code 0 "$R" home --yes
    says 'no guest is known to be away from home'
    code 0 "$R" home --list
    says 'no guest is known to be away from home'
    code 0 "$R" undrain h1
    ! grep -q elsewhere "$SIM/out" || die "nobody is elsewhere"
}
# By their names; and what is said of names that mean nothing.
case_home_named() {
    drained hn
    code 0 "$R" home web1 --yes
    is_on web1 h1
    are_away db2 web2
    code 0 "$R" home web1 db1 --yes # those that are there have nowhere to go
    code 2 "$R" home web7 --yes
    says 'web7'
    code 2 "$R" home rack:tor9 --yes
    code 2 "$R" home h1 --list
    code 0 "$R" home rack:tor2 --yes
    are_away db2 web2
    code 0 "$R" home rack:tor1 --yes
    are_away
    moved 2 web1 web2 db2; sound || die unsound
}
# The snapshot has what is needed to plan it elsewhere.
case_home_of_a_snapshot() {
    drained hs
    "$R" snapshot -o "$SIM/s"
    [ "$(grep -c '"home": *"h1"' "$SIM/s")" = 3 ] || die "the snapshot does not know"
    code 0 "$R" plan home --snapshot "$SIM/s" -o "$SIM/plan"
    code 0 "$R" plan home # and so have the hosts
    says ' h1 '
    code 0 "$R" apply --yes "$SIM/plan"
    for g in web1 web2 db2; do is_on $g h1; done
    are_away; sound || die unsound
}
case_home_in_maintenance() {
    plain hi
    code 0 "$R" drain h1 --yes
    code 4 "$R" home --yes
    says 'web1 stays on'
    says 'h1 (state): it is in maintenance'
    once web1 web2 db2
    are_away db2 web1 web2; sound || die unsound
}
# Of those that do not all fit, the most; the others are named.
case_home_no_room() {
    drained hr
    guest full h1 5600
    code 4 "$R" home --yes
    says 'web2 stays on'
    says 'h1 (memory): it has'
    for g in web1 db2; do is_on $g h1; done
    moved 1 web2; sound || die unsound
    are_away web2
    rm "$SIM/dom/$(uuid full)"
    code 0 "$R" home --yes
    is_on web2 h1
    are_away
}
# Two drains in turn: each guest belongs where it was before the first of them.
case_home_after_two_drains() {
    drained h2
    local on
    on=$(where web1)
    code 0 "$R" drain "$on" --yes
    code 0 "$R" undrain "$on"
    code 0 "$R" home --yes
    for g in web1 web2 db2; do is_on $g h1; done
    is_on db1 h2
    are_away; sound || die unsound
}
# The drain of a host where guests of another are brings them home, if there.
case_home_by_a_drain() {
    drained hd
    local g
    for g in web1 web2 db2; do
        [ "$(where $g)" = h1 ] || code 0 "$R" drain "$(where $g)" --yes
        [ "$(where $g)" != h1 ] || ! away | grep -q $g || die "$g is at home"
    done
    sound || die unsound
}
# Somebody has moved it elsewhere: it lives there.
case_home_moved_by_hand() {
    drained hh
    local to=h4
    [ "$(where web1)" != h4 ] || to=h3
    guest web1 $to 1024
    code 0 "$R" home --yes
    is_on web1 $to
    for g in web2 db2; do is_on $g h1; done
    are_away; sound || die unsound
}
# An administrator's wish, also for a host on which a drain has had it.
case_home_after_migrate() {
    drained hg
    local on
    on=$(where web1)
    code 0 "$R" drain h1 --yes # or it could go home by the next drain
    code 0 "$R" drain "$on" --yes
    code 0 "$R" undrain "$on" h1
    away | grep -q web1 || die "web1 is not away"
    code 0 "$R" plan migrate web1 "$on" -o "$SIM/plan"
    code 0 "$R" apply --yes "$SIM/plan"
    is_on web1 "$on"
    ! away | grep -q web1 || die "web1 lives elsewhere"
    code 0 "$R" home --yes
    is_on web1 "$on"
    for g in web2 db2; do is_on $g h1; done
    sound || die unsound
}
# A record of a home that cannot be read does not hold up other runs.
case_home_record_spoilt() {
    drained hs
    python3 -c "
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute(\"UPDATE entry SET value = '{' WHERE key = 'home/' || ?\", (sys.argv[2],))
c.commit()" "$SIM/state/admin/state.db" "$(uuid web1)"
    code 0 "$R" drain "$(where web1)" --yes
    says 'where guests belong cannot be read'
    code 1 "$R" home --yes
    sound || die unsound
}
# It is gone: the others go home, and nothing is forgotten at once.
case_home_guest_died() {
    drained hx
    rm "$SIM/dom/$(uuid web1)"
    code 0 "$R" home --yes
    for g in web2 db2; do is_on $g h1; done
    code 0 "$R" home --list
    says '^web1  *h1  *?'
    guest web1 h1 1024 # it is started again, at home
    are_away
    sound || die unsound
}
case_home_guest_dies_meanwhile() {
    drained hy
    printf 'streams = 1\n' >> "$SIM/conf"
    touch "$SIM/old"
    : > "$SIM/log"
    local g first
    for g in web1 web2 db2; do inject $g hold; done
    start "$R" home --yes
    until_true log_has ^begin
    first=$(sed -n 's/^begin [^ ]* \([^ ]*\) .*/\1/p;q' "$SIM/log")
    for g in web1 web2 db2; do [ $g = "$first" ] || break; done
    rm "$SIM/dom/$(uuid $g)"
    touch "$SIM/go"
    ended 4 # it may be rebooting: its move has failed
    is_on "$first" h1
    sound || die unsound
}
# A host that does not answer may have it: nothing is forgotten.
case_home_host_is_down() {
    drained hz
    local on
    on=$(where web1)
    touch "$SIM/down/$on"
    "$R" home --yes > "$SIM/out" 2>&1 # as far as the others go
    "$R" home --list > "$SIM/out" 2>&1
    says '^web1  *h1  *?'
    rm "$SIM/down/$on"
    code 0 "$R" home --yes
    is_on web1 h1
    are_away; sound || die unsound
}
case_home_fails() { # it is tried again; then it is named, and stays known
    drained hf
    inject web1 fail ok
    code 0 "$R" home web1 --yes
    is_on web1 h1
    inject web2 fail fail fail
    code 4 "$R" home --yes
    says 'web2 stays on'
    are_away web2; sound || die unsound
}
case_home_doubt() {
    drained hq
    inject web1 doubt
    code 5 "$R" home --yes
    code 0 "$R" apply --resume
    for g in web1 web2 db2; do is_on $g h1; done
    are_away; sound || die unsound
}
# A drain that fails for a guest leaves it at home, and so it is not away.
case_home_was_not_left() {
    plain hl
    inject web1 fail fail fail
    code 4 "$R" drain h1 --yes
    are_away db2 web2
}

# --- kill -9 ------------------------------------------------------------------

# All are where they were before the drain of h1, and went there once.
tight_is_home() {
    for g in big s1 s2; do is_on $g h1; done
    for g in a b; do is_on $g h2; done
    is_on c h3; is_on d h4
    are_away
}
tight_drained() { # NAME
    tight "$1"
    code 0 "$R" drain h1 --yes
    code 0 "$R" undrain h1
    moved 1 big s1 s2 b
    : > "$SIM/log"
}
home_killed_at_steps() { # FIRST: every third step from there, times STRIDE
    local n k at kills=0
    tight_drained hk
    rm -rf "$T/saved"
    cp -a "$SIM" "$T/saved"
    KILL_COUNT=$T/count code 0 "$BUILD/tests/exec_killed" home --yes
    tight_is_home
    n=$(cat "$T/count")
    [ "$n" -ge 20 ] || die "only $n steps"
    for ((k = $1; k <= n; k += 3 * ${STRIDE:-1})); do
        for at in "$k" "$k+"; do
            kills=$((kills + 1))
            rm -rf "$SIM"
            cp -a "$T/saved" "$SIM"
            killed "$at" home --yes
            [ $((k % 3)) != 0 ] ||
                killed_perhaps $((k / 3)) apply --resume
            code 0 "$R" apply --resume
            ! grep -q 'no run was cut off' "$SIM/out" || code 0 "$R" home --yes
            tight_is_home
            once big s1 s2 b
            sound || die "unsound after a kill at $at"
        done
    done
    echo "      $kills kills"
}
case_home_killed_at_steps_1() { home_killed_at_steps 1; }
case_home_killed_at_steps_2() { home_killed_at_steps 2; }
case_home_killed_at_steps_3() { home_killed_at_steps 3; }

# Whatever instant a drain is killed at, who went away is known to be.
case_home_of_killed_drains() {
    local n k
    tight hv
    KILL_COUNT=$SIM/count code 0 "$BUILD/tests/exec_killed" drain h1 --yes
    n=$(cat "$SIM/count")
    for ((k = 2; k <= n; k += 5 * ${STRIDE:-1})); do
        tight hv
        killed "$k" drain h1 --yes
        code 0 "$R" apply --resume
        ! grep -q 'no run was cut off' "$SIM/out" || code 0 "$R" drain h1 --yes
        code 0 "$R" undrain h1
        code 0 "$R" home --yes
        tight_is_home
        moved 2 big s1 s2 b
        sound || die "unsound after a kill at $k"
    done
}
