# SPDX-License-Identifier: LGPL-2.1-only
# The guests of four quiet hosts are packed on two, the other two are switched off,
# and they are back for load before hosts have more than they can do.
# topology: four
# limit: 5400
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loops.sh"

lab favour
for n in 1 2 3 4; do lab guest "h$n" "g$n" mb=4 rate=5 tick=500 every=1000; done
from=$(now)

agents

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
bmc() { # lines "SECONDS off|on HOST" in $T/power
    local f h
    while [ -e "$T/bmc" ]; do
        for f in "$T"/bmc/*.*; do
            [ -e "$f" ] || continue
            h=${f##*/} h=${h%.*}
            echo "$(now) ${f##*.} $h" >> "$T/power"
            case $f in
            *.off) lab stop "$h" ;;
            *.on) lab start "$h" && lab install "$h" && agent "$h" ;;
            esac
            rm -f "$f"
        done
        sleep 0.2
    done
}
policy '"look_s": 5, "settle_s": 20, "hold_s": 60, "cooldown_s": 30, "return_s": 60'
bmc > "$T/bmc.log" 2>&1 &
trap 'rm -rf "$T/bmc"; wait; loops_end' EXIT
: > "$T/power"
settings 'loop_power = "act"' 'loop_balance = "act"' 'power_boot_s = 60' \
    "power_off = \"$T/off\"" "power_on = \"$T/on\""
packing=$(now) since=$packing
rackhopd
off() { grep -c ' off ' "$T/power"; }
two_off() { [ "$(off)" -ge 2 ]; }
LIMIT=900 wait_until "two hosts are off" two_off
quiet=$(now)
wait_until "it has looked since" looked \
    "len([l for l in looks if l['at_s'] > $quiet and not l['blocked']]) >= 4"
loaded=$(now)
run loops
expect_out 'is switched off'
run lab admin rackhop hosts
expect_out 'offline'
[ "$(off)" = 2 ] || fail "$(off) hosts are off, not two"

step "load comes: they are back before a host has more than it can do"
for g in g1 g2 g3 g4; do lab tell $g burn 48; done
back() { # and take guests
    lab admin rackhop hosts > "$T/hosts"
    ! grep -Eq 'offline|maint|down' "$T/hosts"
}
LIMIT=900 wait_until "they are back" back
echo "   hosts are back $(seconds "$loaded") s after the load came"
run loops
expect_out 'is switched on'
for g in g1 g2 g3 g4; do lab tell $g burn 70; done
spread() {
    [ "$(for g in g1 g2 g3 g4; do lab where $g; done | sort -u | wc -l)" -ge 3 ]
}
wait_until "no host has more than it can do" spread
wait_until "it rests" rests
rackhopd_ends
run loops
deeds balance
deeds power
for g in g1 g2 g3 g4; do guest_is_whole "$(lab where $g)" $g "$from"; done

step "energy by the model, against all hosts on"
python3 - "$LOOKS" "$T/power" "$packing" "$loaded" <<'END' || fail "it did not save"
import json, sys
looks = [json.loads(l) for l in open(sys.argv[1])]
power = [l.split() for l in open(sys.argv[2])]
since, until = float(sys.argv[3]), float(sys.argv[4])
looks = [l for l in looks if since <= l["at_s"] <= until and l.get("hosts")]
def off(host, at):
    state = [what for when, what, h in power if h == host and float(when) <= at]
    return bool(state) and state[-1] == "off"
wh = all_on = 0
for a, b in zip(looks, looks[1:]):
    for h in a["hosts"]:
        busy = sum(g["demand"] or 0 for g in a["guests"] if g["host"] == h["name"])
        w = h["idle_w"] + (h["peak_w"] - h["idle_w"]) * min(1, busy / h["cpus"])
        all_on += w * (b["at_s"] - a["at_s"]) / 3600
        wh += 0 if off(h["name"], a["at_s"]) else w * (b["at_s"] - a["at_s"]) / 3600
print("   %.1f Wh in %.0f s of quiet, %.1f Wh with all hosts on"
      % (wh, until - since, all_on))
sys.exit(not wh < 0.95 * all_on)
END
