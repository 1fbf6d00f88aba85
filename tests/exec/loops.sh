# SPDX-License-Identifier: LGPL-2.1-only
# rackhopd on a cluster in a directory. Sourced by run.sh.

# h1 has two CPUs and guests that want three; h2 has room, h3 and h4 are idle.
crowded() { # NAME MODE
    local h
    new_cluster "$1"
    for h in 1 2 3 4; do echo "9216 1024 4" > "$SIM/hosts/h$h"; done
    echo "9216 1024 2" > "$SIM/hosts/h1"
    guest a h1 64; guest b h1 64; guest c h1 64; guest d h2 64
    for h in a b c; do uses $h 1 1; done
    uses d 0.2 1
    printf 'loop_balance = "%s"\nloops_interval_s = 1\nloops_policy = "%s"\n' \
        "$2" "$SIM/policy" >> "$SIM/conf"
    printf '{"format":"rackhop-policy/1","name":"test","settings":{"look_s":1,"moves_per_hour":%s}}\n' \
        "${3:-100}" > "$SIM/policy"
}
look() { "$R" daemon --once; }
# Until the loop has seen it at two looks, a second apart.
looks_until() { # COMMAND..
    again() { look > "$SIM/out" 2>&1; cat "$SIM/out" >> "$SIM/named"; "$@"; }
    until_true again "$@"
}
any_moved() { grep -q ^begin "$SIM/log"; }
all_moves() { grep -c ^begin "$SIM/log"; }
wants() { "$R" loops > "$SIM/out" 2>&1 && grep -q "$1" "$SIM/out"; }

# It tells what it wants, twice seen, and nothing comes of it.
case_loops_observe() {
    crowded lo1 observe
    code 1 "$R" loops
    says 'has not looked'
    code 0 look
    code 0 "$R" loops
    says '^4 hosts; 4 guests'
    says 'not wanted long enough'
    looks_until wants 'not done: it is only observed'
    says 'h1 has demand for 3.00 of its CPU, 2.00; . goes to h[234]: worth'
    says '^power (observe): not all hosts'
    says '^  sees: h1 is the fullest, with demand for 3.00 of its CPU, 2.00$'
    looks_until wants 'not done: it is only observed' # its wish costs no budget
    ! any_moved || die "a guest was moved"
    "$R" loops --json | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["format"] == "rackhop-loops/1" and d["hosts"] == 4, d
w = [x for x in d["wishes"] if x["granted"]]
assert w and w[0]["loop"] == "balance" and w[0]["run"] is None, w
sees = {x["loop"]: x["sees"] for x in d["loops"]}
assert "3.00 of its CPU" in sees["balance"] and sees["power"] is None, sees
' || die "not that as JSON"
    [ "$(wc -l < "$SIM/state/admin/loops/looks.jsonl")" -ge 3 ] || die "no records"
}

# It moves as much as is wanted, says why in the journal, and then rests.
case_loops_act() {
    local before
    crowded lo2 act
    looks_until any_moved
    before=$(all_moves)
    code 0 look; code 0 look; code 0 look
    [ "$(all_moves)" = "$before" ] || die "it moved more than was wanted"
    [ "$before" = 1 ] || die "$before moves"
    sound || die unsound
    code 0 "$R" loops
    says '^moved last'
    says 'balance, run '
    code 0 "$R" status --json
    says '"reason": *"h1 has demand for 3.00 of its CPU, 2.00;'
    [ "$(cd "$SIM/state/admin/loops" && echo *)" = "looks.jsonl records" ] || die "a plan is left"
}

# The same moves are advised once, as a plan that can be applied.
case_loops_advise() {
    crowded lo3 advise
    mkdir "$SIM/hooks"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$RACKHOP_PLAN $RACKHOP_PLANNED" >> "%s"\n' \
        "$SIM/told" > "$SIM/hooks/advise"
    chmod +x "$SIM/hooks/advise"
    echo "hooks_dir = \"$SIM/hooks\"" >> "$SIM/conf"
    looks_until test -s "$SIM/told"
    code 0 look; code 0 look
    [ "$(wc -l < "$SIM/told")" = 1 ] || die "it was told more than once: $(cat "$SIM/told")"
    ! any_moved || die "a guest was moved"
    code 0 "$R" apply --yes "$(cut -d' ' -f1 "$SIM/told")"
    [ "$(all_moves)" = 1 ] || die "the plan was not carried out"
    sound || die unsound
}

# Half of what it would look at is not there: it knows nothing, and waits.
case_loops_silent_host() {
    crowded lo4 act
    touch "$SIM/down/h4"
    code 0 look; sleep 1; code 0 look; code 0 look
    code 0 "$R" loops
    says 'nothing was decided: 1 of 4 hosts do not answer'
    ! any_moved || die "a guest was moved"
    touch "$SIM/down/h1" "$SIM/down/h2" "$SIM/down/h3"
    code 0 look
    code 0 "$R" loops
    says '^4 hosts, 4 of them silent; 0 guests$'
    rm "$SIM"/down/*
    looks_until any_moved
}

# While a run is open, and of others that move guests, it does nothing.
case_loops_open_run() {
    crowded lo5 act
    inject d hold
    start "$R" drain h2 --yes
    until_true any_moved
    "$R" daemon --once > "$SIM/one" 2>&1 || die "no look"
    "$R" loops > "$SIM/shown" || die "nothing is shown"
    grep -q 'nothing was decided: run .* is open' "$SIM/shown" || die "$(cat "$SIM/shown")"
    touch "$SIM/go"
    ended 0
}

# Of two of them one has the lease, until it ends.
case_loops_two() {
    local first
    crowded lo6 act
    start_to one "$R" daemon
    first=$bg
    until_true any_moved
    code 1 look
    says 'looks after the cluster'
    kill -TERM $first
    wait $first || die "it did not end well"
    code 0 look
    [ "$(all_moves)" = 1 ] || die "$(all_moves) moves"
}

# What it remembers is damaged: nobody knows what it did, so it watches.
case_loops_damaged() {
    crowded lod act
    code 0 look
    python3 - "$SIM/state/admin/state.db" <<'END' || die "not damaged"
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
n = c.execute("UPDATE entry SET value = replace(value, 'acting', 'actinG'), "
              "rev = rev + 1 WHERE key = 'loops/state'").rowcount
c.commit()
assert n == 1, n
END
    sleep 1
    code 0 look
    says 'is damaged; the loops only watch for 60 min'
    code 0 look; code 0 look
    code 0 "$R" loops
    says 'nothing was decided: what was done before is not known'
    ! any_moved || die "a guest was moved"
}

# Killed at some of its writes and at random moments: what it did is done once.
case_loops_killed() {
    local n
    crowded lo8 act
    for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
        killed_perhaps $((n * 2)) daemon --once
    done
    looks_until rested
    [ "$(all_moves)" = 1 ] || die "$(all_moves) moves"
    sound || die unsound
}
# What it could not keep it does not do.
case_loops_disk_full() {
    local n
    crowded lof act
    code 0 look
    sleep 1
    for n in 1 2 3; do
        code 1 env FULL_AT=$n "$BUILD/tests/exec_killed" daemon --once
        ! any_moved || die "it moved what it could not keep"
    done
    looks_until any_moved
}
rested() { any_moved && wants 'wants nothing' && ! "$R" runs | grep -q 'cut off'; }
case_loops_killed_at_random() {
    local n
    crowded lo9 act
    for n in 1 2 3 4 5; do
        start_to one "$R" daemon
        sleep 0.$((RANDOM % 9))
        kill -9 $bg
        wait $bg 2> /dev/null
    done
    looks_until rested
    [ "$(all_moves)" = 1 ] || die "$(all_moves) moves"
    sound || die unsound
}

# A host shows errors that its day did not have: it is emptied, and stays so.
failing() { # NAME MODE
    local h
    new_cluster "$1"
    guest a h1 64; guest b h1 64; guest c h2 64
    for h in h1 h2 h3 h4; do shows $h ecc_corrected_s 0 0; done
    printf 'loop_health = "%s"\nloops_interval_s = 1\n' "$2" >> "$SIM/conf"
    code 0 look
    shows h1 ecc_corrected_s 0.1 0
}
case_loops_health_act() {
    failing lh1 act
    looks_until any_moved
    once a b
    [ "$(where a)" != h1 ] && [ "$(where b)" != h1 ] || die "not empty"
    says 'h1 shows memory errors that were corrected: 360 an hour, 0 are usual'
    code 0 "$R" hosts
    says '^h1 .*maint'
    code 0 look; code 0 look; code 0 look
    once a b
    code 0 "$R" loops
    says '^  sees: h2 is the nearest to a sign, by memory errors that were corrected: 0 an hour'
    says '^health (act)$'
    says 'health, run '
    code 0 "$R" status --json
    says '"goal": *"drain"'
    says '"reason": *"h1 shows memory errors'
    # somebody has looked at it: what it shows is usual for it
    code 0 "$R" undrain h1
    code 0 look; sleep 1; code 0 look; code 0 look
    code 0 "$R" loops
    wants 'wants nothing' || die "it is named again"
    sound || die unsound
}
case_loops_health_observe() {
    failing lh2 observe
    looks_until wants 'not done: it is only observed'
    grep -q 'health: h1 shows memory' "$SIM/named" || die "it is not named"
    ! any_moved || die "a guest was moved"
    shows h1 ecc_corrected_s 0 0
    looks_until wants '^  wants nothing'
}
case_loops_health_advise() {
    local plan
    failing lh3 advise
    looks_until grep -q 'moves are advised' "$SIM/named"
    ! any_moved || die "a guest was moved"
    plan=$SIM/state/admin/loops/advised-health.json
    code 0 look
    [ "$(grep -c 'moves are advised' "$SIM/named")" = 1 ] || die "told twice"
    code 0 "$R" apply --yes "$plan"
    once a b; sound || die unsound
}
case_loops_health_two() { # each move has the reason of its own host
    local h
    failing lh6 act
    guest e h2 64
    echo '{"format":"rackhop-policy/1","name":"test","settings":{"health_hosts":2}}' > "$SIM/policy"
    echo "loops_policy = \"$SIM/policy\"" >> "$SIM/conf"
    shows h1 ecc_corrected_s 0 0
    for h in h1 h2 h3 h4; do
        printf ',"mce_s":{"mean_10m":0,"p50_day":0}' >> "$SIM/samples/$h"
    done
    code 0 look
    shows h1 ecc_corrected_s 0.1 0; shows h2 mce_s 0.2 0
    inject c fail # it is planned again
    looks_until any_moved
    once a b e
    code 0 "$R" status --json
    python3 - "$SIM/out" <<'END' || die "not its own reason"
import json, sys
m = json.load(open(sys.argv[1]))["moves"]
want = {"h1": "h1 shows memory errors that were corrected: 360 an hour, 0 are usual",
        "h2": "h2 shows machine check exceptions: 720 an hour, 0 are usual"}
assert {x["from"] for x in m} == set(want), m
for x in m:
    assert x["reason"].startswith(want[x["from"]]), x
END
}
case_loops_health_all() { # a hot room: no host is to blame
    local h
    failing lh4 act
    for h in h1 h2 h3 h4; do shows $h ecc_corrected_s 0.1 0; done
    code 0 look; sleep 1; code 0 look; code 0 look
    code 0 "$R" loops
    says 'not done: too many hosts show it at once'
    ! any_moved || die "a guest was moved"
}
case_loops_health_killed() {
    local n
    failing lh5 act
    for n in 2 5 8 11 14 17 20 26 32; do
        killed_perhaps $n daemon --once
    done
    shows h1 ecc_corrected_s 0.1 0
    looks_until health_done
    once a b; sound || die unsound
}
health_done() { [ "$(where a)" != h1 ] && [ "$(where b)" != h1 ] && "$R" hosts | grep -q '^h1 .*maint' && ! "$R" runs | grep -q 'cut off'; }

# Empty hosts are switched off, but the last of each rack; with more load they
# are back.
quiet_loops() { # NAME MODE
    local h
    new_cluster "$1"
    for h in h1 h2 h3 h4; do
        echo "9216 1024 4" > "$SIM/hosts/$h"
        echo "100 200" > "$SIM/watts/$h"
    done
    guest a h1 64; guest d h3 64
    uses a 0.2 4; uses d 0.2 4
    cat >> "$SIM/conf" <<END
loop_power = "$2"
pinned = [ "a", "d" ]
loops_interval_s = 1
loops_policy = "$SIM/policy"
power_boot_s = 1
power_off = "echo off \$RACKHOP_HOST \$RACKHOP_ADDRESS >> $SIM/log; touch $SIM/down/\$RACKHOP_HOST"
power_on = "echo on \$RACKHOP_HOST >> $SIM/log; echo 00000000-0000-4000-8000-000000000099 > $SIM/boot/\$RACKHOP_HOST; rm -f $SIM/down/\$RACKHOP_HOST"
END
    echo '{"format":"rackhop-policy/1","name":"test","settings":{"look_s":1,"settle_s":1,"hold_s":0}}' > "$SIM/policy"
}
hosts_off() { [ "$(ls "$SIM/down" | tr '\n' ' ')" = "$1" ]; }
case_loops_power() {
    quiet_loops lp1 act
    looks_until hosts_off 'h2 h4 '
    code 0 look; code 0 look; code 0 look
    hosts_off 'h2 h4 ' || die "$(ls "$SIM/down") are off"
    [ "$(grep -c '^off ' "$SIM/log")" = 2 ] || die "not switched once each"
    grep -q '^off h2 addr-h2$' "$SIM/log" || die "the hook does not know h2"
    ! any_moved || die "a guest was moved"
    code 0 "$R" loops
    says '^4 hosts; 2 guests'
    says '^  sees: 2 hosts are on and take [0-9.]* of CPU, 0.40 are expected; the risk'
    says '^switched off'
    says '  h2: off since '
    says 'h2 is empty and needs 100 W, and the others have room'
    code 0 "$R" hosts # nobody waits for them
    says '^h2 .*offline'
    ! grep -q 'does not answer' "$SIM/out" || die "it was asked"
    off_is_not_asked
    uses a 4 4; uses d 4 4
    looks_until grep -q '^on ' "$SIM/log"
    looks_until back_up
    code 0 look
    [ "$(grep -c '^off ' "$SIM/log")" = 2 ] || die "to and fro"
    replayed # with hosts on record as switched off
    sound || die unsound
}
# By no command that asks all hosts; and each says so.
off_is_not_asked() {
    rm -f "$SIM/asked"
    cat > "$SIM/asking" <<END
#!/bin/sh
echo "\$1" >> "$SIM/asked"
exec "$SIM/ssh" "\$@"
END
    # the hosts' own ssh: the same, behind options
    printf '#!/bin/sh\nwhile [ "$1" = -o ]; do shift 2; done\nexec "%s/asking" "$@"\n' "$SIM" > "$SIM/bin/ssh"
    chmod +x "$SIM/asking" "$SIM/bin/ssh"
    sed -i "s,^ssh_command.*,ssh_command = \"$SIM/asking\"," "$SIM/conf"
    "$R" check > "$SIM/out" 2>&1
    says '^h1 .*, moves over lanes$'
    says '^h2 .* off: rackhopd has switched it off, and it was not asked$'
    says '^4 hosts and 0 switches: .*, 2 off$'
    "$R" check --json > "$SIM/out"
    python3 -c 'import json, sys
off = [n["name"] for n in json.load(sys.stdin)["nodes"] if n["off"]]
assert off == ["h2", "h4"], off' < "$SIM/out" || die "which are off?"
    "$R" topology > "$SIM/out" 2>&1
    says 'h2 is switched off by rackhopd, and was not asked'
    "$R" snapshot -o "$SIM/snap" > "$SIM/out" 2>&1
    "$R" roll --dry-run all > "$SIM/out" 2>&1
    says '^rackhop: roll: h2 is switched off, and is left out$'
    says '^h1 cannot be rolled: a cannot leave h1 (pinned'
    grep -q '^addr-h3$' "$SIM/asked" || die "h3 was not asked"
    ! grep '^addr-h[24]$' "$SIM/asked" || die "a host that is off was asked"
    # nor by a host that was named
    rm "$SIM/asked"
    "$R" check h1 > "$SIM/out" 2>&1
    says '^h1 .*, moves over lanes$'
    ! grep '^addr-h[24]$' "$SIM/asked" || die "h1 asked a host that is off"
    # who names one wants to know
    "$R" check h2 > "$SIM/out" 2>&1
    says '^    fault, ssh: '
    grep -q '^addr-h2$' "$SIM/asked" || die "h2 was named, and not asked"
    rm "$SIM/bin/ssh"
    sed -i "s,^ssh_command.*,ssh_command = \"$SIM/ssh\"," "$SIM/conf"
}
back_up() { "$R" hosts > "$SIM/out" && ! grep -q '^h2 .*\(offline\|maint\)' "$SIM/out"; }
case_loops_power_never_back() { # another host comes in its place
    quiet_loops lp7 act
    # shellcheck disable=SC2016
    sed -i 's#^power_on = "#&[ $RACKHOP_HOST != h2 ] || exit 1; #' "$SIM/conf"
    looks_until hosts_off 'h2 h4 '
    uses a 4 4; uses d 4 4
    looks_until grep -q '^on h4' "$SIM/log"
    grep -q 'h2 was not switched on: power_on failed' "$SIM/named" || die "h2 came first"
    looks_until back h4
    sound || die unsound
}
# A host that needs less is emptied first, for it has the fewest guests. It comes
# on once for all of them, and the other one is switched off.
case_loops_power_repack() {
    local g
    quiet_loops lp13 act
    sed -i 's/"h3":"eth0" -- "tor2":"1"/"h3":"eth0" -- "tor1":"3"/' "$SIM/plan.dot"
    sed -i '/^pinned/d' "$SIM/conf"
    echo "60 160" > "$SIM/watts/h2"
    guest b h1 64; guest c h1 64; guest e h2 64
    for g in b c e; do uses $g 0.2 4; done
    cat >> "$SIM/conf" <<END
pinned = [ "a", "d" ]
only = [ "a=h1,h2", "b=h1,h2", "c=h1,h2", "e=h1,h2" ]
END
    echo '{"format":"rackhop-policy/1","name":"test","settings":{"look_s":1,"settle_s":1,"hold_s":0,"return_s":1,"cooldown_s":0,"moves_per_hour":100,"gib_per_hour":100}}' > "$SIM/policy"
    looks_until log_has '^off h2 '
    is_on e h1
    sed -i 's/^pinned.*/pinned = [ "d" ]/' "$SIM/conf"
    looks_until log_has '^off h1 '
    for g in a b c e; do is_on $g h2; done
    code 0 look; sleep 1; code 0 look; code 0 look
    [ "$(grep '^o[nf]' "$SIM/log" | grep -v h4 | cut -d' ' -f1,2 | tr '\n' ' ')" = 'off h2 on h2 off h1 ' ] || die "$(grep '^o[nf]' "$SIM/log")"
    sound || die unsound
}
back() { "$R" hosts > "$SIM/out" && ! grep -q "^$1 .*\(offline\|maint\)" "$SIM/out"; }
# ssh says 255 when the host closes its connection: it goes down, on record.
case_loops_power_cut_off() {
    quiet_loops lp10 act
    # shellcheck disable=SC2016
    printf 'setsid sh -c "sleep 1; touch %s/$RACKHOP_HOST" > /dev/null 2>&1 &\nexit 255\n' \
        "$SIM/down" > "$SIM/off"
    sed -i "s#^power_off = .*#power_off = \"sh $SIM/off\"#" "$SIM/conf"
    looks_until grep -q 'may be switched off, or not: power_off was cut off' "$SIM/named"
    looks_until hosts_off 'h2 h4 '
    code 0 look
    code 0 "$R" hosts
    [ "$(grep -c '^h[24] .*offline' "$SIM/out")" = 2 ] || die "they are not on record"
    quiet_loops lp11 act # and one that cannot be reached is not tried for ever
    sed -i 's#^power_off = .*#power_off = "exit 255"#' "$SIM/conf"
    later() { # ten minutes have passed
        python3 - "$SIM/state/admin/state.db" <<'END'
import json, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
for key, value in c.execute("SELECT key, value FROM entry WHERE key LIKE 'power/%'").fetchall():
    v = json.loads(value)
    v["asked_s"] -= 700
    v["since_s"] -= 700
    c.execute("UPDATE entry SET value = ?, rev = rev + 1 WHERE key = ?", (json.dumps(v), key))
c.commit()
END
        grep -q 'was not switched off: power_off failed' "$SIM/named"
    }
    looks_until later
    [ "$(grep -c 'h2 may be switched off, or not' "$SIM/named")" = 2 ] || die "not tried three times"
}
# An operator drains hosts just before rackhopd does: they are his.
case_loops_power_theirs() {
    quiet_loops lp9 act
    mkdir "$SIM/hooks"
    printf '#!/bin/sh\nfor h in h2 h4; do "%s" addr-$h "rackhop maintenance set hand"; done\n' \
        "$SIM/ssh" > "$SIM/hooks/before-run"
    chmod +x "$SIM/hooks/before-run"
    echo "hooks_dir = \"$SIM/hooks\"" >> "$SIM/conf"
    looks_until grep -q 'is not switched off: somebody else has put it in' "$SIM/named"
    code 0 look; sleep 1; code 0 look
    hosts_off '' || die "$(ls "$SIM/down") is off"
    code 0 "$R" hosts
    [ "$(grep -c '^h[24] .*maint' "$SIM/out")" = 2 ] || die "it was taken out of maintenance"
    code 0 "$R" loops
    ! grep -q '^switched off' "$SIM/out" || die "it is on record"
}
case_loops_power_clock() { # set back since: a host is asked all the same
    quiet_loops lp8 act
    looks_until hosts_off 'h2 h4 '
    python3 - "$SIM/state/admin/state.db" <<'END' || die "not set"
import json, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
v = json.loads(c.execute("SELECT value FROM entry WHERE key = 'power/h2'").fetchone()[0])
v["asked_s"] = v["since_s"] = v["since_s"] + 1e7
c.execute("UPDATE entry SET value = ?, rev = rev + 1 WHERE key = 'power/h2'", (json.dumps(v),))
c.commit()
END
    rm "$SIM/down/h2"
    boots h2
    looks_until grep -q 'h2 was switched on by somebody else' "$SIM/named"
}
case_loops_power_observe() {
    quiet_loops lp2 observe
    looks_until wants 'not done: it is only observed'
    says 'is empty and needs 100 W'
    hosts_off '' || die "a host is off"
}
case_loops_power_fails() { # the hook: nothing is on record, the host takes guests
    quiet_loops lp3 act
    sed -i 's|^power_off.*|power_off = "exit 1"|' "$SIM/conf"
    looks_until grep -q 'was not switched off: power_off failed' "$SIM/named"
    code 0 "$R" loops
    ! grep -q '^switched off' "$SIM/out" || die "it is on record"
    code 0 "$R" hosts
    ! grep -q 'maint\|offline' "$SIM/out" || die "it is not up"
}
# rackhopd is on h2, which the configuration calls otherwise than it calls itself.
case_loops_power_self() {
    quiet_loops lp6 act
    cat /proc/sys/kernel/random/boot_id > "$SIM/boot/h2"
    looks_until hosts_off 'h4 '
    code 0 look; sleep 1; code 0 look; code 0 look
    hosts_off 'h4 ' || die "$(ls "$SIM/down") are off"
}
# A guest that is started when the host was seen empty is not switched off.
case_loops_power_late_guest() {
    quiet_loops lp5 act
    mkdir "$SIM/hooks"
    printf '#!/bin/sh\nprintf "late2 h2 64" > %s\nprintf "late4 h4 64" > %s\n' \
        "$SIM/dom/$(uuid 2)" "$SIM/dom/$(uuid 4)" > "$SIM/hooks/after-run"
    chmod +x "$SIM/hooks/after-run"
    echo "hooks_dir = \"$SIM/hooks\"" >> "$SIM/conf"
    looks_until grep -q 'h[24] is not switched off: guest .* is on it' "$SIM/named"
    hosts_off '' || die "$(ls "$SIM/down") is off"
    ! log_has '^off ' || die "its hook was run"
    code 0 "$R" loops
    ! grep -q '^switched off' "$SIM/out" || die "it is on record"
    code 0 "$R" hosts
    ! grep -q 'maint\|offline' "$SIM/out" || die "it does not take guests again"
}
# Killed at some of its writes: a host that is off is on record, and one that is
# on is not, or is as soon as somebody has looked.
case_loops_power_killed() {
    local n h
    quiet_loops lp4 act
    for n in 3 6 9 10 11 12 13 14 15 16; do
        killed_perhaps $n daemon --once
        "$R" loops > "$SIM/out" 2>&1
        for h in $(ls "$SIM/down"); do
            "$R" hosts > "$SIM/out" 2>&1
            grep -q "^$h .*offline" "$SIM/out" || die "$h is off, and not on record"
        done
    done
    looks_until hosts_off 'h2 h4 '
    code 0 look
    is_on a h1; is_on d h3
    sound || die unsound
}

# A guest that reads from swap gets more where it is; from one that idles if
# nothing is free; and what does not help is undone.
starving() { # NAME MODE
    local g
    new_cluster "$1"
    guest a h1 1024; guest b h1 1024; guest c h2 64
    for g in a b c; do uses $g 0 1; reads $g 0; printf 2048 > "$SIM/most/$(uuid $g)"; done
    cat >> "$SIM/conf" <<END
loop_memory = "$2"
memory_floor = 30
loops_interval_s = 1
loops_policy = "$SIM/policy"
END
    echo '{"format":"rackhop-policy/1","name":"test","settings":{"look_s":1,"noise_s":2,"power":0,"violation_wh":60000}}' > "$SIM/policy"
    code 0 look
    reads a 500
}
case_loops_memory_act() {
    starving ls1 act
    looks_until grep -q '^memory a 1024 1280$' "$SIM/log"
    says 'a guest of h1 lacks memory: it reads 500 pages a second, 0 are usual; a gets +256 MiB'
    code 0 "$R" loops
    says '^  sees: a of h1 reads the most from swap, 500 pages a second; 0 are usual$'
    reads a 20 # it helps
    sleep 2; code 0 look; code 0 look
    [ "$(grep -c ^memory "$SIM/log")" = 1 ] || die "$(cat "$SIM/log")"
    ! any_moved || die "it was moved"
    code 0 "$R" loops
    says '^moved last'
}
# A program that is told what is advised.
advised() {
    mkdir "$SIM/hooks"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "[$RACKHOP_PLAN] $RACKHOP_PLANNED $RACKHOP_ADVICE" >> "%s"\n' \
        "$SIM/told" > "$SIM/hooks/advise"
    chmod +x "$SIM/hooks/advise"
    echo "hooks_dir = \"$SIM/hooks\"" >> "$SIM/conf"
}
case_loops_memory_advise() { # no plan can carry it: somebody is told, once
    local do
    starving ls7 advise
    advised
    do="\`rackhop memory set $(uuid a) 1280\` on h1"
    looks_until test -s "$SIM/told"
    cp "$SIM/told" "$SIM/out"
    says "^\[\] 0 memory: $do is advised: a guest of h1 lacks memory: it reads 500 pages"
    grep -q "memory: $do is advised" "$SIM/named" || die "the log does not tell"
    code 0 "$R" loops
    says "not done: it is advised: $do"
    code 0 look; sleep 1; code 0 look
    [ "$(grep -c . "$SIM/told")" = 1 ] || die "it was told more than once: $(cat "$SIM/told")"
    ! log_has ^memory || die "it was changed"
}
case_loops_power_advise() {
    quiet_loops lp8 advise
    advised
    looks_until test -s "$SIM/told"
    cp "$SIM/told" "$SIM/out"
    says '^\[\] 0 power: to drain h2 (`rackhop drain h2`) and switch it off is advised: h2 is empty and needs 100 W'
    code 0 look; sleep 1; code 0 look
    [ "$(grep -c . "$SIM/told")" = 1 ] || die "it was told more than once"
    hosts_off '' || die "$(ls "$SIM/down") is off"
}
case_loops_memory_undone() {
    starving ls2 act
    looks_until grep -q '^memory a 1280 1024$' "$SIM/log"
    says 'more memory did not help a guest of h1: it reads 500 pages a second'
    code 0 look; sleep 1; code 0 look; code 0 look
    [ "$(grep -c ^memory "$SIM/log")" = 2 ] || die "to and fro"
}
case_loops_memory_undone_in_part() { # what has helped it keeps
    starving ls5 act
    looks_until grep -q '^memory a 1024 1280$' "$SIM/log"
    reads a 20
    sleep 2; code 0 look
    reads a 900
    looks_until grep -q '^memory a 1280 1600$' "$SIM/log"
    looks_until grep -q '^memory a 1600 ' "$SIM/log"
    grep -q '^memory a 1600 1280$' "$SIM/log" || die "$(cat "$SIM/log")"
}
case_loops_memory_refused() { # what it did not get is not taken from it
    starving ls6 act
    touch "$SIM/stiff/$(uuid a)"
    looks_until grep -q "a's memory is not changed" "$SIM/named"
    rm "$SIM/stiff/$(uuid a)"
    sleep 2; code 0 look; sleep 1; code 0 look
    ! log_has '^memory a' || die "$(cat "$SIM/log")"
}
case_loops_memory_from_idle() {
    starving ls3 act
    echo "3072 1024" > "$SIM/hosts/h1" # full
    looks_until grep -q '^memory a 1024 1280$' "$SIM/log"
    grep -q '^memory b 1024 [0-9]*$' "$SIM/log" || die "nobody gave"
    [ "$(grep ^memory "$SIM/log" | cut -d' ' -f2 | tr '\n' ' ')" = 'b a ' ] || die "not in that order"
}
case_loops_memory_observe() {
    starving ls4 observe
    looks_until wants 'not done: it is only observed'
    ! grep -q ^memory "$SIM/log" || die "it was changed"
}

# Two guests that talk across racks come together; where they are to be apart, in
# one rack.
talking() { # NAME MODE
    local g
    new_cluster "$1"
    guest a h1 2048; guest b h3 64; guest c h2 64
    for g in a b c; do uses $g 0.1 1; done
    talks a 01 02 300
    talks b 02 01 100
    talks c 03 01 900 # nobody answers it
    cat >> "$SIM/conf" <<END
loop_affinity = "$2"
loops_interval_s = 1
loops_policy = "$SIM/policy"
END
    echo '{"format":"rackhop-policy/1","name":"test","settings":{"look_s":1,"settle_s":1,"power":0}}' > "$SIM/policy"
}
case_loops_affinity_act() {
    local what='a guest of h3 exchanges 400.0 Mbit/s over 4.0 hops, most of it with a, and could over 0.0; b goes to h1: worth'
    talking la1 act
    looks_until any_moved
    is_on b h1; is_on a h1; is_on c h2
    code 0 look; code 0 look
    [ "$(all_moves)" = 1 ] || die "$(cat "$SIM/log")"
    code 0 "$R" loops
    says "$what"
    says 'affinity, run '
    code 0 "$R" status --json
    says "\"reason\": *\"$what"
    sound || die unsound
}
case_loops_affinity_apart() {
    talking la2 act
    echo 'apart = [ "ab=a,b" ]' >> "$SIM/conf"
    looks_until any_moved
    is_on b h2; is_on a h1
    grep -q 'and could over 2.0; b goes to h2: worth' "$SIM/named" || die "$(cat "$SIM/named")"
    code 0 look; code 0 look
    [ "$(all_moves)" = 1 ] || die "$(cat "$SIM/log")"
}
case_loops_affinity_observe() {
    talking la3 observe
    looks_until wants 'not done: it is only observed'
    says '^affinity (observe)$'
    says '^  sees: a and b talk the most, 400.0 Mbit/s over 4 hops$'
    tail -1 "$SIM/state/admin/loops/looks.jsonl" > "$SIM/out"
    says '"talks":\[{"a":"[-0-9]*","b":"[-0-9]*","mbps":400}\]'
    ! any_moved || die "a guest was moved"
    rm "$SIM/talks/$(uuid a)" # its host counts no more
    code 0 look
    code 0 "$R" loops
    says '^affinity (observe): no hosts say that two'
}

# What it has decided comes out the same when it is decided again from its records;
# and what another policy would have wished for is told.
replayed() {
    code 0 "$R" replay --looks
    says '^[0-9]* looks, .*: [0-9]* are decided as they were, 0 are not$'
}
case_loops_replay_act() {
    local n
    crowded lr1 act
    looks_until any_moved
    code 0 look; code 0 look
    replayed
    n=$(find "$SIM/state/admin/loops/records" -name '*.look' | wc -l)
    says "^$n looks, "
    code 0 "$R" replay --looks --explain
    says '^  both  balance: h1 has demand for 3.00 of its CPU, 2.00; '
    code 0 "$R" replay --looks --json
    says '"format": "rackhop-looks/1"'
    says "\"same\": $n"
    # a move that is too dear is wished for, and not granted
    echo '{"format":"rackhop-policy/1","name":"dear","settings":{"look_s":1,"move_wh":100000}}' > "$SIM/dear"
    code 0 "$R" replay --looks --policy "$SIM/dear"
    says '^  then  balance: h1 has demand for 3.00 of its CPU, 2.00; '
    says '^  now   balance: '
    says 'not done: it does not pay'
    says 'by the policy dear: [0-9]* are decided as they were, [1-9]'
    code 0 "$R" replay --looks --json --policy "$SIM/dear"
    python3 - "$SIM/out" <<'END' || die "not that as JSON"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["policy"] == "dear" and d["differ"] and d["same"] < d["looks"], d
assert all(x["then"] or x["now"] for x in d["differ"]), d
END
    # a record that was changed, and one that is cut off
    cp -r "$SIM/state/admin/loops/records" "$SIM/copy"
    printf XXXXXXXX | dd "of=$(find "$SIM/copy" -name '*.look' | sort | head -1)" \
        bs=1 seek=100 conv=notrunc status=none
    code 1 "$R" replay --looks "$SIM/copy"
    says 'the record of a look is damaged'
    says '^1 records can.t be read$'
    # one that lost its bytes to a power cut is no fault, unless all have
    : > "$(find "$SIM/copy" -name '*.look' | sort | head -1)"
    code 0 "$R" replay --looks "$SIM/copy"
    says '[.]look is empty, as a power cut leaves it, and is passed over$'
    says "^$((n - 1)) looks, .* 0 are not$"
    truncate -s 100 "$(find "$SIM/copy" -name '*.look' | sort | tail -1)"
    code 1 "$R" replay --looks "$SIM/copy"
    mkdir "$SIM/cut"
    : > "$SIM/cut/01000000000000.look"
    code 1 "$R" replay --looks "$SIM/cut"
    code 2 "$R" replay --looks "$SIM/none"
    code 2 "$R" replay --looks a b
    mkdir "$SIM/empty"
    code 1 "$R" replay --looks "$SIM/empty"
    says 'has no record of a look'
}
case_loops_replay_affinity() {
    talking lr2 act
    looks_until any_moved
    code 0 look
    replayed
}
case_loops_replay_memory() {
    starving lr3 act
    looks_until grep -q '^memory a 1280 1024$' "$SIM/log"
    code 0 look
    replayed
}
