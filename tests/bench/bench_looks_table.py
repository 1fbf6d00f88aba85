#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""bench_looks_table.py LOAD NOTE < LINES: the section bench-looks of
docs/BENCHMARKS, out of the lines of bench_looks and of

bench_looks_table.py --ask RACKHOP HOSTS: one look by `RACKHOP daemon --once` with
the environment as it is, and its line of key=value pairs."""
import datetime
import json
import os
import subprocess
import sys
import time

import section

PARTS = (("state_in", "the state is read"), ("facts", "hosts, guests, map"),
         ("sight", "samples"), ("decide", "decided"),
         ("record", "record, packed and synced"),
         ("state_out", "the state is written and synced"),
         ("shown", "what is shown"), ("line", "line of looks.jsonl"))


def ask(rackhop, hosts):
    began = time.monotonic()
    child = subprocess.Popen([rackhop, "daemon", "--once"],
                             stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    shown = subprocess.run([rackhop, "loops", "--json"], capture_output=True,
                           check=False)
    seen = json.loads(shown.stdout) if shown.returncode == 0 else {}
    print("ask=%s seconds=%.1f code=%d rss_mib=%d blocked=%s" % (
        hosts, seconds, status >> 8, used.ru_maxrss // 1024,
        (seen.get("blocked") or "no").replace(" ", "_")))


def seconds(ms):
    return "%.2f" % (float(ms) / 1000)


def decisions(rows):
    out = ["| hosts | guests | s by the clock | s | " +
           " | ".join(text for _, text in PARTS) + " | MiB at most |",
           "|" + "---|" * (len(PARTS) + 5)]
    for r in rows:
        out.append("| %s | %s | %s | %s | %s | %s |" % (
            r["hosts"], r["guests"], seconds(r["wall_ms"]),
            seconds(r["all_ms"]),
            " | ".join(seconds(r[p + "_ms"]) for p, _ in PARTS),
            r["rss_mib"]))
    return out


def kept(row, key, rc):
    return row[key] if row[rc] == "0" else "not kept (%s)" % os.strerror(
        -int(row[rc]))


def sizes(rows):
    out = ["| hosts | facts, MiB | state, MiB | record, MiB | "
           "line of looks.jsonl, MiB | wishes of a look |",
           "|---|---|---|---|---|---|"]
    for r in rows:
        out.append("| %s | %s | %s | %s | %s | %s |" % (
            r["hosts"], r["snapshot_mib"], kept(r, "state_mib", "state_rc"),
            kept(r, "record_mib", "record_rc"),
            kept(r, "line_mib", "line_rc"), r["wishes"]))
    return out


def asked(rows):
    way = {"no": "nothing"}
    out = ["| hosts | s | MiB at most | in the way |", "|---|---|---|---|"]
    for r in rows:
        out.append("| %s | %s | %s | %s |" % (
            r["ask"], r["seconds"], r["rss_mib"],
            way.get(r["blocked"], r["blocked"].replace("_", " "))))
    return out


def table(load, note):
    rows = [dict(p.split("=", 1) for p in line.split())
            for line in sys.stdin if "=" in line]
    decided = [r for r in rows if "wall_ms" in r]
    out = ["## Looks of rackhopd", "",
           "%s, `make bench-looks` on %d cores, load average %s at the start. "
           "Made-up clusters in racks of 40 hosts, with 10 to 20 guests each; "
           "one host in four is busy, one in twelve has more demand than CPU. "
           "The longest of the looks: seconds of processor time of rackhopd, "
           "which is one thread, and by the clock, with the disk's.%s" % (
               datetime.date.today(), os.cpu_count(), load,
               " " + note if note else ""), ""]
    out += ["### Decisions, when all hosts have answered", ""]
    out += decisions(decided) + ["", "### What is kept of a look", ""]
    out += sizes(decided)
    if any("ask" in r for r in rows):
        out += ["", "### Whole looks, with the hosts asked", "",
                "A program stands for ssh and the hosts: it waits as long as "
                "hosts sample, and prints.", ""]
        out += asked([r for r in rows if "ask" in r])
    section.write("bench-looks", "\n".join(out))


if __name__ == "__main__":
    if sys.argv[1] == "--ask":
        ask(sys.argv[2], sys.argv[3])
    else:
        table(sys.argv[1], sys.argv[2])
