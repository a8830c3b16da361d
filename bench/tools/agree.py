#!/usr/bin/env python3
"""Do shunt-bench and another load generator agree on one server?

Closed loop, one thread each, interleaved rounds in random order against the same process. Prints the
medians and, for rate, p50 and p99, the ratio of shunt-bench to the other with a 95 % interval by
bootstrap over rounds. README.md beside this file has what must hold for two clients to agree.
"""
import argparse
import collections
import json
import os
import random
import re
import resource
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import bootstrap

FIGURES = ("rate", "p50", "p99")
HERE = os.path.dirname(os.path.abspath(__file__))
HSLOAD_MODE = {"handshake": "hs", "echo": "echo", "http": "get"}
ECHO_BYTES = 125

Sample = collections.namedtuple("Sample", FIGURES + ("cpu", "as_wrk_counts"))


class Failed(Exception):
    """A client gave no figures."""


def run(command):
    """Standard output of `command`, pinned as the arguments have it."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def quantile(cells, share):
    """The value under which `share` of cells [(value, count)], rising, lies."""
    left = share * sum(count for _, count in cells)
    for value, count in cells:
        left -= count
        if left <= 0:
            return value
    return cells[-1][0]


def corrected(cells, interval):
    """As wrk prints them: a sample longer than twice the mean time between a connection's requests
    stands for those that were not sent in that time, and each of them is added."""
    added = collections.Counter()
    for value, count in cells:
        missed = value - interval
        while value > 2 * interval and missed > interval:
            added[missed] += count
            missed -= interval
    return sorted((collections.Counter(dict(cells)) + added).items())


def measure_shunt(options, backend, scenario, url):
    """One round of shunt-bench."""
    size = ["--size", str(ECHO_BYTES)] if scenario == "echo" else []
    with tempfile.NamedTemporaryFile(suffix=".json") as result:
        run(options.pin + [
            options.bench, scenario, url, "--connections", str(options.connections), "--duration",
            str(options.duration), "--warmup", str(options.warmup), "--backend", backend, "--quiet",
            "--json", result.name] + size)
        report = json.load(result)
    if report["errors_total"]:
        raise Failed(f"shunt-bench: {report['errors_total']} errors: {report['errors']}")
    # A bucket of the histogram stands for its middle.
    cells = [((low + high) / 2, count) for low, high, count in report["histogram"]]
    interval = options.connections / report["rate_per_second"] * 1e6
    wrk = corrected(cells, interval)
    return Sample(report["rate_per_second"], report["latency_us"]["p50"],
                  report["latency_us"]["p99"], report["client"]["cpu_us_per_op"],
                  (quantile(wrk, 0.5), quantile(wrk, 0.99)))


def measure_wrk(options, program, scenario, url):
    """One round of wrk, which measures HTTP only; its script prints what it would round."""
    del scenario
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = run(options.pin + [
        program, "--threads", "1", "--connections", str(options.connections), "--duration",
        f"{max(1, round(options.duration))}s", "--script", os.path.join(HERE, "exact.lua"), url])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"^exact (\d+) (\S+) (\S+) (\S+) (\d+)$", out, re.M)
    if not found or found[5] != "0":
        raise Failed(f"wrk: {out.strip()[-300:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    rate, p50, p99 = (float(found[i]) for i in (2, 3, 4))
    return Sample(rate, p50, p99, cpu / int(found[1]) * 1e6, (p50, p99))


def measure_hsload(options, program, scenario, url):
    """One round of hsload: MODE PORT CONNECTIONS SECONDS [SIZE] PID PATH."""
    port, path = re.fullmatch(r"\w+://[^/:]+:(\d+)(/.*)?", url).groups()
    size = [str(ECHO_BYTES)] if scenario == "echo" else []
    out = run(options.pin + [program, HSLOAD_MODE[scenario], port, str(options.connections),
                             str(options.duration)] + size + ["0", path or "/"])
    found = re.search(r": (\d+)/s +p50 (\d+).*? p99 (\d+).*?errs (\d+) +client cpu (\d+)%", out)
    if not found or found[4] != "0":
        raise Failed(f"hsload: {out.strip()[-300:]}")
    rate, p50, p99 = (float(found[i]) for i in (1, 2, 3))
    return Sample(rate, p50, p99, float(found[5]) * 1e4 / rate, (p50, p99))


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """The server under load, in a process group of its own; started again for each scenario."""

    def __init__(self, options):
        self.port = free_port()
        command = shlex.split(options.server.replace("{port}", str(self.port)))
        self.process = subprocess.Popen(
            ["taskset", "-c", options.server_cpu] + command, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)

    def __enter__(self):
        for _ in range(100):
            if self.process.poll() is not None:
                raise Failed(f"the server ended with status {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
                return f"http://127.0.0.1:{self.port}"
            except OSError:
                time.sleep(0.05)
        raise Failed("the server does not listen")

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def pairs_of(samples, ours, other, figure):
    """The values of both clients, round by round; against wrk counted as it counts."""
    for own, theirs in zip(samples[ours], samples[other]):
        if figure == "rate":
            yield own.rate, theirs.rate
        else:
            index = FIGURES.index(figure) - 1
            counted = own.as_wrk_counts[index] if other == "wrk" else getattr(own, figure)
            yield counted, getattr(theirs, figure)


def report(scenario, samples, others, options):
    """The table of one scenario."""
    print(f"\n{scenario}: {options.connections} connections, {options.rounds} interleaved rounds of "
          f"{options.duration:g} s")
    print(f"{'client':20} {'rate':>10} {'p50':>10} {'p99':>10} {'client CPU':>11}   "
          "(medians; us, CPU an operation)")
    for name, values in samples.items():
        print(f"{name:20}" + "".join(
            f" {statistics.median(getattr(v, figure) for v in values):10,.0f}"
            for figure in FIGURES) + f" {statistics.median(v.cpu for v in values):11.1f}")
    for other in others:
        for ours in (name for name in samples if name not in others):
            cells = []
            for figure in FIGURES:
                ratios = [a / b for a, b in pairs_of(samples, ours, other, figure)]
                low, high = bootstrap.resampled(ratios, options.seed)
                cells.append(f"{figure} {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})")
            counted = ", latency as wrk counts it" if other == "wrk" else ""
            print(f"{ours} / {other}{counted}: " + ", ".join(cells))


def agree(scenario, options, references):
    """All rounds of one scenario, and its table."""
    clients = {f"shunt-bench {backend}": (measure_shunt, backend)
               for backend in options.backends.split(",")}
    others = [name for name in references if name != "wrk" or scenario == "http"]
    for name in others:
        clients[name] = (measure_wrk if name == "wrk" else measure_hsload, references[name])
    samples = {name: [] for name in clients}
    order = list(clients)
    shuffle = random.Random(options.seed)
    with Server(options) as origin:
        url = origin + (options.get_path if scenario == "http" else options.upgrade_path)
        for turn in range(options.rounds):
            print(f"{scenario}: round {turn + 1} of {options.rounds}", file=sys.stderr)
            shuffle.shuffle(order)
            for name in order:
                measure, what = clients[name]
                samples[name].append(measure(options, what, scenario, url))
    report(scenario, samples, others, options)


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--server", default=f"node --jitless {HERE}/../peers/ws.js {{port}}",
                        help="its command, with {port} (Node's ws without its compiler)")
    parser.add_argument("--reference", action="append", default=[], metavar="wrk|hsload[=PROGRAM]",
                        help="what to compare with; may be repeated (wrk)")
    parser.add_argument("--scenarios", default="http", help="of handshake, echo, http (http)")
    parser.add_argument("--rounds", type=int, default=6, help="(6)")
    parser.add_argument("--duration", type=float, default=12, help="seconds a measurement (12)")
    parser.add_argument("--warmup", type=float, help="of shunt-bench, seconds (0.5, as hsload's; 0 "
                        "beside wrk alone, which counts its start)")
    parser.add_argument("--connections", type=int, default=64, help="(64)")
    parser.add_argument("--backends", default="uring,epoll", help="of shunt-bench (uring,epoll)")
    parser.add_argument("--bench", default=os.path.join(HERE, "../../build/bin/shunt-bench"),
                        metavar="PROGRAM", help="(build/bin/shunt-bench)")
    parser.add_argument("--upgrade-path", default="/ws", help="of handshake and echo (/ws)")
    parser.add_argument("--get-path", default="/", help="of http (/)")
    parser.add_argument("--server-cpu", default="0", help="(0)")
    parser.add_argument("--client-cpu", default="1", help="(1)")
    parser.add_argument("--seed", type=int, default=1, help="of the order and the intervals (1)")
    options = parser.parse_args()
    os.environ.setdefault("NODE_PATH", "/usr/share/nodejs")
    options.pin = ["taskset", "-c", options.client_cpu]
    references = dict((text.split("=", 1) + [text])[:2] for text in options.reference or ["wrk"])
    if options.warmup is None:
        options.warmup = 0 if set(references) == {"wrk"} else 0.5
    for name in references:
        if name not in ("wrk", "hsload"):
            parser.error(f"--reference: expected wrk or hsload, found '{name}'")
    for scenario in options.scenarios.split(","):
        if scenario not in HSLOAD_MODE:
            parser.error(f"--scenarios: expected handshake, echo or http, found '{scenario}'")
    return options, references


def main():
    options, references = parse()
    try:
        for scenario in options.scenarios.split(","):
            agree(scenario, options, references)
    except (Failed, OSError) as error:
        print(f"agree: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
