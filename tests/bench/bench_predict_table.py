#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""bench_predict_table.py NOTES: what was predicted of each move and what came, on
stdout and in place of the section "Predictions" of docs/BENCHMARKS."""
import json
import os
import sys
import time

import section

# key of the report, name, unit of it
VALUES = [("seconds", "seconds", 1), ("bytes", "MB", 1e6),
          ("downtime_ms", "pause, ms", 1)]
NEAR = 0.30


def rows_of(run):
    """(what, guest, ..(predicted, measured)) of its moves, and the run's own."""
    r = run["report"]
    what = "%s %d" % (run["what"], run["run"])
    for m in r["moves"]:
        yield what, m["name"], [(m[k]["predicted"] / d, m[k]["measured"] / d)
                                for k, _, d in VALUES]


def ratio(p):
    return p[1] / p[0] if p[0] > 0 else float("inf")


def line(what, guest, pairs):
    return "%-8s %-8s" % (what, guest) + "".join(
        " %9.1f %8.1f %5.2f" % (*p, ratio(p)) for p in pairs)


def near(rows):
    """How many values of a column are within NEAR of their prediction."""
    return ["%d of %d" % (sum(abs(ratio(r[2][i]) - 1) <= NEAR for r in rows),
                          len(rows)) for i in range(len(VALUES))]


def main():
    runs = [json.loads(text) for text in open(sys.argv[1])]
    first = [r for run in runs[:1] for r in rows_of(run)]
    later = [r for run in runs[1:] for r in rows_of(run)]
    out = ["%s; %d guests of one rack to the other and home; cables of %d Mbit/s."
           % (time.strftime("%Y-%m-%d"), len(first), runs[0]["link"]),
           "Xen 4.17 under QEMU without KVM, %d cores. `make bench-predict`."
           % os.cpu_count(), "",
           "%-8s %-8s" % ("", "") + "".join(
               " %24s" % ("-- %s --" % name) for _, name, _ in VALUES),
           "%-8s %-8s" % ("run", "guest") + " predicted   actual ratio" * 3]
    out += [line(*r) for r in first + later]
    for name, rows in (("first run, nothing learned", first),
                       ("the later ones", later)):
        if rows:
            out.append("within %d%%, %s: %s" % (100 * NEAR, name, ", ".join(
                "%s %s" % (v[1], n) for v, n in zip(VALUES, near(rows)))))
    for run in runs:
        m = run["report"]["makespan_s"]
        out.append("%s %d as a whole: %.1f s predicted, %.1f s" % (
            run["what"], run["run"], m["predicted"], m["measured"]))
    text = "\n".join(out)
    print(text)
    section.write("bench-predict", "## Predictions\n\n```\n%s\n```\n" % text)


if __name__ == "__main__":
    main()
