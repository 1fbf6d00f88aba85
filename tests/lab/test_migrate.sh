# SPDX-License-Identifier: LGPL-2.1-only
# rackhop moves a guest between racks and back, by name and by number, and
# xl's options mean what they mean to xl.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

gone() { ! dom0 "$1" "xl list '$2' > /dev/null 2>&1"; }
nothing_left() { # HOST NAME: no trace of the guest there
    expect "$2 is gone from $1" gone "$1" "$2"
    refuse "half a guest on $1" dom0 "$1" "xl list | grep -E -- '--(incoming|migratedaway)'"
}

lab guest h1 web1 mb=8 rate=300
from=$(now)

step "a dry run moves nothing"
run dom0 h1 rackhop migrate --dry-run web1 h3
expect_rc 0
expect_out 'web1 \(pvh, [0-9.]+ [MG]iB\) can move to h3 \(rackhop, Xen 4\.17'
guest_is_whole h1 web1 "$from"
nothing_left h3 web1

step "across the racks"
b0=$(sent tor2 h3)
run dom0 h1 rackhop migrate web1 h3
expect_rc 0
expect_out '^round 1: .* MiB in .* s, .* MiB/s; [0-9]+ pages'
expect_out '^web1 runs at h3: .* downtime [0-9]+ ms, [0-9]+ rounds?, .* MiB sent'
guest_is_whole h3 web1 "$from"
nothing_left h1 web1
expect_num "bytes that went into h3" "$(($(sent tor2 h3) - b0))" '>' \
    $((8 * 1024 * 1024))
echo "note: rackhop migrate: $TOOK s, $(lab ticks web1 "$from")"
expect "what was learned went with it" dom0 h3 'grep -q dirty_mib_s= /var/lib/rackhop/learned/*'
expect "a watch stays with it" dom0 h3 'busybox pidof rackhop'

step "on, by its number, as JSON, its number kept (libxl wants one that is not
 just used up there)"
id=$(dom0 h3 xl domid web1)
run dom0 h3 "rackhop migrate -D --json $id h2 | tee /tmp/json | tail -n 1"
expect_rc 0
expect_out '"event":"end","domain":"web1"'
expect_out '"outcome":"moved"'
expect "every line is JSON" python3 -c '
import json, sys
n = sum(json.loads(l)["event"] == "round" for l in sys.stdin)
assert n >= 2, n' < <(dom0 h3 cat /tmp/json)
[ "$(dom0 h2 xl domid web1)" = "$id" ] || fail "-D did not keep the number $id"
guest_is_whole h2 web1 "$from"

step "no faster than told: 20 Mbit/s"
run dom0 h2 'rackhop migrate --rate 20 --json web1 h1 | tail -n 1'
expect_rc 0
read -r bytes seconds < <(python3 -c '
import json, sys
e = json.loads(sys.stdin.readlines()[-1])
print(e["bytes"], e["seconds"])' <<< "$OUT")
expect_num "Mbit/s" "$(awk -v b="$bytes" -v s="$seconds" 'BEGIN{print b*8/s/1e6}')" '<=' 21
guest_is_whole h1 web1 "$from"

step "a program before the move refuses it, and one after it is told"
dom0 h1 'mkdir -p /etc/rackhop/hooks && cd /etc/rackhop/hooks &&
    echo "hooks_dir = \"/etc/rackhop/hooks\"" > /tmp/hooks.conf &&
    printf "#!/bin/sh\necho not today >&2\nexit 1\n" > before-move &&
    printf "#!/bin/sh\necho \$RACKHOP_GUEST \$RACKHOP_FROM \$RACKHOP_TO \$RACKHOP_CODE >> /tmp/told\n" > after-move &&
    chmod 755 . before-move after-move'
run dom0 h1 rackhop migrate --config /tmp/hooks.conf web1 h2
expect_rc 1
expect_out 'web1 stays here: a hook refused its move: .*not today'
guest_is_whole h1 web1 "$from"
nothing_left h2 web1
expect "nobody was told" dom0 h1 'test ! -e /tmp/told'
dom0 h1 'cp /etc/rackhop/hooks/after-move /etc/rackhop/hooks/before-move'
run dom0 h1 rackhop migrate --config /tmp/hooks.conf web1 h2
expect_rc 0
run dom0 h1 cat /tmp/told
[ "$OUT" = "$(printf 'web1 h1 h2\nweb1 h1 h2 0')" ] || fail "not both were told"
guest_is_whole h2 web1 "$from"
run dom0 h2 rackhop migrate web1 h1
expect_rc 0

step "another configuration (-C): its name stays, its crash policy is new"
dom0 h1 "sed 's/on_crash.*/on_crash = \"preserve\"/' /lab/web1.cfg > /lab/other.cfg"
run dom0 h1 rackhop migrate -C /lab/other.cfg web1 h2
expect_rc 0
expect "the new policy" dom0 h2 'xl list -l web1 | grep -q "on_crash.*preserve"'
guest_is_whole h2 web1 "$from"

step "--debug sends all twice and finds no difference; -p leaves it paused"
run dom0 h2 rackhop migrate --debug -p web1 h3
expect_rc 0
[[ $(guest_state h3 web1) = *p* ]] || fail "web1 is not paused at h3"
dom0 h3 xl unpause web1
guest_is_whole h3 web1 "$from"

step "it reboots where it went: the watch starts it anew"
lab guest h2 web2 mb=4 cfg='on_reboot = "restart"'
run dom0 h2 rackhop migrate web2 h1
expect_rc 0
old=$(dom0 h1 xl domid web2)
dom0 h1 xl trigger web2 reset > /dev/null 2>&1 || true
dom0 h1 "xenstore-write /local/domain/$old/control/shutdown reboot" || true
new_one() { [ "$(dom0 h1 xl domid web2 2> /dev/null)" -gt "$old" ]; }
LIMIT=120 wait_until "web2 is started anew" new_one
LIMIT=120 wait_until "it ticks again" guest_ticks web2
