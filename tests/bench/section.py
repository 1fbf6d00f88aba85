#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""section.py NAME [HEADING] < TEXT: puts a text in place of the section between
the marks <!-- NAME --> and <!-- /NAME --> of docs/BENCHMARKS, or at its end.
With a HEADING the text is output of a program and is set as such."""
import os
import re
import sys

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "../../docs/BENCHMARKS")


def write(name, text):
    begin, end = "<!-- %s -->" % name, "<!-- /%s -->" % name
    new = "%s\n%s\n%s" % (begin, text.strip("\n"), end)
    old = open(PATH).read() if os.path.exists(PATH) else "# Benchmarks\n"
    if begin in old:
        old = re.sub(re.escape(begin) + ".*" + re.escape(end), lambda m: new,
                     old, flags=re.S)
    else:
        old = old.rstrip("\n") + "\n\n" + new + "\n"
    with open(PATH, "w") as f:
        f.write(old)


if __name__ == "__main__":
    body = sys.stdin.read()
    if len(sys.argv) > 2:
        body = "## %s\n\n```\n%s\n```\n" % (sys.argv[2], body.strip("\n"))
    write(sys.argv[1], body)
