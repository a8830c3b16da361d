#!/usr/bin/env python3
"""Pastes the commands of a README, word for word, as its reader does.

usage: paste.py FILE.md [COMMAND...]   COMMANDs go first, in the first terminal
A block of "sh" is pasted into the first terminal and must succeed; a block of "text" behind it is
what it prints, line by line, among other lines. Where the text has "another terminal", the block
before it serves: the blocks that follow go to a second terminal, until the next heading, where the
server gets Ctrl-C and must end well. To be run in a place of its own (private.py): the ports are
the README's.
"""
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time

MARK = "--- end of the block ---"
SERVING = re.compile(r".*\blistening on |== Serving on |port \d+$")  # what our servers print
SECONDS = 300  # for a block, and until it serves: a build is among them


class Wrong(Exception):
    """What a README claims is not so."""


def parts(text):
    """(kind, text) of a README in order: "heading", "prose", and each fence by its word ("sh")."""
    kind, block = "prose", []
    for line in text.splitlines():
        fence = re.fullmatch(r"```(\w*)", line)
        if not fence and not (kind == "prose" and re.match(r"#+ ", line)):
            block.append(line)
            continue
        yield kind, "\n".join(block)
        block = []
        if not fence:
            yield "heading", line
        else:
            kind = fence[1] if kind == "prose" else "prose"
    yield kind, "\n".join(block)


def children(pid):
    """All descendants of a process."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        for child in map(int, file.read().split()):
            yield child
            yield from children(child)


class Terminal:
    """A bash that lives from block to block; a command that fails ends it."""

    def __init__(self, name):
        self.name, self.serving = name, False
        self.shell = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.shell.stdout:
            if line.strip() not in ("", MARK):
                print(f"{self.name}  {line}", end="", flush=True)
            self.lines.put(line)
        self.lines.put(None)

    def paste(self, block):
        for line in block.splitlines():
            print(f"{self.name}$ {line}", flush=True)
        # One compound command, or what it starts would read what is pasted later.
        self.shell.stdin.write(f"{{ set -e\n{block}\nset +e\n}} </dev/null\necho; echo '{MARK}'\n")
        self.shell.stdin.flush()

    def _lines(self):
        """Each line that the block prints, up to its end."""
        end = time.monotonic() + SECONDS
        while True:
            try:
                line = self.lines.get(timeout=max(end - time.monotonic(), 0))
            except queue.Empty:
                raise Wrong(f"no end after {SECONDS} s") from None
            if line is None:
                raise Wrong("a command failed")
            if line.strip() == MARK:
                return
            yield line.rstrip()

    def output(self):
        """What the block has printed until its end."""
        return list(self._lines())

    def wait_until_serving(self):
        """The block goes on, and has printed that it serves."""
        if not any(SERVING.match(line) for line in self._lines()):
            raise Wrong("the block before \"another terminal\" has ended")
        self.serving = True

    def interrupt(self):
        """Ctrl-C, when it serves: what runs there ends with 0."""
        if self.serving:
            for pid in list(children(self.shell.pid)):
                os.kill(pid, signal.SIGINT)
            self.output()
            self.serving = False


class Reader:
    """Follows a README: which terminal is in use, and what its last block has to print."""

    def __init__(self):
        self.first, self.second, self.pasted = Terminal("1"), None, False

    def finish(self):
        """A block of the first terminal that has not been waited for is waited for."""
        lines = []
        if self.pasted:
            lines = self.first.output()
            self.pasted = False
        return lines

    def shell(self, block):
        if self.second:
            self.second.paste(block)
            self.lines = self.second.output()
        else:
            self.finish()
            self.first.paste(block)
            self.pasted = True

    def prints(self, block):
        lines = iter(self.lines if self.second else self.finish())
        for line in block.splitlines():
            if line not in lines:
                raise Wrong(f"not printed, or not in this order: {line}")

    def prose(self, text):
        # A README is wrapped anywhere.
        if "another terminal" in " ".join(text.split()):
            self.first.wait_until_serving()
            self.pasted = False
            self.second = Terminal("2")

    def heading(self, _):
        self.finish()
        self.first.interrupt()
        self.second = None

    def follow(self, text):
        acts = {"sh": self.shell, "text": self.prints, "prose": self.prose, "heading": self.heading}
        count = 0
        for kind, part in parts(text):
            if kind in acts:
                acts[kind](part)
                count += kind == "sh"
        self.heading("the end")
        if not count:
            raise Wrong("no block of commands")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    reader = Reader()
    try:
        for command in sys.argv[2:]:
            reader.shell(command)
        reader.follow(text)
    except Wrong as wrong:
        print(f"{sys.argv[1]}: {wrong}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    # Everything that was started ends with this process where it is the first of its place.
    status = main()
    sys.stdout.flush()
    os._exit(status)
