# SPDX-License-Identifier: LGPL-2.1-only
# The lab itself leaves nothing behind: after down, ^C, and kill -9; and two
# labs do not meet.
# topology: none
. "$(dirname "$0")/lib.sh"

mine=$RACKHOP_LAB
A=${mine}A B=${mine}B
cat > "$T/one" <<END
switch spine
host h1 spine 10.77.0.1/24 mem=512 dom0=256
END
A() { RACKHOP_LAB=$A lab "$@"; }
B() { RACKHOP_LAB=$B lab "$@"; }
trap 'A down; B down; rm -rf "$T"' EXIT

left() { # LAB: namespaces, files, processes
    ip netns list | grep -F "rh.$1." || true
    ls -d "/run/rackhop-lab/$1" 2> /dev/null || true
    for p in /proc/[0-9]*; do
        ! grep -Fqs "/run/rackhop-lab/$1/" "$p/cmdline" || echo "$p"
    done
}
nothing_left() { [ -z "$(left "$1")" ] || { left "$1"; return 1; }; }
# `lab up` in the background, as a terminal's foreground job would be: a process
# group of its own that hears SIGINT. Until the host's QEMU is there.
start_up() { # pid in $up
    python3 -c 'import os, signal, sys
os.setsid()
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
        "$LABDIR/lab" up "$T/one" > "$T/up.log" 2>&1 &
    up=$!
    wait_until "QEMU has started" test -s "/run/rackhop-lab/$RACKHOP_LAB/h1.pid"
}

step "^C while it comes up"
export RACKHOP_LAB=$A
start_up
kill -INT -- "-$up"
refuse "an interrupted up says that all is well" wait $up
expect "nothing is left after ^C" nothing_left "$A"

step "kill -9 while it comes up; the next up cleans, and works"
start_up
kill -9 "$up"
wait $up || true
[ -n "$(left "$A")" ] || fail "the kill came too late to show anything"
run A up "$T/one"
expect_rc 0
expect_out 'cleaning up after a lab that was cut off'
expect "Xen runs" A ssh h1 xl info

step "a second lab beside it, with the same addresses"
run B up "$T/one"
expect_rc 0
run A up "$T/one"
expect_rc 1
expect_out 'is up already'
A ssh h1 "touch /in-a"
refuse "B's h1 has A's file" B ssh h1 "test -e /in-a"
B down
expect "nothing is left of B" nothing_left "$B"
expect "A is still there" A ssh h1 "test -e /in-a"

step "a host whose power is pulled, and its return"
A stop h1
refuse "a stopped host answers" A ssh h1 true
A start h1
expect "it is fresh" A ssh h1 "test ! -e /in-a"

step "down ends a lab whose files are gone"
A guest h1 g1
rm -rf "/run/rackhop-lab/$A"
A down
expect "nothing is left of A" nothing_left "$A"

step "what makes no sense is refused"
run A up "$T/nowhere"
expect_rc 1
echo "host h1 spine 10.77.0.1/24" > "$T/bad"
run A up "$T/bad"
expect_rc 1
expect_out 'bad:1: no switch spine'
run A ssh h1 true
expect_rc 1
expect_out 'not up'
expect "nothing is left of A" nothing_left "$A"
