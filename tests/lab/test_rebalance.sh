# SPDX-License-Identifier: LGPL-2.1-only
# A batch job evens out a cluster: it makes only moves that are worth their cost,
# a second job at the same time is refused, and a later one has nothing to do.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

lab favour

event() { # PYTHON EXPRESSION over e, the lines of $OUT that are JSON
    python3 -c '
import json, sys
e = [json.loads(l) for l in sys.stdin if l.startswith("{")]
def of(kind): return [x for x in e if x["event"] == kind]
print(eval(sys.argv[1]))' "$1" <<< "$OUT"
}
count() { # HOST: its guests
    dom0 "$1" 'xl list | awk "NR > 2" | wc -l'
}
batch() { lab admin rackhop rebalance --yes --max-moves 4 --json; }

for g in "g1 mb=4 rate=20" "g2 mb=4 rate=20" "g3 mb=8 rate=50" "g4 mb=8"; do
    # shellcheck disable=SC2086
    lab guest h1 $g tick=50
done
from=$(now)

step "without --yes and without a terminal it asks nobody and moves nothing"
RC=0
run lab admin rackhop rebalance --max-moves 4
expect_rc 2
[ "$(count h1)" = 4 ] || fail "h1 has $(count h1) guests, not 4"

step "two at once: the second is refused by name"
(batch > "$T/first" 2>&1; echo $? > "$T/rc") &
moves() { grep -q '"event":"start"' "$T/first"; }
wait_until "a move is under way" moves
run batch
expect_rc 1
expect_out "$(sed -n 's/.*"run":"\([^"]*\)".*/\1/p' "$T/first" | head -n 1)"

step "a snapshot meanwhile has each guest once, and its memory at both ends"
arrives() {
    lab admin rackhop snapshot -o "$T/now.json" > "$T/err" 2>&1 &&
        grep -q '"arriving"' "$T/now.json"
}
wait_until "a copy is under construction" arrives
[ ! -s "$T/err" ] || fail "the snapshot has problems: $(cat "$T/err")"
python3 - "$T/now.json" <<'END' || fail "the snapshot is wrong"
import json, sys
s = json.load(open(sys.argv[1]))
uuids = [d["uuid"] for d in s["domains"]]
assert len(set(uuids)) == len(uuids) == 4, s["domains"]
to, = [h for h in s["hosts"] if "arriving" in h]
guest, = [d for d in s["domains"] if d["uuid"] in to["arriving"]]
assert guest["host"] != to["name"], guest
least = min(h["reserved_mib"] for h in s["hosts"])
assert to["reserved_mib"] >= least + guest["memory_mib"] - 8, s["hosts"]
END
wait
OUT=$(cat "$T/first") RC=$(cat "$T/rc")
sed 's/^/   | /' "$T/first"
expect_rc 0
n=$(event 'len(of("done"))')
expect_num "moves" "$n" '>=' 1
expect_num "moves" "$n" '<=' 4
[ "$(event 'of("end")[-1]["code"]')" = 0 ] || fail "its last line is no end"

step "the cluster is even"
for h in h1 h2 h3; do echo "   $h has $(count $h) guests"; done
expect_num "guests of h1" "$(count h1)" '<=' 2
expect_num "guests of h2" "$(count h2)" '>=' 1
expect_num "guests of h3" "$(count h3)" '>=' 1
for g in g1 g2 g3 g4; do
    guest_is_whole "$(lab where $g)" $g "$from"
done

step "once more: nothing pays any more"
run batch
expect_rc 0
[ "$(event 'len(of("start"))')" = 0 ] || fail "it moved guests again"
expect_out 'nothing to move'
