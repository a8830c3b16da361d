#!/usr/bin/env python3
"""shunt-bench compare: servers in interleaved rounds, and which differences are more than noise.

usage: compare.py PROGRAM ARGUMENT...; PROGRAM is shunt-bench's own file.
"""
import getopt
import json
import os
import re
import subprocess
import sys
import tempfile

import turn
from outcome import Server, outcome_json, table
from quota import Quota, Refused

DONE, FAILED, USAGE = 0, 1, 2
CHARTS = ("latency", "cpu", "rate", "p50", "p99", "memory")
HELP = r"""Usage: shunt-bench compare [OPTION...] NAME=COMMAND... -- SCENARIO ARGUMENT...
Measure servers in interleaved rounds and say which differences are more than
noise. In each round each server is started anew, in a random order, on a free
port of 127.0.0.1 that stands where its command and the scenario say {port};
the scenario runs once it takes connections. Ratios are to the first server
named.

 Measuring:
      --no-pin               Leave server and client on all CPUs (the server
                             has the first one, the client the others)
      --quota=SHARE          Hold each server to this share of a CPU by cgroup,
                             so that it and not the client is the limit; where
                             that is not permitted it says so and goes on
                             without
  -r, --rounds=N             How often each server is measured (7; below 6
                             nothing is said about noise)
      --seed=N               Of the order and of the intervals (1)
      --wait=TIME            A server that takes no connection by then has
                             failed (10s)

 Output:
      --chart=KIND           What --svg draws: cpu, rate, p50, p99 or memory as
                             bars, or latency by percentile (cpu)
      --html=FILE            Write it as a page, one file that fetches nothing
      --json=FILE            Write the comparison as JSON; '-' is standard
                             output, and the table goes to standard error
  -q, --quiet                No progress while it runs
      --svg=FILE             Write one drawing of it that stands alone, for a
                             README, in light and dark

  -?, --help                 Give this help list
      --usage                Give a short usage message
  -V, --version              Print program version

Mandatory or optional arguments to long options are also mandatory or optional
for any corresponding short options.

COMMAND is one program with its arguments, run by sh after 'exec'.

Exit status: 0; 1 when a server gave no result at all; 2 for a wrong command
line.

Example:
  shunt-bench compare --quota 0.3 --html page.html \
    uring='shuntd --config demo.yaml --listen 127.0.0.1:{port} --backend uring'
\
    epoll='shuntd --config demo.yaml --listen 127.0.0.1:{port} --backend epoll'
\
    -- handshake ws://127.0.0.1:{port}/ws --connections 128 --duration 2
"""
SYNOPSIS = """Usage: shunt-bench compare [-q?V] [-r N] [--no-pin] [--quota=SHARE]
            [--rounds=N] [--seed=N] [--wait=TIME] [--chart=KIND] [--html=FILE]
            [--json=FILE] [--quiet] [--svg=FILE] [--help] [--usage]
            [--version] NAME=COMMAND... -- SCENARIO ARGUMENT...
"""
LONG = ("no-pin", "quota=", "rounds=", "seed=", "wait=", "chart=", "html=", "json=", "quiet", "svg=",
        "help", "usage", "version")


def complain(sentence):
    print(f"shunt-bench: {sentence}", file=sys.stderr, flush=True)
    return FAILED


# --- the command line ---

class Wrong(Exception):
    """The command line is; the reason is a sentence."""


def whole(name, text, least, most):
    if not re.fullmatch("[0-9]+", text) or not least <= int(text) <= most:
        raise Wrong(f"{name}: expected a whole number from {least} to {most}, found '{text}'")
    return int(text)


def real(name, text, least, most):
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not least <= value <= most:
        raise Wrong(f"{name}: expected a number from {least:g} to {most:g}, found '{text}'")
    return value


def seconds(name, text, least, most):
    found = re.fullmatch(r"([0-9.][0-9.eE+-]*?)(ms|s|m|h|)", text)
    try:
        value = float(found[1]) * {"ms": 1e-3, "m": 60, "h": 3600}.get(found[2], 1)
    except (TypeError, ValueError):
        value = -1
    if not least <= value <= most:
        raise Wrong(f"{name}: expected a time from {least:g}s to {most:g}s like 500ms, 10s, 2m or 1h (a "
                    f"number alone is seconds), found '{text}'")
    return value


def file_name(name, text):
    if text == "-":
        raise Wrong(f"{name}: expected a file, found '-': the table is on standard output")
    return text


def chart(name, text):
    if text not in CHARTS:
        raise Wrong(f"{name}: expected latency, cpu, rate, p50, p99 or memory, found '{text}'")
    return text


class Options:
    """What the user asked for; Wrong where that is not to be understood."""

    def __init__(self, words):
        own = words.index("--") if "--" in words else len(words)
        self.scenario = words[own + 1:]
        self.rounds, self.quota, self.seed, self.wait_s, self.pin = 7, None, 1, 10, True
        self.json_file = self.html = self.svg = self.chart = None
        self.quiet, self.shown, self.servers = False, None, []
        try:
            options, servers = getopt.gnu_getopt(words[:own], "r:q?V", LONG)
        except getopt.GetoptError as error:
            raise Wrong(self.of_getopt(error)) from error
        for name, text in options:
            self.set(name, text)
        for text in [] if self.shown else servers:
            self.add_server(text)
        if not self.shown:
            self.check()

    @staticmethod
    def of_getopt(error):
        """As other programs word it."""
        long = "--" in error.msg
        option = f"option '--{error.opt}'"
        if "not recognized" in error.msg:
            return f"unrecognized {option}" if long else f"invalid option -- '{error.opt}'"
        if "requires argument" in error.msg:
            return (f"{option} requires an argument" if long
                    else f"option requires an argument -- '{error.opt}'")
        if "unique prefix" in error.msg:
            names = [name.rstrip("=") for name in LONG if name.startswith(error.opt)]
            return f"{option} is ambiguous; possibilities: " + " ".join(f"'--{n}'" for n in names)
        return f"{option} doesn't allow an argument"

    def set(self, name, text):
        name = {"-r": "--rounds", "-q": "--quiet", "-?": "--help", "-V": "--version"}.get(name, name)
        if name in ("--help", "--usage", "--version"):
            self.shown = self.shown or name
        elif name == "--rounds":
            self.rounds = whole(name, text, 1, 1000)
        elif name == "--quota":
            self.quota = real(name, text, 0.01, 1)
        elif name == "--seed":
            self.seed = whole(name, text, 0, 2**32 - 1)
        elif name == "--wait":
            self.wait_s = seconds(name, text, 0.1, 3600)
        elif name == "--no-pin":
            self.pin = False
        elif name == "--json":
            self.json_file = text
        elif name == "--html":
            self.html = file_name(name, text)
        elif name == "--svg":
            self.svg = file_name(name, text)
        elif name == "--chart":
            self.chart = chart(name, text)
        else:
            self.quiet = True

    def add_server(self, text):
        name, _, command = text.partition("=")
        if not name or not command:
            raise Wrong(f"expected NAME=COMMAND, found '{text}'")
        if any(server.name == name for server in self.servers):
            raise Wrong(f"two servers are named '{name}'")
        self.servers.append(Server(name, command))

    def check(self):
        if not self.servers:
            raise Wrong("the servers are missing: NAME=COMMAND...")
        # A round's exit status is not looked at: a threshold without an effect is worse than none.
        if any(word.startswith("--fail-if") for word in self.scenario):
            raise Wrong("--fail-if is of one run; compare tells differences and their noise")
        if not self.scenario:
            raise Wrong("the scenario is missing: -- SCENARIO ARGUMENT...")
        if self.chart and not self.svg:
            raise Wrong("--chart is of --svg, which is not given")


# --- measuring ---

def choose_cpus(options, notes):
    """(the server's, the client's): the first CPU, and the others. None: all."""
    cpus = sorted(os.sched_getaffinity(0))
    if not options.pin:
        notes.append("Server and client share all CPUs.")
        return None, None
    if len(cpus) < 2:
        notes.append("There is one CPU only: server and client compete for it.")
        return None, None
    client = f"CPU {cpus[1]}" if len(cpus) == 2 else f"the others, from CPU {cpus[1]} on"
    notes.append(f"The server is held to CPU {cpus[0]}, the client to {client}.")
    return cpus[:1], cpus[1:]


def make_quota(options, notes):
    """None: none was asked for, or none is permitted."""
    if options.quota is None:
        return None
    try:
        quota = Quota(options.quota)
    except Refused as why:
        sentence = (f"WARNING: no server is held to {100 * options.quota:g} % of a CPU as asked for, "
                    f"this is measured without: {why}")
        complain(sentence)
        notes.append(sentence)
        return None
    notes.append(f"Each server is held to {100 * options.quota:g} % of a CPU (cgroup "
                 f"v{quota.version}).")
    return quota


def shuffle(order, state):
    """Fisher and Yates. A linear congruential generator is random enough for an order."""
    for i in range(len(order), 1, -1):
        state = (state * 6364136223846793005 + 1442695040888963407) & ((1 << 64) - 1)
        other = (state >> 33) % i
        order[i - 1], order[other] = order[other], order[i - 1]
    return state


def run_turn(plan, ending, options, number, server):
    """The result, or None, which progress has explained."""
    before = f"round {number + 1} of {options.rounds}  {server.name}: "
    try:
        result = turn.run(plan, ending)
    except turn.Failed as why:
        print(f"{before}{why}", file=sys.stderr, flush=True)
        return None
    if not options.quiet:
        print(f"{before}{result.get('rate_per_second') or 0:.0f} operations/s", file=sys.stderr,
              flush=True)
    return result


def run_rounds(program, options, cpus, quota, ending):
    """Fill the servers' rounds. One that is interrupted is no round."""
    order, state = list(range(len(options.servers))), options.seed
    for number in range(options.rounds):
        state = shuffle(order, state)
        for place, at in enumerate(order):
            if ending.asked:
                break
            server = options.servers[at]
            plan = turn.Plan(server.command, program, options.scenario, options.wait_s, *cpus, quota)
            result = run_turn(plan, ending, options, number, server)
            server.rounds.append(result and {**result, "turn": place + 1})
        if ending.asked:
            for server in options.servers:
                del server.rounds[number:]
            return


# --- the outcome ---

def rounded(json_value):
    """As the program writes JSON: numbers with nine digits."""
    if isinstance(json_value, float):
        return float(f"{json_value:.9g}")
    if isinstance(json_value, dict):
        return {key: rounded(value) for key, value in json_value.items()}
    return [rounded(value) for value in json_value] if isinstance(json_value, list) else json_value


def write_drawn(program, options, text):
    """The page and the drawing are `report`'s."""
    words = [*(("--html", options.html) if options.html else ()),
             *(("--svg", options.svg) if options.svg else ()),
             *(("--chart", options.chart) if options.chart else ())]
    if not words:
        return DONE
    with tempfile.TemporaryDirectory() as folder:
        kept = os.path.join(folder, "comparison.json")
        with open(kept, "w", encoding="utf-8") as file:
            file.write(text)
        return subprocess.run([program, "report", kept, *words], check=False).returncode


def write_outputs(program, options, comparison):
    text = json.dumps(rounded(comparison), indent=2, ensure_ascii=False) + "\n"
    to_people = sys.stderr if options.json_file == "-" else sys.stdout
    status = DONE
    print("\n".join(table(comparison)), file=to_people, flush=True)
    try:
        if options.json_file == "-":
            sys.stdout.write(text)
            sys.stdout.flush()
        elif options.json_file:
            with open(options.json_file, "w", encoding="utf-8") as file:
                file.write(text)
    except OSError:
        status = complain(f"--json {options.json_file}: it could not be written")
    return write_drawn(program, options, text) or status


def conclude(program, options, notes, quota):
    silent = [server for server in options.servers if not any(server.rounds)]
    if len(silent) == len(options.servers):
        return complain("no server gave a result")
    status = write_outputs(program, options, outcome_json(options.servers, options.seed,
                                                          options.scenario, notes, quota))
    return FAILED if silent else status


def unwritable(options):
    """Before a run: which file cannot be written? They are created. None: all can."""
    for name, file in (("--html", options.html), ("--svg", options.svg)):
        try:
            if file:
                open(file, "ab").close()
        except OSError as error:
            return f"{name} {file}: {error.strerror}"
    return None


def show(program, what):
    if what == "--version":
        return subprocess.run([program, "--version"], check=False).returncode
    print({"--help": HELP, "--usage": SYNOPSIS}[what], end="")
    return DONE


def compare(program, options):
    notes, ending = [], turn.Stop()
    ending.catch()
    cpus = choose_cpus(options, notes)
    quota = make_quota(options, notes)
    try:
        run_rounds(program, options, cpus, quota, ending)
        return conclude(program, options, notes, quota)
    finally:
        if quota:
            quota.destroy()


def main():
    program, *words = sys.argv[1:]
    try:
        options = Options(words)
    except Wrong as why:
        print(f"shunt-bench compare: {why}\nTry `shunt-bench compare --help' or `shunt-bench compare "
              "--usage' for more\ninformation.", file=sys.stderr)
        return USAGE
    if options.shown:
        return show(program, options.shown)
    refused = unwritable(options)
    return complain(refused) if refused else compare(program, options)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads the table
        sys.exit(FAILED)
