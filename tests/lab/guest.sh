# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# Guests of the lab (read by lab): domains that run guest/init.c, and the
# collector that notes their ticks in $RUN/ticks.

collector_up() {
    : > "$RUN/ticks"
    daemon_in "$(first_switch)" collector python3 "$here/ticks.py" collect \
        "$RUN/ticks"
}

# Each name gets an address once; it keeps it for the life of the lab.
guest_address() { # NAME
    local n
    [ -e "$RUN/guests" ] || : > "$RUN/guests"
    if ! grep -q "^$1 " "$RUN/guests"; then
        n=$(wc -l < "$RUN/guests")
        [ "$n" -lt 90 ] || die "90 guests are all that the lab's network has"
        echo "$1 10.77.0.$((n + 101))" >> "$RUN/guests"
    fi
    awk -v g="$1" '$1==g{print $2}' "$RUN/guests"
}

# peer= is the name of a guest, which need not be there yet.
# Keys of the domain: mem= and maxmem= (MiB), vcpus=, type=pvh|pv|hvm, cfg='line of
# xl.cfg' (may be given often), wait=no. Everything else goes to guest/init.c. A PV
# guest has the kernel of domain 0, on hosts with image=shadow or image=hvm; so has
# an HVM guest, on those with image=hvm.
cmd_guest() {
    [ $# -ge 2 ] || usage
    must host "$1"
    local h=$1 g=$2 mem='' vcpus=1 type=pvh wait=yes more='' init='' mb=4 kernel=guest
    local initrd=guest vif=''
    local kv addr t0 least=28 maxmem='' swap=''; shift 2
    case $g in *[!A-Za-z0-9_.-]* | '') die "guest '$g': letters, digits, - _ ." ;; esac
    for kv; do
        case $kv in
        mem=*) mem=${kv#*=} ;;
        maxmem=*) maxmem=${kv#*=} ;;
        swap=*) swap=yes init+=" $kv" ;;
        peer=*) init+=" peer=$(guest_address "${kv#*=}")" ;;
        vcpus=*) vcpus=${kv#*=} ;;
        type=*) type=${kv#*=} ;;
        wait=*) wait=${kv#*=} ;;
        cfg=*) more+="${kv#*=}"$'\n' ;;
        mb=*) mb=${kv#*=} init+=" $kv" ;;
        [a-z]*=*) init+=" $kv" ;;
        *) die "guest: KEY=VALUE, not '$kv'" ;;
        esac
    done
    # shellcheck disable=SC2154
    case $guest_kernel in cloudkernel*) least=76 ;; esac
    case $type in
    pv) least=96 kernel=pv initrd=pv ;;
    hvm) least=160 kernel=hvm initrd=pv
        more+=$'vga = "none"\nvnc = 0\n' vif=,type=vif ;;
    esac
    [ -z "$swap" ] || least=-$mb # what it has no memory for it swaps
    [ -n "$mem" ] || mem=$((mb + least))
    [ "$mem" -ge $((mb + least)) ] || die \
        "guest $g: mb=$mb needs mem=$((mb + least)); with less it has no memory"
    addr=$(guest_address "$g")
    t0=$(date +%s.%N)
    host_ssh "$h" "cat > /lab/$g.cfg && xl create -q /lab/$g.cfg" <<EOF
name = "$g"
type = "$type"
memory = $mem
maxmem = ${maxmem:-$mem}
vcpus = $vcpus
kernel = "/lab/$kernel-vmlinux"
ramdisk = "/lab/$initrd-initrd"
extra = "console=hvc0 quiet mitigations=off oops=panic panic=-1 name=$g addr=$addr dst=$MGMT$init"
vif = [ "mac=00:16:3e:77:00:$(printf %02x "${addr##*.}"),bridge=xenbr0$vif" ]
on_crash = "destroy"
$more
EOF
    [ "$wait" = no ] || tick_after "$g" "$t0" "$LIMIT" > /dev/null ||
        die "$g sent no tick; see /var/log/xen/console/guest-$g.log in $h"
}

# The first tick of a guest that arrived after a time.
tick_after() { # NAME FROM LIMIT
    python3 "$here/ticks.py" wait "$RUN/ticks" "$1" "$2" "$3"
}
cmd_tell() {
    [ $# -ge 2 ] || usage
    local g=$1; shift
    grep -q "^$g " "$RUN/guests" || die "no guest '$g' was started here"
    in_mgmt bash -c 'printf %s "$1" > "/dev/udp/$0/7777"' \
        "$(guest_address "$g")" "$*"
}
# Prints "ok" or the number of bad pages. The datagram may get lost, the ID
# tells one check from the one before.
cmd_verify() { # NAME [SECONDS]
    local g=$1 id t0=$SECONDS limit=${2:-120} bad
    id=$(date +%s%N | cut -c6-15)
    id=$((10#$id + 1))
    while [ $((SECONDS - t0)) -lt "$limit" ]; do
        cmd_tell "$g" "check $id"
        bad=$(python3 "$here/ticks.py" check "$RUN/ticks" "$g" "$id" 2) || continue
        [ "$bad" != 0 ] || { echo ok; return 0; }
        echo "$bad bad pages"
        return 1
    done
    echo "no answer"
    return 1
}
cmd_ticks() {
    case $# in 1 | 2 | 3) ;; *) usage ;; esac
    [ -e "$RUN/ticks" ] || die "$LAB is not up"
    python3 "$here/ticks.py" gaps "$RUN/ticks" "$@"
}
cmd_steal() {
    [ $# = 3 ] || usage
    python3 "$here/ticks.py" steal "$RUN/ticks" "$@" || die "$1 has not ticked twice"
}
cmd_where() { # NAME: one host a line
    local h
    [ $# = 1 ] || usage
    for h in $(hosts); do
        alive "$RUN/$h.pid" || continue
        ! host_ssh "$h" "xl domid '$1' > /dev/null 2>&1" || echo "$h"
    done
}
