"""shunt-bench broadcast against the service of that name: every message comes to all others, once."""
import json
import os
import subprocess
import tempfile
import unittest

from support.harness import BUILD, SLOWNESS, Server

BENCH = os.path.join(BUILD, "bin", "shunt-bench")
CONFIG = """
plugins:
  - name: websocket
  - name: broadcast
routes:
  - path: /all
    upgrade: [websocket]
    service: broadcast
"""


def broadcast(server, *words):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        done = subprocess.run([BENCH, "broadcast", server.url("/all", "ws"), *words, "--quiet",
                               "--pid", str(server.pid), "--json", file.name], text=True,
                              check=False, capture_output=True, timeout=60 * SLOWNESS)
        return done, json.load(file) if done.returncode == 0 else None


class Broadcast(unittest.TestCase):
    def test_nothing_is_missing_or_comes_twice(self):
        with Server(CONFIG, workers=3) as server:
            for words in (("--window", "32"), ("--rate", "200", "--size", "3000")):
                done, result = broadcast(server, "-c", "60", "--publishers", "3", "--duration", "1",
                                         *words)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                counts = result["broadcast"]
                self.assertGreater(counts["published"], 10)
                self.assertEqual(counts["expected"], counts["published"] * 59)
                self.assertEqual(counts["delivered"], counts["expected"])
                self.assertEqual((counts["missing"], counts["repeated"]), (0, 0))

    def test_more_publishers_than_connections_are_refused(self):
        with Server(CONFIG) as server:
            done, _ = broadcast(server, "-c", "2", "--publishers", "2")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("--publishers", done.stderr)


if __name__ == "__main__":
    unittest.main()
