"""bench/peers/run.sh: what it says before it starts anything, and its summary of what compare gave."""
import os
import subprocess
import tempfile
import unittest

from support.harness import BUILD, DEMO, ROOT, SHUNTD, SLOWNESS

BACKENDS = (None,)
PEERS = os.path.join(ROOT, "bench", "peers")
BENCH = os.path.join(BUILD, "bin", "shunt-bench")


def run(*command):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60 * SLOWNESS, check=False)


class Arguments(unittest.TestCase):
    def test_a_wrong_command_line_is_told_before_anything_is_done(self):
        rows = (
            (("--rounds", "0"), "--rounds: expected a whole number, found '0'"),
            (("--rounds",), "--rounds: its value is missing"),
            (("--duration", "1s"), "--duration: expected seconds, found '1s'"),
            (("--quota", "a"), "--quota: expected a share of a CPU like 0.3, or none, found 'a'"),
            (("--only", "http,htp"), "found 'htp'"),
            (("--fast",), "unknown option '--fast'"),
        )
        for words, want in rows:
            with self.subTest(words=words):
                done = run(os.path.join(PEERS, "run.sh"), "--install", *words)
                self.assertEqual(done.returncode, 2)
                self.assertIn(want, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_help_installs_and_builds_nothing(self):
        for words in (("bench", "peers", "--help"), ("bench", "--help")):
            with self.subTest(words=words):
                done = run(os.path.join(ROOT, "dev"), *words)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("./dev bench peers", done.stdout)

    def test_without_programs_it_says_what_to_build(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(os.path.join(PEERS, "run.sh"), "--build", folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn("build first, or name it with --build", done.stderr)


class Summary(unittest.TestCase):
    def test_a_line_a_server_with_what_compare_gave(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "handshake.json")
            server = f"{SHUNTD} --config {DEMO} --listen 127.0.0.1:{{port}} --workers 1 --backend epoll"
            done = run(BENCH, "compare", "--rounds", "1", "--json", file, f"one={server}",
                       f"two={server}", "absent=false", "--", "handshake",
                       "ws://127.0.0.1:{port}/ws", "-d", "0.5", "--warmup", "0")
            self.assertEqual(done.returncode, 1, done.stderr)  # of the absent one
            done = run("awk", "-v", "title=handshake", "-f", os.path.join(PEERS, "summary.awk"), file)
            title, heading, *rows = done.stdout.strip().split("\n")
            self.assertEqual(title, "handshake")
            self.assertIn("x one (95 % interval)", heading)
            self.assertRegex(rows[0], r"^  one +\d+\.\d\d us   1 +\d+ +\d+\.\d MB$")
            self.assertRegex(rows[1], r"^  two +\d+\.\d\d us   \d+\.\d\d +\d+ +\d+\.\d MB$")
            self.assertRegex(rows[2], r"^  absent +- +- +- +-$")
            self.assertEqual(len(rows), 3)
