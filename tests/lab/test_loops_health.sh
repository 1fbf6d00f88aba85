# SPDX-License-Identifier: LGPL-2.1-only
# rackhopd empties a host that shows errors of memory; and it gives more memory to a
# guest that swaps, which then swaps no more.
# topology: four
# by name: it wants a machine that does nothing else
# limit: 3600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loops.sh"

lab favour
lab guest h1 g1 mb=4 rate=20 tick=100
from=$(now)

step "a host whose memory errs is emptied, for a reason that is told"
# What EDAC would count: this machine emulates no such memory.
dom0 h1 'mount -t tmpfs edac /sys/devices/system/edac/mc
    mkdir /sys/devices/system/edac/mc/mc0
    echo 0 | tee /sys/devices/system/edac/mc/mc0/ce_count \
        > /sys/devices/system/edac/mc/mc0/ue_count'
agents
policy '"look_s": 5, "settle_s": 20, "hold_s": 60, "cooldown_s": 30, "return_s": 60'
settings 'loop_health = "act"' 'loop_power = "off"'
since=$(now)
rackhopd
known() { [ "$(figure h1 ecc_corrected_s newest 30)" != - ]; }
wait_until "its figure is known" known
wait_until "it has looked" looked "len([l for l in looks if not l['blocked']]) >= 2"
dom0 h1 'echo 500 > /sys/devices/system/edac/mc/mc0/ce_count'
since=$(now)
wait_until "it is found" looked "wishes('health')"
echo "   found $(seconds "$since") s after it began"
empty() { [ "$(dom0 h1 xl list | wc -l)" = 2 ]; }
wait_until "it is empty" empty
echo "   empty $(seconds "$since") s after it began"
wait_until "it rests" rests
rackhopd_ends
run loops
expect_out 'h1 shows memory errors that were corrected: [0-9.e+]* an hour, 0 are usual'
run lab admin rackhop hosts
expect_out '^h1 .*maint'
guest_is_whole "$(lab where g1)" g1 "$from"
run lab admin rackhop undrain h1
expect_rc 0

step "a guest that swaps gets more memory, and swaps no more"
dom0 h2 'modprobe -a loop xen-blkback
    losetup -d /dev/loop0 2> /dev/null
    truncate -s 80M /lab/swap && mkswap /lab/swap > /dev/null 2>&1 &&
        losetup /dev/loop0 /lab/swap'
# It has less memory than it wants from its start: Linux' balloon gives back no memory
# that would have to be swapped out. Dom0 has to keep what it swaps in memory.
# What it reads while it fills its memory is not what it usually reads, and would count
# for ten minutes. The loop gives 128 MiB or nothing.
# shellcheck disable=SC2016
dom0 h2 'kill $(pgrep -f "^rackhop agent")'
lab guest h2 hungry mem=56 maxmem=256 mb=48 tick=100 swap=/dev/xvdb \
    "cfg=disk = [ \"format=raw,vdev=xvdb,access=w,script=vbd-lab,target=/dev/loop0\" ]"
hungry=$(now)
swapped() { dom0 h2 cat /sys/class/block/loop0/stat | awk '{ print $1, $5 }'; }
filled() {
    local was
    was=$(swapped) && sleep 5 && [ "$(swapped)" = "$was" ]
}
wait_until "its memory is filled" filled
agent_begins h2
settings 'loop_memory = "act"' 'loop_power = "off"'
since=$hungry
rackhopd
wait_until "it knows what is usual" looked "[1 for l in looks
    for g in l.get('guests') or []
    if g['name'] == 'hungry' and g['starving'] is not None and g['starving'] < 20]"
lab tell hungry order random
lab tell hungry rate 200
wait_until "it is found" looked "wishes('memory')"
before=$(figure h2 swap_bytes_s mean 15 hungry)
more() { [ -n "$(deeds memory)" ]; }
wait_until "it gets more" more
deeds memory
lab tell hungry rate 2000 # so that it has all of it soon
fed() {
    awk -v b="$before" -v a="$(figure h2 swap_bytes_s mean 15 hungry)" \
        'BEGIN{exit !(a != "-" && a <= 0.2 * b)}'
}
wait_until "it swaps no more" fed
rackhopd_ends
echo "   from swap it read $before bytes a second, then $(figure h2 swap_bytes_s mean 15 hungry)"
run loops
run dom0 h2 rackhop memory list
guest_is_whole h2 hungry "$hungry"
