#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""bench_wire_table.py: what the way of a guest's memory costs, into
docs/BENCHMARKS.

Save helper and restore helper are the real ones, on the libxenguest of this
system and a Xen that is memory (tests/lib/fakexen.h). Each codec goes over a
move's own wire, with a restore that is armed as for a PVH guest; through a plain
pipe; and through ssh to a sshd on the loopback, which is how xl sends. And over
the wire at several rates, to see whether `auto` is as good as the best.
RUNS=5, MIB=512, DIRTY=13824 (pages a round).
"""
import os
import socket
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
# Mbit/s, and the part of the memory that is sent at it: the slow ones are long
RATES = {100: 8, 1000: 2, 3000: 1, 10000: 1, 0: 1}
PACKED = CODECS[1:]
# busy guests: of so many MiB, and pages/s as a part of what the link carries
BUSY_MIB, BUSY_MBIT, BUSY_PARTS = 64, 200, (0.5, 1, 1.5, 3)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sshd:
    """A sshd of our own on a free port, with the CPU time of its sessions."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        for k in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-f", f"{folder}/{k}"], check=True)
        with open(f"{folder}/conf", "w") as f:
            f.write(f"Port {self.port}\nListenAddress 127.0.0.1\n"
                    f"HostKey {folder}/host\nUsePAM no\nStrictModes no\n"
                    f"AuthorizedKeysFile {folder}/user.pub\n"
                    f"PermitRootLogin yes\nPidFile {folder}/pid\n")
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


def move(codec, kind, way, sshd=None, mbit=0, part=1, dirty=None):
    """One move: s of CPU a GB by part, wire bytes a byte of memory, wall."""
    before = sshd.settle() if way == "ssh" else 0
    command = {"pipe": [], "ssh": [sshd.command()] if sshd else []}
    out = subprocess.run([BENCH, str(int(MIB) // part), codec,
                          str(dirty or int(DIRTY) // part), kind, str(mbit)] +
                         command.get(way, [way]),
                         check=True, capture_output=True, text=True).stdout
    wire, pages, wall, pause, *cpu = out.split()
    wire, pages = int(wire), int(pages)
    gb = pages * 4096 / 1e9
    parts = {k: int(v) / 1e6 for k, v in zip(cpu[::2], cpu[1::2])}
    if way == "ssh":
        # what the session's children used is the restore's
        parts["sshd"] = max(0, sshd.settle() - before - parts.pop("theirs"))
    parts = {k: v / gb for k, v in parts.items()}
    return {"cpu": sum(parts.values()), "parts": parts,
            "wire": wire / (pages * 4096), "wall": int(wall) / 1e6,
            "bytes": wire, "pause": int(pause) / 1e6}


def median(results):
    parts = results[0]["parts"]
    return {"cpu": statistics.median(r["cpu"] for r in results),
            "wire": statistics.median(r["wire"] for r in results),
            "wall": statistics.median(r["wall"] for r in results),
            "parts": {k: statistics.median(r["parts"][k] for r in results)
                      for k in parts}}


def measure(sshd):
    rows = {(c, way, "words"): [] for way in ("wire", "pipe", "ssh")
            for c in CODECS if way != "wire" or c != "off"}
    rows[("lz4", "wire-classic", "words")] = []
    rows[("lz4", "pipe", "whole")] = []
    for _ in range(RUNS):
        for (codec, way, kind), results in rows.items():
            results.append(move(codec, kind, way, sshd))
    return {k: median(v) for k, v in rows.items()}


def measure_rates():
    walls = {(r, c): [] for r in RATES for c in PACKED}
    for _ in range(RUNS):
        for (rate, codec), results in walls.items():
            results.append(move(codec, "words", "wire", None, rate,
                                RATES[rate])["wall"])
    return {k: statistics.median(v) for k, v in walls.items()}


def measure_busy():
    """Guests that write whole pages all the time: a part of what BUSY_MBIT
    carries, with pages left out of rounds and without."""
    got = {(p, kind): [] for p in BUSY_PARTS for kind in ("busy-all", "busy")}
    for _ in range(RUNS):
        for (part, kind), results in got.items():
            results.append(move("auto", kind, "pipe", None, BUSY_MBIT,
                                int(MIB) // BUSY_MIB,
                                int(part * BUSY_MBIT * 1e6 / 8 / 4104)))
    return {k: {name: statistics.median(r[name] for r in v)
                for name in ("bytes", "wall", "pause")}
            for k, v in got.items()}


def busy_table(rows):
    yield ("| the guest writes, of the link | MB, all | MB, left out | ratio | "
           "s, all | s, left out | last copy s, all | left out |")
    yield "|---|---|---|---|---|---|---|---|"
    for part in BUSY_PARTS:
        a, b = rows[(part, "busy-all")], rows[(part, "busy")]
        yield (f"| {part:g} | {a['bytes'] / 1e6:.0f} | {b['bytes'] / 1e6:.0f} | "
               f"{b['bytes'] / a['bytes']:.2f} | {a['wall']:.2f} | "
               f"{b['wall']:.2f} | {a['pause']:.2f} | {b['pause']:.2f} |")


def rate_name(rate):
    return f"{rate / 1000:g} Gbit/s" if rate else "no limit"


def best_fixed(walls, rate):
    return min(walls[(rate, c)] for c in PACKED if c != "auto")


def rate_table(walls):
    yield "| link | memory, MiB | " + " | ".join(
        f"{c}, s" for c in PACKED) + " | auto / best fixed |"
    yield "|---|---|" + "---|" * (len(PACKED) + 1)
    for rate, part in RATES.items():
        yield (f"| {rate_name(rate)} | {int(MIB) // part} | " +
               " | ".join(f"{walls[(rate, c)]:.2f}" for c in PACKED) +
               f" | {walls[(rate, 'auto')] / best_fixed(walls, rate):.2f} |")


def table(rows):
    pipe = rows[("off", "pipe", "words")]["cpu"]
    ssh = rows[("off", "ssh", "words")]["cpu"]
    yield ("| codec | through | CPU s/GB, both ends | x ssh | x pipe | "
           "wire/memory | wall s | parts, s/GB |")
    yield "|---|---|---|---|---|---|---|---|"
    for (codec, way, kind), r in rows.items():
        name = codec if kind == "words" else f"{codec}, whole pages rewritten"
        way = way.replace("wire-classic", "wire, not armed")
        parts = ", ".join(f"{k} {v:.2f}" for k, v in r["parts"].items())
        yield (f"| {name} | {way} | {r['cpu']:.2f} | {r['cpu'] / ssh:.2f} | "
               f"{r['cpu'] / pipe:.2f} | {r['wire']:.3f} | {r['wall']:.2f} | "
               f"{parts} |")


def goals(rows, walls):
    pipe = rows[("off", "pipe", "words")]
    ssh = rows[("off", "ssh", "words")]

    def line(what, got, most):
        word = "met" if got <= most else "MISSED"
        return f"| {what} | {got:.2f} | <= {most:.2f} | {word} |"

    def cpu(codec, way):
        return rows[(codec, way, "words")]["cpu"]

    yield "| goal | measured | wanted | |"
    yield "|---|---|---|---|"
    yield line("CPU, zero pages and deltas alone, wire / xl's ssh",
               cpu("none", "wire") / ssh["cpu"], 0.35)
    yield line("CPU, adaptive, wire / xl's ssh",
               cpu("auto", "wire") / ssh["cpu"], 0.45)
    yield line("CPU, lz4, wire / xl's ssh",
               cpu("lz4", "wire") / ssh["cpu"], 0.50)
    yield line("CPU, zero pages and deltas alone, wire / plain pipe",
               cpu("none", "wire") / pipe["cpu"], 2.3)
    yield line("wire, lz4 / memory", rows[("lz4", "wire", "words")]["wire"],
               0.30)
    yield line("wire, zstd / memory", rows[("zstd", "wire", "words")]["wire"],
               0.23)
    yield line("wall, adaptive, wire / xl's ssh",
               rows[("auto", "wire", "words")]["wall"] / ssh["wall"], 0.30)
    for rate in RATES:
        yield line(f"wall, adaptive / best fixed, {rate_name(rate)}",
                   walls[(rate, "auto")] / best_fixed(walls, rate), 1.10)


def reasons(rows, walls):
    """For goals that are missed: where the time goes."""
    if not any("MISSED" in g for g in goals(rows, walls)):
        return
    codec = rows[("off", "pipe", "words")]["cpu"]
    ssh = rows[("off", "ssh", "words")]["cpu"]
    yield (f"Where goals are missed: of xl's {ssh:.2f} s/GB {codec:.2f} are "
           "libxc's own at both ends, without ssh, so what a goal leaves for "
           "all of the rest is little more.")
    for c in ("none", "lz4", "auto"):
        parts = rows[(c, "wire", "words")]["parts"]
        yield f"{c}: " + ", ".join(f"{k} {v:.2f}" for k, v in parts.items())


def main():
    load = open("/proc/loadavg").read().split()[0]
    with tempfile.TemporaryDirectory() as folder:
        sshd = Sshd(folder)
        try:
            rows = measure(sshd)
        finally:
            sshd.daemon.terminate()
            sshd.daemon.wait()
    walls = measure_rates()
    busy = measure_busy()
    text = "\n".join(
        ["## The codec", "",
         f"{time.strftime('%Y-%m-%d')}, `make bench-wire` on "
         f"{os.cpu_count()} cores, load average {load} at the start; medians "
         f"of {RUNS} runs, alternating. A guest of {MIB} MiB from a seeded "
         f"generator, then rounds in which it rewrites words of {DIRTY} pages. "
         "The stream goes over the wire of a move (two rackhop-wires with TLS, "
         "and the pumps of both ends; the restore is armed, as of a PVH guest), "
         "through a pipe, or through ssh with its default cipher; `off` through "
         "ssh is what `xl migrate` does. The clocks run from when both helpers "
         "have the memory of their Xen mapped.", ""] +
        list(table(rows)) +
        ["", "The same over the wire at the rate of a move's own limit: the wall "
         "time.", ""] + list(rate_table(walls)) +
        ["", f"Guests of {BUSY_MIB} MiB that write to a half of it all the "
         "time, whole pages by chance, over a link of "
         f"{BUSY_MBIT} Mbit/s: all that a round has is sent, or pages that "
         "are dirty again are left out (setting `leave_out`).", ""] +
        list(busy_table(busy)) +
        [""] + list(goals(rows, walls)) + [""] + list(reasons(rows, walls)))
    print(text)
    section.write("bench-wire", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
