#!/usr/bin/env python3
"""One drawing of a page, as an SVG file: a browser draws it, once.

usage: drawing.py PROGRAM CHART FILE, with the page on standard input. CHART may be empty: the usual
one. A FILE of - is standard output. What goes wrong is a sentence on standard error.
"""
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 120


def draw(page, chart):
    """The bytes of the drawing, or a sentence with why there is none."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("--svg: a browser draws it, and none of these is here: " + ", ".join(BROWSERS))
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "page.html"), "wb") as file:
            file.write(page)
        command = [browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-sync",
                   "--disable-background-networking", "--disable-component-update",
                   f"--user-data-dir={folder}/profile", "--dump-dom"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium has none for root
        done = subprocess.run([*command, f"file://{folder}/page.html#svg{chart and '='}{chart}"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              check=False)
    found = re.search(r'<pre id="(svg|refusal)" hidden="">(.*?)</pre>', done.stdout.decode(), re.S)
    if not found:
        last = (done.stderr.decode(errors="replace").strip() or "no output").splitlines()[-1]
        sys.exit(f"--svg: {browser} drew nothing: {last}")
    text = html.unescape(found[2])
    if found[1] == "refusal":
        sys.exit(text)
    return text


def main():
    chart, file = sys.argv[2:]
    try:
        drawing = draw(sys.stdin.buffer.read(), chart)
        if file == "-":
            sys.stdout.write(drawing)
        else:
            with open(file, "w", encoding="utf-8") as out:
                out.write(drawing)
    except subprocess.TimeoutExpired:
        sys.exit(f"--svg: the browser took longer than {SECONDS} s")
    except OSError as error:
        sys.exit(f"--svg {file}: {error.strerror}")


if __name__ == "__main__":
    main()
