#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""manual.py BUILD: the manual pages and the program name the same things.

Each option of each command is named in the command's page, and a page names no
option that does not exist. rackhop.conf(5) has each setting with its default,
and no other. Help fits a terminal of 80 columns, and so does each page: what is
verbatim in it is never folded.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

PAGES = {
    "rackhop.1": "migrate dirty facts recover receive autostart version completion",
    "rackhop-apply.1": "drain evacuate undrain home rebalance apply status runs cancel",
    "rackhop-plan.1": "plan score hosts guests snapshot simulate",
    "rackhop-replay.1": "replay",
    "rackhop-roll.1": "roll",
    "rackhop-report.1": "report",
    "rackhop-check.1": "check",
    "rackhop-metrics.1": "metrics",
    "rackhop-samples.1": "samples agent",
    "rackhopd.8": "loops daemon",
    "rackhop-topology.1": "topology",
    "rackhop-hooks.7": "hook",
    "rackhop-level.1": "level",
}
# what programs start, and what only xl's habits need
INTERNAL = {"receive": {"--greet", "--path", "--handover"}}
UNSHOWN = {"rackhop.1": {"--live", "--json", "-d"}}
GLOBAL = {"-v", "--verbose", "--wide", "--color", "--config", "--show-config",
          "--version", "--help"}

bad = 0


def complain(text):
    global bad
    bad += 1
    print("manual: " + text, file=sys.stderr)


def run(*args):
    return subprocess.run([RACKHOP, *args], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def too_wide(what, text):
    for line in text.splitlines():
        if len(line) > 79:
            complain(f"{what}: wider than 79 columns: {line}")


def options(command):
    """The options of a command, as its --help lists them."""
    if command == "version":
        return set()
    text = run(command, "--help")
    too_wide(f"rackhop {command} --help", text)
    return set(re.findall(r"^  (?:    )?(--?[A-Za-z0-9-]+)", text, re.M))


def page(name):
    with open(f"docs/man/{name}.pod", encoding="utf-8") as f:
        return f.read()


def render(pod):
    """The lines of a page as man(1) shows it on a terminal of 80 columns."""
    section = pod.split(".")[-2]
    man = subprocess.run(["pod2man", "--utf8", "--section=" + section, pod],
                         check=True, stdout=subprocess.PIPE).stdout
    text = subprocess.run(["nroff", "-man", "-Tutf8", "-rLL=78n", "-c"],
                          input=man, check=True,
                          stdout=subprocess.PIPE).stdout.decode("utf-8")
    return re.sub(".\b", "", text).splitlines()


def check_widths():
    pods = sorted(glob.glob("docs/man/*.pod"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for pod, lines in zip(pods, pool.map(render, pods)):
            if len(lines) < 20:
                complain(f"{pod}: only {len(lines)} lines are shown of it")
            for line in lines:
                if len(line) > 80:
                    complain(f"{pod}: wider than 80 columns when it is shown: "
                             f"{line.strip()}")


def check_blanks():
    """Without an empty line before it, a heading is text of the paragraph."""
    for pod in sorted(glob.glob("docs/man/*.pod")):
        with open(pod, encoding="utf-8") as f:
            lines = [""] + f.read().splitlines()
        for n, (before, line) in enumerate(zip(lines, lines[1:]), 1):
            if re.match(r"=[a-z]", line) and before:
                complain(f"{pod}:{n}: no empty line before {line}")


def check_options():
    visible = re.findall(r"^  ([a-z]+)  ", run("--help"), re.M)
    for c in visible:
        text = run(c, "--help")
        for part in ("\nExamples:\n", "\nExit codes: 0 done", "\nSee rackhop"):
            if part not in text:
                complain(f"rackhop {c} --help has no {part.strip()!r}")
        if not any(c in words.split() for words in PAGES.values()):
            complain(f"no page is known to describe rackhop {c}")
    for name, words in PAGES.items():
        text = page(name)
        known = UNSHOWN.get(name, set()) | (
            GLOBAL if name == "rackhop.1" else set())
        for c in words.split():
            mine = options(c)
            known |= mine
            for o in sorted(mine - INTERNAL.get(c, set())):
                if f"B<{o}>" not in text:
                    complain(f"{name} lacks {o} of rackhop {c}")
        for item in re.findall(r"^=item (.*)", text, re.M):
            for o in re.findall(r"B<(--?[a-z][a-z0-9-]*|-[A-Z])>", item):
                if o not in known:
                    complain(f"{name} has {o}, which no command takes")


def check_settings():
    text = page("rackhop.conf.5")
    shown = run("--show-config")
    too_wide("rackhop --show-config", shown)
    settings = dict(re.findall(r"^(\w+) = (.*)", shown, re.M))
    items = dict(re.findall(r"^=item B<(\w+)> = (.*)", text, re.M))
    for s in sorted(settings.keys() - items.keys()):
        complain(f"rackhop.conf.5 lacks {s}")
    for s in sorted(items.keys() - settings.keys()):
        complain(f"rackhop.conf.5 has {s}, which is no setting")
    for s in sorted(items.keys() & settings.keys()):
        if "I<" not in items[s] and items[s] != settings[s]:
            complain(f"rackhop.conf.5: {s} = {items[s]}, but the default is "
                     f"{settings[s]}")


def check_loops():
    """The settings of the loops have no listing but their table."""
    with open("scheduler/loop_policy.c", encoding="utf-8") as f:
        rows = dict(re.findall(r"^    ROW\((\w+), [^,]+, [^,]+, ([^,]+),",
                               f.read(), re.M))
    text = page("rackhop-replay.1")
    items = dict(re.findall(r"B<(\w+)> = ([\d.]+)", "".join(
        re.findall(r"^=item (.*)", text, re.M))))
    if rows != items:
        complain(f"rackhop-replay.1 and loop_policy.c differ in "
                 f"{sorted(set(rows.items()) ^ set(items.items()))}")


RACKHOP = os.path.abspath(sys.argv[1] + "/rackhop")
os.environ["RACKHOP_CONF"] = "/dev/null"
os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
check_widths()
check_blanks()
check_options()
check_settings()
check_loops()
if not bad:
    print("manual: options, settings and help are as documented, pages fit")
sys.exit(bad != 0)
