"""curl and wrk, which nobody here wrote, and the descriptors that they leave behind."""
import os
import re
import shutil
import subprocess
import unittest

from support.harness import SANITIZED, SLOWNESS, ServerTest, until


class Curl(ServerTest):
    def curl(self, path, *args, body=None):
        done = subprocess.run(["curl", "-sS", "--max-time", str(20 * SLOWNESS), *args,
                               self.server.url(path)], input=body, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_hello(self):
        self.assertEqual(self.curl("/hello"), b"Hello, World!")

    def test_head(self):
        head = self.curl("/hello", "--head")
        self.assertRegex(head, rb"^HTTP/1\.1 200 ")
        self.assertRegex(head, rb"(?i)\r\ncontent-length: 13\r\n")
        self.assertRegex(head, rb"(?i)\r\ndate: ")

    def test_upload_with_expect(self):
        body = os.urandom(1 << 20)
        self.assertEqual(self.curl("/echo", "--data-binary", "@-", "-H", "Expect: 100-continue",
                                   body=body), body)

    def test_chunked_upload(self):
        body = os.urandom(500000)
        self.assertEqual(self.curl("/echo", "-T", "-", "-H", "Transfer-Encoding: chunked",
                                   body=body), body)

    def test_connection_is_used_again(self):
        url = self.server.url("/hello")
        done = subprocess.run(["curl", "-sS", "-w", "%{num_connects} ", "-o", "/dev/null", url,
                               "-o", "/dev/null", url, "-o", "/dev/null", url],
                              stdout=subprocess.PIPE, check=True)
        self.assertEqual(done.stdout.split(), [b"1", b"0", b"0"])

    def test_413_is_read_while_uploading(self):
        out = self.curl("/echo", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-",
                        body=bytes(3 << 20))
        self.assertEqual(out, b"413")


class Wrk(ServerTest):
    def run_wrk(self, path, *args, seconds=2):
        done = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", "--timeout",
                               f"{10 * SLOWNESS}s", *args, self.server.url(path)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("Socket errors", done.stdout)
        self.assertNotIn("Non-2xx", done.stdout)
        return int(re.search(r"(\d+) requests in", done.stdout)[1])

    def test_keep_alive_without_an_error(self):
        self.assertGreater(self.run_wrk("/hello"), 100)

    def test_a_connection_each_without_an_error_or_a_descriptor_left(self):
        before = self.server.descriptors()
        self.assertGreater(self.run_wrk("/hello", "-H", "Connection: close"), 100)
        until(lambda: self.server.descriptors() <= before, what="descriptors to be closed")

    def test_memory_comes_to_rest(self):
        if SANITIZED:
            self.skipTest("a sanitizer's allocator keeps what is freed")
        self.run_wrk("/hello", seconds=1)
        before = self.server.resident_kib()
        for _ in range(2):
            self.run_wrk("/hello", "-H", "Connection: close", seconds=1)
        self.assertLess(self.server.resident_kib(), before + 4096)


class ShuntBench(ServerTest):
    def test_handshakes_without_an_error(self):
        import json
        from support.harness import BUILD
        program = os.path.join(BUILD, "bin", "shunt-bench")
        for path, protocol in (("/ws", "websocket"), ("/raw", "echo")):
            done = subprocess.run([program, "handshake", self.server.url(path), "--connections",
                                   "16", "--duration", "1", "--protocol", protocol, "--pid",
                                   str(self.server.pid), "--json", "-"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            result = json.loads(done.stdout[done.stdout.index("{"):])
            self.assertGreater(result["completed"], 50)
            self.assertGreater(result["server_cpu_us_per_op"], 0)
            self.assertEqual(sum(result["errors"].values()), 0, result["errors"])
            latency = result["latency_us"]
            self.assertLessEqual(latency["p50"], latency["p99"])
            self.assertLessEqual(latency["p99"], latency["max"])


if __name__ == "__main__":
    unittest.main()
