#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# build.sh [XEN]: build the Debian packages in a copy of the tree, so that the
# tree stays clean: build/deb/xenXEN/rackhop_VERSION+xenXEN_amd64.deb, and
# rackhop-admin_.. beside it. XEN is that of this system's libxen-dev, the
# default, or 4.20, with Debian 13's libraries unpacked below build/
# (tests/xen420.sh). With nothing changed since the last time nothing is done.
# Prints the packages' paths.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
here=$(pkg-config --modversion xenlight | cut -d. -f1,2)
xen=${1:-$here}
out=$top/build/deb/xen$xen
case $xen in
"$here" | 4.20) ;;
*) echo "deb: there are packages for Xen $here and 4.20, not $xen" >&2; exit 2 ;;
esac

files() {
    git ls-files -z --cached --others --exclude-standard 2> /dev/null ||
        find . -path ./build -prune -o -path ./.git -prune -o -type f -print0
}
mkdir -p "$out"
exec 9> "$out/lock"
flock 9
# in this order
packages() { ls -U "$out"/rackhop_*.deb "$out"/rackhop-admin_*.deb; }
# what goes into the package, modes included, and what it is linked with
parts() { files | LC_ALL=C sort -z | grep -zEv '^(\./)?tests/[a-z]+/'; }
key=$({
    parts | xargs -0 ls -dl -- 2> /dev/null | awk '{ print $1, $NF }'
    parts | xargs -0 sha256sum -- 2> /dev/null
    dpkg-query -W libxen-dev
} | sha256sum | cut -d' ' -f1)
if [ "$(cat "$out/key" 2> /dev/null)" = "$key" ] &&
    packages > /dev/null 2>&1; then
    packages
    exit 0
fi
rm -rf "$out/key" "$out"/rackhop*
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
copy=$out/rackhop-$version
mkdir "$copy"
files | xargs -0 cp -p --parents -t "$copy" 2> /dev/null || true
# an upgrade from one Debian to the next takes the newer Xen's
sed -i "1s/($version)/($version+xen$xen)/" "$copy/debian/changelog"

# nothing of the make that called this
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES BUILD DESTDIR CC CFLAGS \
    CPPFLAGS LDFLAGS SAN WERROR V
export DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS:-nocheck parallel=$(nproc)}
if [ "$xen" != "$here" ]; then
    # shellcheck disable=SC1090
    . <(tests/xen420.sh flags)
    make --no-print-directory -j"$(nproc)" build/rackhop > /dev/null
    GEN=$top/build/rackhop
    export XEN_CFLAGS XEN_LDFLAGS XEN_RELEASE GEN SHLIBDEPS
    export DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)"
fi
if ! (cd "$copy" && dpkg-buildpackage -us -uc -b) > "$out/log" 2>&1; then
    tail -n 20 "$out/log" >&2
    echo "deb: all of it is in $out/log" >&2
    exit 1
fi
rm -rf "$copy"
echo "$key" > "$out/key"
packages
