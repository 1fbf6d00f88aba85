#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""bench_migrate_table.py NOTES LINK: the medians of bench-migrate's runs as a
table, on stdout and in place of the section "Migration" of docs/BENCHMARKS."""
import json
import os
import statistics
import sys
import textwrap
import time

import section

# What is wanted of each guest: its total time, bytes and silence against xl's, and
# the ms of the pause that are ours.
GOALS = {
    "idle": (0.80, 0.55, 200, 0.55),
    "steady-0.3": (0.75, 0.40, 200, 0.50),
    "steady-0.7": (0.52, 0.35, 200, 0.30),
    "bursty": (0.65, 0.40, 250, 0.45),
    "faster": (0.55, 0.30, 250, 0.20),
}
ORDER = list(GOALS)
PARTS = [("suspend", "suspend"), ("last_copy", "last copy"), ("build", "build"),
         ("devices", "devices"), ("ready_to_go", "ready-go"),
         ("unpause", "unpause")]


def median(rows, f):
    v = [f(r) for r in rows]
    v = [x for x in v if x is not None]
    return statistics.median(v) if v else None


def num(x, fmt="%.1f"):
    return "-" if x is None else fmt % x


def span(rows, f):
    v = sorted(f(r) for r in rows)
    return "%.0f-%.0f" % (v[0], v[-1])


def seconds(r):
    return r["seconds"]


def gap_ms(r):
    return r["gap"] * 1000


def parts_ms(r):
    """From when the guest has suspended itself to its start, by one clock; the
    parts below are each by their host's, and overlap."""
    return r["end"]["downtime_ms"]


def against(x, r, f):
    return median(r, f) / median(x, f)


def why_missed(goal, x, r):
    """What the runs themselves show of a goal that was missed."""
    end = [e["end"] for e in r]
    part = {p: median(end, lambda e: e["downtime_parts_ms"][p]) for p, _ in PARTS}
    if goal.startswith(("total", "bytes")):
        return ("%s rounds against xl's 5 at most; %.1f MB against %.1f MB went over "
                "the link; it took %s s, xl %s s" % (
                    num(median(end, lambda e: e["rounds"]), "%.0f"),
                    median(r, lambda e: e["bytes"]) / 1e6,
                    median(x, lambda e: e["bytes"]) / 1e6,
                    span(r, seconds), span(x, seconds)))
    return ("%s; last copy of %.0f pages; silences were %s ms, xl's %s ms" % (
        ", ".join("%s %.0f ms" % (t, part[p]) for p, t in PARTS),
        median(end, lambda e: e["last_pages"]), span(r, gap_ms), span(x, gap_ms)))


def ended(rows):
    """Why rackhop stopped, and how often."""
    n = {}
    for r in rows:
        n[r["end"]["why"]] = n.get(r["end"]["why"], 0) + 1
    return "; ".join("%d x %s" % (k, w) for w, k in sorted(n.items(), key=lambda e: -e[1]))


def main():
    rows = [json.loads(line) for line in open(sys.argv[1])]
    kinds = [k for k in ORDER if any(r["guest"] == k for r in rows)]
    get = {(k, h): [r for r in rows if r["guest"] == k and r["how"] == h]
           for k in kinds for h in ("xl", "rackhop")}
    out = []
    say = out.append
    n = min(len(v) for v in get.values())
    say("%s, %d runs each, alternating; link limited to %s Mbit/s, which carries %d"
        % (time.strftime("%Y-%m-%d"), n, sys.argv[2], rows[0]["carried"]))
    say("pages/s. Xen 4.17 under QEMU without KVM, %d cores. Medians; `make "
        "bench-migrate`." % os.cpu_count())
    load = [r["load"] for r in rows if "load" in r]
    if load:
        say("Load average before a move %.1f to %.1f, median %.1f (the lab's own is 1 to 2)."
            % (min(load), max(load), statistics.median(load)))
    say("")
    say("guest        pages/s  how      seconds   silence      MB  rounds  last pages")
    for k in kinds:
        for h in ("xl", "rackhop"):
            g = get[k, h]
            end = [r["end"] for r in g if r["end"]]
            say("%-12s %7d  %-8s %7s  %5s ms  %6s  %6s  %10s" % (
                k if h == "xl" else "", g[0]["rate"], h,
                num(median(g, lambda r: r["seconds"])),
                num(median(g, lambda r: r["gap"] * 1000), "%.0f"),
                num(median(g, lambda r: r["bytes"] / 1e6)),
                num(median(end, lambda e: e["rounds"]), "%.0f"),
                num(median(end, lambda e: e["last_pages"]), "%.0f")))
    say("")
    notes = []
    say("Ratios to xl, with what is wanted; our parts: of rackhop's silence, from the")
    say("last copy to the guest's start, ms.")
    say("guest           seconds       bytes     silence    our parts   missed")
    for k in kinds:
        x, r = get[k, "xl"], get[k, "rackhop"]
        got = (against(x, r, seconds), against(x, r, lambda e: e["bytes"]),
               median(r, parts_ms), against(x, r, gap_ms))
        names = ("total", "bytes", "parts", "silence")
        missed = [n for n, v, g in zip(names, got, GOALS[k]) if v > g]
        notes += ["%s, %s: %s" % (k, g, why_missed(g, x, r)) for g in missed]
        say("%-12s  %4.2f (%4.2f)  %4.2f (%4.2f)  %4.2f (%4.2f)  %4.0f (%3.0f)   %s" % (
            k, got[0], GOALS[k][0], got[1], GOALS[k][1], got[3], GOALS[k][3],
            got[2], GOALS[k][2], ", ".join(missed) or "-"))
    say("")
    say("rackhop's downtime in its parts, ms (each end by its own clock)")
    say("guest        " + "".join("%10s" % t for _, t in PARTS))
    for k in kinds:
        end = [r["end"]["downtime_parts_ms"] for r in get[k, "rackhop"] if r["end"]]
        say("%-12s " % k + "".join("%10s" % num(median(end, lambda e: e[p]), "%.0f")
                                   for p, _ in PARTS))
    say("")
    say("Why rackhop stopped, runs")
    for k in kinds:
        say("%-12s %s" % (k, ended(get[k, "rackhop"])))
    if notes:
        say("")
        say("Goals that were missed, and what the runs show of it")
        for n in notes:
            out.extend(textwrap.wrap(n, 78, subsequent_indent="    "))
    text = "\n".join(out)
    print(text)
    section.write("bench-migrate", "## Migration\n\n```\n%s\n```\n" % text)


if __name__ == "__main__":
    main()
