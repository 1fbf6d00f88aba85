#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""stats.py BUILD: the tree in figures; stats.py --names: only the static
names that stand in more than three files, and exit code 1 if there are any.

A name that many files use for something of their own misleads grep, a
debugger's breakpoint and the reader of a backtrace: statics carry their noun.
"""
import collections
import json
import os
import re
import statistics
import subprocess
import sys

ROOMS = ["topology", "scheduler", "libxl-ext", "libxl-ext/wire", "tools/cli",
         "tools/view", "tools/run", "tools/move", "tools/cluster",
         "tools/remote", "tools/doc", "tools/store", "tools/base", "tools"]
SAME_NAME = 3
FILE_MEDIAN, FILE_MAX = 200, 500
FUNC_MEDIAN, FUNC_P90, FUNC_MAX = 14, 31, 80


def files():
    for room in ROOMS:
        for name in sorted(os.listdir(room)) if os.path.isdir(room) else []:
            if name.endswith((".c", ".h")):
                yield room, f"{room}/{name}"


def length(path):
    with open(path, "rb") as f:
        return sum(1 for _ in f)


def functions(paths):
    """(path, name, lines, static) of each function."""
    out = subprocess.run(
        ["ctags", "--languages=C", "--c-kinds=f", "--fields=+nef",
         "--extras=-{anonymous}", "--output-format=json", "-f", "-"] + paths,
        check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        t = json.loads(line)
        if "end" in t:
            yield t["path"], t["name"], t["end"] - t["line"] + 1, \
                t.get("file", False)


def quantile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))]


def same_names(funcs):
    where = collections.defaultdict(set)
    for path, name, _, static in funcs:
        if static:
            where[name].add(path)
    return {n: w for n, w in where.items() if len(w) > SAME_NAME}


os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ALL = list(files())
C_FILES = [p for _, p in ALL if p.endswith(".c")]
FUNCS = list(functions(C_FILES))
SAME = same_names(FUNCS)
if sys.argv[1:] == ["--names"]:
    for n, w in sorted(SAME.items()):
        print(f"check-names: static {n}() stands in {len(w)} files: "
              + " ".join(sorted(w)), file=sys.stderr)
    sys.exit(bool(SAME))

print(f"{'room':16} {'files':>5} {'lines':>6}   function: "
      f"{'n':>4} {'median':>6} {'p90':>4} {'max':>4}")
for room in ROOMS:
    mine = [p for r, p in ALL if r == room]
    lens = [n for p, _, n, _ in FUNCS if os.path.dirname(p) == room]
    if mine and lens:
        print(f"{room:16} {len(mine):5} {sum(map(length, mine)):6}"
              f"             {len(lens):4} {statistics.median(lens):6.0f}"
              f" {quantile(lens, .9):4} {max(lens):4}")
lens = [n for _, _, n, _ in FUNCS]
print(f"{'all':16} {len(ALL):5} {sum(length(p) for _, p in ALL):6}"
      f"             {len(lens):4} {statistics.median(lens):6.0f}"
      f" {quantile(lens, .9):4} {max(lens):4}"
      f"   (at most {FUNC_MEDIAN}, {FUNC_P90}, {FUNC_MAX})")
c_lens = {p: length(p) for p in C_FILES}
print(f"\n.c files: median {statistics.median(c_lens.values()):.0f} lines "
      f"(at most {FILE_MEDIAN}), longest {max(c_lens.values())}")
for p, n in sorted(c_lens.items(), key=lambda x: -x[1]):
    if n > FILE_MAX:
        print(f"  over {FILE_MAX}: {p} {n}")
for p, name, n, _ in sorted(FUNCS, key=lambda f: -f[2]):
    if n > FUNC_MAX:
        print(f"  function over {FUNC_MAX}: {name} ({p}) {n}")
print(f"\nstatic names in more than {SAME_NAME} files: {len(SAME)}")
for n, w in sorted(SAME.items(), key=lambda x: -len(x[1])):
    print(f"  {n} {len(w)}")
text = "".join(open(p, encoding="utf-8").read() for _, p in ALL)
ERRS = len(re.findall(r"char [*]err,\s*size_t errlen", text))
print(f"(char *err, size_t errlen) in signatures: {ERRS}")
if len(sys.argv) > 1:
    subprocess.run([sys.executable, "tests/check-layers.py", sys.argv[1]],
                   check=False)
