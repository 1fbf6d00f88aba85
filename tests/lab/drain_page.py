#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""drain_page.py SNAPSHOT STATUS TICKS: a page of one run, to stdout.

SNAPSHOT is rackhop-snapshot/1 of before, STATUS is what `rackhop status --json`
says of the run, TICKS has a line for each guest: name, seconds of its longest
silence, when that began, ticks that came twice, ok or what is wrong with its
memory. The page needs no other file: the racks, the moves over time with the
guests' own silences, and what was predicted against what was measured.
"""
import html
import json
import sys

COLOURS = ["#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#17a2a2",
           "#9c755f", "#d4a017", "#7a8b99", "#c2558a"]
STYLE = """
:root { --bg:#fbfbfa; --fg:#1f2328; --dim:#667; --line:#d5d8dc; --box:#fff;
  --soft:#f0f1f3; --good:#2e7d32; --bad:#c62828 }
@media (prefers-color-scheme: dark) { :root { --bg:#16181c; --fg:#e6e8eb;
  --dim:#98a0aa; --line:#3a3f47; --box:#1f2227; --soft:#262a30;
  --good:#81c784; --bad:#ef9a9a } }
body { background:var(--bg); color:var(--fg); margin:2.2rem auto;
  max-width:1080px; padding:0 1.2rem; font:15px/1.5 system-ui,sans-serif }
h1 { font-size:1.55rem; margin:0 0 .2rem } h2 { font-size:1.1rem; margin:2.2rem 0 .6rem }
p { margin:.3rem 0 } .dim { color:var(--dim) }
.cards { display:flex; flex-wrap:wrap; gap:.8rem; margin:1.2rem 0 }
.card { background:var(--box); border:1px solid var(--line); border-radius:8px;
  padding:.6rem 1rem; min-width:8.5rem }
.card b { display:block; font-size:1.35rem; font-weight:600 }
.card span { color:var(--dim); font-size:.85rem }
svg { width:100%; height:auto; display:block } svg text { fill:var(--fg);
  font:13px system-ui,sans-serif } svg text.dim { fill:var(--dim); font-size:11.5px }
svg text.pill { fill:#fff; font-size:12px; font-weight:600 }
svg text.ghost { fill:var(--dim); font-size:12px }
.scroll { overflow-x:auto; background:var(--box); border:1px solid var(--line);
  border-radius:8px; padding:.6rem }
table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums }
th,td { padding:.32rem .45rem; text-align:right; white-space:nowrap; border-bottom:1px solid var(--line) }
th { font-weight:500; color:var(--dim) } tr:last-child td { border-bottom:0 }
th:nth-child(-n+3),td:nth-child(-n+3) { text-align:left }
td i { display:inline-block; width:.7rem; height:.7rem; border-radius:3px;
  margin-right:.45rem } .ok { color:var(--good) } .no { color:var(--bad) }
"""
WIDTH = 1020


def esc(text):
    return html.escape(str(text), quote=True)


def text(x, y, what, cls="", anchor="start"):
    return '<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>' % (
        x, y, cls, anchor, esc(what))


def box(x, y, w, h, fill="var(--box)", line="var(--line)", more="", r=7):
    return ('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%g" '
            'fill="%s" stroke="%s" %s/>' % (x, y, w, h, r, fill, line, more))


# --- the racks -------------------------------------------------------------------------
def pill(x, y, w, name, colour, ghost):
    if ghost:
        return (box(x, y, w, 22, "none", colour,
                    'stroke-dasharray="4 3" opacity=".75"', 11) +
                text(x + w / 2, y + 15.5, name, "ghost", "middle"))
    return (box(x, y, w, 22, colour, colour, "", 11) +
            text(x + w / 2, y + 15.5, name, "pill", "middle"))


def speed(links, a, b):
    for link in links:
        if {link["a"], link["b"]} == {a, b} and link.get("mbps"):
            n = link["mbps"]
            return "%g Gbit/s" % (n / 1000) if n >= 1000 else "%g Mbit/s" % n
    return ""


def cable(x1, y1, x2, y2, label):
    mid = (y1 + y2) / 2
    return ('<path d="M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f" fill="none" '
            'stroke="var(--dim)" stroke-width="2"/>'
            % (x1, y1, x1, mid, x2, mid, x2, y2) +
            text((x1 + x2) / 2 + (8 if x2 > x1 else -8), mid - 6, label, "dim",
                 "start" if x2 > x1 else "end"))


def host_box(x, y, w, h, host, before, moved, gone, colour):
    about = ["Xen %s" % ".".join(host.get("xen", "?").split(".")[:2]),
             "%d MiB" % (host["memory_mib"] - host["reserved_mib"])]
    out = [box(x, y, w, h), text(x + 12, y + 22, host["name"]),
           text(x + w - 12, y + 22, ", ".join(about), "dim", "end")]
    rows = ([(d, d["name"] in gone) for d in before] + [(d, False) for d in moved])
    for i, (dom, ghost) in enumerate(rows):
        label = "%s  %d MiB" % (dom["name"], dom["memory_mib"])
        out.append(pill(x + 12, y + 34 + 27 * i, w - 24, label,
                        colour[dom["name"]], ghost))
    return "".join(out)


def racks(snap, moved, colour):
    """The map: spines, each rack's switch, its hosts with what is and was there."""
    topo, hosts = snap["topology"], {h["name"]: h for h in snap["hosts"]}
    kind = {n["name"]: n["kind"] for n in topo["nodes"]}
    rack = {}
    for n in topo["nodes"]:
        if n["kind"] == "host" and n["name"] in hosts:
            rack.setdefault(n.get("rack") or "?", []).append(n["name"])
    spines = [n for n, k in kind.items() if k == "switch" and n not in rack]
    count = sum(len(v) for v in rack.values())
    step = WIDTH / count
    w = step - 22
    lines = {h: [d for d in snap["domains"] if d["host"] == h] for h in hosts}
    new = {h: [d for d in snap["domains"] if moved.get(d["name"]) == h]
           for h in hosts}
    tall = 46 + 27 * max(1, max(len(lines[h]) + len(new[h]) for h in hosts))
    out, cables, x, tops = [], [], 0.0, {}
    for r in sorted(rack):
        names = sorted(rack[r])
        mid = x + step * len(names) / 2
        tops[r] = mid
        out.append(box(x + 3, 128, step * len(names) - 6, tall + 96,
                       "var(--soft)", "none", "", 12))
        for i, h in enumerate(names):
            hx = x + step * i + 11
            cables.append(cable(mid, 176, hx + w / 2, 212, speed(topo["links"], r, h)))
            out.append(host_box(hx, 212, w, tall, hosts[h], lines[h], new[h],
                                {n for n, to in moved.items() if to != h}, colour))
        out.append(box(mid - 60, 144, 120, 32) + text(mid, 165, r, "", "middle"))
        x += step * len(names)
    for i, s in enumerate(sorted(spines)):
        sx = WIDTH * (i + 1) / (len(spines) + 1)
        for r, mid in tops.items():
            cables.append(cable(sx, 44, mid, 144, speed(topo["links"], s, r)))
        out.append(box(sx - 60, 12, 120, 32) + text(sx, 33, s, "", "middle"))
    # the cables over the racks' ground, under nothing else
    ground = [o for o in out if 'var(--soft)' in o]
    rest = [o for o in out if 'var(--soft)' not in o]
    return '<svg viewBox="0 0 %d %.0f" role="img" aria-label="racks">%s</svg>' % (
        WIDTH, 236 + tall, "".join(ground + cables + rest))


# --- the moves over time ------------------------------------------------------------------
def nice_step(span):
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600):
        if span / step <= 12:
            return step
    return span / 10


def timeline(moves, ticks, colour, bound):
    start = min(m["began_s"] for m in moves)
    span = max(m["ended_s"] for m in moves) - start
    left, right, row = 150, 20, 36
    scale = (WIDTH - left - right) / (max(span, bound) * 1.02)
    high = 34 + row * len(moves)
    out = []
    step, t = nice_step(max(span, bound)), 0
    while t <= max(span, bound):
        x = left + t * scale
        out.append('<line x1="%.1f" x2="%.1f" y1="24" y2="%d" stroke="var(--line)"/>'
                   % (x, x, high) + text(x, 16, "%g s" % t, "dim", "middle"))
        t += step
    if bound > 0:
        x = left + bound * scale
        out.append('<line x1="%.1f" x2="%.1f" y1="24" y2="%d" stroke="var(--good)" '
                   'stroke-width="2" stroke-dasharray="5 4"/>' % (x, x, high + 6) +
                   text(x - 6, high + 18, "no plan is faster than this", "dim", "end"))
    for i, m in enumerate(moves):
        y = 30 + row * i
        x, w = left + (m["began_s"] - start) * scale, (m["ended_s"] - m["began_s"]) * scale
        c = colour[m["name"]] if m["state"] == "done" else "var(--bad)"
        out.append(text(left - 12, y + 13, m["name"], "", "end"))
        out.append(text(left - 12, y + 27, "%s \u2192 %s" % (m["from"], m["to"]), "dim", "end"))
        out.append('<g><title>%s: %.1f s</title>%s' % (
            esc(m["name"]), m["ended_s"] - m["began_s"], box(x, y + 3, w, 24, c, c, "", 5)))
        quiet = ticks.get(m["name"])
        if quiet and m["state"] == "done":
            at, gap = quiet["at"] - start, quiet["gap"]
            if gap * scale >= 1 and x - 2 <= left + at * scale <= x + w + 2:
                out.append(box(left + at * scale, y + 3, max(2.5, gap * scale), 24,
                               "#111", "#fff", 'opacity=".82" stroke-width="1"', 2))
        note = "%.1f s" % (m["ended_s"] - m["began_s"])
        if quiet:
            note += ", silent %.0f ms" % (1000 * quiet["gap"])
        inside = w > 170
        out.append(text(x + 9 if inside else x + w + 8, y + 19.5, note,
                        "pill" if inside else "dim") + "</g>")
        if not inside and x + w + 150 > WIDTH:
            out[-1] = text(x - 8, y + 19.5, note, "dim", "end") + "</g>"
    return '<svg viewBox="0 0 %d %d" role="img" aria-label="timeline">%s</svg>' % (
        WIDTH, high + 26, "".join(out))


# --- numbers -----------------------------------------------------------------------------
def error(v):
    return "" if v is None else "%+.0f%%" % v


def table(report, ticks, colour):
    head = ("guest", "from", "to", "hops", "MiB sent", "predicted", "", "seconds",
            "predicted", "", "ms stopped", "predicted", "", "ms silent", "memory")
    rows = ["<tr>%s</tr>" % "".join("<th>%s</th>" % h for h in head)]
    for m in report["moves"]:
        cells = ['<i style="background:%s"></i>%s' % (colour[m["name"]], esc(m["name"])),
                 esc(m["from"]), esc(m["to"]), m["hops"]]
        for key, unit, fmt in (("bytes", 1048576, "%.1f"), ("seconds", 1, "%.1f"),
                               ("downtime_ms", 1, "%.0f")):
            v = m[key]
            cells += ["-" if v["measured"] is None else fmt % (v["measured"] / unit),
                      fmt % (v["predicted"] / unit), error(v["error_percent"])]
        t = ticks.get(m["name"])
        good = t and t["memory"] == "ok" and not t["twice"]
        cells += ["%.0f" % (1000 * t["gap"]) if t else "-",
                  '<span class="%s">%s</span>' % ("ok" if good else "no",
                                                 esc(t["memory"]) if t else "?")]
        rows.append("<tr>%s</tr>" % "".join("<td>%s</td>" % c for c in cells))
    return "<table>%s</table>" % "".join(rows)


def card(value, what):
    return '<div class="card"><b>%s</b><span>%s</span></div>' % (esc(value), esc(what))


def page(snap, status, ticks):
    names = sorted({d["name"] for d in snap["domains"]})
    colour = {n: COLOURS[i % len(COLOURS)] for i, n in enumerate(names)}
    made = [m for m in status["moves"] if m.get("began_s") and m.get("ended_s")
            and m["state"] != "replaced"]
    report = status["report"]
    bound = report["makespan_bound_s"] or 0
    took = report["makespan_s"]["measured"] or 0
    sent = sum(m["bytes"]["measured"] or 0 for m in report["moves"])
    moved = {m["name"]: m["to"] for m in made if m["state"] == "done"}
    worst = max((ticks[n]["gap"] for n in moved if n in ticks), default=0)
    body = [
        "<h1>%s, run %s</h1>" % (esc(status["goal"]), esc(status["run"])),
        '<p class="dim">begun %s by %s; a bar is a move, the dark part of it the '
        "guest's longest silence, as a client heard it</p>"
        % (esc(status["started"]), esc(status["executor"])),
        '<div class="cards">%s%s%s%s%s</div>' % (
            card(len(moved), "guests moved"), card("%.1f s" % took, "all of it"),
            card("%.1f s" % bound, "links and largest guest need"),
            card("%.0f MiB" % (sent / 1048576), "sent"),
            card("%.0f ms" % (1000 * worst), "longest silence of a guest")),
        "<h2>Racks</h2><p class=\"dim\">dashed: where a guest was</p>"
        '<div class="scroll">%s</div>' % racks(snap, moved, colour),
        '<h2>Moves</h2><div class="scroll">%s</div>' % timeline(
            made, ticks, colour, bound),
        '<h2>Predicted and measured</h2><div class="scroll">%s</div>'
        % table(report, ticks, colour),
    ]
    return ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\">"
            "<title>rackhop: %s</title><style>%s</style></head><body>\n%s\n"
            "</body></html>" % (esc(status["run"]), STYLE, "\n".join(body)))


def main(snapshot, status, ticks):
    quiet = {}
    for line in open(ticks):
        name, gap, at, twice, memory = line.split(None, 4)
        quiet[name] = {"gap": float(gap), "at": float(at), "twice": int(twice),
                       "memory": memory.strip()}
    print(page(json.load(open(snapshot)), json.load(open(status)), quiet))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
