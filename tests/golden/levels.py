# SPDX-License-Identifier: LGPL-2.1-only
"""levels.py: a snapshot of hosts with CPUs of three generations, and guests
that were started on them with and without a level. Arguments: words that
change it."""
import json
import sys

BIT = {  # Xen's cpufeatureset.h
    "sse3": 32, "ssse3": 41, "cx16": 45, "sse4_1": 51, "sse4_2": 52, "movbe": 54,
    "popcnt": 55, "aes": 57, "xsave": 58, "avx": 60, "f16c": 61, "rdrand": 62,
    "hypervisor": 63, "fma": 44, "lm": 93, "lahf-lm": 96, "abm": 101,
    "bmi1": 163, "avx2": 165, "bmi2": 168, "smep": 167, "avx512f": 176,
    "avx512dq": 177, "rdseed": 178, "adx": 179, "smap": 180, "avx512cd": 188,
    "avx512bw": 190, "avx512vl": 191, "pku": 195, "invtsc": 232,
    "md-clear": 298, "ibrsb": 314, "unnamed": 18 * 32 + 5, "later": 20 * 32 + 1,
}
OLD = ("sse3 ssse3 cx16 sse4_1 sse4_2 popcnt aes xsave lm lahf-lm smep "
       "hypervisor ibrsb").split()
MIDDLE = OLD + ("movbe avx f16c fma abm bmi1 avx2 bmi2 rdrand").split()
NEW = MIDDLE + ("avx512f avx512dq avx512cd avx512bw avx512vl rdseed adx smap "
                "pku").split()


def words(names):
    n = 1 + max(18, *(BIT[x] // 32 for x in names))
    word = [0] * n
    for x in names:
        word[BIT[x] // 32] |= 1 << BIT[x] % 32
    return ",".join(f"{w:08x}" for w in word)


def host(name, shown, carried=(), vendor="GenuineIntel", **more):
    pv = [x for x in shown if x not in ("smep", "smap", "pku", "hypervisor")]
    return {"name": name, "state": "up", "memory_mib": 65536,
            "reserved_mib": 4096, "cpus": 16, "xen": "4.17.5",
            "cpu_vendor": vendor,
            "cpu_default": {"pv": words(pv), "hvm": words(shown)},
            "cpu_max": {"pv": words(pv + list(carried)),
                        "hvm": words(shown + list(carried))}, **more}


def guest(n, name, at, features, kind="pvh"):
    g = {"uuid": f"00000000-0000-4000-8000-{n:012}", "name": name, "host": at,
         "type": kind, "memory_mib": 1024, "vcpus": 1}
    if features:
        g["cpu_policy"] = words([x for x in features if x != "hypervisor"])
    return g


change = sys.argv[1:]
new = NEW + (["unnamed"] if "unnamed" in change else [])
new += ["later"] if "later" in change else []
hosts = [host("r1h1", MIDDLE, ["md-clear"]), host("r1h2", MIDDLE, ["md-clear"]),
         host("r2h1", new + ["md-clear"]), host("r2h2", new + ["md-clear"])]
guests = [guest(1, "web1", "r2h1", NEW), guest(2, "web2", "r1h1", MIDDLE),
          guest(3, "db1", "r2h2", MIDDLE), guest(4, "cache1", "r2h2", None),
          guest(5, "old1", "r1h2", [x for x in MIDDLE if x != "smep"], "pv")]
if "gone" in change:  # by microcode: no more transactions, say
    hosts[0] = host("r1h1", [x for x in MIDDLE if x not in ("rdrand", "f16c")])
if "equal" in change:
    guests = guests[1:3]
if "old" in change:
    hosts.append(host("r3h1", OLD))
if "amd" in change:
    hosts.append(host("a1", MIDDLE, vendor="AuthenticAMD"))
    hosts.append(host("a2", MIDDLE + ["adx"], vendor="AuthenticAMD"))
if "silent" in change:
    h = host("r4h1", OLD)
    del h["cpu_default"], h["cpu_max"]
    hosts.append(h)
nodes = [{"name": h["name"], "kind": "host", "rack": h["name"][:2]}
         for h in hosts] + [{"name": "sw", "kind": "switch"}]
links = [{"a": h["name"], "b": "sw", "mbps": 10000, "evidence": "both"}
         for h in hosts]
json.dump({"format": "rackhop-snapshot/1", "taken": "2026-01-01T00:00:00Z",
           "topology": {"nodes": nodes, "links": links}, "hosts": hosts,
           "domains": guests}, sys.stdout)
