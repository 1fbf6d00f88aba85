#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""check-layers.py BUILD: the rooms of the tree depend on each other one way.

Three proofs. The #include lines: a header of another room is always written
with its folder, so they can be read off. The symbols: no object of a lower
room needs one that only a higher room defines (nm; two rooms that pass the
first proof could still declare each other's functions by hand). And circles
of files inside a room: never more than two files that need each other.
"""
import collections
import glob
import os
import re
import subprocess
import sys

# A room, and the rooms it may use. The rooms of tools/ are a stack: each may
# use all of those below it; tools/ itself (config, log, text, ..) is the floor.
STACK = ["guest", "cli", "daemon", "view", "run", "move", "cluster", "series",
         "remote", "store", "doc", ""]
# Small nouns under all folders; they know none of them.
BASE = "tools/base"
# doc/ and store/ stand side by side
BESIDE = {("store", "doc")}
# of the other folders tools/ may use what is public
PUBLIC = """topology/topology.h topology/view.h topology/source.h
    topology/cabling.h topology/load.h topology/map.h topology/export.h
    scheduler/scheduler.h scheduler/inventory.h scheduler/roll.h
    scheduler/cpu.h scheduler/level.h scheduler/sim.h scheduler/loop.h
    scheduler/replay.h
    libxl-ext/domain.h libxl-ext/send.h libxl-ext/copy.h libxl-ext/receive.h libxl-ext/times.h
    libxl-ext/migrate.h libxl-ext/policy.h libxl-ext/facts.h libxl-ext/dirty.h
    libxl-ext/carrier.h libxl-ext/handover.h libxl-ext/needs.h libxl-ext/network.h
    libxl-ext/pools.h libxl-ext/cpuset.h libxl-ext/cap.h libxl-ext/image.h
    libxl-ext/share.h
    libxl-ext/steal.h libxl-ext/sample.h libxl-ext/context.h
    libxl-ext/device.h libxl-ext/device_move.h libxl-ext/device_drive.h
    libxl-ext/balloon.h libxl-ext/steal.h libxl-ext/sample.h libxl-ext/context.h
    libxl-ext/wire/words.h libxl-ext/wire/pack.h""".split()
FOLDERS = {
    "topology": ["topology"],
    "scheduler": ["scheduler", "topology"],
    "libxl-ext": ["libxl-ext"],
}
# Each outside library has one file, or one folder: replacing it is a change
# of that file.
ONE_PLACE = {
    r"yajl/": ["tools/doc/json.c", "tools/doc/json_out.c"],
    r"libsmartcols/": ["tools/view/table.c"],
    r"openssl/": ["tools/base/sha256.c", "libxl-ext/wire/tls.c",
                  "libxl-ext/wire/tls_pki.c",
                  "libxl-ext/wire/tls_proof.c"],
    r"lz4|zstd": ["libxl-ext/wire/pack.c"],
    r"xxhash\.h": ["libxl-ext/wire/digest.c"],
    r"sqlite3\.h": ["tools/store/store_sqlite.c",
                    "tools/store/store_sqlite_schema.c",
                    "tools/store/store_sqlite_schema.h"],
    r"libxlutil\.h": ["tools/config.c", "tools/xlcfg.c"],
    r"lldpctl\.h": ["topology/source_lldpd_impl.h"],
    r"net-snmp/": ["topology/source_snmp.c", "topology/source_snmp_impl.h"],
    r"netlink/": ["topology/source_ports.c", "topology/source_ports_impl.h",
                  "topology/source_ports_route.c",
                  "topology/source_ports_speed.c"],
    r"libxl": ["libxl-ext/", "tools/config.c", "tools/xlcfg.c"],
    r"xen": ["libxl-ext/", "tools/log.c", "tools/log.h", "tools/config.c"],
}
CIRCLE = 2

bad = 0


def complain(text):
    global bad
    bad += 1
    print("check-layers: " + text, file=sys.stderr)


def room_of(path):
    """"topology", "tools/run", "tools" .. of a file or a header."""
    folder = os.path.dirname(path)
    top = folder.split("/")[0]
    return folder if top == "tools" else top


def may_use(user, used):
    if user == used or used == BASE:
        return True
    top = user.split("/")[0]
    if top != "tools":
        return used in FOLDERS[top]
    if user == BASE or used.split("/")[0] != "tools":
        return user != BASE
    a, b = user[len("tools/"):], used[len("tools/"):]
    return STACK.index(a) < STACK.index(b) and (a, b) not in BESIDE


def sources():
    found = []
    for top in list(FOLDERS) + ["tools"]:
        for folder, _, names in os.walk(top):
            found += [f"{folder}/{n}" for n in names if n[-2:] in (".c", ".h")]
    return sorted(found)


def check_includes():
    for path in sources():
        top = path.split("/")[0]
        for line in open(path, encoding="utf-8"):
            m = re.match(r'#\s*include\s*(["<])([^">]+)', line)
            if not m:
                continue
            quote, header = m.groups()
            if quote == '"' and "/" in header:
                ok = may_use(room_of(path), room_of(header))
                if top != header.split("/")[0] and room_of(header) != BASE:
                    ok = ok and header in PUBLIC
                if not ok:
                    complain(f'{path} may not include "{header}"')
            for pattern, places in ONE_PLACE.items():
                if quote == "<" and re.match(pattern, header) and not any(
                        path == p or p.endswith("/") and path.startswith(p)
                        for p in places):
                    complain(f"{path} may not include <{header}>")


def symbols(build):
    """Of each object: what it defines, what it needs."""
    objects = {f"{build}/{path[:-2]}.o": path for path in sources()
               if path.endswith(".c")}
    defines = {obj: set() for obj in objects if os.path.exists(obj)}
    needs = {obj: set() for obj in defines}
    # one nm for all: to start one for each takes longer than what it does
    out = subprocess.run(["nm", "-A", *defines], check=True,
                         capture_output=True, text=True).stdout
    for line in out.splitlines():
        obj, symbol = line.split(":", 1)
        *_, kind, name = symbol.split()
        if kind == "U":
            needs[obj].add(name)
        elif kind in "TDBRCV":
            defines[obj].add(name)
    return [(objects[obj], defines[obj], needs[obj]) for obj in defines]


def circles(edges):
    """Groups of files that need each other (Tarjan)."""
    index, low, stack, groups = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in sorted(edges[v]):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            group = []
            while not group or group[-1] != v:
                group.append(stack.pop())
            groups.append(sorted(group))

    for v in sorted(edges):
        if v not in index:
            visit(v)
    return [g for g in groups if len(g) > 1]


def check_symbols(build):
    objects = symbols(build)
    if not objects:
        complain(f"no objects in {build}: run make first")
        return 0
    # the helper's files define some names once more, for a program of their own
    where = collections.defaultdict(set)
    for path, defines, _ in objects:
        for name in defines:
            where[name].add(path)
    edges = collections.defaultdict(set)
    for path, _, needs in objects:
        for name in needs:
            homes = where.get(name, set())
            if not homes:
                continue
            if not any(may_use(room_of(path), room_of(h)) for h in homes):
                complain(f"{path} needs {name} of {sorted(homes)[0]}")
            if len(homes) == 1:
                edges[path] |= homes
                edges[next(iter(homes))] |= set()
    largest = 0
    for g in circles(edges):
        largest = max(largest, len(g))
        if len(g) > CIRCLE:
            complain(f"a circle of {len(g)} files: " + " ".join(g))
    return largest


sys.setrecursionlimit(10000)
os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
check_includes()
LARGEST = check_symbols(sys.argv[1] if len(sys.argv) > 1 else "build")
if not bad:
    print(f"check-layers: ok (largest circle of files: {LARGEST})")
sys.exit(bad != 0)
