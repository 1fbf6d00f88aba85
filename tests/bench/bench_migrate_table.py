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

ORDER = ["idle", "steady-0.3", "steady-0.7", "bursty", "faster"]
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


def why_missed(goal, x, r, idle):
    """What the runs themselves show of a goal that was missed."""
    end = [e["end"] for e in r]
    part = {p: median(end, lambda e: e["downtime_parts_ms"][p]) for p, _ in PARTS}
    target = part["build"] + part["devices"] + part["ready_to_go"] + part["unpause"]
    if goal.startswith("total"):
        return ("%s rounds against xl's 5 at most; %.1f MB against %.1f MB went over "
                "the link; it took %s s, xl %s s" % (
                    num(median(end, lambda e: e["rounds"]), "%.0f"),
                    median(r, lambda e: e["bytes"]) / 1e6,
                    median(x, lambda e: e["bytes"]) / 1e6,
                    span(r, seconds), span(x, seconds)))
    text = ("last copy %.0f ms of %.0f pages, suspend %.0f ms, "
            "the target host %.0f ms; silences were %s ms, xl's %s ms" % (
                part["last_copy"], median(end, lambda e: e["last_pages"]),
                part["suspend"], target, span(r, gap_ms), span(x, gap_ms)))
    if goal.startswith("memory"):
        mx = median(x, gap_ms) - idle["xl"]
        text += ("; a third of xl's %.0f ms is %.0f ms, in which this link carries "
                 "%.0f pages" % (mx, mx / 3, max(mx, 0) / 3e3 * r[0]["carried"]))
    return text


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
    idle = {h: median(get["idle", h], lambda r: r["gap"] * 1000)
            if ("idle", h) in get else 0 for h in ("xl", "rackhop")}
    notes = []
    say("Ratios to xl; memory part = silence less the idle guest's silence.")
    say("guest        seconds  silence  memory part (xl, rackhop, ratio)      goal")
    for k in kinds:
        x, r = get[k, "xl"], get[k, "rackhop"]
        t = median(r, lambda r: r["seconds"]) / median(x, lambda r: r["seconds"])
        gx = median(x, lambda r: r["gap"] * 1000)
        gr = median(r, lambda r: r["gap"] * 1000)
        mx, mr = gx - idle["xl"], gr - idle["rackhop"]
        goals = [("total <= 1.2", t <= 1.2), ("silence <= 1.1", gr / gx <= 1.1)]
        if k in ("steady-0.7", "bursty"):
            goals.append(("memory <= 1/3", mr <= mx / 3))
        missed = [g for g, ok in goals if not ok]
        notes += ["%s, %s: %s" % (k, g, why_missed(g, x, r, idle)) for g in missed]
        say("%-12s %7.2f  %7.2f  %6.0f ms  %6.0f ms  %5s             %s" % (
            k, t, gr / gx, mx, mr, "%.2f" % (mr / mx) if mx > 50 else "-",
            "met" if not missed else "missed: " + ", ".join(missed)))
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
