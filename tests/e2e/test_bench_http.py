"""shunt-bench http against a server that remembers what it was sent."""
import collections
import http.server
import json
import os
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


class BenchHttp(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
