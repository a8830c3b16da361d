#!/usr/bin/env python3
"""Runs the end-to-end tests against the programs of one build.

usage: run.py [--build FOLDER] [--preset NAME] [--tap FILE] [--jobs N] [FILTER]
Each module runs in a process of its own, once for each back end, or once where it has
BACKENDS = (None,), or never where that is empty. FILTER is a part of "module[backend]" or of a test's name.
"""
import argparse
import concurrent.futures
import importlib
import os
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
MODULE_SECONDS = 400


class TapResult(unittest.TestResult):
    """Writes a line a test; subtests that fail make their test fail once."""

    def __init__(self, tap, label):
        super().__init__()
        self.tap, self.label, self.bad, self.failed = tap, label, False, False

    def startTest(self, test):
        super().startTest(test)
        self.bad = False

    def line(self, word, test, note=""):
        self.tap.write(f"{word} - {self.label} {test.id().split('.', 1)[-1]}{note}\n")
        self.tap.flush()

    def complain(self, test, err):
        self.bad = self.failed = True
        print(f"\nFAIL {self.label} {test}\n{self._exc_info_to_string(err, test)}", flush=True)

    def addSuccess(self, test):
        if not self.bad:
            self.line("ok", test)

    def addSkip(self, test, reason):
        self.line("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, err):
        self.complain(test, err)
        self.line("not ok", test)

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err:
            first = not self.bad
            self.complain(subtest, err)
            if first:
                self.line("not ok", test)


def run_module(args):
    """In a process of its own: the tests of one module on one back end."""
    module = importlib.import_module(args.module)
    label = f"{args.module}[{os.environ.get('E2E_BACKEND')}]" if args.backend else args.module
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    if args.filter and args.filter not in label:
        wanted = [t for group in suite for t in group if args.filter in t.id()]
        suite = unittest.TestSuite(wanted)
    with open(args.tap, "w", encoding="utf-8") as tap:
        result = TapResult(tap, label)
        suite.run(result)
    return 1 if result.failed else 0


def jobs_of(args):
    from support import harness
    refusal = harness.uring_refusal()
    for name in sorted(os.listdir(HERE)):
        if not (name.startswith("test_") and name.endswith(".py")):
            continue
        module = name[:-3]
        for backend in getattr(importlib.import_module(module), "BACKENDS", ("uring", "epoll")):
            refused = refusal if backend == "uring" else None
            yield module, backend, refused


def start(job, args):
    """(label, exit status, output, TAP) of one module on one back end."""
    module, backend, refused = job
    label = f"{module}[{backend}]" if backend else module
    if refused:
        return label, 0, "", f"ok - {label} # SKIP io_uring_setup: {refused}\n"
    env = {**os.environ, "E2E_BUILD": args.build, "E2E_PRESET": args.preset,
           "E2E_BACKEND": backend or "auto", "PYTHONDONTWRITEBYTECODE": "1"}
    began = time.monotonic()
    with tempfile.NamedTemporaryFile("r", suffix=".tap") as tap:
        command = [sys.executable, os.path.abspath(__file__), "--module", module, "--tap", tap.name,
                   "--backend", backend or "", args.filter]
        try:
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, cwd=HERE,
                                  stderr=subprocess.STDOUT, timeout=MODULE_SECONDS, check=False)
            status, output = done.returncode, done.stdout
        except subprocess.TimeoutExpired as hang:
            status, output = None, (hang.stdout or b"").decode(errors="replace")
        lines = f"# {label}: {time.monotonic() - began:.1f} s\n" + tap.read()
    if status != 0 and "not ok" not in lines:
        lines += f"not ok - {label} ended with {status}\n"
    return label, status, output, lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(HERE, "..", "..", "build"))
    parser.add_argument("--preset", default="release")
    parser.add_argument("--tap", default="/dev/stdout")
    parser.add_argument("--jobs", type=int, default=3)  # most of the time is waiting
    parser.add_argument("--module")
    parser.add_argument("--backend")
    parser.add_argument("filter", nargs="?", default="")
    args = parser.parse_args()
    if args.module:
        return run_module(args)

    args.build = os.path.abspath(args.build)
    os.environ.update(E2E_BUILD=args.build, E2E_PRESET=args.preset)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool, \
            open(args.tap, "w", encoding="utf-8") as tap:
        for label, status, output, lines in pool.map(lambda job: start(job, args), jobs_of(args)):
            tap.write(lines)
            tap.flush()
            if status != 0:
                failed += 1
                print(f"---- {label}\n{output}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
