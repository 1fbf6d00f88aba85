#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""spine_flow.py LOG FROM TO MBPS: when the cable was in use, as JSON.

LOG has lines "TIME BYTES", of which BYTES only grows. The cable is in use from the
first interval that carries a tenth of its rate to the last; `before_s` and `after_s`
are what comes before and after, `between_s` what its bytes would not have needed of
the time in use at its full rate."""
import json
import sys


def flow(rows, begin, end, mbps):
    rows = [r for r in rows if begin <= r[0] <= end]
    busy = [(a, b) for a, b in zip(rows, rows[1:])
            if (b[1] - a[1]) * 8e-6 >= 0.1 * mbps * (b[0] - a[0])]
    if not busy:
        return {"before_s": round(end - begin, 2), "between_s": 0, "after_s": 0}
    first, last = busy[0][0], busy[-1][1]
    used = last[0] - first[0]
    return {"before_s": round(first[0] - begin, 2),
            "between_s": round(used - (last[1] - first[1]) * 8e-6 / mbps, 2),
            "after_s": round(end - last[0], 2)}


def main():
    rows = [tuple(map(float, line.split())) for line in open(sys.argv[1])
            if len(line.split()) == 2]
    print(json.dumps(flow(rows, *map(float, sys.argv[2:5]))))


if __name__ == "__main__":
    main()
