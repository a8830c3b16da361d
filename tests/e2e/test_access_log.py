"""The access log of shuntd: lines that parse, rotation by SIGUSR1 under load, and outputs that take nothing."""
import json
import os
import re
import signal
import tempfile
import threading
import unittest

from support.harness import Server, run_shuntd, until
from support.wire import Wire, request, websocket_request

COMBINED = re.compile(r'^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "([^"]*)" '
                      r'(\d{3}) (\d+) "([^"]*)" "([^"]*)"$')
ROUTES = """
plugins: [{name: websocket}, {name: echo}]
routes:
  - {path: /hello, text: hello}
  - {path: "/users/{id}", text: user}
  - {path: /echo, echo: true}
  - {path: /metrics, metrics: true}
  - {path: /ws, upgrade: [websocket], service: echo}
"""


def config(path, form="combined", buffer="1M"):
    return (f"access_log: {{path: {path}, format: {json.dumps(form)}, flush_ms: 20, buffer_bytes: {buffer}}}\n"
            + ROUTES)


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text == "" or text.endswith("\n"), text[-80:]
    return text.splitlines()


def count_of(path):
    """How many there are by now; a write that goes on may show half of a line."""
    with open(path, "rb") as file:
        return file.read().count(b"\n")


class Lines(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "access.log")

    def ask_everything(self, server):
        """What a peer may send, and how many lines it is."""
        wire = Wire(server.connect())
        nasty = [b"plain", b'quote" and \\backslash', b"\xc3\xa4 \xe2\x82\xac", b"\xff\xfe\xc0\xaf broken",
                 b"tab\there", b"x" * 6000]
        for value in nasty:
            wire.send(b"GET /users/7?a=b HTTP/1.1\r\nHost: a\r\nUser-Agent: " + value +
                      b"\r\nReferer: http://r/\r\n\r\n").response()
        wire.close()
        for bad in (b'GET /"\\ HTTX\r\n\r\n', b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
            wire = Wire(server.connect())
            wire.send(bad).response()
            wire.close()
        wire = Wire(server.connect())
        wire.send(websocket_request("/ws")[0])
        self.assertEqual(wire.head()[0], 101)
        wire.close()
        return len(nasty) + 4

    def test_json_lines_all_parse_and_have_what_was_sent(self):
        with Server(config(self.path, "json"), workers=1) as server:
            count = self.ask_everything(server)
            until(lambda: count_of(self.path) == count, what="the lines")
        objects = [json.loads(line) for line in lines_of(self.path)]
        self.assertEqual([o["status"] for o in objects], [200] * 6 + [400] * 3 + [101])
        self.assertEqual(objects[1]["user_agent"], 'quote" and \\backslash')
        self.assertEqual(objects[2]["user_agent"], "ä €")
        self.assertEqual(objects[3]["user_agent"], "\\xFF\\xFE\\xC0\\xAF broken")
        self.assertEqual(objects[5]["user_agent"], "x" * 4093 + "...")
        self.assertEqual((objects[0]["target"], objects[0]["route"], objects[0]["bytes"]),
                         ("/users/7?a=b", "/users/{id}", 4))
        self.assertEqual((objects[9]["protocol"], objects[9]["end"]), ("websocket", "switched"))
        self.assertEqual([o["number"] for o in objects], [1, 2, 3, 4, 5, 6, 1, 1, 1, 1])
        self.assertTrue(all(0 <= o["duration"] < 10 for o in objects))

    def test_combined_lines_all_parse(self):
        with Server(config(self.path), workers=1) as server:
            count = self.ask_everything(server)
        lines = [COMBINED.match(line) for line in lines_of(self.path)]
        self.assertEqual(len(lines), count)
        self.assertNotIn(None, lines)
        self.assertEqual(lines[1][5], "quote\\x22 and \\x5Cbackslash")
        self.assertEqual(lines[6][1], "GET /\\x22\\x5C HTTX")

    def test_a_file_of_its_own_is_beside_the_configuration_and_not_for_others(self):
        text = ROUTES.replace("text: hello}", "text: hello, access_log: hello.log}")
        with Server(text, workers=1) as server:
            wire = Wire(server.connect())
            wire.send(request("GET", "/hello")).response()
            wire.send(request("GET", "/users/1")).response()
            path = os.path.join(server.folder.name, "hello.log")
            until(lambda: os.path.exists(path) and count_of(path), what="the line")
            wire.close()
            self.assertEqual(len(lines_of(path)), 1)
            self.assertEqual(os.stat(path).st_mode & 0o007, 0)

    def test_what_is_wrong_is_named_with_file_and_line(self):
        for text, want in (
                ("access_log: {path: '', format: x}\n", "access_log.path: expected stderr, stdout or a file"),
                ("\naccess_log:\n  path: stderr\n  format: '${status} ${x}'\n",
                 ":4: access_log.format: expected a name such as ${status} or ${request.User-Agent}, found "
                 "\"${x}\"")):
            name = os.path.join(self.folder.name, "c.yaml")
            with open(name, "w", encoding="utf-8") as file:
                file.write(text + "listeners: [{address: '127.0.0.1:0'}]\nroutes: [{path: /, text: a}]\n")
            status, output = run_shuntd("--config", name, "--check")
            self.assertEqual(status, 1, output)
            self.assertIn(want, output)


    def test_the_client_is_who_a_trusted_proxy_names(self):
        text = "trusted: [127.0.0.1]\n" + config(self.path, "${client} ${peer}")
        with Server(text, workers=1) as server:
            wire = Wire(server.connect())
            for field in ("X-Forwarded-For: 192.0.2.7", "X-None: 1", "X-Forwarded-For: 2001:db8::1, 127.0.0.1"):
                wire.send(request("GET", "/hello", field)).response()
            wire.close()
        self.assertEqual(lines_of(self.path), ["192.0.2.7 127.0.0.1", "127.0.0.1 127.0.0.1",
                                               "2001:db8::1 127.0.0.1"])


class Rotation(unittest.TestCase):
    def test_no_line_is_lost_or_doubled(self):
        """As logrotate does it: rename, SIGUSR1, new file; and a compressor that reads the old one later."""
        asked = []

        def ask(server, first):
            wire = Wire(server.connect())
            number = first
            while not done.is_set():
                wire.send(request("GET", f"/hello?n={number}")).response()
                number += 1
            wire.close()
            asked.append(range(first, number))

        done = threading.Event()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "access.log")
            with Server(config(path, "${query}", "4M"), workers=2) as server:
                threads = [threading.Thread(target=ask, args=(server, i * 1000000)) for i in range(3)]
                for thread in threads:
                    thread.start()
                for i in range(10):
                    until(lambda: count_of(path), what="a line")
                    os.rename(path, f"{path}.{i}")
                    server.process.send_signal(signal.SIGUSR1)
                    until(lambda: os.path.exists(path), what="the new file")
                done.set()
                for thread in threads:
                    thread.join()
            logged = []
            for name in os.listdir(folder):
                logged += lines_of(os.path.join(folder, name))
        want = sorted(f"n={number}" for numbers in asked for number in numbers)
        self.assertEqual(sorted(logged), want)


class TakesNothing(unittest.TestCase):
    def ask(self, server, count=3000):
        wire = Wire(server.connect())
        for _ in range(count):
            wire.send(request("GET", "/hello", "User-Agent: " + "x" * 200)).response()
        text = wire.send(request("GET", "/metrics")).response().body.decode()
        wire.close()
        return {name: int(re.search(rf"^shunt_access_log_{name}_total (\d+)$", text, re.M)[1])
                for name in ("lines", "dropped")}

    def test_a_full_disk_drops_lines_and_no_request(self):
        with Server(config("/dev/full", buffer="64K"), workers=1) as server:
            counts = self.ask(server)
            self.assertGreater(counts["dropped"], 1000)
            self.assertEqual(counts["lines"] + counts["dropped"], 3000)
            until(lambda: "cannot be written: No space left on device" in server.log(), what="a line in the log")

    def test_a_pipe_that_nobody_reads_does_the_same_and_the_server_stops_in_time(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "fifo")
            os.mkfifo(path)
            with Server(config(path, buffer="64K"), workers=1) as server:
                self.assertGreater(self.ask(server)["dropped"], 1000)

    def test_a_standard_stream_gets_lines_beside_the_log(self):
        with Server(config("stdout"), workers=1) as server:
            self.assertEqual(self.ask(server, 10)["lines"], 10)
            until(lambda: server.log().count('"GET /hello HTTP/1.1" 200 5') == 10, what="the lines")


if __name__ == "__main__":
    unittest.main()
