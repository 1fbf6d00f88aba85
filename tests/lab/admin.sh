# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# The administrator's machine (read by lab): the lab's own end, which reaches
# every dom0 by ssh and every switch by SNMP and runs no Xen. Its settings,
# journals and plans are in $RUN/admin.

admin_files() {
    local d=$RUN/admin h s
    mkdir -p "$d"
    for h in $(hosts); do
        printf 'Host %s\n    HostName %s\n' "$h" "$(host_address "$h")"
    done > "$d/ssh_config"
    # shellcheck disable=SC2154
    cat >> "$d/ssh_config" <<EOF
Host *
    User root
    IdentityFile $keys/root
    IdentitiesOnly yes
    UserKnownHostsFile $RUN/known_hosts
    KexAlgorithms curve25519-sha256
    LogLevel ERROR
    ConnectTimeout 20
    ControlPath $RUN/ssh-%h
    ControlMaster auto
    ControlPersist 3600
EOF
    {
        echo "hosts = [ $(hosts | sed 's/.*/"&=&"/' | paste -sd, | sed 's/,/, /g') ]"
        echo "switches = [ $(for s in $(switches); do
            echo "\"$s=snmp:public@$(switch_address "$s")\""
        done | paste -sd, | sed 's/,/, /g') ]"
        # everything is slower under emulation
        echo 'ssh_timeout_s = 120'
        echo 'snmp_timeout_ms = 10000'
        echo "ssh_command = \"ssh -F $d/ssh_config\""
    } > "$d/rackhop.conf"
}
cmd_admin() { # CMD..
    [ -e "$RUN/up" ] || die "$LAB is not up"
    [ $# -gt 0 ] || usage
    [ -e "$RUN/admin/rackhop.conf" ] || admin_files
    local d=$RUN/admin
    # as the switch's namespace has no name for the hosts, ssh_config has
    in_mgmt env PATH="${RACKHOP_BUILD:-$here/../../build}:$PATH" \
        RACKHOP_CONF="$d/rackhop.conf" RACKHOP_STATE_DIR="$d/state" \
        RACKHOP_RUN_DIR="$d/run" "$@"
}
