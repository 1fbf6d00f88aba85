#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""Turns a day of PlanetLab's CPU traces into a rackhop-trace/1.

    planetlab.py DIRECTORY > day.trace.json

DIRECTORY is a day of github.com/beloglazov/planetlab-workload-traces, which is
not ours to give away: a file for each guest, with 288 lines, its load in per
cent of its CPU at steps of 300 seconds. Hosts and guests are those of CloudSim's
examples (org.cloudbus.cloudsim.examples.power: Constants.java, Helper.java): 800
hosts of two kinds by turns, and four kinds of guests, a quarter of the guests
each, in the order of the files' names. CPU is in units of 1000 MIPS.
"""
import json
import math
import os
import sys

STEPS = 288
HOSTS = 800
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


def load(path):
    with open(path, encoding="ascii") as f:
        values = [int(line) for line in f][:STEPS]
    if len(values) < STEPS or min(values) < 0 or max(values) > 100:
        sys.exit(f"planetlab.py: {path}: not {STEPS} lines of 0 to 100")
    return values


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: planetlab.py DIRECTORY > day.trace.json")
    day = sys.argv[1].rstrip("/")
    files = sorted(os.listdir(day))
    quarter = math.ceil(len(files) / len(GUESTS))
    guests = []
    for i, name in enumerate(files):
        mips, mib = GUESTS[i // quarter]
        guests.append({"name": f"vm{i}", "cpu": mips / 1000, "memory_mib": mib,
                       "load": load(os.path.join(day, name))})
    json.dump({"format": "rackhop-trace/1",
               "name": "planetlab-" + os.path.basename(day), "step_s": 300,
               "steps": STEPS, "hosts": [host(G4), host(G5)],
               "guests": guests}, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
