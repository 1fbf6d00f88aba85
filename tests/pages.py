#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""pages.py BUILD [DIR]: the report's page as a browser shows it.

Headless Chromium draws pages of plans and of a run: at 800 and 1200 pixels, on
light and dark screens, and printed. Nothing may reach beyond the window, nothing
may be said on the console, and no page may come out empty. Pictures for a look
stay in DIR. Without Chromium nothing is tested, and that is said.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

WIDTHS = (800, 1200)
HEIGHT = 1600
# what a run on a cluster in a directory leaves: one move failed and was tried
# again, and one guest is in doubt
RUN = r"""
. tests/exec/lib.sh
new_cluster c
guest web1 h1 1024; guest web2 h1 2048; guest mail h1 900
inject web1 fail ok
inject mail doubt
"$RACKHOP" drain h1 --yes > "$T/out" 2>&1 || [ $? = 5 ] || exit 1
"$RACKHOP" report --html "$T/run.html" > /dev/null
"""
# Each page is in a frame of each width. A box may reach beyond its frame where
# it is cut off or can be scrolled: in an element with an overflow of its own.
HARNESS = """<!DOCTYPE html><meta charset="utf-8"><body>
<script>
const found = [];
function look(frame) {
  const w = frame.contentWindow, d = frame.contentDocument;
  const wide = frame.dataset.width, page = frame.dataset.page;
  const f = { page, wide, text: d.body.innerText.length,
    scroll: d.documentElement.scrollWidth,
    dark: w.getComputedStyle(d.body).backgroundColor, beyond: [] };
  for (const e of d.body.querySelectorAll("*")) {
    if (e.getBoundingClientRect().right <= +wide + 1) continue;
    let p = e.parentElement;
    while (p && w.getComputedStyle(p).overflowX === "visible") p = p.parentElement;
    if (!p || p === d.body || p === d.documentElement)
      f.beyond.push(e.tagName + "." + e.className + " " + e.textContent.slice(0, 40));
  }
  f.beyond = f.beyond.slice(0, 3);
  found.push(f);
}
let left = PAGES.length * WIDTHS.length;
for (const page of PAGES) for (const wide of WIDTHS) {
  const frame = document.createElement("iframe");
  frame.style = "border:0;width:" + wide + "px;height:HEIGHTpx";
  frame.dataset.width = wide;
  frame.dataset.page = page;
  frame.onload = () => { look(frame); if (!--left)
    document.body.innerHTML = "<pre id=found></pre>",
    document.getElementById("found").textContent = "FOUND" + JSON.stringify(found) + "END"; };
  frame.src = page;
  document.body.append(frame);
}
</script>
"""

bad = 0


def complain(text):
    global bad
    bad += 1
    print("pages: " + text, file=sys.stderr)


def chromium(*args):
    """What it printed, and what pages said on their consoles."""
    r = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu",
         "--hide-scrollbars", "--user-data-dir=" + os.path.join(T, "profile"),
         "--allow-file-access-from-files", "--enable-logging=stderr",
         "--virtual-time-budget=60000", *args],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
        check=False)
    said = r.stderr.decode("utf-8", "replace")
    return (r.stdout.decode("utf-8", "replace"),
            re.findall(r"(?m)^.*:CONSOLE.*$", said))


def rackhop(*args):
    subprocess.run([RACKHOP, *args], check=True, stdout=subprocess.DEVNULL)


def at(name):
    return os.path.join(T, name)


def make_plan(page, snapshot, *goal):
    rackhop("plan", *goal, "--snapshot", snapshot, "-o", at("plan"))
    rackhop("report", at("plan"), "--snapshot", snapshot, "--html", at(page))


def make_pages():
    rackhop("simulate", "--hosts", "32", "--vms", "200", "--rack", "8",
            "--mixed", "-o", at("small"))
    make_plan("plan.html", at("small"), "drain", "h00000", "h00009")
    with open(at("plan"), encoding="utf-8") as f:
        names = re.sub(r'"name": "v(\d+)"', '"name": "<b onload=alert(1)>'
                       r'w-of-the-shop-in-the-north-\1-' + "x" * 60 + '"',
                       f.read())
    with open(at("names"), "w", encoding="utf-8") as f:
        f.write(names)
    rackhop("report", at("names"), "--snapshot", at("small"),
            "--html", at("names.html"))
    rackhop("simulate", "--hosts", "400", "--vms", "6000", "--rack", "40",
            "--seed", "3", "-o", at("large"))
    make_plan("large.html", at("large"), "drain", "rack:tor0000")
    env = dict(os.environ, BUILD=BUILD, T=T, RACKHOP=RACKHOP, LC_ALL="C",
               TZ="UTC", NO_COLOR="1")
    subprocess.run(["bash", "-c", RUN], check=True, env=env)
    return ["plan.html", "names.html", "large.html", "run.html"]


def look_at(pages, dark):
    """Each page in each width, on a light or a dark screen."""
    with open(at("look.html"), "w", encoding="utf-8") as f:
        f.write(HARNESS.replace("PAGES", json.dumps(pages))
                .replace("WIDTHS", json.dumps(WIDTHS))
                .replace("HEIGHT", str(HEIGHT)))
    dom, console = chromium(
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        "--window-size=1300,1600", "--dump-dom", "file://" + at("look.html"))
    for line in console:
        complain("the console says: " + line)
    found = re.search(r"FOUND(.*?)END", dom, re.S)
    if not found:
        complain("the browser shows nothing")
        return
    found = json.loads(found.group(1).replace("&lt;", "<")
                       .replace("&gt;", ">").replace("&amp;", "&"))
    if len(found) != len(pages) * len(WIDTHS):
        complain(f"only {len(found)} pages were shown")
    for f in found:
        where = f"{f['page']} at {f['wide']} pixels"
        if f["text"] < 300:
            complain(f"{where} is empty")
        if f["scroll"] > int(f["wide"]) or f["beyond"]:
            complain(f"{where} is {f['scroll']} pixels wide: {f['beyond']}")
        light = sum(map(int, re.findall(r"\d+", f["dark"])[:3])) > 380
        if light == dark:
            complain(f"{where} is {f['dark']} on a "
                     f"{'dark' if dark else 'light'} screen")


def print_page(page):
    pdf = at(page + ".pdf")
    _, console = chromium("--print-to-pdf=" + pdf, "file://" + at(page))
    for line in console:
        complain(f"{page}, printed: " + line)
    if not os.path.exists(pdf) or os.path.getsize(pdf) < 5000:
        complain(f"{page} can't be printed")


def take_pictures(pages, to):
    for page in pages:
        for wide in WIDTHS:
            chromium(f"--window-size={wide},{HEIGHT}",
                     f"--screenshot={to}/{page[:-5]}-{wide}.png",
                     "file://" + at(page))


BUILD = os.path.abspath(sys.argv[1])
RACKHOP = BUILD + "/rackhop"
PICTURES = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
os.environ["RACKHOP_CONF"] = "/dev/null"
os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if not BROWSER:
    print("pages: there is no chromium, and nothing was tested")
    sys.exit(0)
with tempfile.TemporaryDirectory() as T:
    all_pages = make_pages()
    look_at(all_pages, dark=False)
    look_at(all_pages, dark=True)
    for p in all_pages:
        print_page(p)
    if PICTURES:
        take_pictures(all_pages, PICTURES)
if not bad:
    print(f"pages: {len(all_pages)} fit at {WIDTHS[0]} and {WIDTHS[1]} pixels, "
          "light, dark and printed")
sys.exit(bad != 0)
