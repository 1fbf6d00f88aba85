#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""bench_lanes_table.py: what rackhop-wire costs beside ssh, printed.

Bytes go from a pipe to a pipe on this system: by ssh with its own choice of a
cipher, as xl sends, and by 1 to 8 lanes. Runs alternate; medians of RUNS=3 of
MIB=128. Then whether a rate is held, and how long a lane takes to come up while
PEERS=10000 others connect and say nothing (TRIES=100).
"""
import os
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "../../build/tests/bench_lanes")
RUNS = int(os.environ.get("RUNS", "3"))
MIB = int(os.environ.get("MIB", "128"))
PEERS = os.environ.get("PEERS", "10000")
TRIES = os.environ.get("TRIES", "100")
LANES = [1, 2, 4, 8]
GB = MIB * 2**20 / 1e9


def bench(*args):
    out = subprocess.run([BENCH, *map(str, args)], check=True,
                         capture_output=True, text=True).stdout
    return list(map(float, out.split()))


def by_lanes(lanes):
    wall, source, target, _ = bench(MIB, lanes, 0)
    return wall / 1e6, source / 1e6, target / 1e6


def by_ssh(sshd):
    """As by_lanes(). The session's `cat` is not taken from its time: it has
    little to do."""
    data = os.urandom(1 << 20)
    before = sshd.settle()
    start = time.monotonic()
    p = subprocess.Popen(sshd.command().split() + ["cat > /dev/null"],
                         stdin=subprocess.PIPE)
    for _ in range(MIB):
        p.stdin.write(data)
    p.stdin.close()
    _, _, used = os.wait4(p.pid, 0)
    p.returncode = 0
    wall = time.monotonic() - start
    return wall, used.ru_utime + used.ru_stime, sshd.settle() - before


def table(sshd):
    ways = {f"{n} lane{'s' if n > 1 else ''}": lambda n=n: by_lanes(n)
            for n in LANES}
    if sshd:
        ways["ssh"] = lambda: by_ssh(sshd)
    runs = {way: [] for way in ways}
    for _ in range(RUNS):
        for way, run in ways.items():
            runs[way].append(run())
    print(f"{MIB} MiB, {RUNS} runs  MiB/s   CPU s/GB: source  target   both")
    for way, results in runs.items():
        wall, source, target = (statistics.median(v) for v in zip(*results))
        print(f"{way:20} {MIB / wall:7.0f} {source / GB:17.2f} "
              f"{target / GB:7.2f} {(source + target) / GB:6.2f}")


def main():
    if os.access("/usr/sbin/sshd", os.X_OK):
        import bench_wire_table
        with tempfile.TemporaryDirectory() as folder:
            sshd = bench_wire_table.Sshd(folder)
            try:
                table(sshd)
            finally:
                sshd.daemon.terminate()
                sshd.daemon.wait()
    else:
        table(None)
    off = bench(25, 4, 40)[3]
    print(f"40 Mbit/s over 4 lanes: each whole second within {100 * off:.1f} %")
    *us, again = bench("half-open", PEERS, TRIES)
    none = bench("half-open", 0, TRIES)[:3]
    for peers, values in ((PEERS, us), (0, none)):
        median, p99, worst = (v / 1e3 for v in values)
        print(f"a lane comes up, {peers} peers say nothing, from the start of "
              f"its process: median {median:.0f} ms, p99 {p99:.0f}, "
              f"longest {worst:.0f}")
    print(f"connections tried again: {again:.0f}")


main()
