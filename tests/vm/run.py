#!/usr/bin/env python3
"""Test programs on kernels of their own, in virtual machines: --help.

Exits 1 when a test failed or a machine did not end well. Where there is no QEMU, or a kernel is not
to be had, a line reports it and the result is a skip.
"""
import argparse
import glob
import os
import re
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import kernels  # noqa: E402
import machine  # noqa: E402

SECONDS = 1500  # far above what any of them needs
DESCRIPTION = "Runs test programs on the kernels of Debian 12, 13 and 11, in virtual machines."
REPLAY_MUTATIONS = 10000


class Progress:
    """Where a machine is: one moving line on a terminal, otherwise a line each quarter."""

    def __init__(self, label):
        self.label, self.start = label, time.monotonic()
        self.name, self.wanted, self.done, self.shown = "", 0, 0, 0

    def show(self, text):
        if sys.stdout.isatty():
            print(end="\r\033[K")
        end = "" if sys.stdout.isatty() else "\n"
        seconds = time.monotonic() - self.start
        print(f"  {self.label}: {text} ({seconds:.0f} s)", end=end, flush=True)

    def line(self, text):
        """A line of the guest's results."""
        if text.startswith("@run "):
            self.name, self.wanted, self.done, self.shown = text[5:], 0, 0, 0
            self.show(f"running {self.name}")
        elif text.startswith("1.."):
            self.wanted = int(text[3:])
        elif re.match(r"(not )?ok\b", text):
            self.done += 1
            quarter = self.done * 4 // max(self.wanted, 1)
            if sys.stdout.isatty() or quarter > self.shown:
                self.shown = quarter
                self.show(f"{self.name}: {self.done} of {self.wanted}")

    def end(self):
        if sys.stdout.isatty():
            print("\r\033[K", end="")


def suites(build, wanted, tests):
    """[(name, command in the guest)] of the test programs that are meant."""
    fuzz = os.path.join(kernels.ROOT, "tests", "fuzz")
    programs = sorted(glob.glob(os.path.join(build, "bin", "vm", "*"))
                      + glob.glob(os.path.join(build, "bin", "replay_*")))
    found = []
    with open(os.path.join(build, "tests", "CTestTestfile.cmake"), encoding="utf-8") as file:
        known = set(re.findall(r"add_test\(\W*(\w+)", file.read()))
    for program in programs:
        name = os.path.basename(program)
        if wanted not in name or name not in known:
            continue  # not meant, or left there by a tree that still had it
        if name.startswith("replay_"):
            part = name[len("replay_"):]
            words = os.path.join(fuzz, f"{part}.dict")
            words = words if os.path.exists(words) else os.path.join(fuzz, "http.dict")
            command = f"{program} {fuzz}/corpus/{part} {words} {REPLAY_MUTATIONS}"
        else:
            command = f"{program} --jobs=4 --tap=/dev/ttyS1 --filter={tests}"
        found.append((name, command))
    return found


def prepare(build, wanted, tests, archive):
    chosen = suites(build, wanted, tests)
    if not chosen:
        sys.exit(f"no test program of {build} has \"{wanted}\" in its name")
    shuntd = os.path.join(build, "bin", "shuntd")
    demo = os.path.join(kernels.ROOT, "apps", "shuntd")
    programs = [shuntd, *(command.split()[0] for _, command in chosen)]
    plugins = [os.path.join(build, "lib", name) for name in ("shunt", "test-plugins")]
    data = [demo, os.path.join(kernels.ROOT, "tests")]
    chosen.insert(0, ("auto", f"auto {shuntd} {demo}/demo.yaml"))
    machine.initramfs(archive, chosen, programs, plugins, data)
    return [name for name, _ in chosen]


def auto_line(version, text):
    """A TAP line: did shuntd take the back end that this kernel is for, with the reason?"""
    wanted = kernels.KERNELS[version][1]
    status, taken = (text.split(" ", 1) + [""])[:2]
    good = status == "0" and re.match(wanted + (r": \S" if wanted == "epoll" else r"\b"), taken)
    word = "ok" if good else "not ok"
    return f"{word} - {version} auto takes {wanted}: \"{taken}\", status {status}"


def tap_lines(version, names, results):
    """The TAP of a machine's results, with the kernel's version; what is missing fails."""
    lines, name, failed, ended = [], None, False, []
    for line in results:
        word, _, rest = line.partition(" ")
        if word == "@run":
            name, failed = rest, False
        elif word == "@auto":
            lines.append(auto_line(version, rest))
        elif word == "@end":
            ended.append(name)
            status = rest.rpartition(" ")[2]
            if status != "0" and not failed:
                lines.append(f"not ok - {version} {name} ended with {status}")
            elif name.startswith("replay_"):
                lines.append(f"ok - {version} {name}")
        elif re.match(r"(not )?ok\b", line):
            failed = failed or line.startswith("not")
            lines.append(re.sub(r"^((?:not )?ok)(?: - )?", rf"\1 - {version} ", line))
    lines += [f"not ok - {version} {name} did not end" for name in names if name not in ended]
    return lines


def run_kernel(version, archive, names):
    progress = Progress(version)
    try:
        image = kernels.kernel(version, progress.show)
    except kernels.Unavailable as reason:
        return [f"ok - {version} # SKIP {' '.join(str(reason).split())}"]
    progress.show("booting")
    results, console, ended = machine.boot(image, archive, SECONDS, progress.line)
    progress.end()
    release = [line[6:] for line in results if line.startswith("@done ")]
    lines = tap_lines(version, names, results)
    if not ended:
        lines.append(f"not ok - {version} no end after {SECONDS} s")
    if not release or any(line.startswith("not ok") for line in lines):
        print("\n".join(console.splitlines()[-200:]))
    where = release[0] if release else "not booted, or ended early"
    return [f"# {version} is {where}, {time.monotonic() - progress.start:.0f} s", *lines]


def summary(lines):
    skipped = [line for line in lines if "# SKIP" in line]
    failed = [line for line in lines if line.startswith("not ok")]
    passed = sum(line.startswith("ok") for line in lines) - len(skipped)
    shown = [line for line in lines if line.startswith("# ") and " is " in line]
    shown += [line for line in lines if " auto takes " in line and line.startswith("ok")]
    for line in shown + failed:
        print(f"  {line}")
    reasons = {}
    for line in skipped:
        what, _, why = line.partition("# SKIP ")
        reasons.setdefault((what.split()[2], why), []).append(what)
    for (version, why), which in reasons.items():
        print(f"  {version}: {len(which)} skipped: {why}")
    print(f"\n{len(skipped)} skipped" if skipped else "")
    print(f"{passed} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(prog="./dev vm", description=DESCRIPTION)
    parser.add_argument("--build", default=os.path.join(kernels.ROOT, "build"), metavar="FOLDER",
                        help="a build of the tree (build)")
    parser.add_argument("--kernel", action="append", choices=list(kernels.KERNELS),
                        help="boot this one; may be given again (each in turn)")
    parser.add_argument("--filter", default="*", metavar="PATTERN",
                        help="only tests whose SUITE/NAME it matches, as in 'io_epoll/*'")
    parser.add_argument("--tap", metavar="FILE", help="write TAP there as well")
    parser.add_argument("suite", nargs="?", default="conformance", metavar="SUITE",
                        help="part of the names of the test programs to run (conformance)")
    args = parser.parse_args()
    versions = args.kernel or list(kernels.KERNELS)
    missing = machine.missing()
    if missing:
        reason = f"not installed: {' '.join(missing)}"
        lines = [f"ok - {version} # SKIP {reason}" for version in versions]
    else:
        os.makedirs(kernels.FOLDER, exist_ok=True)
        lines = []
        with tempfile.TemporaryDirectory(dir=kernels.FOLDER) as folder:
            archive = os.path.join(folder, "initramfs")
            names = prepare(os.path.abspath(args.build), args.suite, args.filter, archive)
            for version in versions:
                lines += run_kernel(version, archive, names)
    if args.tap:
        with open(args.tap, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    return summary(lines)


if __name__ == "__main__":
    sys.exit(main())
