#!/usr/bin/env python3
"""Runs the test programs of one build: units, conformance, end to end.

usage: run.py --preset PRESET [--results FILE] [--beside vm|image|fuzz] [FILTER]
FILTER is a part of a suite's name. Prints a line a suite and appends "passed failed skipped name
preset" lines to FILE. Exits 1 when a test failed, a program crashed or hung, or nothing ran.
--beside runs what no load of this machine can upset, a virtual machine, an image or the fuzzers, and
nothing else.
"""
import argparse
import concurrent.futures
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM_SECONDS = 180  # far above what any suite needs
E2E_SECONDS = 420
BESIDE_SECONDS = 1700  # they get what the other suites leave
REPLAY_MUTATIONS = {"session": 20000}  # a session is a hundred times as long as another input
REPLAY_MUTATIONS_USUAL = 100000
FUZZ_SECONDS = 60  # of each target
CPUS = len(os.sched_getaffinity(0))
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=66:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=66",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=66:second_deadlock_stack=1:suppressions="
    + os.path.join(ROOT, "tests", "support", "tsan.supp"),
}
FUZZ = os.path.join(ROOT, "tests", "fuzz")
TAP_LINE = re.compile(r"^(ok|not ok)\b(.*)$")


def build_folder(preset):
    return os.path.join(ROOT, "build", "" if preset == "release" else preset)


def end_session(session):
    """Kill what is left of a session: Criterion's tests are process groups of their own in it."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                cells = file.read().rsplit(")", 1)[1].split()
            if int(cells[3]) == session:
                os.kill(int(entry), signal.SIGKILL)
        except (OSError, IndexError):
            pass  # it has ended meanwhile


def keep_nice():
    """In a new session: it may be a scheduling group of its own, which has a nice value too."""
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write(str(os.nice(0)))
    except OSError:
        pass  # no such groups here


def run_bounded(command, seconds, env):
    """(exit status or None for a hang, output). Whatever the command started dies with it."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 preexec_fn=keep_nice)
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:  # also when this process is to end
            end_session(child.pid)
            child.wait()
        output.seek(0)
        return status, output.read().decode(errors="replace")


def tap_counts(path):
    """(passed, failed, [skip lines]) of a TAP file."""
    passed = failed = 0
    skipped = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = TAP_LINE.match(line)
            if not found:
                continue
            if "# SKIP" in found[2]:
                skipped.append(found[2].strip(" -"))
            elif found[1] == "ok":
                passed += 1
            else:
                failed += 1
    return passed, failed, skipped


def only_criterions_leak(output):
    """Is all that a sanitizer found what Criterion 2.4's own process loses, a 48-byte record of a
    test now and then? Then no frame is of anybody else; a leak of ours has frames of ours."""
    errors = re.findall(r"^==\d+==ERROR: (\w+)", output, re.MULTILINE)
    frames = re.findall(r"^ +#\d+ 0x\w+ +(.*)$", output, re.MULTILINE)
    return (errors == ["LeakSanitizer"] and bool(frames)
            and all("libcriterion.so" in frame or "__interceptor_" in frame for frame in frames))


def run_suite(command, seconds, env):
    """(passed, failed, [skips], output, trouble) of a program that writes TAP to --tap=FILE."""
    with tempfile.NamedTemporaryFile(suffix=".tap") as tap:
        status, output = run_bounded(command + [f"--tap={tap.name}"], seconds, env)
        passed, failed, skipped = tap_counts(tap.name)
    trouble = None
    if status is None:
        trouble = f"no end after {seconds} s"
    elif status != 0 and not failed and not only_criterions_leak(output):
        trouble = f"exit status {status} without a failed test"
    elif passed + failed + len(skipped) == 0:
        trouble = "no test ran"
    return passed, failed + (trouble is not None), skipped, output, trouble


def run_replay(command, seconds, env):
    """As run_suite, for a program that is one test whose result is its exit status."""
    status, output = run_bounded(command, seconds, env)
    trouble = f"no end after {seconds} s" if status is None else f"exit status {status}"
    return int(status == 0), int(status != 0), [], output, trouble if status else None


def fuzz_words(name):
    """The words that the inputs of a fuzz target are made of."""
    words = os.path.join(FUZZ, f"{name}.dict")
    return words if os.path.exists(words) else os.path.join(FUZZ, "http.dict")


def replay_command(program, name):
    """A fuzz target over its corpus and mutations of it (tests/fuzz/README.md)."""
    mutations = REPLAY_MUTATIONS.get(name, REPLAY_MUTATIONS_USUAL)
    return [program, os.path.join(FUZZ, "corpus", name), fuzz_words(name), str(mutations)]


def fuzz_command(name):
    """libFuzzer over the same, for a while; what it finds worth keeping stays in the build."""
    build = build_folder("fuzz")
    corpus = os.path.join(build, "corpus", name)
    os.makedirs(corpus, exist_ok=True)
    return [os.path.join(build, "bin", f"fuzz_{name}"), f"-max_total_time={FUZZ_SECONDS}",
            "-verbosity=0", f"-dict={fuzz_words(name)}",
            f"-artifact_prefix={os.path.join(build, name)}-", corpus,
            os.path.join(FUZZ, "corpus", name)]


def suites(folder, preset):
    """(name, how to run it, command, seconds) of every suite of a build. What CMake knows no more
    may still lie there as a program."""
    programs = os.path.join(folder, "bin")
    with open(os.path.join(folder, "tests", "CTestTestfile.cmake"), encoding="utf-8") as file:
        names = sorted(re.findall(r"add_test\(\W*(\w+)", file.read()))
    for name in names:
        if name.startswith("unit_") or name == "conformance":
            # Much of conformance waits for a time-out; units compute.
            jobs = CPUS * 2 if name == "conformance" else CPUS
            yield (name, run_suite, [os.path.join(programs, name), f"--jobs={jobs}"],
                   PROGRAM_SECONDS)
        elif name.startswith("replay_"):
            yield (name, run_replay,
                   replay_command(os.path.join(programs, name), name[len("replay_"):]),
                   PROGRAM_SECONDS)
    if os.path.exists(os.path.join(programs, "shuntd")):
        yield "e2e", run_suite, [sys.executable, os.path.join(ROOT, "tests", "e2e", "run.py"),
                      "--build", folder, "--preset", preset], E2E_SECONDS


def suites_beside(kind, folder):
    """As suites(): on another kernel or in an image, by programs that run beside the others."""
    tests = os.path.join(ROOT, "tests")
    if kind == "vm":
        yield ("vm-6.1", run_suite, [sys.executable, os.path.join(tests, "vm", "run.py"), "--build",
                                     folder, "--kernel", "6.1", "conformance"], BESIDE_SECONDS)
    elif kind == "fuzz":
        for file in sorted(os.listdir(FUZZ)):
            name, extension = os.path.splitext(file)
            if extension == ".c":
                yield (f"fuzz_{name}", run_replay, fuzz_command(name), BESIDE_SECONDS)
    else:
        yield ("image-12", run_suite, [sys.executable, os.path.join(tests, "images", "run.py"),
                                       "--debian", "12"], BESIDE_SECONDS)


def children_seconds():
    """CPU time of all that has ended and was waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(name, result, seconds, cpu_seconds):
    passed, failed, skipped, output, trouble = result
    word = "FAIL" if failed else "ok"
    skips = f", {len(skipped)} skipped" if skipped else ""
    cpu = f", {cpu_seconds:.1f} s of CPU" if cpu_seconds is not None else ""
    print(f"  {word:<5} {name:<24} {passed:5d} passed, {failed} failed{skips}"
          f"  ({seconds:.1f} s{cpu})", flush=True)
    for line in skipped:
        print(f"        skipped: {line}")
    if failed:
        print(trouble or "", output[-20000:], sep="\n", flush=True)


def results(chosen, kind, env):
    """(name, result, seconds, seconds of CPU or None) of each suite, one after the other. Fuzzers,
    each of one thread, run side by side: whose the CPU time was is not known then."""
    def run_one(suite):
        name, run, command, seconds = suite
        start, cpu = time.monotonic(), children_seconds()
        result = run(command, seconds, env)
        return name, result, time.monotonic() - start, children_seconds() - cpu

    if kind != "fuzz":
        yield from map(run_one, chosen)
        return
    pool = concurrent.futures.ThreadPoolExecutor(CPUS)
    try:
        for name, result, seconds, _ in pool.map(run_one, chosen):
            yield name, result, seconds, None
    finally:
        pool.shutdown(cancel_futures=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--preset", default="release")
    parser.add_argument("--results")
    parser.add_argument("--beside", choices=("vm", "image", "fuzz"))
    parser.add_argument("filter", nargs="?", default="")
    args = parser.parse_args()
    env = {**SANITIZER_OPTIONS, **os.environ}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    total_failed = ran = 0

    folder = build_folder(args.preset)
    chosen = suites_beside(args.beside, folder) if args.beside else suites(folder, args.preset)
    chosen = [suite for suite in chosen if args.filter in suite[0]]
    if args.beside == "fuzz" and chosen:
        subprocess.run([os.path.join(ROOT, "dev"), "fuzz", "--build"], check=True)
    for name, result, seconds, cpu_seconds in results(chosen, args.beside, env):
        report(name, result, seconds, cpu_seconds)
        ran += 1
        total_failed += result[1]
        if args.results:
            with open(args.results, "a", encoding="utf-8") as file:
                file.write(f"{result[0]} {result[1]} {len(result[2])} {name} {args.preset}\n")
    if not ran and not args.beside:
        print(f"  no suite of {args.preset} matches \"{args.filter}\"")
    return 1 if total_failed or (not ran and not args.filter) else 0


if __name__ == "__main__":
    sys.exit(main())
