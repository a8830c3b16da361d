"""The examples that stream: uploads to disk, a download, a reverse proxy."""
import hashlib
import http.client
import http.server
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from support.harness import BUILD, SANITIZED, SLOWNESS

SIZE = 24 << 20
PIECE = bytes(range(256)) * 256


class Example(unittest.TestCase):
    def start(self, name, *args):
        program = subprocess.Popen([os.path.join(BUILD, "bin", name), "127.0.0.1:0", *args],
                                   text=True, stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.program = program
        self.port = int(re.findall(r"\d+", program.stdout.readline())[-1])

    def connect(self):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * SLOWNESS)
        self.addCleanup(client.close)
        return client

    def ask(self, method, path, body=None, **fields):
        client = self.connect()
        client.request(method, path, body, fields)
        answer = client.getresponse()
        return answer, answer.read()

    def expect_little_memory(self):
        """Resident at most, ever. A sanitizer's allocator keeps what is freed."""
        with open(f"/proc/{self.program.pid}/status", encoding="ascii") as status:
            peak_kib = int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])
        if not SANITIZED:
            self.assertLess(peak_kib, 32 << 10)

    def expect_clean_stop(self):
        self.program.terminate()
        self.assertEqual(self.program.wait(20 * SLOWNESS), 0)


def pieces():
    for _ in range(SIZE // len(PIECE)):
        yield PIECE


class Upload(Example):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        self.start("upload", self.folder)

    def stored(self):
        return sorted(os.listdir(self.folder))

    def test_what_is_whole_gets_its_name(self):
        for length in (True, False):
            name = f"file-{length}.bin"
            fields = {"Content-Length": str(SIZE)} if length else {}
            answer, body = self.ask("PUT", "/files/" + name, pieces(), **fields)
            self.assertEqual(answer.status, 201)
            self.assertEqual(json.loads(body), {"name": name, "bytes": SIZE})
            with open(os.path.join(self.folder, name), "rb") as file:
                self.assertEqual(hashlib.sha256(file.read()).hexdigest(),
                                 hashlib.sha256(b"".join(pieces())).hexdigest())
        self.expect_clean_stop()

    def test_progress_can_be_asked_for_and_what_is_cut_off_leaves_nothing(self):
        client = socket.create_connection(("127.0.0.1", self.port), 10)
        self.addCleanup(client.close)
        client.sendall(b"PUT /files/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + b"x" * 400)
        deadline = time.monotonic() + 20 * SLOWNESS
        while time.monotonic() < deadline:
            body = self.ask("GET", "/progress/a")[1]
            if json.loads(body).get("received") == 400:
                break
        self.assertEqual(json.loads(body), {"received": 400, "total": 1000})
        self.assertEqual(len(self.stored()), 1)
        client.close()
        while self.stored() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(self.stored(), [])
        self.assertEqual(self.ask("GET", "/progress/a")[0].status, 404)

    def test_names_lead_nowhere_else(self):
        for name in (".hidden", "..", "a%2Fb", "a" * 101):
            self.assertEqual(self.ask("PUT", "/files/" + name, b"x")[0].status, 400, name)
        self.assertEqual(self.stored(), [])


class Download(Example):
    def test_any_length_comes_whole_to_whoever_reads_slowly(self):
        self.start("download")
        client = self.connect()
        client.request("GET", f"/stream/{SIZE + 5}")
        answer = client.getresponse()
        self.assertEqual(answer.getheader("Content-Length"), str(SIZE + 5))
        at = 0
        while at < SIZE + 5:
            part = answer.read(1 << 20)
            self.assertTrue(part)
            line = part[-at % 16:][:16]
            self.assertEqual(line, (b"%015x\n" % -(-at // 16))[:len(line)])
            at += len(part)
        self.expect_little_memory()
        self.assertEqual(self.ask("GET", "/stream/x")[0].status, 404)
        self.expect_clean_stop()


class Behind(http.server.BaseHTTPRequestHandler):
    """Answers with the request's fields, and with its body's hash, or the body itself."""

    def answer(self):
        body = b""
        if self.path.startswith("/api/cut"):
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            return
        if "Content-Length" in self.headers:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.startswith("/api/echo"):
            body = json.dumps({"path": self.path, "via": self.headers["Via"],
                               "te": self.headers["TE"],
                               "sha256": hashlib.sha256(body).hexdigest()}).encode()
        self.send_response(207)
        self.send_header("X-Behind", "yes")
        if self.path != "/api/echo/ends":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class ReverseProxy(Example):
    def setUp(self):
        behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Behind)
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        self.addCleanup(behind.server_close)
        self.addCleanup(behind.shutdown)
        self.start("reverse_proxy", "127.0.0.1", str(behind.server_address[1]))

    def test_requests_and_answers_pass_whole(self):
        answer, body = self.ask("GET", "/api/a?b=c", TE="trailers")
        self.assertEqual((answer.status, answer.getheader("X-Behind")), (207, "yes"))
        self.assertEqual(json.loads(body), {"path": "/api/a?b=c", "via": "1.1 shunt", "te": None,
                                            "sha256": hashlib.sha256(b"").hexdigest()})
        self.assertEqual(self.ask("HEAD", "/api/a")[0].status, 207)
        body = self.ask("POST", "/api/sum", pieces(), **{"Content-Length": str(SIZE)})[1]
        self.assertEqual(json.loads(body)["sha256"], hashlib.sha256(b"".join(pieces())).hexdigest())
        for path in ("/api/echo", "/api/echo/ends"):
            body = self.ask("POST", path, pieces(), **{"Content-Length": str(SIZE)})[1]
            self.assertEqual(hashlib.sha256(body).hexdigest(),
                             hashlib.sha256(b"".join(pieces())).hexdigest(), path)
        self.expect_little_memory()
        self.assertEqual(self.ask("GET", "/elsewhere")[0].status, 404)
        self.expect_clean_stop()

    def test_what_cannot_pass_is_refused_or_cut_off(self):
        self.assertEqual(self.ask("POST", "/api/a", iter([b"x"]))[0].status, 411)
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            self.ask("GET", "/api/cut")

    def test_nobody_behind_it_is_502(self):
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        self.start("reverse_proxy", "127.0.0.1", str(port))
        answer, body = self.ask("POST", "/api/a", b"x" * 100000)
        self.assertEqual((answer.status, body), (502, b"Bad Gateway\n"))


if __name__ == "__main__":
    unittest.main()
