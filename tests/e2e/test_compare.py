"""shunt-bench compare as its users meet it: servers that run, that die, that say nothing, and Ctrl-C."""
import glob
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from support.harness import BUILD, DEMO, REPORT, SHUNTD, SLOWNESS, until, uring_refusal

BACKENDS = (None,)
BENCH = os.path.join(BUILD, "bin", "shunt-bench")
UNITS = os.path.join("/sys/fs/cgroup", "**", "shunt-bench-{}")
BUDGET = 120 * SLOWNESS

SILENT = """import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
time.sleep(600)
"""


def random_numbers(state):
    """Splitmix64, from which the intervals are drawn."""
    mask = (1 << 64) - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        yield z ^ z >> 31


def interval(values, seed):
    """The 95 % interval of the median of few values, by 10,000 resamples."""
    draw = random_numbers(seed)
    medians = sorted(statistics.median([values[next(draw) % len(values)] for _ in values])
                     for _ in range(10000))
    return medians[250], medians[9749]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def hiding_cgroups():
    """A wrapper below which no cgroup can be made; None where no namespace may be had."""
    hide = 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"'
    for unshare in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        wrapper = [*unshare, "sh", "-c", hide, "sh"]
        try:
            if subprocess.run([*wrapper, "true"], stderr=subprocess.DEVNULL,
                              timeout=60, check=False).returncode == 0:
                return wrapper
        except FileNotFoundError:
            pass
    return None


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.starts = self.place("starts")

    def place(self, name):
        return os.path.join(self.folder, name)

    def shuntd(self, name, *more):
        """NAME=COMMAND that leaves its name and process in self.starts."""
        command = f"{SHUNTD} --config {DEMO} --listen 127.0.0.1:{{port}} --workers 1 {' '.join(more)}"
        return f"{name}=sh -c 'echo {name} $$ >>{self.starts}; exec {command}'"

    def python(self, name, text):
        script = self.place(f"{name}.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(text)
        return f"{name}=sh -c 'echo {name} $$ >>{self.starts}; exec {sys.executable} {script} {{port}}'"

    def started(self):
        """(name, pid) of each server so far, in order."""
        try:
            with open(self.starts, encoding="ascii") as file:
                return [(line.split()[0], int(line.split()[1])) for line in file
                        if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def command(self, options, servers, load=("--duration", "0.2")):
        return [BENCH, "compare", *options, *servers, "--", "handshake",
                "ws://127.0.0.1:{port}/ws", "--connections", "8", "--warmup", "0", *load]

    def compare(self, options, servers, wrapper=(), **more):
        """(exit status, table, progress and complaints)"""
        done = subprocess.run([*wrapper, *self.command(options, servers, **more)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=BUDGET,
                              check=False)
        self.assertIsNone(REPORT.search(done.stdout + done.stderr), done.stdout + done.stderr)
        self.assertEqual([pid for _, pid in self.started() if alive(pid)], [], "servers are left")
        return done.returncode, done.stdout, done.stderr

    def read_json(self, name="out.json"):
        with open(self.place(name), encoding="utf-8") as file:
            return json.load(file)

    def two_servers(self):
        first = "epoll" if uring_refusal() else "uring"
        return self.shuntd("one", "--backend", first), self.shuntd("two", "--backend", "epoll")

    def test_table_json_page_and_drawing_of_two_servers(self):
        browser = any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
        files = {kind: self.place(f"out.{kind}")
                 for kind in ("json", "html") + ("svg",) * browser}
        options = [word for kind, file in files.items() for word in (f"--{kind}", file)]
        status, table, said = self.compare(["--rounds", "6", "--seed", "5", *options],
                                           self.two_servers())
        self.assertEqual(status, 0, said)
        self.assertRegex(table, r"^6 interleaved rounds; .* ratio to one \(95 % interval\)\n")
        self.assertRegex(table, r"two +[\d,]+ +\( *[\d,]+ to +[\d,]+\) +x \d\.\d{3} "
                                r"\(\d+\.\d{3} to \d+\.\d{3}\)  \w+")
        self.assertEqual(len(re.findall(r"^round \d of 6  (?:one|two): \d+ operations/s$", said,
                                        re.MULTILINE)), 12)
        comparison = self.read_json()
        self.check_interleaving(comparison)
        self.check_statistics(comparison, 5)
        self.check_merged(comparison)
        with open(files["html"], encoding="utf-8") as file:
            found = re.search(r'<script type="application/json" id="results">(.*?)</script>',
                              file.read(), re.S)
        self.assertEqual(json.loads(found[1]), [{"name": "comparison", "json": comparison}])
        if not browser:
            self.skipTest("chromium is not installed: nothing was drawn")
        drawing = xml.etree.ElementTree.parse(files["svg"]).getroot()
        texts = {"".join(text.itertext()) for text in drawing.iter() if text.tag.endswith("text")}
        self.assertIn("Server CPU time a handshake", texts)
        self.assertLessEqual({"one", "two"}, texts)

    def check_interleaving(self, comparison):
        """Each round has each server once, in an order that is told and not always the same."""
        names = [server["name"] for server in comparison["servers"]]
        order = [name for name, _ in self.started()]
        rounds = [order[i:i + 2] for i in range(0, len(order), 2)]
        self.assertEqual(len(rounds), 6)
        self.assertEqual([sorted(turns) for turns in rounds], [sorted(names)] * 6)
        self.assertGreater(len({tuple(turns) for turns in rounds}), 1)
        told = [[server["rounds"][i]["turn"] for server in comparison["servers"]]
                for i in range(6)]
        self.assertEqual(told, [[turns.index(name) + 1 for name in names] for turns in rounds])

    def check_statistics(self, comparison, seed):
        """Ratio and interval follow from rounds and seed, computed here anew."""
        one, two = comparison["servers"]
        self.assertEqual(comparison["seed"], seed)
        for name in ("rate_per_second", "p99_us"):
            ratios = [ours[name] / base[name] for ours, base in zip(two["rounds"], one["rounds"])]
            found = two["metrics"][name]
            self.assertAlmostEqual(found["ratio"], statistics.median(ratios), 6)
            low, high = interval(ratios, seed)
            self.assertAlmostEqual(found["ratio_low"], low, 6)
            self.assertAlmostEqual(found["ratio_high"], high, 6)
            if low <= 1 <= high:
                self.assertEqual(found["verdict"], "within the noise")
            else:
                better = (low > 1) == (name == "rate_per_second")
                self.assertEqual(found["verdict"], "better" if better else "worse")

    def check_merged(self, comparison):
        for server in comparison["servers"]:
            merged, result = server["merged"], server["result"]
            self.assertEqual(merged["runs"], 6)
            self.assertEqual(sum(count for *_, count in merged["histogram"]), merged["completed"])
            self.assertGreater(merged["completed"], result["completed"])
            self.assertGreaterEqual(merged["latency_us"]["max"], result["latency_us"]["max"])

    def test_the_seed_decides_the_order(self):
        orders = []
        for seed in ("1", "1", "2"):
            before = len(self.started())
            status, _, said = self.compare(["--rounds", "4", "--seed", seed, "-q"],
                                           self.two_servers(), load=("--duration", "0.1"))
            self.assertEqual(status, 0, said)
            orders.append([name for name, _ in self.started()[before:]])
        self.assertEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])

    def test_a_command_that_dies_at_once(self):
        status, table, said = self.compare(
            ["--rounds", "2", "--json", self.place("out.json")],
            [self.shuntd("one"), "dead=sh -c 'echo there is no such port >&2; exit 3'"])
        self.assertEqual(status, 1)
        self.assertIn("dead: the server ended before it took a connection: there is no such port",
                      said)
        self.assertIn("WARNING  dead: no result in 2 of 2 rounds", table)
        dead = self.read_json()["servers"][1]
        self.assertEqual((dead["rounds"], dead["result"], dead["merged"]),
                         ([None, None], None, None))
        self.assertIsNone(dead["metrics"]["rate_per_second"]["median"])

    def test_a_command_that_is_not_there(self):
        status, table, said = self.compare(["--rounds", "1"], ["none=/no/such/program {port}"])
        self.assertEqual((status, table), (1, ""))
        self.assertIn("no server gave a result", said)

    def test_a_command_that_never_listens(self):
        status, table, said = self.compare(
            ["--rounds", "1", "--wait", "0.3"],
            [self.shuntd("one"), self.python("deaf", "import time\ntime.sleep(600)\n")])
        self.assertEqual(status, 1)
        self.assertIn("deaf: the server took no connection in time", said)
        self.assertIn("WARNING  deaf: no result in 1 of 1 rounds", table)
        self.assertIn("deaf", dict(self.started()))

    def test_a_port_that_is_never_answered(self):
        """It takes connections, by its backlog; what completes nothing is no result, and not 0."""
        status, table, said = self.compare(["--rounds", "1", "--json", self.place("out.json")],
                                           [self.shuntd("one"), self.python("silent", SILENT)],
                                           load=("--duration", "0.3", "--timeout", "0.1"))
        self.assertEqual(status, 1)
        self.assertRegex(said, r"silent: nothing was completed, \d+ errors: \d+ timeout")
        self.assertIn("WARNING  silent: no result in 1 of 1 rounds", table)
        self.assertIsNone(self.read_json()["servers"][1]["metrics"]["p99_us"]["median"])

    def interrupt(self, *options):
        """Ctrl-C while a round is under way: (exit status, table, groups seen before, after)."""
        command = self.command(["--rounds", "1000", "-q", *options], self.two_servers())
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 start_new_session=True)
        try:
            until(lambda: len(self.started()) >= 4, 60, "the second round's second server")
            held = glob.glob(UNITS.format(child.pid), recursive=True)
            os.killpg(child.pid, signal.SIGINT)
            table, said = child.communicate(timeout=BUDGET)
        finally:
            child.kill()
            child.wait()
        self.assertIsNone(REPORT.search(said), said)
        self.assertEqual([pid for _, pid in self.started() if alive(pid)], [], "servers are left")
        return child.returncode, table, held, glob.glob(UNITS.format(child.pid), recursive=True)

    def test_ctrl_c_leaves_no_server_and_tells_of_the_whole_rounds(self):
        status, table, _, _ = self.interrupt()
        self.assertEqual(status, 0)
        told = re.match(r"(\d+) interleaved rounds", table)
        self.assertIsNotNone(told, table)
        self.assertIn(int(told[1]), (len(self.started()) // 2 - 1, len(self.started()) // 2))

    def test_ctrl_c_leaves_no_cgroup(self):
        status, _, held, left = self.interrupt("--quota", "0.5")
        self.assertEqual((status, left), (0, []))
        if not held:
            self.skipTest("no cgroup may be made here")

    def test_a_quota_that_is_not_permitted_is_said(self):
        wrapper = hiding_cgroups()
        if wrapper is None:
            self.skipTest("no mount namespace may be had here")
        status, table, said = self.compare(
            ["--rounds", "1", "--quota", "0.5", "--json", self.place("out.json")],
            [self.shuntd("one")], wrapper=wrapper)
        sentence = "WARNING: no server is held to 50 % of a CPU as asked for, this is measured without: "
        self.assertEqual(status, 0, said)
        self.assertIn(sentence, said)
        self.assertIn(sentence, table)
        comparison = self.read_json()
        self.assertTrue(any(note.startswith(sentence) for note in comparison["notes"]))
        self.assertIsNone(comparison["quota"])
        self.assertIsNone(comparison["servers"][0]["quota_reached"])

    def test_a_quota_that_is_not_used_up_is_said(self):
        status, table, said = self.compare(
            ["--rounds", "1", "--quota", "1", "--json", self.place("out.json")],
            [self.shuntd("one")], load=("--duration", "2", "--rate", "20"))
        self.assertEqual(status, 0, said)
        if "WARNING: no server is held" in said:
            self.skipTest("no cgroup may be made here")
        self.assertRegex(table, r"WARNING  one: it used \d+ % of its quota \(the kernel stopped it "
                                r"in \d+ % of its periods\): something else was the limit")
        comparison = self.read_json()
        server = comparison["servers"][0]
        self.assertEqual(comparison["quota"]["share"], 1)
        self.assertFalse(server["quota_reached"])
        self.assertEqual(server["rounds"][0]["quota_used"], server["result"]["quota"]["used"])


if __name__ == "__main__":
    unittest.main()
