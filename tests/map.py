#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""map.py --write | --check: the map of the tree in docs/HACKING.

The map has one line for each C file (x.c and x.h are one), taken from the
first sentence of the comment at the file's top, grouped by folder. --write
puts it between its two marker lines. --check fails when the map is not what
--write would make, when a file has no such sentence, when a folder has no line
in FOLDERS, or when docs/HACKING names a file that is not in the tree.
"""
import glob
import os
import re
import sys

HACKING = "docs/HACKING"
BEGIN = "[the map begins; `make map` writes it]"
END = "[the map ends]"
ROOMS = ["topology", "scheduler", "libxl-ext", "tools"]
# What a folder is for. Of the tests' folders this line is all there is.
FOLDERS = {
    "topology": "the rack map: LLDP sources, one graph, distances; no Xen",
    "scheduler": "a snapshot in, a plan out; pure: no I/O, no clock",
    "libxl-ext": "all that touches Xen: both ends of a move, sampling, facts",
    "libxl-ext/wire": "what two rackhops say to each other",
    "tools": "what all rooms use: settings, log, signals, paths, exit codes",
    "tools/base": "small nouns that every folder may use",
    "tools/cli": "the commands: options in, one call, an exit code",
    "tools/view": "text for people: tables, progress, plans, runs, the map",
    "tools/doc": "every rackhop-*/1 document, read and written; JSON",
    "tools/run": "plans carried out: goals, journal, executor, dispatch",
    "tools/cluster": "all hosts to one snapshot",
    "tools/move": "one guest on its own host: engine, records, recover",
    "tools/daemon": "the agent of a host: what it samples, and when",
    "tools/guest": "a program for guests, by which they say how they are",
    "tools/series": "samples over time, in files of fixed size",
    "tools/remote": "child processes, ssh, one command on many hosts",
    "tools/store": "state that survives a power cut: get, swap, list",
    "tools/systemd": "units: recover at boot, rebalance at night",
    "tools/xl-front": "an `xl` that hands moves to rackhop",
    "tests/bench": "the figures of docs/BENCHMARKS",
    "tests/data": "recorded LLDP, SNMP, facts and save helper exchanges",
    "tests/exec": "plans carried out on a cluster in a directory",
    "tests/fabric": "real lldpd and snmpd in network namespaces",
    "tests/fuzz": "one target for each decoder, and its seeds",
    "tests/golden": "what commands print: CASE.in is run, CASE.ok is wanted",
    "tests/lab": "real Xen hosts in QEMU; docs/LAB",
    "tests/lib": "fakes and worlds that several tests use",
    "tests/soak": "the handover's laws, searched for hours",
    "tests/unit": "one cmocka program for each subject",
}
FOLDER_PARTS = ("tests/", "tools/systemd", "tools/xl-front")

bad = 0


def complain(text):
    global bad
    bad += 1
    print("check-map: " + text, file=sys.stderr)


def first_sentence(path):
    """Of the comment that the file begins with, after its licence."""
    with open(path, encoding="utf-8") as f:
        text = f.read(4000)
    text = re.sub(r"\A/\* SPDX[^\n]*\n", "", text)
    m = re.match(r"\s*/\*(.*?)\*/", text, re.S)
    if not m:
        return None
    lines = [re.sub(r"^\s*\*? ?", "", x).rstrip() for x in
             m.group(1).strip().splitlines()]
    if lines and not lines[0]:
        lines = lines[1:]
    paragraph = " ".join(" ".join(lines).split()) if "" not in lines else \
        " ".join(" ".join(lines[:lines.index("")]).split())
    m = re.match(r"(.*?[^.][.?!])(\s|$)", paragraph)
    sentence = m.group(1) if m else paragraph.rstrip(":;,") + "."
    return sentence if len(sentence) > 3 else None


def headed(folder):
    """(name, sentence) of each file or pair of the folder."""
    stems = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith((".c", ".h")):
            stems.setdefault(name[:-2], []).append(name)
    for stem, names in sorted(stems.items()):
        heads = [h for h in (first_sentence(f"{folder}/{n}") for n in names)
                 if h]
        if not heads:
            complain(f"{folder}/{names[0]} does not begin with a sentence "
                     "that says what it is for")
        yield stem + (".[ch]" if len(names) > 1 else names[0][-2:]), \
            heads[0] if heads else "?"


def folders():
    found = []
    for room in ROOMS + ["tests"]:
        for folder, subs, _ in os.walk(room):
            subs[:] = sorted(s for s in subs if not s.startswith((".", "__")))
            if folder.count("/") < 2 and folder != "tests":
                found.append(folder)
    for f in found:
        if f not in FOLDERS:
            complain(f"{f}/ has no line in FOLDERS of tests/map.py")
    return [f for f in found if f in FOLDERS]


def make_map():
    out, files = [], []
    for folder in folders():
        before = files
        files = [] if folder.startswith(FOLDER_PARTS) else list(headed(folder))
        if (files or before) and out:
            out.append("")
        out.append(f"{folder + '/':16} {FOLDERS[folder]}")
        width = max((len(n) for n, _ in files), default=0)
        out += [f"  {n:{width}}  {s}" for n, s in files]
    return "\n".join(out) + "\n"


def check_names(text):
    """Every path in the prose is there, but in the part on what is to come."""
    text = re.sub(r"\nWhat is to come\n-+\n.*?(?=\n\S[^\n]*\n---)", "\n", text,
                  flags=re.S)
    for path in sorted(set(re.findall(
            r"\b(?:topology|scheduler|libxl-ext|tools|tests|docs)/[\w./*\[\]-]*"
            r"[\w\]/]", text))):
        if not re.search(r"[A-Z]{3}", path.split("docs/")[-1]) and \
                not glob.glob(path):
            complain(f"{HACKING} names {path}, which is not there")


def main():
    if sys.argv[1:] not in (["--write"], ["--check"]):
        sys.exit(__doc__)
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(HACKING, encoding="utf-8") as f:
        text = f.read()
    before, _, rest = text.partition(BEGIN + "\n")
    old, found, after = rest.partition(END + "\n")
    if not found:
        complain(f"{HACKING} has no lines {BEGIN} and {END}")
        sys.exit(1)
    new = make_map()
    check_names(before + after)
    if sys.argv[1] == "--write":
        with open(HACKING, "w", encoding="utf-8") as f:
            f.write(before + BEGIN + "\n" + new + END + "\n" + after)
    elif old != new:
        complain(f"the map in {HACKING} is not that of the tree: make map")
    sys.exit(bad != 0)


main()
