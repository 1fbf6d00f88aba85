# SPDX-License-Identifier: LGPL-2.1-only
# What a guest asks of its host besides memory, disks and bridges: files,
# scripts, CPUs and pools are looked for before anything is sent; pins, weight,
# memory target and what was plugged are after the move what they were.
# Guests tick seldom: docs/LAB, Findings, on hosts with two processors.
# topology: checks
# limit: 2400
. "$(dirname "$0")/lib.sh"

refused() { # WHAT PATTERN ARGS..: before a page is sent
    local what=$1 pattern=$2; shift 2
    step "$what"
    run dom0 h1 rackhop migrate --json "$@"
    expect_rc 1
    expect_out "$pattern"
    refuse_out '"round"'
}
pinned() { # HOST GUEST CPUS: the hard affinity of its first vCPU
    dom0 "$1" "xl vcpu-list $2" | awk 'NR == 2 {print $7}' | grep -qx "$3"
}
# What of a guest has to be the same on both hosts, without what is named by
# numbers of the host.
shape() { # HOST GUEST
    dom0 "$1" "xl list -l $2" | python3 -c '
import json, sys
c = json.load(sys.stdin)[0]["config"]
b = c["b_info"]
print(b["max_vcpus"], b.get("avail_vcpus"), b["target_memkb"],
      b.get("sched_params"), len(c.get("disks", [])), len(c.get("nics", [])))'
}

# --- files and scripts (E9, E5) -----------------------------------------------

step "the kernel is missing at the target host: a warning, and the guest moves"
lab guest h1 g1 mb=8 tick=500 every=1 'cfg=cpus = "0"'
from=$(now)
dom0 h2 mv /lab/guest-vmlinux /lab/gone
run dom0 h1 rackhop migrate g1 h2
dom0 h2 mv /lab/gone /lab/guest-vmlinux
expect_rc 0
expect_out 'h2 has no /lab/guest-vmlinux \(kernel=\), with which g1 starts'
guest_is_whole h2 g1 "$from"
run dom0 h2 rackhop migrate g1 h1
expect_rc 0
refuse_out 'starts: it can move'
guest_is_whole h1 g1 "$from"

dom0 h1 'printf "#!/bin/sh\nexec /etc/xen/scripts/vif-bridge \"\$@\"\n" > /lab/vif-x
    chmod +x /lab/vif-x'
lab guest h1 g2 mb=4 tick=500 wait=no 'cfg=vif = [ "bridge=xenbr0,script=/lab/vif-x" ]'
refused "a script of an interface" 'h2 has no /lab/vif-x \(script= of vif\)' \
    g2 h2
dom0 h1 xl destroy g2

# --- CPUs and pools (E10, E11) ------------------------------------------------

lab guest h1 g3 mb=4 tick=500 wait=no 'cfg=cpus = "1"'
refused "cpus= that the target host lacks" \
    'Pool-0 of h3 has no CPU 1, to which the configuration of g3' g3 h3
step "cpus= that it has"
run dom0 h1 rackhop migrate g3 h2
expect_rc 0
expect "g3 is pinned as configured" pinned h2 g3 1
dom0 h2 xl destroy g3

step "xl vcpu-pin goes along, and so does its undoing"
dom0 h1 xl vcpu-pin g1 0 1
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
wait_until "g1 is pinned to CPU 1" pinned h2 g1 1
dom0 h2 xl vcpu-pin g1 0 0
run dom0 h2 rackhop migrate g1 h1
expect_rc 0
wait_until "g1 is pinned to CPU 0" pinned h1 g1 0
step "a pin that the target host can't keep is a warning"
dom0 h1 xl vcpu-pin g1 0 1
run dom0 h1 rackhop migrate g1 h3
expect_rc 0
expect_out 'h3 has no CPU 1, to which vCPUs 0-0 of g1 are pinned'
guest_is_whole h3 g1 "$from"
run dom0 h3 rackhop migrate g1 h1
expect_rc 0

step "a pool that is not there, and one with another scheduler"
for h in h1 h2; do
    dom0 $h xl cpupool-cpu-remove Pool-0 1
done
dom0 h1 "xl cpupool-create 'name=\"p\"' 'sched=\"credit\"' 'cpus=[\"1\"]'"
lab guest h1 g4 mb=4 tick=500 wait=no 'cfg=pool = "p"'
refused "no pool" 'h2 has no CPU pool p, in which g4 runs' g4 h2
dom0 h2 "xl cpupool-create 'name=\"p\"' 'sched=\"credit2\"' 'cpus=[\"1\"]'"
refused "another scheduler" 'pool p of h2 has the scheduler credit2' g4 h2
step "a pool that fits"
dom0 h2 'xl cpupool-destroy p'
dom0 h2 "xl cpupool-create 'name=\"p\"' 'sched=\"credit\"' 'cpus=[\"1\"]'"
dom0 h1 xl sched-credit -d g4 -w 512 -c 50
run dom0 h1 rackhop migrate g4 h2
expect_rc 0
run dom0 h2 xl sched-credit -d g4
expect_out 'g4 .* 512 +50'
dom0 h2 'xl destroy g4; xl cpupool-destroy p; xl cpupool-cpu-add Pool-0 1'
dom0 h1 'xl cpupool-destroy p; xl cpupool-cpu-add Pool-0 1'

# --- what was changed while it ran (E13) --------------------------------------

step "memory target, vCPUs and plugged devices"
lab guest h1 g5 mb=8 mem=64 tick=500 vcpus=2 'cfg=cpus = [ "0", "1" ]'
dom0 h1 'xl mem-set g5 60m; xl vcpu-set g5 1
    xl network-attach g5 bridge=xenbr0'
sleep 3
before=$(shape h1 g5)
run dom0 h1 rackhop migrate g5 h2
expect_rc 0
[ "$(shape h2 g5)" = "$before" ] || fail "g5 was $before, is $(shape h2 g5)"
dom0 h2 xl destroy g5

# --- xenstore (E14) -----------------------------------------------------------

in_store() { # HOST GUEST KEY VALUE
    dom0 "$1" "xenstore-read /local/domain/\$(xl domid $2)/$3" | grep -qx "$4"
}
step "data/ and vm-data/ stay behind, unless the setting has them go along"
dom0 h1 'd=/local/domain/$(xl domid g1)
    xenstore-write $d/data/x 1 $d/vm-data/role db'
run dom0 h1 rackhop migrate g1 h2
expect_rc 0
refuse "vm-data went along" in_store h2 g1 vm-data/role db
dom0 h2 'd=/local/domain/$(xl domid g1)
    xenstore-write $d/data/x 1 $d/vm-data/role db
    mkdir -p /etc/rackhop
    echo "xenstore_data = \"yes\"" > /etc/rackhop/rackhop.conf'
run dom0 h2 rackhop migrate g1 h1
dom0 h2 rm /etc/rackhop/rackhop.conf
expect_rc 0
expect "data/x is there" in_store h1 g1 data/x 1
expect "vm-data/role is there" in_store h1 g1 vm-data/role db
guest_is_whole h1 g1 "$from"
