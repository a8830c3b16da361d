"""The request and upgrade cases of tests/cases, whole, byte by byte and cut at random places."""
import os
import re
import subprocess
import sys
import unittest

from support.harness import ROOT, SLOWNESS, ServerTest

CASES = os.path.join(ROOT, "tests", "cases")


class Cases(ServerTest):
    def run_cases(self, script, split):
        env = {**os.environ, "WS_PATH": "/ws", "RAW_PATH": "/raw", "RAW_PROTO": "echo",
               "NEEDS": "http,ws,raw", "PAR": "24", "TMAX": str(3 * SLOWNESS)}
        env.pop("SPLIT", None)
        if split:
            env["SPLIT"] = split
        done = subprocess.run([sys.executable, os.path.join(CASES, script), "127.0.0.1",
                               str(self.server.port), "/echo"], env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(re.search(r"\d+ pass", done.stdout), done.stdout)

    def test_http1(self):
        self.run_cases("http1.py", None)

    def test_upgrade(self):
        self.run_cases("upgrade.py", None)

    def test_http1_cut_at_random(self):
        self.run_cases("http1.py", "7")

    def test_upgrade_cut_at_random(self):
        self.run_cases("upgrade.py", "7")

    def test_http1_byte_by_byte(self):
        self.run_cases("http1.py", "1")

    def test_upgrade_byte_by_byte(self):
        self.run_cases("upgrade.py", "1")


if __name__ == "__main__":
    unittest.main()
