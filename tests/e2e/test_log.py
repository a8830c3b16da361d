"""Standard error that takes nothing stops neither the workers nor a stop; the journal's own prefix."""
import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import unittest

from support.harness import BACKEND, BUILD, REPORT, SHUNTD, STOP_SECONDS, SLOWNESS, listening_ports, until
from support.wire import Wire, request

PLUGIN = os.path.join(BUILD, "lib", "test-plugins", "logs.so")
CONFIG = ("listeners: [{address: '127.0.0.1:0'}]\nworkers: 2\nlimits: {log_lines_max: 8}\n"
          "timeouts: {log_ms: 200}\nplugins: [{name: " + PLUGIN + "}]\n"
          "routes:\n  - {path: /hello, text: hello, upgrade: [logs]}\n")
REPORTS = 20


class Child:
    """shuntd whose standard error is `stderr`, a descriptor; the caller's copy is closed."""

    def __init__(self, stderr, env=None):
        self.folder = tempfile.TemporaryDirectory()
        config = os.path.join(self.folder.name, "c.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG)
        command = [SHUNTD, "--config", config] + (["--backend", BACKEND] if BACKEND else [])
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=stderr,
                                        env={**os.environ, **(env or {})})
        self.port = min(until(lambda: listening_ports(self.process.pid), 10, "a listener"))
        # The kernel's backlog answers before the workers do; an answer shows that one is there.
        self.get()

    def get(self, *fields):
        wire = Wire(socket.create_connection(("127.0.0.1", self.port), 10 * SLOWNESS))
        body = wire.send(request("GET", "/hello", *fields)).response().body
        wire.close()
        assert body == b"hello", body

    def report(self):
        """A worker logs three lines for each of these requests, and the main thread some of its own."""
        for _ in range(REPORTS):
            self.process.send_signal(signal.SIGHUP)
            for _ in range(4):
                self.get("Connection: upgrade", "Upgrade: logs")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


def fill(fd):
    """Until it takes nothing. O_NONBLOCK is the open file's, so shuntd must not inherit it."""
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    fcntl.fcntl(fd, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    for piece in (b"." * 4096, b"."):
        try:
            while True:
                os.write(fd, piece)
        except BlockingIOError:
            pass
    fcntl.fcntl(fd, fcntl.F_SETFL, flags)


class TakesNothing(unittest.TestCase):
    def child(self, ends, env=None):
        reader, writer = ends
        child = Child(writer, env)
        self.addCleanup(child.end)
        self.addCleanup(os.close, reader)
        os.close(writer)
        return child

    def test_full_pipe_stops_neither_the_workers_nor_the_stop(self):
        reader, writer = os.pipe()
        fill(writer)
        child = self.child((reader, writer))
        child.report()
        self.assertEqual(child.stop(), 0)

    def test_full_socket_stops_neither(self):
        ends = [end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)]
        fill(ends[1])
        child = self.child(ends)
        child.report()
        self.assertEqual(child.stop(), 0)

    def test_stopped_terminal_stops_neither(self):
        """Nobody reads the other end of the pseudoterminal."""
        ends = os.openpty()
        fill(ends[1])
        child = self.child(ends)
        child.report()
        self.assertEqual(child.stop(), 0)

    def test_how_many_were_dropped_is_logged_once_it_flows(self):
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        fill(writer)
        child = self.child((reader, writer))
        child.report()
        os.set_blocking(reader, False)
        seen = b""

        def read():
            nonlocal seen
            try:
                seen += os.read(reader, 65536)
            except BlockingIOError:
                pass
            return b"lines were dropped: standard error took nothing\n" in seen
        until(read, 10, "the count of dropped lines")
        self.assertEqual(child.stop(), 0)
        until(lambda: read() and b"stopped: " in seen, 10, "the last line")
        self.assertIsNone(REPORT.search(seen.decode()), seen)


class Journal(unittest.TestCase):
    def lines(self, named):
        """What shuntd writes to a socket that JOURNAL_STREAM names, or another one."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        about = os.fstat(its.fileno())
        inode = about.st_ino if named else about.st_ino + 1
        child = Child(its.fileno(), {"JOURNAL_STREAM": f"{about.st_dev}:{inode}"})
        its.close()
        self.addCleanup(child.end)
        self.assertEqual(child.stop(), 0)
        with ours, ours.makefile(encoding="utf-8") as file:
            return [line for line in file if "listening" in line or "stopped" in line]

    def test_it_gets_levels_and_no_times(self):
        lines = self.lines(True)
        self.assertEqual(len(lines), 2, lines)
        for line in lines:
            self.assertRegex(line, r"^<6>(listening on|stopped:) ")

    def test_another_stream_gets_times_and_levels(self):
        for line in self.lines(False):
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]+Z info +(listening on|stopped:) ")


if __name__ == "__main__":
    unittest.main()
