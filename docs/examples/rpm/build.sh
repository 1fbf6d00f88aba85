#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# build.sh VERSION: build the RPM packages of this tree with rpmbuild, in a copy
# below build/rpm, and print their paths.
set -euo pipefail
cd "$(dirname "$0")/../../.."
version=${1:?VERSION}
top=$PWD/build/rpm
name=rackhop-$version

rm -rf "$top"
mkdir -p "$top/SOURCES" "$top/$name"
{ git ls-files -z --cached --others --exclude-standard 2> /dev/null ||
    find . -path ./build -prune -o -path ./.git -prune -o -type f -print0; } |
    xargs -0 cp -p --parents -t "$top/$name" 2> /dev/null || true
tar -C "$top" -czf "$top/SOURCES/$name.tar.gz" "$name"
rm -rf "${top:?}/$name"
# nothing of the make that called this
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES BUILD DESTDIR SAN WERROR V
nodeps=()
rpm -q rpm > /dev/null 2>&1 || nodeps=(--nodeps) # its database is empty
if ! rpmbuild -bb "${nodeps[@]}" --define "_topdir $top" \
    --define "rackhop_version $version" \
    docs/examples/rpm/rackhop.spec > "$top/log" 2>&1; then
    tail -n 20 "$top/log" >&2
    echo "rpm: all of it is in $top/log" >&2
    exit 1
fi
ls "$top"/RPMS/*/rackhop*.rpm
