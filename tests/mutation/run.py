#!/usr/bin/env python3
"""Breaks each function of a folder in small ways, one at a time, and sees whether a test fails.

Exits 0 with a list of what no test noticed; 1 where the tree does not build or fails unbroken.
"""
import argparse
import filecmp
import glob
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(ROOT, "build", "mutation")
sys.path.insert(0, HERE)
from mutants import mutants, mutated  # noqa: E402

SUITES = {"http": ["unit_http"], "base": ["unit_base"], "io": ["unit_io"], "conn": ["unit_conn"],
          "http1": ["unit_http1"], "exchange": ["unit_exchange", "unit_http1"],
          "plugin": ["unit_plugin"], "server": ["unit_server"]}
BUILD_SECONDS = 600
UNBROKEN_SECONDS = 300


class Tree:
    """A copy of the tree, built without optimisation, whose files may be broken."""

    def __init__(self, suites):
        self.root = os.path.join(FOLDER, "tree")
        self.build = os.path.join(FOLDER, "build")
        # Of "conformance=server_epoll/*" the name, and what of it is run.
        self.suites = [suite.partition("=")[::2] for suite in suites]
        self.refresh()
        subprocess.run(["cmake", "-G", "Ninja", "-S", self.root, "-B", self.build,
                        "-DCMAKE_C_COMPILER=gcc", "-DSHUNT_TESTS=ON",
                        "-DCMAKE_BUILD_TYPE=Mutation", "-DCMAKE_C_FLAGS=-O0 -g1 -w"], check=True,
                       stdout=subprocess.DEVNULL)

    def refresh(self):
        """What differs from the tree gets a new time, so that what was broken is built again."""
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                                cwd=ROOT, check=True, capture_output=True, text=True).stdout
        names = {name for name in listed.splitlines() if os.path.isfile(os.path.join(ROOT, name))}
        for folder, _, files in os.walk(self.root):
            for name in files:
                if os.path.relpath(os.path.join(folder, name), self.root) not in names:
                    os.remove(os.path.join(folder, name))
        for name in names:
            here, there = os.path.join(ROOT, name), os.path.join(self.root, name)
            if not os.path.exists(there) or not filecmp.cmp(here, there, shallow=False):
                os.makedirs(os.path.dirname(there), exist_ok=True)
                shutil.copy(here, there)

    def compiles(self, suite=None):
        """The first suite, or the one that is named."""
        # The programs for virtual machines: one process a test less (tests/runner).
        done = subprocess.run(["cmake", "--build", self.build, "--target",
                               f"vm_{suite or self.suites[0][0]}"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=BUILD_SECONDS,
                              env={**os.environ, "CCACHE_DISABLE": "1"})
        self.output = done.stdout
        return done.returncode == 0

    def complete(self):
        """What suites load at run time: the shared objects come with the whole tree only."""
        if all(suite.startswith("unit_") for suite, _ in self.suites):
            return True
        return subprocess.run(["cmake", "--build", self.build], stdout=subprocess.DEVNULL,
                              check=False).returncode == 0

    def passes(self, seconds):
        """Do all suites pass? One that does not end has failed. What the first ones notice, the next
        ones are not built for."""
        for suite, tests in self.suites:
            if not self.compiles(suite):
                return False
            # Much of conformance waits.
            jobs = os.cpu_count() * (4 if suite == "conformance" else 1)
            program = os.path.join(self.build, "bin", "vm", suite)
            child = subprocess.Popen([program, f"--jobs={jobs}", "--fail-fast",
                                      f"--filter={tests or '*'}", "--tap=/dev/null"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                     cwd=self.root, start_new_session=True)
            try:
                status = child.wait(seconds)
            except subprocess.TimeoutExpired:
                status = None
            try:
                os.killpg(child.pid, 9)
            except ProcessLookupError:
                pass
            child.wait()
            if status != 0:
                return False
        return True


class Progress:
    def __init__(self, total):
        self.total, self.done, self.start = total, 0, time.monotonic()

    def step(self, survivors):
        self.done += 1
        if sys.stdout.isatty():
            print(end=f"\r\033[K  {self.done} of {self.total}, {survivors} unnoticed")
        elif self.done % 50 == 0:
            seconds = time.monotonic() - self.start
            print(f"  {self.done} of {self.total}, {survivors} unnoticed ({seconds:.0f} s)",
                  flush=True)

    def line(self, show_it):
        self.end()
        show_it()

    def end(self):
        if sys.stdout.isatty():
            print(end="\r\033[K")


def try_file(tree, name, wanted, seconds, progress, found):
    """Each mutant of one file; `found` gets (name, mutant, what was there)."""
    path = os.path.join(tree.root, name)
    with open(path, encoding="utf-8") as file:
        source = file.read()
    for mutant in wanted:
        with open(path, "w", encoding="utf-8") as file:
            file.write(mutated(source, mutant))
        if tree.compiles():
            found["tried"] += 1
            if tree.passes(seconds):
                found["survived"].append((name, mutant, source))
                progress.line(lambda: show(name, mutant, source))
        else:
            progress.line(lambda: show(name, mutant, source, "does not compile"))
        progress.step(len(found["survived"]))
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)


def show(name, mutant, source, note=""):
    line = source.split("\n")[mutant.line - 1].strip()
    column = mutant.start - source.rfind("\n", 0, mutant.start)
    print(f"  {name}:{mutant.line}:{column}: {mutant.function}: {mutant.kind}: {line} {note}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev mutate", description=__doc__.split("\n")[0])
    parser.add_argument("--suite", action="append", metavar="NAME",
                        help="test program that should notice, or NAME=FILTER; may be given again: "
                             "then the later ones see what the first do not notice "
                             "(the units of the folder)")
    parser.add_argument("--seconds", type=float, metavar="N",
                        help="a suite that runs longer has noticed (5 times what all take unbroken)")
    parser.add_argument("--function", default="", metavar="NAME",
                        help="only functions with this in their name")
    parser.add_argument("--list", action="store_true", help="show the mutants, build nothing")
    parser.add_argument("path", nargs="?", default="lib/http", help="folder or file (lib/http)")
    args = parser.parse_args()
    path = os.path.relpath(os.path.join(ROOT, args.path), ROOT)
    names = [path] if path.endswith(".c") else sorted(
        os.path.relpath(name, ROOT) for name in glob.glob(os.path.join(ROOT, path, "*.c")))
    wanted = {}
    for name in names:
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            source = file.read()
        wanted[name] = [m for m in mutants(source) if args.function in m.function]
        for mutant in wanted[name] if args.list else []:
            show(name, mutant, source)
    total = sum(map(len, wanted.values()))
    print(f"{total} mutants in {len(names)} files", flush=True)
    if args.list or not total:
        return 0

    layer = path.split(os.sep)[1] if os.sep in path else path
    suites = args.suite or SUITES.get(layer)
    if not suites:
        parser.error(f"no suite is known for {path}: --suite NAME")
    tree = Tree(suites)
    if not tree.complete() or not tree.compiles() or not tree.passes(UNBROKEN_SECONDS):
        print(tree.output[-3000:], "\nthe tree does not build, or its tests fail unbroken")
        return 1
    start = time.monotonic()
    tree.passes(UNBROKEN_SECONDS)
    seconds = args.seconds or 5 * (time.monotonic() - start) + 1
    found, progress = {"tried": 0, "survived": []}, Progress(total)
    for name, some in wanted.items():
        try_file(tree, name, some, seconds, progress, found)
    progress.end()
    print(f"{found['tried']} tried, {total - found['tried']} do not compile, "
          f"{len(found['survived'])} unnoticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
