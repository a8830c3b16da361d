"""One turn: a server is started, the scenario run against it, the server stopped.

The scenario is a run of shunt-bench, a process of its own: it has its CPUs for itself and starts
from the same state in every turn. Output and result go to memory files, so that nothing is left
behind, whatever happens.
"""
import collections
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import time

STOP_SECONDS = 1
POLL_SECONDS = 0.01
RETRY_SECONDS = 0.02
CONNECT_SECONDS = 1
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)

# `command` is the server's and `scenario` a list of words, both with {port}; `program` is what runs
# the scenario; sets of CPUs are None for all, `quota` None for none.
Plan = collections.namedtuple("Plan", "command program scenario wait_s server_cpus client_cpus quota")


class Failed(Exception):
    """A turn without a result; the reason is a sentence."""


class Stop:
    """Whether a signal has asked for the end. The scenario that runs is asked to end too."""

    def __init__(self):
        self.asked, self.scenario = False, None

    def catch(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def on_signal(self, _number, _frame):
        if self.scenario and not self.asked:
            self.scenario.send_signal(signal.SIGINT)
        self.asked = True


def with_port(text, port):
    return text.replace("{port}", str(port))


def free_port():
    """A TCP port of 127.0.0.1 on which nobody listens now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start(words, output, cpus=None, quota=None, own_group=False):
    """A process that ends when this one does. In a group of its own Ctrl-C is not for it."""
    def prepare():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if own_group:
            os.setpgid(0, 0)
        if cpus:
            os.sched_setaffinity(0, cpus)
        if quota:
            quota.enter()

    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                            preexec_fn=prepare)


def stop(process):
    """SIGTERM, a second, then SIGKILL, to the whole group; it has ended then."""
    def signal_group(number):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass

    signal_group(signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while process.poll() is None and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    signal_group(signal.SIGKILL)  # it, or what it has left behind
    process.wait()


def explain(what, output):
    """`what`, and the last line of `output`: with it a program gives up."""
    size = os.lseek(output, 0, os.SEEK_END)
    text = os.pread(output, 4096, max(0, size - 4096)).decode(errors="replace")
    lines = [line for line in text.split("\n") if line.strip()]
    return ": ".join([what, *lines[-1:]])


def address_of(scenario, port):
    """Where the scenario's first word with {port} leads: (host, port) or a socket's path. What is
    no URL is understood as 127.0.0.1."""
    for word in (with_port(word, port) for word in scenario if "{port}" in word):
        unix = re.fullmatch(r"unix:([^:]+)(?::/.*)?", word)
        url = re.fullmatch(r"(?:http|ws)://(?:\[(.*?)\]|([^/:\[\]]+))(?::(\d+))?(?:/.*)?", word)
        if unix:
            return unix[1]
        if url:
            return url[1] or url[2], int(url[3] or 80)
    return "127.0.0.1", port


def accepts(address):
    try:
        if isinstance(address, str):
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(CONNECT_SECONDS)
                sock.connect(address)
        else:
            socket.create_connection(address, CONNECT_SECONDS).close()
        return True
    except OSError:
        return False


def wait_for_server(plan, server, address, output, ending):
    end = time.monotonic() + plan.wait_s
    try:
        if not isinstance(address, str):
            socket.getaddrinfo(*address)
    except OSError as error:
        raise Failed("the scenario's address is not to be found") from error
    while not ending.asked and time.monotonic() < end:
        if server.poll() is not None:
            raise Failed(explain("the server ended before it took a connection", output))
        if accepts(address):
            return
        time.sleep(RETRY_SECONDS)
    raise Failed(explain("interrupted" if ending.asked
                         else "the server took no connection in time", output))


def run_scenario(plan, server, port, ending):
    output, kept = os.memfd_create("scenario"), os.memfd_create("result")
    words = [plan.program, *(with_port(word, port) for word in plan.scenario), "--pid",
             str(server.pid), "--quiet", "--json", f"/proc/{os.getpid()}/fd/{kept}"]
    try:
        ending.scenario = start(words, output, plan.client_cpus)
        status = ending.scenario.wait()
        with open(kept, encoding="utf-8", closefd=False) as file:
            file.seek(0)
            result = json.load(file)
        if status < 0:
            raise Failed(explain("the scenario was killed", output))
        return result
    except ValueError as error:
        raise Failed(explain("the scenario gave no result", output)) from error
    except (OSError, subprocess.SubprocessError) as error:
        raise Failed(f"the scenario could not be started: {error}") from error
    finally:
        ending.scenario = None
        os.close(output)
        os.close(kept)


def quota_of(plan, before, result):
    """What the server used of its quota, and the kernel's word that there is one."""
    cores = (result.get("server") or {}).get("cores")
    after = plan.quota.stat()
    found = {"share": plan.quota.share, "used": None if cores is None else cores / plan.quota.share}
    if after:
        periods, throttled, throttled_us = (now - then for now, then in
                                            zip(after, before or (0, 0, 0)))
        found.update(periods=periods, throttled=throttled, throttled_us=throttled_us,
                     throttled_share=throttled / periods if periods else None)
    return found


def errors_text(run):
    """"3 errors: 1 wrong status, 2 timeout", "" without any."""
    total = run.get("errors_total") or 0
    kinds = ", ".join(f"{count} {kind.replace('_', ' ')}"
                      for kind, count in (run.get("errors") or {}).items() if count > 0)
    return f"{total} error{'' if total == 1 else 's'}" + (f": {kinds}" if kinds else "") if total else ""


def run(plan, ending):
    """The scenario's result, with a member `quota` where there is one; Failed also when nothing was
    completed, which has no rate and no latency."""
    output, port = os.memfd_create("server"), free_port()
    before, server = plan.quota.stat() if plan.quota else None, None
    try:
        server = start(["sh", "-c", f"exec {with_port(plan.command, port)}"], output,
                       plan.server_cpus, plan.quota, own_group=True)
        wait_for_server(plan, server, address_of(plan.scenario, port), output, ending)
        result = run_scenario(plan, server, port, ending)
        if result.get("completed") == 0:
            errors = errors_text(result)
            raise Failed(f"nothing was completed{', ' if errors else ''}{errors}")
        if plan.quota:
            result["quota"] = quota_of(plan, before, result)
        return result
    except (OSError, subprocess.SubprocessError) as error:
        raise Failed(f"the server could not be started: {error}") from error
    finally:
        if server and server.returncode is None:
            stop(server)
        os.close(output)
