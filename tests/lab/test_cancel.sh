# SPDX-License-Identifier: LGPL-2.1-only
# If a move breaks before the point of no return, the guest runs on the source
# host, log-dirty mode is off, and nothing is left on the target host.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

lab guest h1 g1 mb=8 rate=300
from=$(now)

# Log-dirty is off if it can be turned on: `dirty` refuses where it is on.
goes_on() { # HOW
    clean() { ! dom0 h3 "xl list" | grep -q g1; }
    wait_until "$1: nothing is left at h3" clean
    guest_is_whole h1 g1 "$from"
    run dom0 h1 rackhop dirty --intervals 100 g1
    [ "$RC" = 0 ] || fail "$1: log-dirty was left on"
    expect "$1: it has its own name" dom0 h1 'xl domid g1 > /dev/null'
}
# Start a move that would take minutes, wait until memory flows, do something
# to it, and wait for its end: its exit code and words.
broken_by() { # SHELL-CODE on h1, with $pid of the move
    run dom0 h1 "rackhop migrate ${NO_WIRE:-} --rate 4 --json g1 h3 > /tmp/out 2> /tmp/err & pid=\$!
        until grep -q '\"bytes\":[1-9][0-9][0-9][0-9][0-9][0-9]' /tmp/out; do
            kill -0 \$pid || break; busybox usleep 100000; done
        $1
        wait \$pid; rc=\$?; cat /tmp/err; tail -n 1 /tmp/out; exit \$rc"
}

step "^C"
broken_by 'kill -INT $pid'
expect_rc 1
expect_out 'g1 was not moved to h3 and goes on running on this host: cancelled'
goes_on "^C"

step "^C twice, then SIGTERM"
broken_by 'kill -INT $pid; busybox usleep 50000; kill -INT $pid; kill -TERM $pid'
expect_rc 1
goes_on "^C twice"

step "ssh is killed, and the guest goes over it"
NO_WIRE=--no-wire broken_by 'kill -9 $(ps -o pid= --ppid $pid -C ssh | head -n 1 || true) 2>/dev/null; for p in /proc/[0-9]*; do
    [ "$(tr "\0" " " < $p/cmdline 2> /dev/null | cut -c1-4)" = "ssh " ] && grep -q "PPid:.*$pid" $p/status && kill -9 ${p#/proc/}; done; true'
expect_rc 1
expect_out 'goes on running on this host: the target host broke off'
goes_on "ssh killed"

step "the save helper is killed"
broken_by 'kill -9 $(ps ax | sed -n "s/^ *\([0-9]*\) .*[s]ave-helper --save-domain.*/\1/p")'
expect_rc 1
goes_on "helper killed"

step "the receiver is killed"
broken_by 'ssh h3 "kill -9 \$(ps ax | sed -n \"s/^ *\\([0-9]*\\) .*[r]ackhop receive --greet.*/\\1/p\")"'
expect_rc 1
# its half of a guest is left by a kill -9: the next move there ends that first
run dom0 h1 rackhop migrate g1 h3
expect_rc 0
guest_is_whole h3 g1 "$from"

step "the guest ends while it moves"
lab guest h2 g2 mb=8 rate=100
run dom0 h2 "rackhop migrate --rate 4 --json g2 h3 > /tmp/out 2> /tmp/err & pid=\$!
    until grep -q '\"bytes\":[1-9][0-9][0-9][0-9][0-9][0-9]' /tmp/out; do
        kill -0 \$pid || break; busybox usleep 100000; done
    xl destroy g2; wait \$pid; rc=\$?; cat /tmp/err; exit \$rc"
expect_rc 1
expect_out 'g2 was not moved|destroyed while it moved'
refuse "half of g2 at h3" dom0 h3 'xl list | grep g2'
