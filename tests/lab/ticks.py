#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""The guests' ticks: collect them, wait for one, measure the silences.

    ticks.py collect FILE               receive, a line for each: time, tick
    ticks.py wait FILE NAME FROM LIMIT  the first tick after FROM
    ticks.py check FILE NAME ID LIMIT   bad pages, once check ID was answered
    ticks.py gaps FILE NAME [FROM [TO]] longest silence between FROM and TO,
                                        what it had dirtied and left at the end
    ticks.py steal FILE NAME FROM TO    part of its time that it waited for a
                                        processor, by Xen's own clock

Times are seconds since 1970, of arrival and as the kernel saw it, so that a
collector that waits for the CPU makes no gap. A silence that is cut by FROM
counts from the tick before it, one that is cut by TO up to TO.
"""
import os
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35


def collect(path):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind(("", 7777))
    with open(path, "a", buffering=1) as out:
        while True:
            data, control, _, _ = s.recvmsg(2048, 64)
            when = time.time()
            for _, kind, value in control:
                if kind == SO_TIMESTAMPNS and len(value) >= 16:
                    sec, nsec = struct.unpack("qq", value[:16])
                    when = sec + nsec / 1e9
            text = data.decode("ascii", "replace").strip()
            out.write("%.6f %s\n" % (when, text))


def parse(line):
    """(time, name, {"tick": n, "dirtied": n, "check": id, "bad": n, "free": n,
    "steal": ms})"""
    f = line.split()
    if len(f) < 4 or len(f) % 2:
        return None
    return float(f[0]), f[1], dict(zip(f[2::2], f[3::2]))


def follow(path, limit):
    """Ticks of the file, then those that come, for at most limit seconds."""
    end = time.monotonic() + limit
    with open(path) as f:
        f.seek(max(0, os.path.getsize(path) - 65536))
        f.readline()
        rest = ""
        while True:
            line = f.readline()
            if line.endswith("\n"):
                tick = parse(rest + line)
                rest = ""
                if tick:
                    yield tick
            else:
                rest += line
                if time.monotonic() > end:
                    return
                time.sleep(0.05)


def wait(path, name, start, limit):
    for when, who, what in follow(path, limit):
        if who == name and when > start:
            print("%.6f tick %s" % (when, what["tick"]))
            return 0
    return 1


def check(path, name, ident, limit):
    for _, who, what in follow(path, limit):
        if who == name and what["check"] == ident:
            print(what["bad"])
            return 0
    return 1


def gaps(path, name, start=0.0, end=None):
    """Silence, ticks lost, numbers that came twice (a guest that runs twice).

    Datagrams may overtake each other on the way: that is neither.
    """
    end = time.time() if end is None else end
    last = first = None
    seen = set()
    count = again = dirtied = free = 0
    worst = (0.0, 0.0)
    for line in open(path):
        tick = parse(line)
        if not tick or tick[1] != name:
            continue
        when, n = tick[0], int(tick[2]["tick"])
        if when < start:
            last = (when, n)
            continue
        if last:
            worst = max(worst, (min(when, end) - last[0], last[0]))
        if when > end:
            break
        # what comes after the last one before `start` counts from there
        first = (last[1] + 1 if last else n) if first is None else first
        again += n in seen
        seen.add(n)
        last, count = (when, n), count + 1
        dirtied, free = int(tick[2]["dirtied"]), int(tick[2]["free"])
    else:
        if last:
            worst = max(worst, (end - last[0], last[0]))
    if not last:
        print("ticks 0 gap inf at 0 lost 0 again 0 dirtied 0 free 0")
        return 1
    lost = max(0, max(seen) - first + 1 -
               len({n for n in seen if n >= first})) \
        if seen else 0
    print("ticks %d gap %.3f at %.3f lost %d again %d dirtied %d free %d"
          % (count, worst[0], worst[1], lost, again, dirtied, free))
    return 0


def steal(path, name, start, end):
    ticks = [t for t in map(parse, open(path))
             if t and t[1] == name and start <= t[0] <= end]
    if len(ticks) < 2:
        return 1
    print("%.3f" % ((int(ticks[-1][2]["steal"]) - int(ticks[0][2]["steal"])) / 1e3
                    / (ticks[-1][0] - ticks[0][0])))
    return 0


def main(cmd, path, *a):
    if cmd == "collect":
        return collect(path)
    if cmd == "wait":
        return wait(path, a[0], float(a[1]), float(a[2]))
    if cmd == "check":
        return check(path, a[0], a[1], float(a[2]))
    if cmd == "steal":
        return steal(path, a[0], *map(float, a[1:]))
    return gaps(path, a[0], *map(float, a[1:]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
