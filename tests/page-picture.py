#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only
"""page-picture.py WIDTH HEIGHT <PAGE >PICTURE: a page of `rackhop report --html`
as an SVG that shows its upper part, for the README.

The page is in it as it is: what the picture shows is what the program writes. It
takes a browser to draw it.
"""
import re
import sys
import xml.etree.ElementTree as ET

width, height = int(sys.argv[1]), int(sys.argv[2])
page = sys.stdin.read()
style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
body = re.search(r"<body>(.*)</body>", page, re.S).group(1)
body = body.replace(" open>", ' open="">')
body = body.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
style = re.sub(r"(?m)^body\{", ".page{width:100%;height:100%;", style)
picture = f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">
<foreignObject width="{width}" height="{height}">
<div xmlns="http://www.w3.org/1999/xhtml" class="page"
style="margin:0;max-width:none;padding:1.2rem">
<style>{style}</style>{body}</div>
</foreignObject>
</svg>
"""
ET.fromstring(picture)  # a browser draws nothing of what is not well-formed
sys.stdout.write(picture)
