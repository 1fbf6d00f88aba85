#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""Drains of a rack that leave the rest nearly full, of which each has a plan
that moves no guest twice (make bench-tight): how many are refused, and how long
the longest plan takes. The clusters are those of gen.py in PLANNER_TOOLS.

    tight.py RACKHOP GEN_PY [SEEDS [FIRST_SEED]]
"""
import os
import resource
import subprocess
import sys
import tempfile

SIZES = ((20, 200), (40, 400), (100, 1000))


def cpu_s():
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def main():
    rackhop, gen = sys.argv[1:3]
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 700
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    bad = 0
    print("hosts guests clusters refused longest_cpu_s", flush=True)
    for hosts, guests in SIZES:
        refused, longest = [], 0
        for seed in range(first, first + seeds):
            with tempfile.TemporaryDirectory() as tmp:
                snapshot = os.path.join(tmp, "s.json")
                subprocess.run([sys.executable, gen, "--tight", "--hosts",
                                str(hosts), "--vms", str(guests), "--rack",
                                "4", "--seed", str(seed), "-o", snapshot],
                               check=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
                before = cpu_s()
                plan = subprocess.run([rackhop, "plan", "drain", "rack:tor0000",
                                       "--snapshot", snapshot],
                                      stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
                longest = max(longest, cpu_s() - before)
            if plan.returncode:
                refused.append(seed)
        bad += len(refused)
        print(f"{hosts:5} {guests:6} {seeds:8} {len(refused):7} {longest:.2f}",
              "seeds " + " ".join(map(str, refused)) if refused else "",
              flush=True)
    return 1 if bad else 0


sys.exit(main())
