"""shuntd as a child process: started on a free port, watched, and stopped with an exit status."""
import ctypes
import errno
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.get("E2E_BUILD", os.path.join(ROOT, "build"))
PRESET = os.environ.get("E2E_PRESET", "release")
BACKEND = os.environ.get("E2E_BACKEND", "epoll")
SHUNTD = os.path.join(BUILD, "bin", "shuntd")
DEMO = os.path.join(ROOT, "apps", "shuntd", "demo.yaml")
SANITIZED = PRESET in ("asan", "tsan")
SLOWNESS = {"asan": 3, "tsan": 8}.get(PRESET, 1)  # how much longer a deadline is than in a release
WRAPPER = os.environ.get("E2E_WRAPPER", "").split()  # strace, valgrind and the like before shuntd
START_SECONDS = 10 * SLOWNESS
STOP_SECONDS = 15 * SLOWNESS
REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|assertion", re.I)

NR_IO_URING_SETUP = 425


def uring_refusal():
    """Why the kernel gives no ring to this process, or None when it does."""
    libc = ctypes.CDLL(None, use_errno=True)
    params = ctypes.create_string_buffer(120)
    fd = libc.syscall(NR_IO_URING_SETUP, 8, params)
    if fd >= 0:
        os.close(fd)
        return None
    return errno.errorcode.get(ctypes.get_errno(), "unknown error")


def listening_ports(pid):
    """The TCP ports on which a process listens, by its descriptors and /proc/net/tcp."""
    inodes = set()
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            link = os.readlink(f"/proc/{pid}/fd/{fd}")
            if link.startswith("socket:["):
                inodes.add(link[8:-1])
    except OSError:
        return set()
    ports = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
            for line in list(file)[1:]:
                cells = line.split()
                if cells[3] == "0A" and cells[9] in inodes:
                    ports.add(int(cells[1].rsplit(":", 1)[1], 16))
    return ports


def until(condition, seconds=5, what="condition"):
    """The first true value of condition(); AssertionError after `seconds`."""
    end = time.monotonic() + seconds * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds * SLOWNESS} s in vain for {what}")
        time.sleep(0.01)


class Server:
    """A running shuntd. `config` is a file, or YAML text for a file of its own."""

    def __init__(self, config=DEMO, args=(), backend=BACKEND, workers=2, listen="127.0.0.1:0",
                 wrapper=()):
        self.folder = tempfile.TemporaryDirectory()
        if "\n" in config:
            text, config = config, os.path.join(self.folder.name, "shuntd.yaml")
            with open(config, "w", encoding="utf-8") as file:
                file.write(text)
        self.log_path = os.path.join(self.folder.name, "log")
        command = [*WRAPPER, *wrapper, SHUNTD, "--config", config]
        command += ["--listen", listen] if listen else []
        command += ["--backend", backend] if backend else []
        command += ["--workers", str(workers)] if workers else []
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*command, *args], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        try:
            self.port = self._wait_until_up()
        except BaseException:
            self.kill()
            raise

    def _wait_until_up(self):
        def up():
            if self.process.poll() is not None:
                raise AssertionError(f"shuntd ended with {self.process.returncode}:\n{self.log()}")
            # The kernel's backlog answers before all workers are there; the log has a line when they are.
            return "listening on" in self.log() and listening_ports(self.process.pid)
        return min(until(up, START_SECONDS / SLOWNESS, "a listener"))

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_kib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            cells = file.read().rsplit(")", 1)[1].split()
        return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout * SLOWNESS)

    def url(self, path="/", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def stop(self, sig=signal.SIGTERM):
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.wait()

    def wait(self):
        """Its exit status, once it ends. The log must be free of reports of the sanitizers."""
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log = self.log()
            self.kill()
            raise AssertionError(f"shuntd did not end:\n{log}") from None
        log = self.log()
        self.folder.cleanup()
        if REPORT.search(log):
            raise AssertionError(f"shuntd (exit status {status}) reported:\n{log}")
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(f"# log of shuntd:\n{self.log()}")
            self.kill()
        else:
            status = self.stop()
            assert status == 0, f"exit status {status}"


def run_shuntd(*args, seconds=20, wrapper=(), **options):
    """Run shuntd to its end: (exit status, its output). For what must not start, and --check."""
    done = subprocess.run([*wrapper, SHUNTD, *args], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=seconds * SLOWNESS, check=False, **options)
    if REPORT.search(done.stdout):
        raise AssertionError(f"shuntd reported:\n{done.stdout}")
    return done.returncode, done.stdout


class ServerTest(unittest.TestCase):
    """Tests that share one server, which must end cleanly after the last of them."""

    config = DEMO
    args = ()
    workers = 2

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.config, cls.args, workers=cls.workers)

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        assert status == 0, f"shuntd ended with {status}"
