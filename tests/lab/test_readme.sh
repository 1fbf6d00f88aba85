# SPDX-License-Identifier: LGPL-2.1-only
# Runs every command that README shows: the first steps on the hosts, the rest on
# the administrator's machine. Two of them ask before they move a guest, so they
# get --yes.
# topology: demo
. "$(dirname "$0")/lib.sh"
readme=$LABDIR/../../README

commands() { # indented lines, without what is said of them, and `quoted` ones
    sed -n 's/^    \(rackhop .*\)$/\1/p' "$readme" | sed 's/   *[a-z].*//'
    sed -n 's/.*`\(rackhop [^`]* [^`]*\)`.*/\1/p' "$readme"
}
commands > "$T/commands"
expect_num "commands in README" "$(wc -l < "$T/commands")" '>=' 16

step "make's targets are there"
sed -n 's/^    make \([a-z-]*\).*/\1/p; s/.*`make \([a-z-]*\)[^`]*`.*/\1/p' "$readme" |
    sort -u > "$T/targets"
expect_num "targets in README" "$(wc -l < "$T/targets")" '>=' 6
while read -r t; do
    make -C "$LABDIR/../.." -n "$t" > /dev/null || fail "make $t"
    echo "   make $t"
done < "$T/targets"

lab favour
lab guest r1h1 web1 mb=4 rate=40 tick=100
from=$(now)
lab admin true
# until each switch has heard its neighbours
mapped() { lab admin rackhop topology r1h1 r2h2; }
wait_until "the map is whole" mapped

cd "$T"
while read -r -u 3 c; do
    step "$c"
    # shellcheck disable=SC2086
    case $c in
    *--snapshot* | *" -o "*) run lab admin $c ;;
    "rackhop facts"* | "rackhop dirty"* | "rackhop migrate"* | "rackhop recover"*)
        h=$(lab where web1)
        run dom0 "$h" "$c" ;;
    "rackhop drain"* | "rackhop rebalance"*) run lab admin $c --yes ;;
    *) run lab admin $c ;;
    esac
    expect_rc 0
done 3< "$T/commands"

step "web1 has left the rack, and is whole"
guest_is_whole r2h2 web1 "$from"
