#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""bench_drain_table.py NOTES: the medians of bench-drain's runs as a table, on
stdout and in place of the section "Drains" of docs/BENCHMARKS."""
import json
import os
import statistics
import sys
import time

import section

WAYS = [("serial", "xl, one by one"), ("at-once", "xl, all at once"),
        ("alone", "rackhop, one by one"), ("rackhop", "rackhop drain")]


def median(rows, f):
    return statistics.median(f(r) for r in rows)


def silence(r):
    return sum(r["gaps"].values())


def bound(r):
    """Seconds that the bytes over the spine need at the rate of its cable."""
    return r["bytes"] * 8 / (r["link"] * 1e6)


def planned(r):
    return sum(m["bytes"]["predicted"] for m in r["end"]["report"]["moves"])


def part(rows, name):
    return median(rows, lambda r: r["flow"][name])


def where_idle(rows):
    """The time in which the cable carries nothing, in its parts."""
    return "%.1f s until memory flows, %.1f s between the moves, %.1f s at the end" % (
        part(rows, "before_s"), part(rows, "between_s"), part(rows, "after_s"))


def why_silent(get):
    """Of a guest's silence, what it is suspended, and what it is when nothing else
    is done meanwhile: the rest is the emulated processors, which the next move's
    memory wants as well while the guest's network card connects anew."""
    r = get["rackhop"]
    moves = len(r[0]["end"]["report"]["moves"])
    text = "%.0f ms a guest, of which it is suspended for %.0f" % (
        1000 * median(r, silence) / moves,
        median(r, lambda x: sum(m["downtime_ms"]["measured"]
                                for m in x["end"]["report"]["moves"])) / moves)
    if "alone" in get:
        text += "; %.0f when moved alone, without a next move that wants these %d cores" % (
            1000 * median(get["alone"], silence) / moves, os.cpu_count())
    return text


def verdict(say, what, value, limit, unit, why):
    """A limit below zero: the value, as well below zero, is to be no smaller."""
    ok = value <= limit
    say("%-44s %8.2f%s, %s%s" % (what, abs(value), unit,
                                 "met" if ok else "missed: ", "" if ok else why))


def goals(say, get):
    if "rackhop" not in get:
        return
    r = get["rackhop"]
    say("")
    say("Goals")
    idle = median(r, lambda x: x["seconds"]) - median(r, bound)
    moves = len(r[0]["end"]["report"]["moves"])
    if "serial" in get:
        verdict(say, "time / that of xl, one by one <= 0.52",
                median(r, lambda x: x["seconds"]) /
                median(get["serial"], lambda x: x["seconds"]), 0.52, "",
                "%.1f MB went over the spine, the link is idle for %.1f s" % (
                    median(r, lambda x: x["bytes"] / 1e6), idle))
    verdict(say, "makespan / link time of its bytes <= 1.15",
            median(r, lambda x: x["seconds"] / bound(x)), 1.15, "",
            where_idle(r))
    verdict(say, "seconds a move in which the link is idle <= 2", idle / moves, 2, "",
            where_idle(r))
    verdict(say, "bytes over the spine / the plan's <= 1.30",
            median(r, lambda x: x["bytes"] / planned(x)), 1.30, "",
            "the plan guesses what the codec makes of each guest")
    verdict(say, "bytes over the spine / the plan's >= 0.70",
            -median(r, lambda x: x["bytes"] / planned(x)), -0.70, "",
            "the plan guesses what the codec makes of each guest")
    for (way, name), most in zip(WAYS[:2], (0.40, 1 / 3)):
        if way in get:
            verdict(say, "silence / that of %s <= %.2f" % (name, most),
                    median(r, silence) / median(get[way], silence), most, "",
                    why_silent(get))
    if "alone" in get and "serial" in get:
        verdict(say, "one by one: time / that of xl <= 0.60",
                median(get["alone"], lambda x: x["seconds"]) /
                median(get["serial"], lambda x: x["seconds"]), 0.60, "", "")
        verdict(say, "one by one: silence / that of xl <= 0.40",
                median(get["alone"], silence) / median(get["serial"], silence),
                0.40, "", "")


def main():
    rows = [json.loads(line) for line in open(sys.argv[1])]
    get = {w: [r for r in rows if r["way"] == w] for w, _ in WAYS}
    get = {w: v for w, v in get.items() if v}
    out = []
    say = out.append
    first = rows[0]
    say("%s, %d run%s of each; %d guests of one rack to the other; cables of %d Mbit/s."
        % (time.strftime("%Y-%m-%d"), min(map(len, get.values())),
           "" if min(map(len, get.values())) == 1 else "s",
           len(first["gaps"]), first["link"]))
    say("Xen 4.17 under QEMU without KVM, %d cores. `make bench-drain`."
        % os.cpu_count())
    say("")
    say("way                  seconds   link needs  spine MB  silence: sum   longest")
    for w, name in WAYS:
        if w not in get:
            continue
        v = get[w]
        say("%-19s %8.1f %10.1f s %9.1f %10.1f s %7.1f s" % (
            name, median(v, lambda r: r["seconds"]), median(v, bound),
            median(v, lambda r: r["bytes"] / 1e6), median(v, silence),
            median(v, lambda r: max(r["gaps"].values()))))
    say("")
    say("silence of each guest, ms")
    say("%-19s" % "" + "".join("%9s" % g for g in first["gaps"]))
    for w, name in WAYS:
        if w in get:
            say("%-19s" % name + "".join(
                "%9.0f" % (1000 * median(get[w], lambda r: r["gaps"][g]))
                for g in first["gaps"]))
    goals(say, get)
    text = "\n".join(out)
    print(text)
    section.write("bench-drain", "## Drains\n\n```\n%s\n```\n" % text)


if __name__ == "__main__":
    main()
