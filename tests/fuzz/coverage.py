#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""coverage.py BUILD [-v]: how many lines of each parser the fuzz targets
reached, after the replays of a build with --coverage. Of a file count the
functions that a target entered, but for lines that only a lack of memory
reaches and those of UNREACHED; -v lists the lines that none reached. Exit 1 when
a parser has less than 95 percent, or when a row of UNREACHED is of no line."""
import json
import os
import re
import subprocess
import sys

WANTED = 95.0
# what reads bytes from outside; what only writes beside it is not entered
PARSERS = """
    topology/source_snmptext.c topology/snmptext_value.c topology/lldpmib.c
    topology/lldpmib_join.c topology/lldpmib_ports.c topology/lldpmib_remote.c
    topology/lldpmib_rows.c topology/source_lldpd_atoms.c
    topology/lldpd_table.c
    topology/source_ports_links.c topology/source_ports_speed.c
    topology/source_ports_route.c topology/cabling_dot.c topology/dot_lexer.c
    topology/dot_attrs.c topology/view_text.c
    tools/doc/json.c tools/doc/json0.c tools/doc/json_scan.c tools/doc/facts.c
    tools/doc/autostart.c tools/doc/mark.c tools/doc/plan_read.c
    tools/doc/record.c tools/doc/snapshot.c tools/doc/snapshot_domain.c
    tools/doc/snapshot_host.c tools/doc/snapshot_map.c
    tools/doc/snapshot_pool.c tools/doc/snapshot_reserved.c
    tools/doc/snapshot_value.c
    tools/config.c tools/config_rows.c tools/xlcfg.c tools/cluster/lldpcli.c
    tools/move/claim.c tools/move/records.c tools/move/target_answer.c
    tools/run/moveline.c
    libxl-ext/ctl.c libxl-ext/handshake.c libxl-ext/helper_msg.c
    libxl-ext/policy.c libxl-ext/policy_text.c
    libxl-ext/cpuset.c libxl-ext/wire/words.c tools/base/uuid.c
    libxl-ext/wire/chunk.c libxl-ext/wire/lane_words.c libxl-ext/wire/lanes.c
    libxl-ext/wire/stream_in.c libxl-ext/wire/tls_gate.c
    libxl-ext/wire/frame.c libxl-ext/wire/record_dec.c
    libxl-ext/wire/words_lanes.c libxl-ext/wire/words_arm.c
    libxl-ext/wire/pfn_list.c libxl-ext/wire/word_parts.c
    libxl-ext/wire/tls_pki.c libxl-ext/wire/tls_proof.c
    libxl-ext/hvm_context.c libxl-ext/cpu.c libxl-ext/facts.c
    tools/base/hostpat.c tools/base/mac.c
    tools/daemon/hint.c tools/doc/smart.c tools/doc/devicerecord.c
    tools/doc/vfinfo.c tools/doc/hook.c tools/doc/host_state.c
    tools/doc/hostcheck.c tools/doc/home.c tools/doc/level_kept.c tools/doc/times.c
    tools/doc/roll_record.c tools/doc/trace.c tools/doc/trace_policy.c
    tools/doc/trace_rows.c tools/doc/run.c tools/doc/hook_event.c
    tools/doc/nft.c tools/doc/talks.c tools/doc/sight_talks.c
    tools/doc/lookback.c tools/doc/loops_state.c tools/doc/guest_looks.c
    tools/doc/power.c tools/doc/resized.c tools/doc/reservation.c
    tools/move/reserve_ask.c tools/move/startline.c tools/run/host_back.c
    tools/series/pack.c
    tools/doc/ovs.c tools/daemon/look_file.c tools/doc/snapshot_talks.c
    libxl-ext/wire/tail.c
""".split()

# (file, line before, line): why no bytes from outside reach that line
UNREACHED = {
    ("libxl-ext/wire/record_dec.c", "}", "return -EPROTO;"):
        "frame_get() has refused a frame of no type",
    ("libxl-ext/wire/record_dec.c", "if (!d)", "return NULL;"): "no memory",
    ("libxl-ext/wire/record_dec.c", "return d;", "free(d);"): "no memory",
    ("libxl-ext/wire/record_dec.c", "free(d);", "return NULL;"): "no memory",
    ("libxl-ext/wire/record_dec.c", "if (!d)", "return;"):
        "there is always one to free",
    ("libxl-ext/wire/tls_proof.c",
     '!proof_make(key, "rackhop knock", of, knock)) {', "free(knock);"):
        "no memory",
    ("libxl-ext/wire/tls_proof.c", "free(knock);", "return -1;"): "no memory",
    ("libxl-ext/wire/tls_proof.c",
     "if (SSL_client_hello_get0_random(ssl, &random) != TLS_PROOF)",
     "return false;"): "OpenSSL's is always of 32 bytes",
    ("tools/doc/home.c", "if (!o)", "return NULL;"): "no memory",
    ("tools/doc/power.c", "if (!o)", "return NULL;"): "no memory",
    ("tools/doc/reservation.c", "if (!o)", "return NULL;"): "no memory",
    ("tools/doc/resized.c", "if (!o)", "return NULL;"): "no memory",
    ("tools/doc/times.c", "if (!o)", "return NULL;"): "no memory",
}


def unreached(source):
    """The numbers of the lines of a source that UNREACHED names."""
    text = [line.strip() for line in open(source)]
    rows = {r[1:]: [] for r in UNREACHED if r[0] == source}
    for n in range(1, len(text)):
        rows.get((text[n - 1], text[n]), []).append(n + 1)
    for (before, line), found in rows.items():
        if not found:
            sys.exit(f"coverage: UNREACHED: {source} has no '{line}' "
                     f"behind '{before}'")
    return {n for found in rows.values() for n in found}


def without_memory(source, lines):
    """The lines but for those runs of unreached ones that tell of memory."""
    text = open(source).read().splitlines()
    kept, run = [], []
    for n, reached in lines + [(0, True)]:
        if not reached:
            run.append(n)
            continue
        if not any(re.search(r"ENOMEM|memory|oom", text[k - 1]) for k in run):
            kept += [(k, False) for k in run]
        run = []
        if n:
            kept.append((n, True))
    return kept


def lines_of(build, source):
    """(line, reached) of the functions that were entered."""
    obj = f"{build}/{source[:-2]}.o"
    if not os.path.exists(obj[:-2] + ".gcda"):
        return []
    out = subprocess.run(["gcov", "--json-format", "--stdout", obj],
                         check=True, capture_output=True, text=True).stdout
    for f in json.loads(out.splitlines()[0])["files"]:
        if f["file"] != source:
            continue
        entered = {g["name"] for g in f["functions"] if g["execution_count"]}
        never = unreached(source)
        return without_memory(source, [
            (l["line_number"], l["count"] > 0) for l in f["lines"]
            if l.get("function_name") in entered and
            (l["count"] or l["line_number"] not in never)])
    return []


def main():
    build, verbose, bad = sys.argv[1], "-v" in sys.argv[2:], 0
    for source in {row[0] for row in UNREACHED} - set(PARSERS):
        sys.exit(f"coverage: UNREACHED: {source} is no parser of the list")
    for source in PARSERS:
        lines = lines_of(build, source)
        missed = [str(n) for n, reached in lines if not reached]
        if not lines:
            print(f"coverage: {source}: no target enters it")
            bad = 1
            continue
        percent = 100 * (len(lines) - len(missed)) / len(lines)
        low = percent < WANTED
        bad |= low
        print(f"coverage: {source}: {percent:.1f} % of {len(lines)} lines"
              + (f"  LESS THAN {WANTED:g}" if low else "")
              + (f"  not {' '.join(missed)}" if missed and (verbose or low)
                 else ""))
    return bad


sys.exit(main())
