"""bench/tools/agree.py: what it holds against what, and one short round of it."""
import os
import subprocess
import sys
import unittest

from support.harness import BUILD, DEMO, ROOT, SHUNTD, SLOWNESS

BACKENDS = (None,)
TOOLS = os.path.join(ROOT, "bench", "tools")
PROGRAM = os.path.join(TOOLS, "agree.py")
BENCH = os.path.join(BUILD, "bin", "shunt-bench")

sys.path.insert(0, TOOLS)
import agree  # noqa: E402


class Arithmetic(unittest.TestCase):
    def test_a_long_sample_stands_for_those_not_sent_meanwhile_as_wrk_counts(self):
        rows = (
            ("nothing is long", [(10, 5), (20, 1)], [(10, 5), (20, 1)]),
            ("twice the interval is not long yet", [(20, 3)], [(20, 3)]),
            ("one was not sent", [(25, 3)], [(15, 3), (25, 3)]),
            ("three were not sent", [(10, 1), (45, 1)],
             [(10, 1), (15, 1), (25, 1), (35, 1), (45, 1)]),
        )
        for why, cells, want in rows:
            with self.subTest(why=why):
                self.assertEqual(agree.corrected(cells, 10), want)

    def test_a_quantile_is_the_least_value_that_so_many_reach(self):
        cells = [(1, 50), (2, 49), (3, 1)]
        for share, want in ((0.5, 1), (0.51, 2), (0.99, 2), (0.995, 3)):
            with self.subTest(share=share):
                self.assertEqual(agree.quantile(cells, share), want)


class Runs(unittest.TestCase):
    def agree(self, *words):
        return subprocess.run([PROGRAM, "--bench", BENCH, *words], text=True, check=False,
                              capture_output=True, timeout=60 * SLOWNESS)

    def test_both_clients_are_measured_and_compared(self):
        done = self.agree("--server", f"{SHUNTD} --config {DEMO} --listen 127.0.0.1:{{port}}",
                          "--rounds", "2", "--duration", "1", "--connections", "4", "--backends",
                          "epoll", "--server-cpu", "0", "--client-cpu", "0", "--get-path", "/hello")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^shunt-bench epoll +[\d,]+ +[\d,]+ +[\d,]+ +[\d.]+$")
        self.assertRegex(done.stdout, r"(?m)^wrk +[\d,]+ +[\d,]+ +[\d,]+ +[\d.]+$")
        self.assertRegex(done.stdout, r"epoll / wrk, latency as wrk counts it: rate [\d.]+ \(")

    def test_what_cannot_be_measured_is_a_sentence(self):
        rows = (
            (("--reference", "ab"), 2, "expected wrk or hsload, found 'ab'"),
            (("--scenarios", "idle"), 2, "expected handshake, echo or http, found 'idle'"),
            (("--server", "false"), 1, "agree: the server ended with status 1"),
        )
        for words, status, want in rows:
            with self.subTest(words=words):
                done = self.agree(*words)
                self.assertEqual(done.returncode, status)
                self.assertIn(want, done.stderr)
