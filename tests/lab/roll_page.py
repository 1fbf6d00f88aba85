#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""roll_page.py EVENTS TICKS GUEST=HOST..: a page of one roll, to stdout.

EVENTS has a line for each event of `rackhop roll --json`: seconds since 1970,
and the event. TICKS is what ticks.py collects. GUEST=HOST says where each guest
was before. The page needs no other file: what each host was at, where each
guest ran, and when a client did not hear it.
"""
import json
import sys

import ticks
from drain_page import STYLE, WIDTH, box, card, esc, nice_step, text

# what a host is at: colour of the bar, words for a person
STEPS = {
    "draining": ("#4e79a7", "guests leave"),
    "empty": ("#7a8b99", "looked at"),
    "hook": ("#b07aa1", "hook"),
    "off": ("#5b5b66", "goes off"),
    "back": ("#5b5b66", "waited for"),
    "check": ("#d4a017", "check"),
    "undrain": ("#59a14f", "guests return"),
    "home": ("#59a14f", "guests return"),
    "soak": ("#17a2a2", "watched"),
    "failed": ("#c62828", "failed"),
}
PALETTE = ["#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#17a2a2"]
LEFT, RIGHT, ROW = 110, 20, 34
SHORTEST = 1.0  # s; under emulation a guest is silent for less at any time


def read_events(path):
    out = []
    for line in open(path):
        when, event = line.split(None, 1)
        out.append((float(when), json.loads(event)))
    return out


def host_bars(events):
    """{host: [(step, from, to)]}, in the order in which hosts had their turn."""
    began, bars, at = {}, {}, {}
    for when, e in events:
        if e["event"] == "wave":
            began[e["wave"]] = when
        if e["event"] != "step":
            continue
        host = e["host"]
        step, since = at.get(host, ("draining", began.get(e["wave"], when)))
        bars.setdefault(host, []).append((step, since, when))
        at[host] = (e["step"], when)
    end = events[-1][0]
    for host, (step, since) in at.items():
        if step == "failed":
            bars[host].append((step, since, end))
    return bars


def guest_bars(events, homes):
    """{guest: [(host, from, to)]}: where it ran, by the moves that were made."""
    start, end = events[0][0], events[-1][0]
    at = {g: (h, start) for g, h in homes.items()}
    bars = {g: [] for g in homes}
    for when, e in events:
        if e["event"] == "done" and e.get("name") in at:
            host, since = at[e["name"]]
            bars[e["name"]].append((host, since, when))
            at[e["name"]] = (e["to"], when)
    for g, (host, since) in at.items():
        bars[g].append((host, since, end))
    return bars


def silences(path, guest, start, end):
    """[(from, seconds)] in which a client heard nothing of the guest."""
    out, last = [], None
    for line in open(path):
        tick = ticks.parse(line)
        if not tick or tick[1] != guest or tick[0] > end:
            continue
        when = tick[0]
        if last is not None and when >= start and when - last >= SHORTEST:
            out.append((last, when - last))
        last = when
    if last is not None and end - last >= SHORTEST:
        out.append((last, end - last))
    return out


# --- drawn -----------------------------------------------------------------------------
def bar(x, y, w, fill, label, title):
    # as many letters as there is room for, or none
    shown = text(x + w / 2, y + 16, label, "pill", "middle") \
        if w > 7.2 * len(label) + 6 else ""
    return "<g><title>%s</title>%s%s</g>" % (
        esc(title), box(x, y, max(w, 1.5), 23, fill, "var(--box)", "", 4), shown)


def axis(span, scale, high):
    out, step, t = [], nice_step(span), 0
    while t <= span:
        x = LEFT + t * scale
        out.append('<line x1="%.1f" x2="%.1f" y1="24" y2="%d" '
                   'stroke="var(--line)"/>' % (x, x, high) +
                   text(x, 16, "%d:%02d" % divmod(t, 60), "dim", "middle"))
        t += step
    return out


def drawing(label, span, rows, draw):
    high = 32 + ROW * len(rows)
    scale = (WIDTH - LEFT - RIGHT) / max(span, 1)
    out = axis(span, scale, high)
    for i, name in enumerate(rows):
        y = 30 + ROW * i
        out.append(text(LEFT - 12, y + 17, name, "", "end"))
        out += draw(name, y, scale)
    return '<svg viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg>' % (
        WIDTH, high + 6, label, "".join(out))


def draw_hosts(bars, start, span):
    def draw(host, y, scale):
        return [bar(LEFT + (a - start) * scale, y, (b - a) * scale,
                    STEPS[step][0], STEPS[step][1],
                    "%s: %s for %.1f s" % (host, STEPS[step][1], b - a))
                for step, a, b in bars[host] if step in STEPS]
    return drawing("hosts", span, list(bars), draw)


def draw_guests(bars, quiet, start, span, colour):
    def draw(guest, y, scale):
        out = [bar(LEFT + (a - start) * scale, y, (b - a) * scale, colour[host],
                   host, "%s runs on %s" % (guest, host))
               for host, a, b in bars[guest]]
        for at, gap in quiet[guest]:
            out.append("<g><title>%s: %.1f s of silence</title>%s</g>" % (
                esc(guest), gap,
                box(LEFT + (at - start) * scale, y - 2, max(2.5, gap * scale),
                    27, "#111", "#fff", 'stroke-width="1"', 2)))
        return out
    return drawing("guests", span, sorted(bars), draw)


def table(bars, quiet, homes, again):
    head = ("guest", "before", "at the end", "moves", "longest silence, s",
            "all silence, s", "ticks that came twice")
    rows = ["<tr>%s</tr>" % "".join("<th>%s</th>" % h for h in head)]
    for g in sorted(bars):
        gaps = [gap for _, gap in quiet[g]]
        cells = (g, homes[g], bars[g][-1][0], len(bars[g]) - 1,
                 "%.1f" % max(gaps, default=0),
                 "%.1f" % sum(gaps), again[g])
        rows.append("<tr>%s</tr>" % "".join("<td>%s</td>" % esc(c)
                                             for c in cells))
    return "<table>%s</table>" % "".join(rows)


def twice(path, guest, start):
    seen, again = set(), 0
    for line in open(path):
        tick = ticks.parse(line)
        if tick and tick[1] == guest and tick[0] >= start:
            again += tick[2]["tick"] in seen
            seen.add(tick[2]["tick"])
    return again


def page(events, path, homes):
    start, end = events[0][0], events[-1][0]
    hosts, guests = host_bars(events), guest_bars(events, homes)
    quiet = {g: silences(path, g, start, end) for g in homes}
    colour = {h: PALETTE[i % len(PALETTE)] for i, h in enumerate(
        sorted(set(homes.values()) | set(hosts)))}
    done = sum(e["event"] == "step" and e["step"] == "done" for _, e in events)
    waves = max((e["wave"] for _, e in events if e["event"] == "wave"), default=0)
    worst = max((gap for q in quiet.values() for _, gap in q), default=0)
    name = events[-1][1].get("roll", "")
    body = [
        "<h1>Roll %s</h1>" % esc(name),
        '<p class="dim">each host emptied, rebooted, checked, and its guests '
        "brought home</p>",
        '<div class="cards">%s%s%s%s%s</div>' % (
            card(done, "hosts done"), card(waves, "waves"),
            card(sum(len(b) - 1 for b in guests.values()), "moves of guests"),
            card("%d:%02d min" % divmod(int(end - start), 60), "all of it"),
            card("%.1f s" % worst, "longest silence of a guest")),
        '<h2>Hosts</h2><div class="scroll">%s</div>' % draw_hosts(
            hosts, start, end - start),
        '<h2>Guests</h2><p class="dim">where each ran; dark: a client heard '
        'nothing of it for a second and more</p><div class="scroll">%s</div>' % draw_guests(
            guests, quiet, start, end - start, colour),
        '<h2>What guests noticed</h2><div class="scroll">%s</div>' % table(
            guests, quiet, homes, {g: twice(path, g, start) for g in homes}),
    ]
    return ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\">"
            "<title>rackhop: roll %s</title><style>%s</style></head><body>\n%s\n"
            "</body></html>" % (esc(name), STYLE, "\n".join(body)))


def main(events, path, *homes):
    print(page(read_events(events), path,
               dict(h.split("=", 1) for h in homes)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
