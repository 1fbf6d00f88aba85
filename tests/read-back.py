#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""read-back.py BUILD: what `rackhop topology` and `rackhop metrics` write for
other programs, read back by their own readers. A reader that is not installed
is named, so that nobody takes silence for a test.

Slurm's is in libslurm (package libslurm38), called as its plugin
topology/tree calls it; Prometheus' is its own client library for Python
(python3-prometheus-client), and promtool as well where it is: its package,
prometheus, takes 96 MB and starts a daemon, so `make deps` leaves it out. JSON of
RFC 8345 is judged by yanglint (package libyang2-tools) and the IETF's modules,
which Debian has not: YANG_MODULES names a directory that has them. HDFS's table
is read by the rule of Hadoop's TableMapping, which is a few lines."""
import ctypes
import ctypes.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

RACKHOP = sys.argv[1] + "/rackhop"
DATA = "tests/data/topology/rack"
bad = 0


def tell(what, ok):
    global bad
    bad += not ok
    print(f"read-back: {what}: {'ok' if ok else 'FAILED'}")


def missing(what, reader):
    print(f"read-back: {what}: NOT READ BACK, {reader} is not installed")


def topology(form, data=DATA):
    return subprocess.run([RACKHOP, "topology", "--from", data, form],
                          stdout=subprocess.PIPE, check=True).stdout


# --- Slurm: s_p_parse_file() and hostlists of libslurm -------------------------

S_P_STRING, S_P_ARRAY = 1, 7
HANDLER = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_void_p), ctypes.c_int,
    ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p,
    ctypes.POINTER(ctypes.c_void_p))


class Option(ctypes.Structure):
    """s_p_options_t of slurm/src/common/parse_config.h"""
    _fields_ = [("key", ctypes.c_char_p), ("type", ctypes.c_int),
                ("handler", HANDLER), ("destroy", ctypes.c_void_p),
                ("line_options", ctypes.c_void_p)]


def options(*rows):
    return (Option * (len(rows) + 1))(*rows)


class Slurm:
    """A topology.conf as Slurm understands it: switch -> {key: [names]}."""

    def __init__(self, lib):
        self.lib = ctypes.CDLL(lib)
        for f in ("slurm_s_p_hashtbl_create", "slurm_hostlist_create"):
            getattr(self.lib, f).restype = ctypes.c_void_p
        self.lib.slurm_hostlist_shift.restype = ctypes.c_char_p
        self.switch = {}

    def names(self, text):
        h = ctypes.c_void_p(self.lib.slurm_hostlist_create(text))
        found = []
        while name := self.lib.slurm_hostlist_shift(h):
            found.append(name.decode())
        return found

    def line(self, data, kind, key, value, line, leftover):
        table = ctypes.c_void_p(self.lib.slurm_s_p_hashtbl_create(
            self.words))
        if not self.lib.slurm_s_p_parse_line(
                table, ctypes.c_char_p(leftover[0]), leftover):
            return -1
        row = self.switch.setdefault(value.decode(), {})
        for word in (b"Nodes", b"Switches"):
            got = ctypes.c_char_p()
            if self.lib.slurm_s_p_get_string(ctypes.byref(got), word, table):
                row[word.decode()] = self.names(got)
        return 0

    def read(self, path):
        self.words = options((b"Switches", S_P_STRING), (b"Nodes", S_P_STRING),
                             (b"LinkSpeed", S_P_STRING))
        self.handler = HANDLER(self.line)
        self.rows = options((b"SwitchName", S_P_ARRAY, self.handler))
        table = ctypes.c_void_p(self.lib.slurm_s_p_hashtbl_create(self.rows))
        return self.lib.slurm_s_p_parse_file(table, None, path.encode(),
                                             False, None) == 0


def nodes_below(switch, name):
    row = switch[name]
    return sorted(row.get("Nodes", []) + [n for s in row.get("Switches", [])
                                          for n in nodes_below(switch, s)])


def read_slurm():
    lib = ctypes.util.find_library("slurm")
    if not lib:
        missing("topology.conf", "libslurm (package libslurm38)")
        return
    graph = json.loads(topology("--json"))
    hosts = sorted(n["name"] for n in graph["nodes"] if n["kind"] == "host")
    with tempfile.NamedTemporaryFile(suffix=".conf") as f:
        f.write(topology("--slurm"))
        f.flush()
        slurm = Slurm(lib)
        ok = slurm.read(f.name)
    below = {s for row in slurm.switch.values()
             for s in row.get("Switches", [])}
    tops = [s for s in slurm.switch if s not in below]
    tell("topology.conf by libslurm: one tree of all hosts",
         ok and len(tops) == 1 and nodes_below(slurm.switch, tops[0]) == hosts)


# --- Prometheus ----------------------------------------------------------------

CLIENT = """
import json, sys
from prometheus_client.parser import text_string_to_metric_families as read
json.dump([[s.name, s.labels, str(s.value)]
           for f in read(sys.stdin.read()) if f.type == "gauge"
           for s in f.samples], sys.stdout)
"""


def read_client():
    """The links of the map, with their ports and speeds, as Prometheus'
    library understands them. It is Debian's, as is the python3 that has it."""
    r = subprocess.run(["/usr/bin/python3", "-c", CLIENT], text=True,
                       input=topology("--prometheus").decode(),
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if r.returncode:
        missing("metrics", "prometheus_client (python3-prometheus-client)")
        return
    speeds = sorted(
        (s["a"], s["a_port"], s["b"], s["b_port"], float(value))
        for name, s, value in json.loads(r.stdout)
        if name == "rackhop_link_speed_mbps")
    graph = json.loads(topology("--json"))
    tell("metrics by Prometheus' library: each cable with its speed",
         speeds == sorted(
             (l["a"], l["a_port"], l["b"], l["b_port"], float(l["mbps"]))
             for l in graph["links"]))


METRICS = """
import json, sys
from prometheus_client.openmetrics import parser
text = sys.stdin.read()
json.dump([[f.name, f.type, [[s.name, s.labels, str(s.value)]
                             for s in f.samples]]
           for f in parser.text_string_to_metric_families(text)], sys.stdout)
"""


def cluster_metrics():
    """Of a simulated cluster; this machine's journal is not looked at."""
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([RACKHOP, "simulate", "--hosts", "6", "--vms", "20",
                        "-o", d + "/s"], check=True)
        env = {**os.environ, "RACKHOP_STATE_DIR": d + "/state"}
        text = subprocess.run(
            [RACKHOP, "metrics", "--snapshot", d + "/s"], env=env, text=True,
            stdout=subprocess.PIPE, check=True).stdout
        with open(d + "/s", encoding="utf-8") as f:
            return text, json.load(f)


def read_metrics(text, snapshot):
    r = subprocess.run(["/usr/bin/python3", "-c", METRICS], text=True,
                       input=text, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    if "No module named" in r.stderr:
        missing("metrics of the cluster", "prometheus_client")
        return
    families = {n: samples for n, _, samples in json.loads(r.stdout or "[]")}
    memory = {s["guest"]: float(v) / 2**20 for _, s, v in
              families.get("rackhop_guest_memory_bytes", [])}
    tell("metrics as OpenMetrics: each guest with its memory",
         r.returncode == 0 and memory == {
             d["name"]: d["memory_mib"] for d in snapshot["domains"]})


def read_dashboard(text):
    """The queries of the dashboard name metrics that there are. What cables
    carry is in no simulated cluster, so that the map's writer is asked for it."""
    with open("docs/examples/grafana/rackhop.json", encoding="utf-8") as f:
        panels = json.load(f)["panels"]
    asked = {name for p in panels for t in p["targets"]
             for name in re.findall(r"\brackhop_\w+", t["expr"])}
    there = set(re.findall(r"^(rackhop_\w+)", text, re.M))
    with open("docs/man/rackhop-metrics.1.pod", encoding="utf-8") as f:
        named = set(re.findall(r"\brackhop_\w+", f.read()))
    families = set(re.findall(r"^# TYPE (\w+)", text, re.M))
    there.add("rackhop_link_load_mbps")
    families.add("rackhop_link_load_mbps")
    families.add("rackhop_move_downtime_seconds_bucket") # of an example
    for name in sorted(asked - there):
        print(f"read-back: the dashboard asks for {name}, which is not there")
    for name in sorted(named ^ families):
        print(f"read-back: rackhop-metrics(1) and the program differ: {name}")
    tell("Grafana's dashboard: it asks for metrics that there are",
         panels and asked and not asked - there)
    tell("rackhop-metrics(1) names each metric", named == families)


def promtool(what, text):
    try:
        r = subprocess.run(["promtool", "check", "metrics"], input=text)
        tell(what + " by promtool", r.returncode == 0)
    except FileNotFoundError:
        missing(what, "promtool (package prometheus)")


def read_prometheus():
    read_client()
    promtool("metrics", topology("--prometheus"))
    text, snapshot = cluster_metrics()
    read_metrics(text, snapshot)
    promtool("metrics of the cluster", text.encode())
    read_dashboard(text)


# --- RFC 8345 --------------------------------------------------------------------

def yang_modules():
    """ietf-network and what augments it, where they are."""
    found = {}
    for top in filter(None, (os.environ.get("YANG_MODULES"),
                             "/usr/share/yang", "/usr/local/share/yang")):
        for folder, _, files in os.walk(top):
            for f in files:
                m = re.fullmatch(r"(ietf-network(-topology)?)(@[-\d]+)?\.yang",
                                 f)
                if m:
                    found.setdefault(m[1], os.path.join(folder, f))
    return found


def yanglint(modules, data):
    folder = os.path.dirname(modules["ietf-network"])
    with tempfile.NamedTemporaryFile(suffix=".json") as f:
        f.write(data)
        f.flush()
        return subprocess.run(
            ["yanglint", "-p", folder, "-t", "data", "-f", "json",
             *sorted(modules.values()), f.name],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode == 0


def read_rfc8345():
    modules = yang_modules()
    if not shutil.which("yanglint"):
        missing("RFC 8345", "yanglint (package libyang2-tools)")
    elif len(modules) < 2:
        missing("RFC 8345", "ietf-network-topology.yang (YANG_MODULES=DIR)")
    else:
        data = topology("--rfc8345")
        tell("RFC 8345 by yanglint", yanglint(modules, data))
        tell("yanglint refuses another member",
             not yanglint(modules, data.replace(b"network-id", b"networkid")))


# --- HDFS --------------------------------------------------------------------------

def read_hdfs():
    """Lines of two words: a host, and a path that begins with a slash."""
    racks = {}
    for line in topology("--hdfs").decode().splitlines():
        words = line.split()
        if line and not line.startswith("#") and len(words) == 2:
            racks[words[0]] = words[1]
    graph = json.loads(topology("--json"))
    tell("HDFS's table: each host with its rack",
         racks == {n["name"]: "/" + n["rack"] for n in graph["nodes"]
                   if n["kind"] == "host"})


read_slurm()
read_prometheus()
read_rfc8345()
read_hdfs()
sys.exit(bad > 0)
