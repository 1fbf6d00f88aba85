# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Hosts of the lab (read by lab): each is a QEMU process that emulates an AMD
# machine with nested paging; Xen boots in it, and Debian as its dom0.

# docs/LAB says what each flag is off for.
CPU_BASE=EPYC,-smap,-smep,-monitor,-adx,-bmi1,-bmi2,-rdtscp,-xsave,-avx,-avx2
CPU_BASE=$CPU_BASE,-fma,-f16c
XEN_ARGS="loglvl=warning guest_loglvl=warning spec-ctrl=no xpti=no bootscrub=no"
LIMIT=${RACKHOP_LAB_LIMIT:-600}    # seconds for a host to come up

alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2> /dev/null; }

host_tap() { # NAMESPACE NAME: a port of the switch
    ip -n "$1" tuntap del dev "$2" mode tap 2> /dev/null || true
    ip -n "$1" tuntap add dev "$2" mode tap
    ip -n "$1" link set "$2" master br0 up
}
host_up() { # NAME SWITCH ADDRESS/LEN [KEY=VALUE..]
    local h=$1 n addr=$3 cpu=$CPU_BASE mem=768 dom0=320 smp=1 nic=10000
    local suite=bookworm kv x y z d mac card='' machine=pc more=()
    n=$(ns "$2"); shift 3
    for kv; do
        case $kv in
        cpu=*) cpu=${kv#*=} cpu=${cpu/#base/$CPU_BASE} ;;
        mem=*) mem=${kv#*=} ;;
        dom0=*) dom0=${kv#*=} ;;
        smp=*) smp=${kv#*=} ;;
        nic=*) nic=${kv#*=} ;;
        image=*) suite=${kv#*=} ;;
        card=*) card=${kv#*=} ;;
        iommu=amd) machine=q35 more+=(-device amd-iommu) ;;
        *) die "$h: cpu=, mem=, dom0=, smp=, nic=, card=, iommu=amd or image=," \
            "not '$kv'" ;;
        esac
    done
    x=xen_$suite y=kernel_$suite z=initrd_$suite d=disk_$suite
    mac=${addr%/*} mac=$(printf '52:54:00:77:00:%02x' "${mac##*.}")
    host_tap "$n" "$h"
    if [ -n "$card" ]; then
        host_tap "$n" "$h-card"
        more+=(-netdev "tap,id=n1,ifname=$h-card,script=no,downscript=no"
            -device "$card,netdev=n1,mac=${mac/#52:54:00:77/52:54:00:79},romfile=,addr=11")
    fi
    # what the switch says of the port's speed, by SNMP
    ip netns exec "$n" ethtool -s "$h" speed "$nic" duplex full autoneg off
    # a switch's port has the same address after its host was booted
    ip -n "$n" link set "$h" address "${mac/#52:54:00:77/52:54:00:78}"
    # What a host writes down outlives the loss of its power; the rest of its
    # disk is as new after each start.
    if [ ! -e "$RUN/$h.state" ]; then
        truncate -s 32M "$RUN/$h.state"
        mke2fs -q -t ext4 -I 256 "$RUN/$h.state" < /dev/null
    fi
    ip netns exec "$n" qemu-system-x86_64 -name "$h" -nodefaults \
        -display none -no-reboot -machine "$machine,usb=off" \
        -accel tcg,thread=multi,tb-size=512 -cpu "$cpu" -smp "$smp" -m "$mem" \
        -kernel "${!x}" \
        -append "console=com1 com1=115200,8n1 dom0_mem=${dom0}M,max:${dom0}M $XEN_ARGS" \
        -initrd "${!y} console=hvc0 quiet mitigations=off panic=5 host=$h ip=$addr peers=$(peers),${!z}" \
        -drive "file=${!d},if=none,id=d0,format=raw,snapshot=on,cache=unsafe" \
        -device virtio-blk-pci,drive=d0 \
        -drive "file=$RUN/$h.state,if=none,id=d1,format=raw,cache=writeback" \
        -device virtio-blk-pci,drive=d1 \
        -netdev "tap,id=n0,ifname=$h,script=no,downscript=no" \
        -device "virtio-net-pci,netdev=n0,mac=$mac,romfile=,speed=$nic,duplex=full" \
        "${more[@]}" \
        -chardev "socket,id=c0,path=$RUN/$h.console,server=on,wait=off,logfile=$RUN/$h.log" \
        -serial chardev:c0 -monitor "unix:$RUN/$h.monitor,server=on,wait=off" \
        -pidfile "$RUN/$h.pid" -daemonize \
        < /dev/null > "$RUN/$h.qemu.log" 2>&1 9>&- || {
        grep -v "TCG doesn't support requested feature" "$RUN/$h.qemu.log" >&2
        die "QEMU of $h does not start"
    }
}

# Until its sshd answers and its tools are up.
host_wait() { # NAME
    local h=$1 a t0=$SECONDS; a=$(host_address "$1")
    while [ $((SECONDS - t0)) -lt "$LIMIT" ]; do
        if ! alive "$RUN/$h.pid"; then
            tail -n 5 "$RUN/$h.log" >&2
            die "$h died"
        fi
        if in_mgmt bash -c "exec 3<>/dev/tcp/$a/22 && read -t 5 x <&3" \
            2> /dev/null 9>&-; then
            host_ssh "$h" 'until [ -e /run/ready ]; do
                busybox usleep 100000; done
                mkdir -p /var/lib/rackhop
                mount -t ext4 /dev/vdb /var/lib/rackhop' 9>&- && return 0
        fi
        sleep 0.2
    done
    die "$h does not answer after $LIMIT s"
}

ssh_options() {
    SSH=(-q -F none -i "$keys/root" -o IdentitiesOnly=yes
        -o UserKnownHostsFile="$RUN/known_hosts" -o ConnectTimeout=20
        -o KexAlgorithms=curve25519-sha256 -o LogLevel=ERROR
        -o ServerAliveInterval=10 -o ServerAliveCountMax=12
        -o ControlPath="$RUN/ssh-%h" -o ControlMaster=auto
        -o ControlPersist=3600)
}
host_ssh() { # HOST CMD..
    local h=$1; shift
    ssh_options
    in_mgmt ssh "${SSH[@]}" "root@$(host_address "$h")" "$@"
}
cmd_ssh() { must host "${1:-}"; host_ssh "$@"; }
cmd_cp() {
    [ $# -ge 2 ] || usage
    local to=${!#} f args=()
    for f in "${@:1:$#-1}" "$to"; do
        case $f in
        *:*) must host "${f%%:*}"
            args+=("root@$(host_address "${f%%:*}"):${f#*:}") ;;
        *) args+=("$f") ;;
        esac
    done
    ssh_options
    in_mgmt scp "${SSH[@]}" "${args[@]}"
}

# What the Debian packages contain is unpacked into running dom0s, so that the
# lab tests what a user installs, and a change of it needs no new image. A
# trixie host takes the package for its own Xen. RACKHOP_BUILD=DIR takes the
# programs out of a build directory instead, to /usr/local.
install_files() { # XEN DIR: fill DIR with what belongs into /
    local b=${RACKHOP_BUILD:-} deb
    rm -rf "$2"
    mkdir -p "$2"
    if [ -z "$b" ]; then
        deb=$("$here/../../debian/build.sh" "$1") || return 1
        for deb in $deb; do dpkg-deb -x "$deb" "$2" || return 1; done
        if [ -d "$2/lib" ]; then # a link to usr/lib in a dom0
            mkdir -p "$2/usr/lib"
            cp -r "$2/lib/." "$2/usr/lib/" && rm -r "$2/lib"
        fi
        return
    fi
    [ "$1" = 4.17 ] || b=$b/xen420
    [ -x "$b/rackhop" ] || {
        say "no $b/rackhop: make, or for trixie tests/xen420.sh"
        return 1
    }
    mkdir -p "$2/usr/local/bin" "$2/usr/local/libexec/rackhop"
    strip -o "$2/usr/local/bin/rackhop" "$b/rackhop"
    strip -o "$2/usr/local/libexec/rackhop/save-helper" \
        "$b/rackhop-save-helper"
    strip -o "$2/usr/local/libexec/rackhop/wire" "$b/rackhop-wire"
}
cmd_install() {
    local h x d pids=() p rc=0 all='' ready=' '
    [ -e "$RUN/topology" ] || die "$LAB is not up"
    # shellcheck disable=SC2046
    [ $# -gt 0 ] || { all=yes; set -- $(hosts); }
    d=$RUN/install.$$
    for h; do
        must host "$h"
        x=4.17
        case $(row host "$h") in *image=trixie*) x=4.20 ;; esac
        case $ready in *" $x "*) ;; *)
            if ! install_files "$x" "$d/$x"; then
                [ -n "$all" ] && [ $x = 4.20 ] ||
                    die "no rackhop for Xen $x"
                say "$h gets NO rackhop: none could be built for Xen $x"
                continue
            fi
            ready="$ready$x " ;;
        esac
        tar -C "$d/$x" -c . | host_ssh "$h" 'busybox tar -C / -x' &
        pids+=($!)
    done
    for p in "${pids[@]}"; do wait "$p" || rc=1; done
    rm -rf "$d"
    : > "$RUN/installed"
    return $rc
}

# From its next start on.
cmd_image() { # HOST SUITE
    local x=xen_${2:-}
    must host "${1:-}"
    [ -n "${!x:-}" ] || die "no host of this topology has the image '${2:-}'"
    ! alive "$RUN/$1.pid" || die "$1 runs: stop it first"
    sed -i "/^ *host $1 /{s/ image=[a-z]*//;s/\$/ image=$2/}" "$RUN/topology"
}
cmd_start() { # HOST..: all boot at once
    local h n s a opts
    for h in "${@:-}"; do must host "$h"; done
    lock
    for h; do ! alive "$RUN/$h.pid" || die "$h runs already"; done
    for h; do
        read -r _ n s a opts < <(row host "$h")
        # shellcheck disable=SC2086
        host_up "$n" "$s" "$a" $opts
    done
    for h; do host_wait "$h"; done
}
cmd_stop() {
    must host "${1:-}"
    lock
    ssh_options
    ssh "${SSH[@]}" -O exit "root@$(host_address "$1")" 2> /dev/null || true
    alive "$RUN/$1.pid" || return 0
    local p; p=$(cat "$RUN/$1.pid")
    kill -9 "$p"
    while kill -0 "$p" 2> /dev/null; do sleep 0.05; done
    rm -f "$RUN/$1.pid"
}
cmd_freeze() { must host "${1:-}"; kill -STOP "$(cat "$RUN/$1.pid")"; }
cmd_thaw() { must host "${1:-}"; kill -CONT "$(cat "$RUN/$1.pid")"; }
# No guests, no records; a host that is down, hangs or does not answer is
# started anew.
host_reset() { # HOST
    local h=$1
    if alive "$RUN/$h.pid"; then
        cmd_thaw "$h"
        # shellcheck disable=SC2016
        timeout 120 "$here/lab" ssh "$h" '
            for p in /proc/[0-9]*; do
                case $(readlink $p/exe) in */xl | */rackhop | */save-helper | \
                    */rackhop/wire | */libxl-save-helper) kill ${p#/proc/} ;; esac
            done
            for i in 1 2 3 4 5 6 7 8 9 10; do
                d=$(xl list | awk "NR > 2 { print \$2 }")
                [ -n "$d" ] || break
                for x in $d; do xl destroy $x; done
            done
            # a test may have put it into /var/lib/rackhop
            ! mountpoint -q /etc/xen || umount -l /etc/xen
            rm -rf /lab/*.cfg /var/lib/rackhop/* /run/rackhop \
                /etc/rackhop/rackhop.conf /etc/rackhop/pki
            [ -z "$d" ]' > /dev/null 2>&1 9>&- && return 0
        say "$h does not answer or keeps its guests; starting it anew"
    fi
    "$here/lab" stop "$h"
    rm -f "$RUN/$h.state"
    "$here/lab" start "$h"
    [ ! -e "$RUN/installed" ] || "$here/lab" install "$h"
}
# Saves the seconds of a key exchange under emulation at each migration.
cmd_warm() {
    local h pids=() p
    for h in $(hosts); do
        host_ssh "$h" "for p in $(hosts | grep -vx "$h" | paste -sd' '); do
            ssh -O check \$p 2> /dev/null ||
                ssh -fNM \$p < /dev/null > /dev/null 2>&1; done" &
        pids+=($!)
    done
    for p in "${pids[@]}"; do wait "$p"; done
}
# Without it a dom0 gets of its one processor what each of its guests gets, and
# a move stands still beside three of them.
cmd_favour() {
    local h pids=() p rc=0
    for h in $(hosts); do
        host_ssh "$h" 'xl sched-credit2 -d 0 -w 1024' &
        pids+=($!)
    done
    for p in "${pids[@]}"; do wait "$p" || rc=1; done
    return $rc
}
