#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""bench_wire_table.py: what the way of a guest's memory costs, into
docs/BENCHMARKS.

Save helper and restore helper are the real ones, on the libxenguest of this
system and a Xen that is memory (tests/lib/fakexen.h). Each codec goes through
a plain pipe, and through ssh to a sshd on the loopback, which is how xl sends.
RUNS=5, MIB=512, DIRTY=13824 (pages a round).
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import section

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "../../build/tests/bench_wire")
RUNS = int(os.environ.get("RUNS", "5"))
MIB = os.environ.get("MIB", "512")
DIRTY = os.environ.get("DIRTY", "13824")
CODECS = ["off", "none", "lz4", "zstd", "auto"]
TICK = os.sysconf("SC_CLK_TCK")


class Sshd:
    """A sshd of our own on a free port, with the CPU time of its sessions."""

    def __init__(self, folder):
        self.folder = folder
        self.port = 20000 + os.getpid() % 20000
        for k in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-f", f"{folder}/{k}"], check=True)
        with open(f"{folder}/conf", "w") as f:
            f.write(f"Port {self.port}\nListenAddress 127.0.0.1\n"
                    f"HostKey {folder}/host\nUsePAM no\nStrictModes no\n"
                    f"AuthorizedKeysFile {folder}/user.pub\n"
                    f"PermitRootLogin yes\nPidFile none\n")
        os.makedirs("/run/sshd", exist_ok=True)
        self.daemon = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", f"{folder}/conf"])
        # it is there when a login works
        while subprocess.run(self.command().split() + ["true"],
                             stderr=subprocess.DEVNULL).returncode:
            if self.daemon.poll() is not None:
                sys.exit("bench-wire: sshd does not start")
            time.sleep(0.05)

    def command(self):
        return (f"ssh -F none -p {self.port} -i {self.folder}/user "
                "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                "-o LogLevel=ERROR -o BatchMode=yes 127.0.0.1")

    def sessions(self):
        """How many run, and the CPU seconds of those that have ended."""
        pid = self.daemon.pid
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            running = len(f.read().split())
        with open(f"/proc/{pid}/stat") as f:
            v = f.read().rsplit(")", 1)[1].split()
        return running, (int(v[13]) + int(v[14])) / TICK

    def settle(self):
        while self.sessions()[0]:
            time.sleep(0.02)
        return self.sessions()[1]


def move(codec, kind, sshd):
    """One move: s of CPU a GB by part, wire bytes a byte of memory, wall."""
    before = sshd.settle() if sshd else 0
    out = subprocess.run([BENCH, MIB, codec, DIRTY, kind] +
                         ([sshd.command()] if sshd else []),
                         check=True, capture_output=True, text=True).stdout
    wire, pages, wall, save, restore, command = map(int, out.split())
    gb = pages * 4096 / 1e9
    parts = {"save": save / 1e6, "restore": restore / 1e6}
    if sshd:
        parts["ssh"] = command / 1e6
        # what the session's children used is the restore's
        parts["sshd"] = max(0, sshd.settle() - before - restore / 1e6)
    parts = {k: v / gb for k, v in parts.items()}
    return {"cpu": sum(parts.values()), "parts": parts,
            "wire": wire / (pages * 4096), "wall": wall / 1e6}


def median(results):
    parts = results[0]["parts"]
    return {"cpu": statistics.median(r["cpu"] for r in results),
            "wire": statistics.median(r["wire"] for r in results),
            "wall": statistics.median(r["wall"] for r in results),
            "parts": {k: statistics.median(r["parts"][k] for r in results)
                      for k in parts}}


def measure(sshd):
    rows = {(c, way, "words"): [] for way in ("pipe", "ssh") for c in CODECS}
    rows[("lz4", "pipe", "whole")] = []
    for _ in range(RUNS):
        for (codec, way, kind), results in rows.items():
            results.append(move(codec, kind, sshd if way == "ssh" else None))
    return {k: median(v) for k, v in rows.items()}


def table(rows):
    pipe = rows[("off", "pipe", "words")]["cpu"]
    ssh = rows[("off", "ssh", "words")]["cpu"]
    yield ("| codec | through | CPU s/GB, both ends | x ssh | x pipe | "
           "wire/memory | wall s | parts, s/GB |")
    yield "|---|---|---|---|---|---|---|---|"
    for (codec, way, kind), r in rows.items():
        name = codec if kind == "words" else f"{codec}, whole pages rewritten"
        parts = ", ".join(f"{k} {v:.2f}" for k, v in r["parts"].items())
        yield (f"| {name} | {way} | {r['cpu']:.2f} | {r['cpu'] / ssh:.2f} | "
               f"{r['cpu'] / pipe:.2f} | {r['wire']:.3f} | {r['wall']:.2f} | "
               f"{parts} |")


def goals(rows):
    pipe = rows[("off", "pipe", "words")]
    ssh = rows[("off", "ssh", "words")]

    def line(what, got, most):
        word = "met" if got <= most else "MISSED"
        return f"| {what} | {got:.2f} | <= {most:.2f} | {word} |"

    def cpu(codec, way):
        return rows[(codec, way, "words")]["cpu"]

    yield "| goal | measured | wanted | |"
    yield "|---|---|---|---|"
    # without the own wire to come: the codec's part alone, and over ssh
    yield line("CPU, zero pages and deltas alone, pipe / xl's ssh",
               cpu("none", "pipe") / ssh["cpu"], 0.35)
    yield line("CPU, adaptive, over ssh / xl's ssh",
               cpu("auto", "ssh") / ssh["cpu"], 0.45)
    yield line("CPU, lz4, over ssh / xl's ssh",
               cpu("lz4", "ssh") / ssh["cpu"], 0.50)
    yield line("CPU, zero pages and deltas alone / plain pipe",
               cpu("none", "pipe") / pipe["cpu"], 2.3)
    yield line("wire, lz4 / memory", rows[("lz4", "pipe", "words")]["wire"],
               0.30)
    yield line("wire, zstd / memory", rows[("zstd", "pipe", "words")]["wire"],
               0.23)
    yield line("wall, adaptive over ssh / xl's ssh",
               rows[("auto", "ssh", "words")]["wall"] / ssh["wall"], 0.30)


def main():
    load = open("/proc/loadavg").read().split()[0]
    with tempfile.TemporaryDirectory() as folder:
        sshd = Sshd(folder)
        try:
            rows = measure(sshd)
        finally:
            sshd.daemon.terminate()
            sshd.daemon.wait()
    text = "\n".join(
        ["## The codec", "",
         f"{time.strftime('%Y-%m-%d')}, `make bench-wire` on "
         f"{os.cpu_count()} cores, load average {load} at the start; medians "
         f"of {RUNS} runs, alternating. A guest of {MIB} MiB from a seeded "
         f"generator, then rounds in which it rewrites words of {DIRTY} pages. "
         "The stream goes through a pipe or through ssh with its default "
         "cipher; `off` through ssh is what `xl migrate` does.", ""] +
        list(table(rows)) + [""] + list(goals(rows)))
    print(text)
    section.write("bench-wire", text)
    return 0


sys.exit(main())
