#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# image.sh [SUITE...]: make what the lab boots, and print the directory of each
# part as shell assignments. SUITE is a Debian release for dom0: bookworm (Xen
# 4.17, the default), trixie (Xen 4.20); or a bookworm of another kind: shadow, with
# a Xen 4.17 that has shadow paging and a kernel for PV guests; hvm, with a device
# model, and kernels for HVM and PV guests.
#
# Each part is made once for each state of its inputs, in
# $RACKHOP_LAB_CACHE/PART/KEY (/var/cache/rackhop-lab). KEY is a hash of the
# function that makes it, the files and the parts that go into it. With all in
# place nothing is read from the network. RACKHOP_LAB_KERNEL=cloud takes
# Debian's cloud kernel for guests instead of building a small one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
C=${RACKHOP_LAB_CACHE:-/var/cache/rackhop-lab}
declare -A D            # part -> its directory

say() { echo "lab image: $*" >&2; }
die() { say "$*"; exit 1; }

# --- parts and their keys -------------------------------------------------------
# The text of a function and of all of this file's functions that it calls.
code_of() {
    local todo=$1 done=' ' f g body
    while [ -n "$todo" ]; do
        f=${todo%% *}
        todo=${todo#"$f"}
        todo=${todo# }
        case $done in *" $f "*) continue ;; esac
        done="$done$f "
        body=$(declare -f "$f")
        echo "$body"
        for g in $(compgen -A function); do
            if [[ $body =~ (^|[^-[:alnum:]_])"$g"($|[^-[:alnum:]_]) ]]; then
                todo="$todo${todo:+ }$g"
            fi
        done
    done
}
content_of() { # INPUT: a file or folder of the tree, a part, or any text
    if [ -n "$1" ] && [ -e "$here/$1" ]; then
        (cd "$here" && find "$1" -type f | LC_ALL=C sort | xargs sha256sum)
    else
        echo "${1#"$C"}"
    fi
}

# need PART[.SUITE] INPUT...: D[PART.SUITE] is set; the part is made with
# make_PART, run in its directory to be, if it is not there yet.
need() {
    local part=$1 fn=make_${1%%.*} d key i rc; shift
    suite=${part##*.}
    key=$({
        echo "$part"
        code_of "$fn"
        for i; do content_of "$i"; done
    } | sha256sum | cut -c1-16)
    d=$C/$part/$key
    D[$part]=$d
    if [ ! -d "$d" ]; then
        local t0=$SECONDS
        say "making $part"
        rm -rf "$d.new"
        mkdir -p "$d.new"
        set +e          # or the subshell's own set -e has no effect
        (set -e; cd "$d.new"; "$fn" "$@") > "$C/$part/log" 2>&1 9>&-
        rc=$?
        set -e
        if [ $rc != 0 ]; then
            tail -n 20 "$C/$part/log" >&2
            die "making $part failed, all of it is in $C/$part/log"
        fi
        mv "$d.new" "$d"
        say "made $part in $((SECONDS - t0)) s"
    fi
    touch "$d"
    # two older states stay: other branches use the same cache
    # shellcheck disable=SC2012
    ls -dt "$C/$part"/*/ | tail -n +4 | xargs -r rm -rf
}

# --- packages ----------------------------------------------------------------------
# Lists of our own, from the mirrors that this machine uses already, so that
# the machine's apt stays as it is and another release can be read.
make_apt() {
    local key='signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'
    mkdir -p lists/partial
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
        'Created-By: Packages' | sort -u | sed -n "
            s|^\(.*/debian/*\) [a-z]*\$|deb [$key] \1 $suite main|p
            s|^\(.*\) [a-z]*-security\$|deb [$key] \1 $suite-security main|p" |
        sort -u > sources.list
    [ -s sources.list ] || {
        echo "no Debian mirror among this machine's apt sources"
        return 1
    }
    APT_DIR=$PWD apt_ get update
}
apt_() { # get|cache ARGUMENT...
    local a=${APT_DIR:-${D[apt.$suite]}} cmd=$1; shift
    "apt-$cmd" -q -o "Dir::Etc::sourcelist=$a/sources.list" \
        -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$a/lists" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root "$@"
}
download() { # PACKAGE: the lists may be older than the mirror
    apt_ get download "$1" || { apt_ get update; apt_ get download "$1"; }
}
unpack() { # PACKAGE DIR: one package, no dependencies, no scripts
    download "$1"
    mkdir -p "$2"
    dpkg-deb -x "$1"_*.deb "$2"
    rm "$1"_*.deb
}
newest_kernel() { # METAPACKAGE
    apt_ cache depends "$1" |
        sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1
}

# Uncompressed ELF out of a bzImage, so that nothing is unpacked under
# emulation. The x86 boot header has the payload's place and length.
extract_vmlinux() { # BZIMAGE OUTPUT
    local setup off len
    setup=$(od -An -tu1 -j497 -N1 "$1")
    off=$(od -An -tu4 -j584 -N4 "$1")
    len=$(od -An -tu4 -j588 -N4 "$1")
    { tail -c+$(((setup + 1) * 512 + off + 1)) "$1" || true; } |
        head -c "$len" > "$2.z"
    # the 4 bytes of length behind the payload make the unpackers complain
    case $(od -An -tx1 -N3 "$2.z" | tr -d ' ') in
    fd377a) xz -dc --single-stream "$2.z" > "$2" 2>/dev/null || true ;;
    02214c) lz4 -dc "$2.z" > "$2" 2>/dev/null || true ;;
    28b52f) zstd -qdc "$2.z" > "$2" 2>/dev/null || true ;;
    *) echo "unknown compression of $1"; return 1 ;;
    esac
    rm "$2.z"
    [ "$(od -An -c -j1 -N3 "$2" | tr -d ' ')" = ELF ]
}

# vmlinux, and lib/modules with the modules named and what they need
kernel_from() { # METAPACKAGE MODULE...
    local v m meta=$1; shift
    unpack "$(newest_kernel "$meta")" all
    [ -e all/lib ] || ln -s usr/lib all/lib
    find all/ -name '*.ko.xz' -print0 | xargs -0 -r -n 64 -P "$(nproc)" xz -d
    v=$(basename all/lib/modules/*)
    depmod -b all "$v"
    for m; do modprobe -d "$PWD/all" -S "$v" --show-depends "$m"; done |
        awk '/^insmod/ && !seen[$2]++ {print $2}' > paths
    while read -r m; do
        install -D -m644 "$m" "lib/modules/$v/${m#*/"$v"/}"
    done < paths
    cp all/lib/modules/"$v"/modules.{builtin,builtin.modinfo,order} \
        "lib/modules/$v/"
    depmod -b . "$v"
    extract_vmlinux "all/boot/vmlinuz-$v" vmlinux
    rm -rf all paths
}
# Debian's Xen has no shadow paging, without which no PV guest migrates live. Its
# source is built with all the other settings of Debian's. Where a mirror has
# not got the newest source, an older one of the release does: the interfaces
# are the same. Some lines are not Xen's own, for the hosts have no IOMMU: it says
# that it can give devices, builds a guest that is to have some without it, and
# answers ENOSYS where one is given, for which libxl lets a PV guest have the
# device. EINVAL and EOPNOTSUPP are what it refuses.
make_xensource() {
    local v
    mkdir -p lists/partial
    sed 's/^deb /deb-src /' "${D[apt.bookworm]}/sources.list" > sources.list
    APT_DIR=$PWD apt_ get update
    for v in $(APT_DIR=$PWD apt_ cache showsrc xen |
        sed -n 's/^Version: //p' | sort -rV); do
        APT_DIR=$PWD apt_ get source --download-only "xen=$v" || continue
        mv xen_*.orig.tar.xz xen.tar.xz
        rm -r lists
        return
    done
    return 1
}
make_shadowxen() { # SOURCE
    suite=bookworm unpack xen-hypervisor-4.17-amd64 all
    mkdir tree
    tar -xJf "$1/xen.tar.xz" -C tree --strip-components=1
    { sed /SHADOW_PAGING/d all/boot/xen-4.17-amd64.config
      echo CONFIG_SHADOW_PAGING=y; } > tree/xen/.config
    sed -i '/^int iommu_do_domctl/,/^}/s/-EOPNOTSUPP/-ENOSYS/' \
        tree/xen/drivers/passthrough/iommu.c
    sed -i 's/if ( iommu_enabled )$/if ( true )/' tree/xen/common/sysctl.c
    sed -i '/ d = domain_create(dom, &op->u.createdomain, false);/i \
        if ( !iommu_enabled ) {\
            op->u.createdomain.flags \&= ~XEN_DOMCTL_CDF_iommu;\
            op->u.createdomain.iommu_opts = 0; }' tree/xen/common/domctl.c
    env -u CFLAGS -u LDFLAGS -u MAKEFLAGS sh -c "
        make -s -C tree/xen olddefconfig && make -s -C tree/xen -j$(nproc)"
    cp tree/xen/xen xen
    rm -r all tree
}
modules_in_order() { # DIR MODULE...: paths as insmod needs them
    local d=$1 v m; shift
    v=$(basename "$d"/lib/modules/*)
    for m; do modprobe -d "$d" -S "$v" --show-depends "$m"; done |
        awk '/^insmod/ && !seen[$2]++ {print $2}'
}
pack_initrd() { # DIR OUTPUT
    (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) > "$2"
    rm -rf "$1"
}

# --- guests ---------------------------------------------------------------------------
make_source() {
    download linux-source-6.1
    dpkg-deb --fsys-tarfile linux-source-6.1_*.deb |
        tar -xO ./usr/src/linux-source-6.1.tar.xz > linux.tar.xz
    rm ./*.deb
}
# Only what a build for x86 reads: the rest costs more to write than to build.
make_guestkernel() {
    local x='linux-source-*'
    mkdir tree
    xz -dc "${D[source.bookworm]}/linux.tar.xz" |
        tar -x -C tree --strip-components=1 --wildcards \
            --exclude="$x/Documentation/*/*" --exclude="$x/sound/*.[ch]" \
            --exclude="$x/drivers/gpu/*.[ch]" \
            --exclude="$x/drivers/media/*.[ch]" \
            --exclude="$x/drivers/net/[!b]*/*.[ch]" \
            --exclude="$x/drivers/infiniband/*.[ch]" \
            --exclude="$x/drivers/scsi/*.[ch]" \
            --exclude="$x/drivers/staging/*.[ch]" \
            --exclude="$x/arch/[!x]*/*.[chSd]*" \
            --exclude="$x/tools/testing/*" --exclude="$x/tools/perf/*"
    export KCONFIG_ALLCONFIG=$here/guest/kernel.config
    make -s -C tree allnoconfig
    # without HOSTCC's and CC's environment: the kernel has flags of its own
    env -u CFLAGS -u LDFLAGS -u MAKEFLAGS make -s -C tree -j"$(nproc)" vmlinux
    strip -o vmlinux tree/vmlinux
    rm -rf tree
}
make_cloudkernel() { kernel_from linux-image-cloud-amd64 xen-netfront; }

make_guestinitrd() { # INIT.C KERNEL [MODULE..]
    local i=10 m k=$2
    shift 2
    mkdir -p t/dev t/mod t/proc
    gcc -O2 -Wall -static -s -o t/init "$here/guest/init.c"
    mknod t/dev/console c 5 1
    if [ -d "$k/lib/modules" ]; then
        for m in $(modules_in_order "$k" xen-netfront "$@"); do
            cp "$m" "t/mod/$((i++))-$(basename "$m")"
        done
    fi
    pack_initrd t initrd
}

# --- dom0 --------------------------------------------------------------------------------
xen_of() { case $1 in bookworm | shadow) echo 4.17 ;; trixie) echo 4.20 ;;
    *) die "no lab for Debian '$1': bookworm, trixie or shadow" ;; esac; }

make_xen() {
    local xen; xen=$(xen_of "$suite")
    unpack "xen-hypervisor-$xen-amd64" all
    zcat "all/boot/xen-$xen-amd64.gz" > xen
    rm -r all
}
make_kernel() {
    kernel_from linux-image-amd64 virtio_pci virtio_blk crc32c_generic ext4 \
        virtio_net bridge openvswitch xen-netback xen-blkback xen-gntdev xen-gntalloc \
        xen-evtchn xen-privcmd xenfs tun dummy veth loop 8021q bonding \
        sch_tbf sch_netem sch_fq_codel nft_meta_bridge xen-pciback xen-pcifront \
        xen-netfront e1000 e1000e
}
make_initrd() { # INITRD-INIT KERNEL
    local i=10 m
    mkdir -p t/bin t/dev t/proc t/sys t/disk t/mod
    cp /bin/busybox t/bin/busybox
    ln -s busybox t/bin/sh
    install -m755 "$here/dom0/initrd-init" t/init
    # ext4 asks for crc32c by an alias, so it is named
    for m in $(modules_in_order "$2" virtio_pci virtio_blk crc32c_generic \
        ext4); do
        cp "$m" "t/mod/$((i++))-$(basename "$m")"
    done
    pack_initrd t initrd
}
make_keys() { # of the lab alone
    ssh-keygen -q -t ed25519 -N '' -C lab-root -f root
    ssh-keygen -q -t ed25519 -N '' -C lab-host -f host
}

# The libraries are those that rackhop is linked with (Config.mk); xen-utils
# and lldpd bring theirs.
make_base() {
    local xen t; xen=$(xen_of "$suite")
    case $suite in bookworm) t= ;; *) t=t64 ;; esac
    mmdebstrap --quiet --variant=extract \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
        --include="busybox-static bash dash coreutils hostname sed grep mawk
            util-linux mount kmod iproute2 iputils-ping procps
            xen-utils-$xen xenstore-utils openssh-server openssh-client lldpd
            libyajl2 libnl-3-200 libnl-route-3-200 libnl-genl-3-200
            libsnmp40$t libsqlite3-0 liblz4-1 libzstd1 snmp socat strace
            openvswitch-switch nftables
            ${RACKHOP_LAB_PACKAGES:-}" \
        "$suite" root "${D[apt.$suite]}/sources.list"
    rm -rf root/usr/share/{doc,man,locale,info,lintian,i18n,zoneinfo} \
        root/usr/lib/x86_64-linux-gnu/{perl-base,gconv} root/var/lib/dpkg \
        root/var/lib/apt root/usr/lib/python3*/{test,idlelib,lib2to3,ensurepip}
}

# The same with a device model, and domain 0's kernel for HVM guests: there it
# unpacks itself.
make_hvmbase() { # KERNEL
    local v; v=$(basename "$1"/lib/modules/*)
    RACKHOP_LAB_PACKAGES="qemu-system-xen ${RACKHOP_LAB_PACKAGES:-}" make_base
    unpack "linux-image-$v" all
    mkdir -p root/lab
    cp "all/boot/vmlinuz-$v" root/lab/hvm-vmlinux
    rm -r all
}

# A PV guest's kernel, where there is one, is domain 0's, with an initrd.
make_disk() { # DOM0-DIR BASE KERNEL KEYS GUEST-KERNEL GUEST-INITRD [PV-INITRD]
    local r=$PWD/root x size
    cp -a --reflink=auto "$2/root" root
    cp -r "$3/lib/modules" root/usr/lib/
    disk_accounts
    disk_settings "$4"
    rm -rf root/var/run root/var/lock
    ln -s /run root/var/run
    ln -s /run/lock root/var/lock
    mkdir -p root/{proc,sys,dev,run,tmp,lab} root/var/lib/{xen/dump,xenstored} \
        root/var/log/xen/console root/usr/local/{bin,sbin,libexec}
    # straight to this release's tools: Debian's wrappers ask the hypervisor
    # for its version each time, in several processes
    for x in root/usr/lib/xen-*/bin/*; do
        ln -sf "${x#root}" root/usr/local/sbin/
    done
    ldconfig -r "$r"
    cp "$5/vmlinux" root/lab/guest-vmlinux
    cp "$6/initrd" root/lab/guest-initrd
    if [ -n "${7:-}" ]; then
        cp "$3/vmlinux" root/lab/pv-vmlinux
        cp "$7/initrd" root/lab/pv-initrd
    fi
    size=$(($(du -sm root | cut -f1) + 128))
    mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -d root dom0.img \
        "${size}M"
    rm -rf root
}
disk_accounts() {
    printf '%s\n' root:x:0:0:root:/root:/bin/bash nobody:x:65534:65534::/:/bin/false \
        sshd:x:100:65534::/run/sshd:/bin/false \
        _lldpd:x:101:101::/run/lldpd:/bin/false > root/etc/passwd
    printf '%s\n' root:x:0: tty:x:5: _lldpd:x:101: nogroup:x:65534: \
        > root/etc/group
    echo 'root:*:19000:0:99999:7:::' > root/etc/shadow
    ln -sf dash root/bin/sh
    [ -e root/usr/bin/awk ] || ln -s mawk root/usr/bin/awk
}
disk_settings() { # KEYS
    local k=$1 h=$here/dom0
    install -m755 "$h/init" root/sbin/lab-init
    install -m644 "$h/sshd_config" "$h/ssh_config" root/etc/ssh/
    install -D -m644 "$h/xl.conf" root/etc/xen/xl.conf
    install -m644 "$h/lldpd.conf" root/etc/lldpd.conf
    install -D -m755 "$h/vif-lab" root/etc/xen/scripts/vif-lab
    install -m755 "$h/vbd-lab" root/etc/xen/scripts/vbd-lab
    install -m600 "$k/host" root/etc/ssh/ssh_host_ed25519_key
    install -m600 "$k/root" root/etc/ssh/lab_key
    install -m644 "$k/root.pub" root/etc/ssh/lab_key.pub
    echo "* $(cat "$k/host.pub")" > root/etc/ssh/ssh_known_hosts
}

# --- all of it ------------------------------------------------------------------------------
guest_parts() {
    local kernel=small rc
    if [ "${RACKHOP_LAB_KERNEL:-small}" = cloud ]; then
        kernel=cloud
    else
        need apt.bookworm
        # in a subshell: without the source there is still a way to go on
        set +e
        (set -e; need source.bookworm)
        rc=$?
        set -e
        [ $rc = 0 ] || kernel=cloud
        if [ $kernel = cloud ]; then
            say "WITHOUT linux-source-6.1: guests get Debian's cloud kernel," \
                "start slower and need 80 MB instead of 24"
        fi
    fi
    if [ $kernel = small ]; then
        need source.bookworm
        need guestkernel.bookworm guest/kernel.config "${D[source.bookworm]}"
        D[guestkernel]=${D[guestkernel.bookworm]}
    else
        need apt.bookworm
        need cloudkernel.bookworm
        D[guestkernel]=${D[cloudkernel.bookworm]}
    fi
    need guestinitrd guest/init.c "${D[guestkernel]}"
}
shadow_parts() {
    local b=bookworm
    dom0_parts $b > /dev/null
    need xensource.$b
    need shadowxen.$b "${D[xensource.$b]}"
    need guestinitrd.$b guest/init.c "${D[kernel.$b]}" bonding xen-pcifront \
        e1000 e1000e
    need disk.shadow dom0 "${D[base.$b]}" "${D[kernel.$b]}" "${D[keys]}" \
        "${D[guestkernel]}" "${D[guestinitrd]}" "${D[guestinitrd.$b]}"
    printf "xen_shadow=%q kernel_shadow=%q initrd_shadow=%q disk_shadow=%q\n" \
        "${D[shadowxen.$b]}/xen" "${D[kernel.$b]}/vmlinux" \
        "${D[initrd.$b]}/initrd" "${D[disk.shadow]}/dom0.img"
}
hvm_parts() {
    local b=bookworm
    dom0_parts $b > /dev/null
    need hvmbase.$b "${D[kernel.$b]}" "${RACKHOP_LAB_PACKAGES:-}"
    need guestinitrd.$b guest/init.c "${D[kernel.$b]}" bonding xen-pcifront \
        e1000 e1000e
    need disk.hvm dom0 "${D[hvmbase.$b]}" "${D[kernel.$b]}" "${D[keys]}" \
        "${D[guestkernel]}" "${D[guestinitrd]}" "${D[guestinitrd.$b]}"
    printf "xen_hvm=%q kernel_hvm=%q initrd_hvm=%q disk_hvm=%q\n" \
        "${D[xen.$b]}/xen" "${D[kernel.$b]}/vmlinux" \
        "${D[initrd.$b]}/initrd" "${D[disk.hvm]}/dom0.img"
}
dom0_parts() { # SUITE
    local s=$1
    xen_of "$s" > /dev/null
    need "apt.$s"
    need "xen.$s"
    need "kernel.$s"
    need "initrd.$s" dom0/initrd-init "${D[kernel.$s]}"
    need "base.$s" "${RACKHOP_LAB_PACKAGES:-}"
    need "disk.$s" dom0 "${D[base.$s]}" "${D[kernel.$s]}" "${D[keys]}" \
        "${D[guestkernel]}" "${D[guestinitrd]}"
    printf "xen_%s=%q kernel_%s=%q initrd_%s=%q disk_%s=%q\n" \
        "$s" "${D[xen.$s]}/xen" "$s" "${D[kernel.$s]}/vmlinux" \
        "$s" "${D[initrd.$s]}/initrd" "$s" "${D[disk.$s]}/dom0.img"
}

[ "$(id -u)" = 0 ] || die "making the lab's image needs root"
mkdir -p "$C"
chmod 700 "$C"
exec 9> "$C/lock"
flock 9                 # one maker at a time; the next finds it done
need keys
guest_parts
echo "keys=$(printf %q "${D[keys]}") guest_kernel=$(basename "$(dirname "${D[guestkernel]}")")"
for s in "${@:-bookworm}"; do
    case $s in shadow | hvm) "${s}_parts" ;; *) dom0_parts "$s" ;; esac
done
