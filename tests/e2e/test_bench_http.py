"""shunt-bench http against a server that remembers what it was sent."""
import collections
import http.server
import json
import os
import socket
import subprocess
import tempfile
import threading
import unittest

from support.harness import BUILD, SLOWNESS

BACKENDS = (None,)
BENCH = os.path.join(BUILD, "bin", "shunt-bench")
Request = collections.namedtuple("Request", "method path fields body")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.requests.append(Request(self.command, self.path, self.headers, body))
        status = {"/missing": 404, "/made": 201, "/nothing": 204}.get(self.path, 200)
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "5")
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(b"hello")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_TRACE = do_OPTIONS = handle_request

    def log_message(self, *_):
        pass


class RememberingServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # the client resets its connections


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class HastyServer:
    """Answers a request as soon as it has begun; its content is read later, or so many answers come
    that nobody asked for."""

    def __init__(self, request_bytes, unasked=0):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port, self.wrong = self.listener.getsockname()[1], []
        self.request_bytes, self.unasked = request_bytes, unasked
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                wire = self.listener.accept()[0]
                threading.Thread(target=self.serve, args=(wire,), daemon=True).start()
        except OSError:
            pass

    def serve(self, wire):
        """Each request is as long as the others and differs by the letter of its path."""
        with wire:
            try:
                while True:
                    data = wire.recv(64)
                    if not data:
                        return
                    wire.sendall(ANSWER * (1 + self.unasked))
                    while len(data) < self.request_bytes:
                        more = wire.recv(self.request_bytes - len(data))
                        if not more:
                            return
                        data += more
                    if not data.startswith(b"PUT /") or data[-3:] != b"end":
                        self.wrong.append(data[:40])
            except OSError:
                pass


class BenchHttp(unittest.TestCase):
    def setUp(self):
        self.server = RememberingServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.requests = []
        thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def bench(self, *words, status=0):
        """(the JSON, the table) of a short run."""
        path = os.path.join(self.folder.name, "result.json")
        done = subprocess.run([BENCH, "http", "-c", "2", "-d", "0.3", "--warmup", "0", *words,
                               "--json", path], text=True, check=False, capture_output=True,
                              timeout=60 * SLOWNESS)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        with open(path, encoding="utf-8") as file:
            return json.load(file), done.stdout

    def refused(self, *words):
        """The sentence that a wrong command line ends with."""
        done = subprocess.run([BENCH, "http", *words], text=True, check=False, capture_output=True,
                              timeout=60 * SLOWNESS)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        return done.stderr

    def test_method_and_body_arrive_as_they_were_given(self):
        body = bytes(range(256)) * 4000
        words = ("--body-file", self.file("body", body), "--method", "PUT", "--pipeline", "2")
        result, table = self.bench(self.root + "/made", *words)
        self.assertGreater(result["completed"], 0)
        self.assertEqual(result["errors_total"], 0)
        self.assertEqual((result["method"], result["body_bytes"]), ("PUT", len(body)))
        self.assertEqual(list(result["statuses"]), ["201"])
        self.assertGreater(result["sent_bytes_per_second"], result["rate_per_second"] * len(body) / 2)
        self.assertRegex(table, r"request +PUT, 1\.02 MB of content\n")
        self.assertRegex(table, r"statuses +201 ")
        self.assertRegex(table, r"bytes +received \S+ \S+/s, sent ")
        for request in self.server.requests:
            self.assertEqual((request.method, len(request.body)), ("PUT", len(body)))
            self.assertEqual(request.body, body)
            self.assertEqual(request.fields.get_all("Content-Type"), ["application/octet-stream"])

    def test_a_field_of_the_user_takes_the_place_of_the_content_type(self):
        self.bench(self.root + "/a", "--method", "POST", "--body", "{}", "--header",
                   "content-type: application/json", "--close")
        self.assertTrue(self.server.requests)
        for request in self.server.requests:
            self.assertEqual((request.method, request.body), ("POST", b"{}"))
            self.assertEqual(request.fields.get_all("Content-Type"), ["application/json"])
            self.assertEqual(request.fields["Connection"], "close")

    def test_answers_without_content_end_where_they_do(self):
        for words, path in ((("--method", "HEAD"), "/a"), (("--method", "HEAD", "--close"), "/a"),
                            (("--method", "DELETE"), "/nothing"), ((), "/nothing")):
            with self.subTest(words=words, path=path):
                result, _ = self.bench(self.root + path, *words)
                self.assertGreater(result["completed"], 0)
                self.assertEqual(result["errors_total"], 0)

    def test_a_method_or_body_that_cannot_be_is_a_sentence(self):
        missing = os.path.join(self.folder.name, "missing")
        rows = (
            (("--method", "a b"), "--method: expected a method like POST, found 'a b'"),
            (("--method", "CONNECT"), "--method: CONNECT asks for a tunnel"),
            (("--method", "TRACE", "--body", "x"), "--method: a TRACE must not have a body"),
            (("--body", "x", "--body", "y"), "--body: one body is enough"),
            (("--body-file", missing), f"--body-file {missing}: No such file or directory"),
            (("--body-file", self.folder.name), f"--body-file {self.folder.name}: Is a directory"),
            (("--header", "Content-Length: 3"), "--header: Content-Length is the request's own"),
            (("--pipeline", "1024", "--body-file", self.file("large", bytes(1 << 20))),
             "--pipeline 1024: with a body of 1048576 bytes that is more than 1 GiB"),
        )
        for words, sentence in rows:
            with self.subTest(words):
                self.assertIn(sentence, self.refused(self.root, *words))

    def test_stages_are_a_schedule_whose_every_operation_is_known(self):
        """20 operations: 10 up to 40 a second, 10 on the way down, whatever the threads."""
        for words in (("-t", "1"), ("-t", "2"), ("-t", "2", "--close")):
            with self.subTest(words):
                path = os.path.join(self.folder.name, "result.json")
                done = subprocess.run(
                    [BENCH, "http", self.root + "/a", "-c", "8", "--stages", "500ms:40,500ms:0",
                     *words, "--fail-if", "errors>0", "--json", path, "--warmup", "100ms"],
                    text=True, check=False, capture_output=True, timeout=60 * SLOWNESS)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                with open(path, encoding="utf-8") as file:
                    result = json.load(file)
                schedule = result["schedule"]
                self.assertEqual(result["completed"] + schedule["unfinished"], 20)
                self.assertEqual(schedule["stages"], [{"seconds": 0.5, "rate": 40},
                                                      {"seconds": 0.5, "rate": 0}])
                self.assertEqual((schedule["rate"], result["duration_s"]), (20, 1))
                due = sum(second["due"] * second["seconds"] for second in result["series"])
                self.assertAlmostEqual(due, 20, 3)
                self.assertRegex(done.stdout, r"stages +500ms:40,500ms:0, in straight lines from 0")

    def test_stages_stand_in_place_of_a_rate(self):
        rows = (
            (("--rate", "5"), "--stages and --rate: one or the other"),
            (("--find-max",), "--find-max looks for one rate: no --stages beside it"),
            (("-d", "5"), "--stages have their own time: no --duration beside them"),
            (("--stages", "5"), "--stages: expected TIME:RATE like 30s:1000"),
        )
        for words, sentence in rows:
            with self.subTest(words):
                self.assertIn(sentence, self.refused(self.root, "--stages", "1s:5", *words))

    def shares(self):
        """Of each path, its share of the requests that came."""
        counts = collections.Counter(request.path for request in self.server.requests)
        return {path: count / len(self.server.requests) for path, count in counts.items()}

    def test_urls_are_requested_by_weight(self):
        urls = [f"7 {self.root}/a", f"{self.root}/made", f"2 {self.root}/nothing"]
        for words in ((), ("--pipeline", "11"), ("--close",), ("--rate", "1500"), ("-t", "2"),
                      ("--pipeline", "3", "--backend", "epoll")):
            with self.subTest(words):
                self.server.requests.clear()
                result, table = self.bench(*urls, "-d", "1", *words)
                self.assertEqual(result["errors_total"], 0)
                self.assertEqual([(row["url"], row["weight"], row["errors"])
                                  for row in result["urls"]],
                                 [(self.root + "/a", 7, 0), (self.root + "/made", 1, 0),
                                  (self.root + "/nothing", 2, 0)])
                self.assertEqual(sum(row["completed"] for row in result["urls"]),
                                 result["completed"])
                statuses = [result["statuses"].get(status, 0) for status in ("200", "201", "204")]
                self.assertGreaterEqual(statuses[0], result["urls"][0]["completed"])
                if len(self.server.requests) > 200:  # 4 standard deviations or more
                    shares, room = self.shares(), 2 / len(self.server.requests) ** 0.5
                    for path, share in (("/a", 0.7), ("/made", 0.1), ("/nothing", 0.2)):
                        self.assertAlmostEqual(shares[path], share, delta=room)
                for row in result["urls"]:
                    if row["completed"]:
                        self.assertLessEqual(row["latency_us"]["max"], result["latency_us"]["max"])
                self.assertRegex(table, r"by URL +completed +errors +p50 +p99 +weight +target\n")
                self.assertRegex(table, r"\d [mu]?s +7  /a\n")

    def test_an_error_is_of_its_url(self):
        result, _ = self.bench(f"9 {self.root}/a", self.root + "/missing", "--rest", "1ms")
        good, bad = result["urls"]
        self.assertEqual((good["errors"], bad["completed"]), (0, 0))
        self.assertIsNone(bad["latency_us"])
        self.assertEqual(bad["errors"], result["errors_total"])
        self.assertGreater(bad["errors"], 0)

    def test_bodies_of_several_urls_arrive_whole(self):
        body = os.urandom(300000)
        self.bench(self.root + "/a", "3 " + self.root + "/" + "b" * 1000, "--method", "PUT",
                   "--body-file", self.file("body", body), "--pipeline", "5")
        self.assertGreater(len(self.server.requests), 1)
        for request in self.server.requests:
            self.assertEqual((request.method, request.body), ("PUT", body))

    def test_an_answer_may_come_before_its_request_has_gone(self):
        """Requests stay whole and in order, though answers are ahead of them."""
        body = self.file("body", os.urandom(999997) + b"end")
        head = len("PUT /a HTTP/1.1\r\nHost: 127.0.0.1:12345\r\nUser-Agent: shunt-bench\r\n"
                   "Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n")
        for paths in (("/a",), ("/a", "/b", "/c")):
            for words in ((), ("--pipeline", "3"), ("--pipeline", "12", "--backend", "epoll"),
                          ("--close",)):
                with self.subTest(paths=paths, words=words):
                    size = head + (len("Connection: close\r\n") if "--close" in words else 0)
                    server = HastyServer(size + 1000000)
                    self.addCleanup(server.listener.close)
                    size += len(str(server.port)) - 5
                    server.request_bytes = size + 1000000
                    urls = [f"http://127.0.0.1:{server.port}{path}" for path in paths]
                    result, _ = self.bench(*urls, "--method", "PUT", "--body-file", body, *words)
                    self.assertGreater(result["completed"], 0)
                    self.assertEqual((result["errors_total"], server.wrong), (0, []))

    def test_answers_that_nobody_asked_for_are_errors(self):
        for count in (1, 3):
            with self.subTest(count):
                server = HastyServer(10, unasked=2)
                self.addCleanup(server.listener.close)
                urls = [f"http://127.0.0.1:{server.port}/{i}" for i in range(count)]
                result, _ = self.bench(*urls, status=1, *("--rest", "1ms"))
                self.assertEqual(result["errors"]["bad_response"], result["errors_total"])
                self.assertGreater(result["errors_total"], 0)

    def test_urls_come_from_a_file_too(self):
        path = self.file("urls", f"# weights\n3 {self.root}/b\n\n{self.root}/c # rare\n".encode())
        result, _ = self.bench("--urls", path)
        self.assertEqual([row["weight"] for row in result["urls"]], [3, 1])
        self.assertEqual(result["url"], self.root + "/b")
        result, _ = self.bench(self.root + "/a", "--urls", path)
        self.assertEqual(sorted(row["url"][-2:] for row in result["urls"]), ["/a", "/b", "/c"])
        result, _ = self.bench(f"5 {self.root}/a")
        self.assertIsNone(result["urls"], "one alone needs no choice")

    def test_urls_that_cannot_be_are_a_sentence(self):
        missing = os.path.join(self.folder.name, "missing")
        empty, wrong = self.file("empty", b"# no\n"), self.file("wrong", b"http://h/\n\n5 h\n")
        rows = (
            ((self.root, "http://127.0.0.2:1/"), "'http://127.0.0.2:1/' is of another server than"),
            (("0 " + self.root,), "expected a URL, or a weight from 1 to 1000000"),
            (("--urls", missing), f"--urls {missing}: No such file or directory"),
            (("--urls", empty), f"--urls {empty}: no URL is in it"),
            (("--urls", wrong), f"--urls {wrong}:3: 'h': expected http://HOST:PORT/PATH"),
            ((), "the URL is missing"),
        )
        for words, sentence in rows:
            with self.subTest(words):
                self.assertIn(sentence, self.refused(*words))

    def test_limits_may_follow_each_other(self):
        result, _ = self.bench(self.root + "/a", "--fail-if", "p99>5s", "errors>0.1%")
        self.assertEqual([limit["expression"] for limit in result["thresholds"]],
                         ["p99>5s", "errors>0.1%"])
        self.assertIn("--fail-if: ", self.refused(self.root, "--fail-if", "p99>5s", "errors>x"))

    def test_limits_end_with_1(self):
        """--fail-if of an error's share and of a status, as a CI job asks."""
        self.bench(self.root + "/a", "--fail-if", "p99>5s", "--fail-if", "errors>0.1%")
        result, table = self.bench(self.root + "/missing", "--fail-if", "errors>0.1%", "--fail-if",
                                   "4xx>50%", "--rest", "1ms", status=1)
        self.assertEqual([limit["met"] for limit in result["thresholds"]], [True, True])
        self.assertEqual(list(result["statuses"]), ["404"])
        self.assertIn("FAILED", table)


if __name__ == "__main__":
    unittest.main()
