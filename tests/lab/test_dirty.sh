# SPDX-License-Identifier: LGPL-2.1-only
# The dirtying curve of a guest whose rate and working set are known; and
# log-dirty goes off whatever happens to the sampler.
# topology: two-rack
. "$(dirname "$0")/lib.sh"

lab guest h1 g1 mb=8 rate=2000

step "2000 pages/s of 2048: the set shows, the rate is of that order"
run dom0 h1 rackhop dirty g1
expect_rc 0
expect_out '^ *after +pages'
run dom0 h1 rackhop dirty --json g1
expect_rc 0
read -r pages rate < <(sed 's/^ *| *//' <<< "$OUT" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["points"][-1]["pages"], d["dirty_mib_s"])')
expect_num "pages after 5 s" "$pages" '>=' 1500
expect_num "pages after 5 s" "$pages" '<=' 4000
expect_num "MiB/s" "$rate" '>' 1
expect "it is kept for the next plan" dom0 h1 'rackhop facts --sample 0 | grep -q dirty_mib_s'

off() { # log-dirty can be turned on: nobody left it on
    dom0 h1 rackhop dirty --intervals 50 g1 > /dev/null
}
step "the sampler is killed: its watchdog turns log-dirty off"
dom0 h1 'rackhop dirty --intervals 60000 g1 & pid=$!
    until ls /run/rackhop/*.sampling > /dev/null 2>&1; do busybox usleep 50000; done
    kill -9 $pid'
wait_until "log-dirty is off" off

step "the watchdog is killed as well: the next start does it"
dom0 h1 'rackhop dirty --intervals 60000 g1 & pid=$!
    until [ "$(busybox pidof rackhop | wc -w)" -ge 2 ]; do busybox usleep 50000; done
    all=$(busybox pidof rackhop)
    kill -STOP $all; kill -9 $all; true'
expect "a marker is left" dom0 h1 'ls /run/rackhop/*.sampling'
expect "the next start cleans up" off
refuse "the marker is gone" dom0 h1 'ls /run/rackhop/*.sampling 2> /dev/null'
guest_ticks g1
