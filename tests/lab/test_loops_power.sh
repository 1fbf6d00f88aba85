# SPDX-License-Identifier: LGPL-2.1-only
# Quiet hosts are packed, and those that are empty are switched off; they are back
# soon when load comes that nobody expected, and before load that comes each week. It
# waits for that until the hour ends: begun a quarter before, it waits the least.
# topology: four
# by name: it wants a machine that does nothing else
# limit: 7200
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loops.sh"

# Agents would be seen: a dom0 of one emulated processor that looks all the time
# keeps its guests waiting, which counts as their demand.
lab favour
for h in $HOSTS; do watts "$h"; done
for n in 1 2 3; do lab guest "h$n" "g$n" mb=4 rate=2 tick=1000 every=1000; done
from=$(now)

step "quiet hosts are packed, and those that are empty are switched off"
# What stands for BMCs, outside of the administrator's namespace.
mkdir "$T/bmc"
cat > "$T/off" <<END
#!/bin/sh
: > "$T/bmc/\$RACKHOP_HOST.off"
while [ -e "$T/bmc/\$RACKHOP_HOST.off" ]; do sleep 0.2; done
END
cat > "$T/on" <<END
#!/bin/sh
: > "$T/bmc/\$RACKHOP_HOST.on"
END
chmod +x "$T/off" "$T/on"
: > "$T/power"
comes_on() { # HOST: as it was, and the others have no connection to what it was
    local h
    lab start "$1" && lab install "$1" && watts "$1" &&
        dom0 "$1" 'xl sched-credit2 -d 0 -w 1024'
    for h in $HOSTS; do
        [ "$h" = "$1" ] || [ ! -e "${ADMIN%/admin}/$h.pid" ] ||
            dom0 "$h" "ssh -O exit $1" || true
    done
}
bmc() { # lines "SECONDS off|on HOST" in $T/power
    local f h
    while [ -e "$T/bmc" ]; do
        for f in "$T"/bmc/*.*; do
            [ -e "$f" ] || continue
            h=${f##*/} h=${h%.*}
            echo "$(now) ${f##*.} $h" >> "$T/power"
            case $f in
            *.off) lab stop "$h" || true ;;
            *.on) comes_on "$h" || true ;;
            esac
            rm -f "$f"
        done
        sleep 0.2
    done
}
bmc > "$T/bmc.log" 2>&1 &
BMC=$!
power_end() {
    local rc=$?
    rm -rf "$T/bmc" # which ends hooks, and bmc
    wait $BMC || true
    [ $rc = 0 ] || cat "$T/bmc.log" "$T/power"
    loops_end $rc
}
trap power_end EXIT
policy '"look_s": 10, "settle_s": 20, "hold_s": 60, "cooldown_s": 30, "return_s": 60'
act() { # LOOP..: these, of a new rackhopd
    rackhopd_ends
    settings "${@/%/ = \"act\"}" 'power_boot_s = 60' \
        "power_off = \"$T/off\"" "power_on = \"$T/on\""
    rackhopd
}
packing=$(now) since=$packing
act loop_power
off() { grep -c ' off ' "$T/power"; }
is_off() { [ "$(off)" -ge "$1" ]; }
wait_until "a host is off" is_off 1
echo "   a host is off $(seconds "$packing") s after rackhopd was started"
wait_until "guests are packed, and two are off" is_off 2
echo "   two are off $(seconds "$packing") s after it"
quiet=$(now)
wait_until "it has looked since" looked \
    "len([l for l in looks if l['at_s'] > $quiet and not l['blocked']]) >= 2"
run loops
expect_out 'is switched off'
run lab admin rackhop hosts
expect_out 'offline'
[ "$(off)" = 2 ] || fail "$(off) hosts are off, not two"

step "load comes: hosts are back, and none has more than it can do"
loaded=$(now)
for g in g1 g2 g3; do lab tell $g burn 100; done
act loop_power loop_balance
on() { [ "$(grep -c ' on ' "$T/power")" -ge 1 ]; }
wait_until "one is switched on" on
echo "   one is switched on $(seconds "$loaded") s after the load came"
back() { # and take guests
    lab admin rackhop hosts > "$T/hosts"
    ! grep -Eq 'offline|maint|down' "$T/hosts"
}
LIMIT=600 wait_until "they are back" back
echo "   both are back $(seconds "$loaded") s after the load came"
spread() {
    [ "$(for g in g1 g2 g3; do lab where $g; done | sort -u | wc -l)" = 3 ]
}
LIMIT=600 wait_until "no host has more than it can do" spread
echo "   no host has more than it can do $(seconds "$loaded") s after it came"
wait_until "it rests" rests
rackhopd_ends
run loops
deeds balance
deeds power
cat "$T/power"
for g in g1 g2 g3; do guest_is_whole "$(lab where $g)" $g "$from"; done

# What guests waited for a processor: a line for each.
waits() { # FROM TO
    local g
    for g in g1 g2 g3; do echo "   $g waited $(lab steal $g "$1" "$2") of its time"; done
}
ends=$(now)
waits "$loaded" "$ends"

step "load that comes at such an hour each week: hosts are back before it"
# Guests are to be quiet, and packed, and hosts off and on again, before the hour ends.
LEAST=480
left() { awk -v now="$(now)" 'BEGIN { printf "%d", 3600 - now % 3600 }'; }
early() { [ "$(left)" -ge $LEAST ]; }
echo "   the hour ends in $(left) s"
LIMIT=$((LEAST + 60)) wait_until "the hour is long enough" early
comes=$(awk -v now="$(now)" 'BEGIN { printf "%d", (int(now / 3600) + 1) * 3600 }')
for g in g1 g2 g3; do lab tell $g burn 0; done
# As rackhopd would have written it after some weeks: little was ever wanted but in the
# hour to come, and guests have been quiet.
python3 - "$ADMIN/state/state.db" "$comes" <<'END'
import json, sqlite3, sys, zlib
db = sqlite3.connect(sys.argv[1])
(text,) = db.execute("SELECT value FROM entry WHERE key = 'loops/state'").fetchone()
crc, text = text.split("\n", 1)
assert int(crc, 16) == zlib.crc32(text.encode()), "the state has another checksum"
state = json.loads(text)
for side in [s for s in state.values() if isinstance(s, dict)]:
    side.update(guests=[], all_mean=0.1, all_var=0, first_s=side["last_s"])
    hours = [0.3] * len(side["season"]["week"])
    hours[int(sys.argv[2]) // 3600 % len(hours)] = 3
    side["season"].update(most=-1, week=hours)
text = json.dumps(state)
text = "%08x\n%s" % (zlib.crc32(text.encode()), text)
with db:
    db.execute("UPDATE entry SET value = ?, sum = NULL WHERE key = 'loops/state'", (text,))
END
before=$(wc -l < "$T/power")
act loop_power loop_balance
lately() { tail -n +$((before + 1)) "$T/power" | grep -c " $1 " || true; }
are_off() { [ "$(lately off)" -ge 2 ]; }
LIMIT=$(($(left) - 60)) wait_until "two hosts are off" are_off
echo "   two hosts are off, $(left) s before the load comes"
come_again() { [ "$(lately on)" -ge 2 ] && back; }
LIMIT=$(left) wait_until "they are back before the load" come_again
echo "   both are back, $(left) s before it comes"
hour() { awk -v now="$(now)" -v at="$comes" 'BEGIN { exit !(now >= at) }'; }
LIMIT=3600 wait_until "the hour ends" hour
back || fail "a host is off when the load comes"
for g in g1 g2 g3; do lab tell $g burn 100; done
LIMIT=600 wait_until "no host has more than it can do" spread
echo "   no host has more than it can do $(seconds "$comes") s after it came"
waits "$comes" "$(now)"
wait_until "it rests" rests
rackhopd_ends
run loops
deeds power
tail -n +$((before + 1)) "$T/power"
for g in g1 g2 g3; do guest_is_whole "$(lab where $g)" $g "$from"; done

step "energy by the model, against all hosts on"
python3 - "$LOOKS" "$T/power" "$packing" "$loaded" "$ends" <<'END' || fail "it did not save"
import json, sys
looks = [json.loads(l) for l in open(sys.argv[1])]
power = [l.split() for l in open(sys.argv[2])]
packing, loaded, ends = [float(a) for a in sys.argv[3:]]
looks = [l for l in looks if packing <= l["at_s"] <= ends and l.get("hosts")]
hosts = sorted({h["name"] for l in looks for h in l["hosts"]})
def off(host, at):
    state = [what for when, what, h in power if h == host and float(when) <= at]
    return bool(state) and state[-1] == "off"
def energy(since, until): # kWh: so, and with all hosts on
    so = all_on = 0
    for a, b in zip(looks, looks[1:]):
        h_s = b["at_s"] - a["at_s"]
        if not since <= a["at_s"] <= until:
            continue
        for name in hosts: # the watts of one that does nothing, and of its load
            busy = sum(g["demand"] or 0 for g in a["guests"] if g["host"] == name)
            w = 100 + 100 * min(1, busy)
            all_on += w * h_s / 3.6e6
            so += 0 if off(name, a["at_s"]) else w * h_s / 3.6e6
    return so, all_on
end = looks[-1]["at_s"]
for what, since, until in ("quiet", packing, loaded), ("all", packing, end):
    so, all_on = energy(since, until)
    print("   in %.0f s of %s %.4f kWh, and %.4f kWh with all hosts on: %.0f %%"
          % (until - since, what, so, all_on, 100 * so / all_on))
so, all_on = energy(packing, loaded)
sys.exit(not so < 0.95 * all_on)
END
