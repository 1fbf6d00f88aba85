#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# flags.sh: a change of flags makes an object again, and nothing else does.
set -eu
cd "$(dirname "$0")/.."
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
obj=$T/tools/base/msg.o
built() { # flags..: does make compile the object with these flags?
    out=$(make --no-print-directory BUILD="$T" V=1 "$@" "$obj" 2>&1)
    case $out in *' -c -o '*) true ;; *) false ;; esac
}
fail() { echo "flags: $*" >&2; exit 1; }

built || fail "the object is not made at all"
built && fail "it is made again although nothing has changed"
built CFLAGS=-DX=1 || fail "other CFLAGS do not make it again"
built CFLAGS=-DX=1 && fail "the same CFLAGS make it again"
built CFLAGS=-DX=1 OPT=-O1 || fail "another OPT does not make it again"
built || fail "the old flags do not make it again"
echo "flags: a change of flags makes an object again"
