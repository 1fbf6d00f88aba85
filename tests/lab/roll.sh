# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# roll.sh: what tests of rolls share, read after lib.sh: a hook that has a host's
# power pulled and given back, and a check that fails while $T/sick is there.

# What stands for a BMC: the hook asks for its host's power to be pulled and
# waits; this loop, outside of the administrator's namespace, does it, for several
# hosts at once. While $T/keep-off is there, hosts stay off; while $T/gone is there,
# they do for good, and the hook ends. $T/image has the Debian that hosts boot from
# then on, if it is there.
mkdir "$T/bmc"
cat > "$T/hook" <<END
#!/bin/sh
echo "\$RACKHOP_HOST" >> "$T/hooks"
: > "$T/bmc/\$RACKHOP_HOST"
while [ -e "$T/bmc/\$RACKHOP_HOST" ]; do sleep 0.2; done
END
cat > "$T/check" <<END
#!/bin/sh
[ ! -e "$T/sick" ] || { echo "\$RACKHOP_HOST has a unit that failed"; exit 1; }
END
chmod +x "$T/hook" "$T/check"
: > "$T/hooks"
asking() { # the hosts whose hooks wait
    local h
    for h in "$T"/bmc/*; do [ ! -e "$h" ] || echo "${h##*/}"; done
}
power_cycle() { # HOST..
    local h
    for h; do lab stop "$h"; done
    [ ! -e "$T/gone" ] || { rm -f "${@/#/$T/bmc/}"; return; }
    : > "$T/off"
    while [ -e "$T/keep-off" ]; do sleep 0.2; done
    for h; do [ ! -e "$T/image" ] || lab image "$h" "$(cat "$T/image")"; done
    lab start "$@"
    lab install "$@"
    rm -f "$T/off" "${@/#/$T/bmc/}"
}
bmc() {
    local hosts now
    while [ -e "$T/hooks" ]; do
        hosts=$(asking)
        sleep 0.5
        now=$(asking) # hooks of one wave come together
        # shellcheck disable=SC2086
        [ -z "$hosts" ] || [ "$hosts" != "$now" ] || power_cycle $hosts
    done
}
bmc > "$T/bmc.log" 2>&1 &
BMC=$!
trap 'rm -f "$T/hooks"; kill $BMC 2> /dev/null || true; rm -rf "$T"' EXIT
bmc_ends() {
    rm "$T/hooks"
    wait $BMC
}

boot_of() { dom0 "$1" cat /proc/sys/kernel/random/boot_id; } # HOST
roll() { # ARGS..
    lab admin rackhop roll --yes --hook-at admin --reboot --hook "$T/hook" \
        --check "$T/check" --back-timeout 30m "$@"
}
hooks() { grep -c "^$1\$" "$T/hooks" || true; } # HOST: so often
