#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# install.sh BUILD: what `make install` puts into a folder, and the packages' two
# parts, which are that without a file in both. Nothing of it may be left out.
set -eu
build=$1 # as make knows it: with another name all is built again
cd "$(dirname "$0")/.."
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
fail() { echo "install: $*" >&2; exit 1; }

into() { # FOLDER TARGET
    make -s --no-print-directory BUILD="$build" DESTDIR="$T/$1" "$2" \
        > "$T/said" 2>&1 || { cat "$T/said" >&2; fail "make $2"; }
    # of two rules for a target, one is lost
    ! grep 'akefile.*: warning: ' "$T/said" || fail "make $2 warns"
}
files() { (cd "$T/$1" && find . -type f | LC_ALL=C sort); }

into whole install
into admin install-admin
into xen install-xen
files whole > "$T/whole.list"
{ files admin; files xen; } | LC_ALL=C sort > "$T/parts.list"
twice=$(uniq -d "$T/parts.list")
[ -z "$twice" ] || fail "both packages have $twice"
# the program of the package rackhop, beside that of rackhop-admin
own=$(sed -n 's,/wire$,/rackhop,p' "$T/whole.list")
{ cat "$T/whole.list"; echo "$own"; } | LC_ALL=C sort |
    diff - "$T/parts.list" || fail "the packages do not have what is installed"

# what is made or written for it, whatever the Makefile forgot
has() { # FOLDER NAME..
    local part=$1 f
    shift
    for f; do
        [ -n "$(find "$T/$part" -type f -name "${f##*/}" -size +0)" ] ||
            fail "$part has no ${f##*/}"
    done
}
has admin rackhop rackhop.conf _rackhop rackhop.fish "$build"/man/* \
    docs/examples/{hooks,systemd,grafana,ansible}/*.* rackhopd.service
has xen wire save-helper rackhop-guest xl rackhop-recover.service
for u in tools/systemd/*.timer tools/systemd/*.service.in; do
    has whole "$(basename "$u" .in)"
done
find "$T/admin" -path '*/bin/rackhop' -exec cmp -s "$build/rackhop-admin" {} \; ||
    fail "rackhop-admin has another program"
into whole uninstall
case $(files whole) in */rackhop.conf) ;; *)
    fail "uninstall leaves $(files whole | tr '\n' ' ')" ;;
esac
echo "install: $(wc -l < "$T/whole.list") files, and the packages have each once"
