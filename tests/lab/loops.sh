# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# loops.sh: what tests of the loops share, read after lib.sh: agents of all hosts,
# rackhopd on the administrator's machine, and what it has seen, wanted and done.
# The lab's dom0s have no systemd, so that both are started as their units would.
ADMIN=/run/rackhop-lab/${RACKHOP_LAB:-lab}/admin
LOOKS=$ADMIN/state/loops/looks.jsonl
HOSTS=$(awk '$1=="host"{print $2}' "${ADMIN%/admin}/topology")
EVERY=10   # seconds between two looks

# --- agents -----------------------------------------------------------------------
CONF=/etc/rackhop/rackhop.conf
watts() { # HOST: its settings
    dom0 "$1" "mkdir -p ${CONF%/*}
        [ -e $CONF.kept ] || ! [ -e $CONF ] || mv $CONF $CONF.kept
        cat > $CONF" <<END
idle_w = 100
peak_w = 200
swap_disks = [ "*=xvdb" ]
${SAMPLED:-}
END
}
agent_begins() { # HOST
    dom0 "$1" 'setsid rackhop agent < /dev/null > /var/log/rackhop-agent 2>&1 &'
}
agent() { # HOST: its settings, and its agent
    watts "$1"
    agent_begins "$1"
}
agents() {
    local h
    for h in $HOSTS; do agent "$h"; done
    for h in $HOSTS; do wait_until "the agent of $h samples" sampled "$h"; done
}
sampled() { dom0 "$1" rackhop samples --json; }
agents_end() {
    local h pids=()
    for h in $HOSTS; do
        # shellcheck disable=SC2016
        timeout 60 "$LABDIR/lab" ssh "$h" '
            kill $(pgrep -f "^rackhop agent")
            umount /sys/devices/system/edac/mc
            rm -f '"$CONF; mv $CONF.kept $CONF" > /dev/null 2>&1 &
        pids+=($!)
    done
    for h in "${pids[@]}"; do wait "$h" || true; done
}
# One figure of the agent's of the last seconds: newest, mean ..
figure() { # HOST METRIC FIGURE SECONDS [GUEST]
    dom0 "$1" rackhop samples --json --since "$4s" ${5:+"$5"} | python3 -c '
import json, sys
v = json.load(sys.stdin)["metrics"].get(sys.argv[1], {}).get(sys.argv[2])
print("-" if v is None else v)' "$2" "$3"
}

# --- rackhopd -----------------------------------------------------------------------
settings() { # LINE..: of rackhopd, beside those of the administrator's machine
    lab admin true
    [ -e "$ADMIN/base.conf" ] || cp "$ADMIN/rackhop.conf" "$ADMIN/base.conf"
    {
        cat "$ADMIN/base.conf"
        echo "loops_interval_s = $EVERY"
        echo "loops_policy = \"$ADMIN/policy.json\""
        printf '%s\n' "$@"
    } > "$ADMIN/rackhop.conf"
}
# The budgets of an hour are for clusters of more than three small guests.
policy() { # MEMBERS: of rackhop-policy/1
    lab admin true
    echo "{ \"format\": \"rackhop-policy/1\", \"name\": \"lab\", \"settings\": {
        \"moves_per_hour\": 20, \"gib_per_hour\": 10, $1 } }" > "$ADMIN/policy.json"
}
LOGGED=1
rackhopd() { # until rackhopd_ends
    [ ! -e "$T/rackhopd" ] || LOGGED=$(($(wc -l < "$T/rackhopd") + 1))
    lab admin rackhop daemon >> "$T/rackhopd" 2>&1 &
}
rackhopd_pid() {
    local p
    for p in $(ip netns pids "rh.${RACKHOP_LAB:-lab}.spine"); do
        case $({ tr '\0' ' ' < "/proc/$p/cmdline"; } 2> /dev/null) in
        "rackhop daemon "*) echo "$p" ;;
        esac
    done
}
rackhopd_ends() { # [SIGNAL]
    local p
    p=$(rackhopd_pid)
    [ -n "$p" ] || return 0
    # shellcheck disable=SC2086
    kill "-${1:-TERM}" $p 2> /dev/null || true
    while [ -n "$(rackhopd_pid)" ]; do sleep 0.1; done
}
loops_end() { # [EXIT CODE]
    local rc=${1:-$?}
    if [ $rc != 0 ] && [ -e "$T/rackhopd" ]; then
        echo "rackhopd said:"
        tail -n 30 "$T/rackhopd"
        loops
    fi
    rackhopd_ends KILL
    agents_end
    rm -rf "$T"
}
trap loops_end EXIT

seconds() { awk -v a="$1" -v b="$(now)" 'BEGIN{printf "%d", b - a}'; } # since then

# --- what it has seen -----------------------------------------------------------------
# A Python expression over `looks`, those since $since; each has at_s, blocked,
# guests, wishes ..
since=0
of_looks() { # EXPRESSION
    python3 -c '
import json, sys
looks = []
for line in open(sys.argv[2]):
    try: look = json.loads(line)
    except ValueError: continue # it is being written
    if look["at_s"] >= float(sys.argv[3]): looks.append(look)
def steal(name):
    return [(l["at_s"], g["steal"]) for l in looks for g in l.get("guests") or []
            if g["name"] == name and g.get("steal") is not None]
def wishes(loop):
    return [(l["at_s"], w) for l in looks for w in l["wishes"] if w["loop"] == loop]
print(eval(sys.argv[1]))' "$1" "$LOOKS" "$since"
}
looked() { # EXPRESSION that is true
    [ -e "$LOOKS" ] && [ "$(of_looks "bool($1)")" = True ]
}
rests() { # no run of it is open, and nothing is wanted
    looked "not looks[-1]['blocked'] and not looks[-1]['wishes']"
}
# A run of it has ended since the last rackhopd was started.
ended() { sed -n "$LOGGED,\$p" "$T/rackhopd" | grep -q 'has ended with code 0'; }
# The part of so many seconds from now in which a guest of one vCPU waits for a
# processor, by the guest itself.
steal_of() { # GUEST SECONDS
    local from
    from=$(now)
    sleep "$2"
    lab steal "$1" "$from" "$(now)"
}
loops() { lab admin rackhop loops; }
deeds() { # LOOP: lines "FROM TO NAME REASON" of what was done, the oldest first
    lab admin rackhop loops --json | python3 -c '
import json, sys
for d in json.load(sys.stdin)["deeds"]:
    if d["loop"] == sys.argv[1]:
        print(d["from"], d["to"], d["name"], d["reason"])' "$1"
}
