# SPDX-License-Identifier: LGPL-2.1-only
# A guest's memory goes in frames where both hosts want it so: fewer bytes, and
# each page is what it was; also where one of them does not want it.
# topology: pair
# limit: 2400
. "$(dirname "$0")/lib.sh"

moved() { # CODEC-AT-SOURCE CODEC-AT-TARGET [OPTION..]: sets $SENT, MiB
    local at to; at=$(lab where g1)
    case $at in h1) to=h2 ;; *) to=h1 ;; esac
    step "codec = $1 at the source host, $2 at the target host ${*:3}"
    dom0 "$at" "echo 'codec = \"$1\"' > /etc/rackhop/rackhop.conf"
    dom0 "$to" "echo 'codec = \"$2\"' > /etc/rackhop/rackhop.conf"
    run dom0 "$at" rackhop migrate "${@:3}" g1 "$to"
    expect_rc 0
    guest_is_whole "$to" g1 "$from"
    SENT=$(sed -n 's/.*rounds\{0,1\}, \([0-9.]*\) MiB sent$/\1/p' <<< "$OUT")
}

for h in h1 h2; do dom0 $h mkdir -p /etc/rackhop; done
lab guest h1 g1 mb=8 rate=100 ws=2M
from=$(now)
moved off off
plain=$SENT
expect_num "MiB sent without the codec" "$plain" '>' 30
moved auto auto
expect_num "MiB sent with it" "$SENT" '<' "$(awk "BEGIN{print 0.6 * $plain}")"
echo "note: $SENT MiB with the codec, $plain without"
moved auto off
expect_num "MiB sent where the target wants none" "$SENT" '>' 30
moved auto auto --debug

# With --debug each page goes whole, so those of a guest that is faster than its
# link are left out of rounds; and then all of them are compared.
leaves_out() { # yes|no: sets $LEFT, pages, and $SENT, bytes
    local at to; at=$(lab where g1)
    case $at in h1) to=h2 ;; *) to=h1 ;; esac
    step "a guest that is faster than its link, leave_out = $1"
    dom0 "$at" "echo 'leave_out = \"$1\"' > /etc/rackhop/rackhop.conf"
    run dom0 "$at" rackhop migrate --rate 32 --debug --json g1 "$to"
    expect_rc 0
    guest_is_whole "$to" g1 "$from"
    LEFT=$(sed -n 's/^{"event":"end".*"left_out_pages":\([0-9]*\).*/\1/p' <<< "$OUT")
    SENT=$(sed -n 's/^{"event":"end".*"bytes":\([0-9]*\).*/\1/p' <<< "$OUT")
    LEFT=${LEFT:-0}
    echo "note: $SENT bytes, $LEFT pages left out"
}
lab tell g1 ws 6
lab tell g1 rate 1500
leaves_out no
expect_num "pages left out" "$LEFT" '==' 0
leaves_out yes
expect_num "pages left out" "$LEFT" '>' 100
for h in h1 h2; do dom0 $h rm -f /etc/rackhop/rackhop.conf; done
