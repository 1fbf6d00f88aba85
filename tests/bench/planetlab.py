#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""Turns a day of PlanetLab's CPU traces into a rackhop-trace/1, or makes one up.

    planetlab.py DIRECTORY > day.trace.json
    planetlab.py --made SEED > day.trace.json

DIRECTORY is a day of github.com/beloglazov/planetlab-workload-traces, which is
not ours to give away: a file for each guest, with 288 lines, its load in per
cent of its CPU at steps of 300 seconds. Hosts and guests are those of CloudSim's
examples (org.cloudbus.cloudsim.examples.power: Constants.java, Helper.java): 800
hosts of two kinds, and four kinds of guests, a quarter of the guests each, in
the order of the files' names. CPU is in units of 1000 MIPS.

A day that is made up has 1,052 guests and what the ten real days have in common:
means of 12% that differ as much between guests, and around them noise that the
next step has forgotten.
"""
import json
import math
import os
import random
import sys

STEPS = 288
HOSTS = 800
MADE = 1052
# name, MIPS of a core, watts at 0, 10 .. 100% (SPECpower_ssj2008)
G4 = ("g4", 1860,
      [86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117])
G5 = ("g5", 2660,
      [93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135])
# MIPS, MiB
GUESTS = [(2500, 870), (2000, 1740), (1000, 1740), (500, 613)]


def host(kind):
    name, mips, watts = kind
    return {"name": name + "-", "count": HOSTS // 2, "cpu": 2 * mips / 1000,
            "core": mips / 1000, "memory_mib": 4096, "nic_mbps": 1000,
            "power_w": watts}


def read(path):
    with open(path, encoding="ascii") as f:
        values = [int(line) for line in f][:STEPS]
    if len(values) < STEPS or min(values) < 0 or max(values) > 100:
        sys.exit(f"planetlab.py: {path}: not {STEPS} lines of 0 to 100")
    return values


def read_day(day):
    return [read(os.path.join(day, name)) for name in sorted(os.listdir(day))]


def make_day(seed):
    draw = random.Random(seed)

    def guest():
        mean = draw.expovariate(1 / 12.3)
        return [min(100, round(draw.gammavariate(3.3, mean / 3.3)))
                for _ in range(STEPS)]
    return [guest() for _ in range(MADE)]


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--made":
        name, loads = "made-" + sys.argv[2], make_day(int(sys.argv[2]))
    elif len(sys.argv) == 2:
        day = sys.argv[1].rstrip("/")
        name, loads = "planetlab-" + os.path.basename(day), read_day(day)
    else:
        sys.exit("usage: planetlab.py DIRECTORY|--made SEED > day.trace.json")
    quarter = math.ceil(len(loads) / len(GUESTS))
    guests = []
    for i, load in enumerate(loads):
        mips, mib = GUESTS[i // quarter]
        guests.append({"name": f"vm{i}", "cpu": mips / 1000,
                       "memory_mib": mib, "load": load})
    json.dump({"format": "rackhop-trace/1", "name": name, "step_s": 300,
               "steps": STEPS, "hosts": [host(G4), host(G5)],
               "guests": guests}, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
