#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# bench-looks.sh: what looks of rackhopd take, written into docs/BENCHMARKS.
#
# Decisions with all that is kept of them, of HOSTS="100 1000 3000 10000" hosts, in
# LOOKS=4 looks each; and whole looks of ASK="100 1000" hosts by `rackhop daemon
# --once`, which asks them through a stand-in for ssh that waits as hosts do
# while they sample. Clusters are made up (bench_looks.c).
# NOTE="what else ran" is written beside the figures.
set -u
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory build/rackhop build/tests/bench_looks >/dev/null ||
    exit 1
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
load=$(cut -d' ' -f1 /proc/loadavg)

# What a host would print, after the time that it looks at its processors.
cat >"$T/ssh" <<'END'
#!/bin/sh
case $2 in
*topology*) exec cat "$LOOKS/$1.view" ;;
*--sample*)
    ms=${2##*--sample } ms=${ms%%[!0-9]*}
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
    exec cat "$LOOKS/$1.facts"
    ;;
esac
exit 1
END
chmod +x "$T/ssh"

decide() { # HOSTS
    mkdir "$T/d" && build/tests/bench_looks make "$T/d" "$1" &&
        build/tests/bench_looks decide "$T/d" "${LOOKS:-4}" 2>/dev/null ||
        echo "hosts=$1 failed=1"
    rm -rf "$T/d"
}

ask() { # HOSTS
    mkdir -p "$T/a/state" "$T/a/run"
    build/tests/bench_looks ask "$T/a" "$1" || return
    {
        echo "hosts = [ $(cat "$T/a/hosts") ]"
        echo "ssh_command = \"$T/ssh\""
        echo 'log_moves = "no"'
    } >"$T/a/conf"
    LOOKS=$T/a RACKHOP_CONF=$T/a/conf RACKHOP_STATE_DIR=$T/a/state \
        RACKHOP_RUN_DIR=$T/a/run python3 tests/bench/bench_looks_table.py \
        --ask build/rackhop "$1"
    rm -rf "$T/a"
}

{
    for n in ${HOSTS:-100 1000 3000 10000}; do decide "$n"; done
    for n in ${ASK:-100 1000}; do ask "$n"; done
} | tee "$T/out" >&2
python3 tests/bench/bench_looks_table.py "$load" "${NOTE:-}" <"$T/out"
