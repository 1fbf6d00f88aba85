#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# check.sh [all]: every test that needs no Xen host. Without `all`, as before
# each change that lands: each test once with gcc, and those that read what
# comes from outside once more with sanitizers. With `all`, as before a release:
# also what other compilers, checkers and libraries see, and every kill -9.
# Each leg prints its name and when it began; the first that fails ends the run.
set -eu
cd "$(dirname "$0")/.."
whole=${1:+1}
jobs=$(nproc)
m() { make --no-print-directory -j"$jobs" "$@"; }
# The long searches are whole once, with gcc; the other builds look for what
# compilers and sanitizers see, which a part of the clusters and states shows.
some() {
    RACKHOP_SIM_CLUSTERS=5000 RACKHOP_SOAK_STATES=200000 RACKHOP_STORE_STRIDE=5 \
        RACKHOP_FRAME_CHANGES=40 m "$@"
}
leg() { printf '== %s (after %d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

leg "format, names, the map"
m format-check
m check-names
m check-map
m check-examples

leg "gcc, every warning an error"
m WERROR=1 all
m check-layers
m WERROR=1 check-unit
m WERROR=1 bench-programs # they run seldom, and have to be there then
m check-golden
# An executor is killed at each of its steps in `all`, else at some of them.
STRIDE=${whole:-9} SEEDS=$((whole ? 12 : 3)) m check-exec
m check-flags
m WERROR=1 check-install
tests/exact.sh build/rackhop-save-helper

leg "a live fabric of network namespaces"
tests/fabric/fabric.sh build

leg "gcc, address and undefined behaviour sanitizers"
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
S=(BUILD=build/asan "SAN=address,undefined")
m "${S[@]}" all
some "${S[@]}" check-unit
m "${S[@]}" check-golden
m "${S[@]}" check-seeds
[ ! "$whole" ] || STRIDE=10 SEEDS=3 m "${S[@]}" check-exec

leg "clang, every warning an error"
m CC=clang BUILD=build/clang WERROR=1 all
[ ! "$whole" ] || some CC=clang BUILD=build/clang WERROR=1 check-unit

leg "cppcheck"
cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
    --enable=warning,portability --suppress=missingIncludeSystem \
    -j "$jobs" -I. -DRACKHOP_VERSION='""' topology scheduler libxl-ext tools

if [ "$whole" ]; then
    leg "valgrind"
    m check-valgrind

    leg "clang-tidy"
    m check-tidy

    leg "gcc -fanalyzer"
    # but for leaks: it loses sight of what is stored in an array that grows, and
    # the sanitizers and valgrind above look for them in what really runs
    m BUILD=build/analyzer WERROR=1 \
        OPT='-O1 -g -fanalyzer -Wno-analyzer-malloc-leak' all

    leg "the report's pages in a browser"
    m check-pages

    leg "the Debian package, and what lintian says of it"
    m deb
    lintian --fail-on error,warning build/deb/xen*/rackhop_*.changes

    leg "Xen 4.20's headers and libraries (Debian 13)"
    tests/xen420.sh
fi

leg "all of make check${whole:+-all} passed"
