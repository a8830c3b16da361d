"""bench/SCHEMA.md names every member that shunt-bench writes, and none that it does not."""
import json
import os
import re
import subprocess
import tempfile

from support.harness import BUILD, ROOT, SLOWNESS, Server, ServerTest
from test_broadcast import CONFIG as BROADCAST

BACKENDS = (None,)
BENCH = os.path.join(BUILD, "bin", "shunt-bench")
BY_NAME = ("error_samples", "caches", "statuses")  # members are kinds, names of the kernel, numbers


def members(value, path=()):
    """Every member's path, through objects and the first entries of lists."""
    if isinstance(value, list):
        for entry in value[:2]:
            yield from members(entry, path)
    elif isinstance(value, dict) and (not path or path[-1] not in BY_NAME):
        for name, inner in value.items():
            yield path + (name,)
            yield from members(inner, path + (name,))


def documented():
    """What stands in backquotes on the page and, for kinds of errors, in README.md."""
    words = set()
    for name in ("SCHEMA.md", "README.md"):
        with open(os.path.join(ROOT, "bench", name), encoding="utf-8") as file:
            for quoted in re.findall(r"`([^`]+)`", file.read()):
                words.update(re.findall(r"\w+", quoted))
    return words


class Schema(ServerTest):
    def run_bench(self, *words):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            done = subprocess.run([BENCH, *words, "--json", file.name], text=True, check=False,
                                  capture_output=True, timeout=120 * SLOWNESS)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return json.load(file)

    def results(self):
        to = (f"ws://127.0.0.1:{self.server.port}/ws", "--pid", str(self.server.pid),
              "--duration", "1", "--connections", "4", "--quiet")
        yield self.run_bench("handshake", *to, "--first-message", "x", "--compression")
        yield self.run_bench("echo", *to, "--rate", "50", "--fail-if", "rate<0.01")
        other = f"3 http://127.0.0.1:{self.server.port}/hello"
        yield self.run_bench("http", f"http://127.0.0.1:{self.server.port}/hello?", other, "--quiet",
                             "--stages", "500ms:100,500ms:0", "--pid", str(self.server.pid))
        yield self.run_bench("idle", *to, "--connections", "1200")  # 1,000 for kernel_ends
        yield self.run_bench("handshake", *to, "--find-max", "--slo", "p50=4s", "--timeout", "9")
        with Server(BROADCAST) as server:
            yield self.run_bench("broadcast", server.url("/all", "ws"), "--pid", str(server.pid),
                                 "--duration", "0.2", "--connections", "4", "--quiet")
        yield self.run_bench("upgrade", "--duration", "0.1", "--quiet")
        yield self.run_bench("parse", "--duration", "0.1")
        yield self.run_bench("payload", "--duration", "0.02")
        yield self.run_bench("routes", "--duration", "0.1")

    def test_every_member_is_on_the_page_and_the_page_has_no_other(self):
        known, top = documented(), set()
        for result in self.results():
            self.assertEqual(result["schema"], 1)
            top.update(result)
            missing = {".".join(path) for path in members(result) if path[-1] not in known}
            self.assertFalse(missing, f"{result['scenario']}: not in bench/SCHEMA.md")
        with open(os.path.join(ROOT, "bench", "SCHEMA.md"), encoding="utf-8") as file:
            rows = [line.split("|")[1] for line in file if line.startswith("| `")]
        named = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
        self.assertEqual(named - top, {"quota"}, "on the page, and not written")
