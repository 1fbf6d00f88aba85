#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only
# xen420.sh: compile against Debian 13's libxen-dev, unpacked below build/, so
# that the machine stays as it is, and run the save helper on its libxenguest
# without Xen, with that system's libc. A reason is printed when it can't be had.
# xen420.sh flags: only unpack, and print what a build needs (debian/build.sh).
set -u
cd "$(dirname "$0")/.." || exit 1
D=$PWD/build/trixie
mode=${1:-compile}
skip() {
    [ "$mode" = compile ] || { echo "xen420: $*" >&2; exit 1; }
    echo "skip: Xen 4.20 compile: $*"
    exit 0
}
o="-q -o Dir::Etc::sourcelist=$D/apt/sources.list
    -o Dir::Etc::sourceparts=- -o Dir::State::lists=$D/apt/lists
    -o Dir::State::status=$D/apt/status
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    -o APT::Sandbox::User=root"
fetch() {
    mkdir -p "$D/apt/lists/partial" "$D/deb" "$D/sysroot"
    key=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -x /usr/bin/apt-get ] || skip "no apt-get here"
    # the mirrors that this machine uses already, with the other suite's name
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
        'Created-By: Packages' | sort -u |
        sed -n "s|^\(.*/debian/*\) [a-z]*\$|deb [$key] \1 trixie main|p" |
        sort -u > "$D/apt/sources.list"
    [ -s "$D/apt/sources.list" ] || skip "no Debian mirror is configured"
    : > "$D/apt/status" # what is installed here is another suite's
    # shellcheck disable=SC2086
    apt-get $o update >/dev/null 2>&1 || skip "Debian 13's lists can't be had"
    # shellcheck disable=SC2086
    pkgs="libxen-dev $(apt-cache $o show libxen-dev | tr ',' '\n' |
        grep -oE 'lib(xen[a-z]+[0-9.]+[a-z0-9.]*|xenmisc[0-9.]+)(t64)?' | sort -u | tr '\n' ' ')"
    # shellcheck disable=SC2086
    (cd "$D/deb" && apt-get $o download $pkgs >/dev/null 2>&1) ||
        skip "Debian 13's packages can't be had"
    for p in "$D"/deb/*.deb; do dpkg-deb -x "$p" "$D/sysroot"; done
    touch "$D/sysroot/ok"
}
# what these libraries need at run time is newer than this system's
fetch_run() {
    mkdir -p "$D/run/deb"
    # shellcheck disable=SC2086
    (cd "$D/run/deb" && apt-get $o download libc6 liblzma5 libzstd1 liblz4-1 \
        zlib1g >/dev/null 2>&1) || skip "Debian 13's libc can't be had"
    for p in "$D"/run/deb/*.deb; do
        dpkg-deb --fsys-tarfile "$p" | tar -xC "$D/run" ./usr/lib
    done
    touch "$D/run/ok"
}
[ -e "$D/sysroot/ok" ] || fetch
# each with its control files: dpkg-shlibdeps reads dependencies from them
if [ ! -e "$D/pkg/ok" ]; then
    rm -rf "$D/pkg"
    mkdir "$D/pkg"
    for p in "$D"/deb/lib*.deb; do
        dpkg-deb -R "$p" "$D/pkg/$(basename "${p%%_*}")" || exit 1
    done
    touch "$D/pkg/ok"
fi
lib=$(echo "$D"/sysroot/usr/lib/*-linux-gnu)
XEN_CFLAGS="-isystem $D/sysroot/usr/include"
XEN_LDFLAGS="-L$lib -Wl,-rpath-link,$lib -Wl,--allow-shlib-undefined"
if [ "$mode" = flags ]; then
    deps=
    for p in "$D"/pkg/lib*/; do deps="$deps -S${p%/} -l$(echo "$p"usr/lib/*-linux-gnu)"; done
    printf "XEN_RELEASE=4.20 XEN_CFLAGS='%s' XEN_LDFLAGS='%s' SHLIBDEPS='%s'\n" \
        "$XEN_CFLAGS" "$XEN_LDFLAGS" "$deps"
    exit 0
fi
make --no-print-directory -j"$(nproc)" BUILD=build/xen420 WERROR=1 XEN_RELEASE=4.20 \
    XEN_CFLAGS="$XEN_CFLAGS" XEN_LDFLAGS="$XEN_LDFLAGS" \
    build/xen420/rackhop build/xen420/rackhop-save-helper \
    build/xen420/rackhop-wire || exit 1
readelf -d build/xen420/rackhop | grep -q 'libxenlight.so.4.20' || {
    echo "xen420: was not linked with 4.20's library" >&2
    exit 1
}
tests/exact.sh build/xen420/rackhop-save-helper "$lib" || exit 1
[ -e "$D/run/ok" ] || fetch_run
# the helper with the other system's loader and libraries; the test is this one's
run=$(echo "$D"/run/usr/lib/*-linux-gnu)
make --no-print-directory -j"$(nproc)" WERROR=1 build/tests/test_helper_stream \
    build/tests/test_helper_holes &&
    make --no-print-directory -j"$(nproc)" BUILD=build/xen420 WERROR=1 XEN_RELEASE=4.20 \
        XEN_CFLAGS="$XEN_CFLAGS" FAKE_LDFLAGS="-Wl,--dynamic-linker=$run/ld-linux-x86-64.so.2 \
        -Wl,--disable-new-dtags,-rpath,$run:$lib" XEN_LDFLAGS="$XEN_LDFLAGS" \
        fake-helpers || exit 1
HELPERS=build/xen420/tests build/tests/test_helper_stream || exit 1
HELPERS=build/xen420/tests build/tests/test_helper_holes || exit 1
echo "compiles and links with $(cd "$D/deb" && ls libxen-dev_*)"
