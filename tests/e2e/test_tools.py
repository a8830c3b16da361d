"""The parts of shunt-bench that are Python: statistics, quota, turns, merged runs, the outcome."""
import os
import subprocess
import sys
import tempfile
import time
import unittest

from support.harness import BUILD, ROOT, SLOWNESS
from support.results import sample_result

sys.path.insert(0, os.path.join(ROOT, "bench", "tools"))
import bootstrap  # noqa: E402
import compare  # noqa: E402
import merge  # noqa: E402
import outcome  # noqa: E402
import quota  # noqa: E402
import turn  # noqa: E402

BACKENDS = (None,)
BENCH = os.path.join(BUILD, "bin", "shunt-bench")


class Statistics(unittest.TestCase):
    BASE = [10] * 7
    NOISY = [11, 9, 10.5, 9.6, 10.2, 9.7, 10.1]

    def test_the_median_is_in_the_middle(self):
        self.assertEqual(bootstrap.median([9, 1, 5]), 5)
        self.assertEqual(bootstrap.median([4, 1, 3, 2]), 2.5)
        self.assertIsNone(bootstrap.median([]))

    def test_what_slows_a_whole_round_cancels_out(self):
        base = [100, 10, 50, 70, 20, 90, 30]  # tenfold, and the servers differ by a tenth in each
        ratio = bootstrap.ratio([value * 1.1 for value in base], base, 1)
        for value in ratio[1:]:
            self.assertAlmostEqual(value, 1.1, 9)
        self.assertEqual(bootstrap.verdict(ratio, True), "better")
        self.assertEqual(bootstrap.verdict(ratio, False), "worse")

    def test_an_interval_that_holds_1_is_noise(self):
        ratio = bootstrap.ratio(self.NOISY, self.BASE, 1)
        self.assertTrue(0.9 <= ratio.low < 1 < ratio.high <= 1.1, ratio)
        self.assertEqual(bootstrap.verdict(ratio, True), "within the noise")

    def test_few_rounds_have_no_interval(self):
        ratio = bootstrap.ratio([20, 20, 20, 20, 20, None], [10] * 6, 1)
        self.assertEqual(ratio, (5, 2, None, None), "a round that gave nothing does not count")
        self.assertEqual(bootstrap.verdict(ratio, True), "too few rounds to tell")
        self.assertEqual(bootstrap.verdict(bootstrap.ratio([], [], 1), True), "not known")

    def test_the_seed_decides(self):
        self.assertEqual(bootstrap.ratio(self.NOISY, self.BASE, 5),
                         bootstrap.ratio(self.NOISY, self.BASE, 5))
        self.assertNotEqual(list(bootstrap.draws(7, 5)), list(bootstrap.draws(7, 6)))

    def test_the_numbers_are_those_of_the_paper(self):
        """Splitmix64 from 0: what its reference gives first."""
        first = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
        self.assertEqual(list(bootstrap.draws(1000, 0)[:3]), [value % 1000 for value in first])

    def test_a_server_seldom_differs_from_itself(self):
        """Of 200 comparisons of a server with itself about ten may be called different; a bootstrap
        of medians of few rounds is known to do so somewhat more often."""
        different, state = 0, 7
        for seed in range(200):
            values = ([], [])
            for i in range(18):
                state = (state * 6364136223846793005 + 1442695040888963407) & ((1 << 64) - 1)
                values[i % 2].append(100 + (state >> 33) / (1 << 31) * 20)
            ratio = bootstrap.ratio(*values, seed)
            different += bootstrap.verdict(ratio, True) != "within the noise"
        self.assertLessEqual(different, 24)


class Merge(unittest.TestCase):
    @staticmethod
    def run_of(latencies):
        """A run whose histogram has a bucket of 1 us for each latency."""
        rows = [[us, us + 1, latencies.count(us)] for us in sorted(set(latencies))]
        return {"completed": len(latencies), "histogram": rows, "latency_us": {
            "max": max(latencies) + 0.75, "min": min(latencies) + 0.25,
            "mean": sum(latencies) / len(latencies)}}

    def test_it_is_what_one_histogram_of_all_operations_would_be(self):
        parts = [[i * i * factor // 100 for i in range(1, 501)] for factor in (100, 130, 7)]
        every = sorted(sum(parts, []))
        merged = merge.merge_runs([self.run_of(parts[0]), None, self.run_of(parts[1]),
                                   self.run_of(parts[2])])
        self.assertEqual(merged["histogram"], self.run_of(every)["histogram"])
        self.assertEqual((merged["completed"], merged["runs"]), (1500, 3),
                         "the one that gave nothing is left out")
        latency = merged["latency_us"]
        for name, share in merge.QUANTILES:
            self.assertEqual(latency[name], every[-int(-share * 1500 // 1) - 1] + 0.5, name)
        self.assertAlmostEqual(latency["mean"], sum(every) / 1500, 9)
        self.assertEqual((latency["min"], latency["max"]), (every[0] + 0.25, every[-1] + 0.75))

    def test_errors_and_time_add_up_and_phases_stay_apart(self):
        merged = merge.merge_runs([sample_result(1), sample_result(1)])
        connect = merged["phases"]["connect"]
        self.assertEqual((merged["errors_total"], merged["errors"]["reset"]), (14, 14))
        self.assertEqual(merged["measured_s"], 8)
        self.assertEqual((connect["count"], len(connect["histogram"])), (2000, 1000))
        self.assertEqual(connect["latency_us"]["p50"], 249.75)
        self.assertIsNone(merged["phases"]["first_echo"], "no run has it")

    def test_a_second_is_the_mean_of_that_second(self):
        runs = [sample_result(1), sample_result(3)]
        del runs[1]["series"][3]
        runs[1]["series"][1].update(rate=1500, server_cpu_percent=None)
        series = merge.merge_runs(runs)["series"]
        second = series[1]
        self.assertEqual(len(series), 4, "the longest run decides")
        self.assertEqual((second["t_s"], second["rate"], second["p99_us"]), (2, 1000, 1980))
        self.assertEqual(second["server_cpu_percent"], 50, "only one knows it")
        self.assertEqual(series[3]["rate"], 1000, "only one is so long")
        self.assertEqual(len(second["latency"]), 4)
        self.assertIsNone(second["latency"][1][1], "it has no end")

    def test_of_nothing_it_is_null(self):
        self.assertIsNone(merge.merge_runs([None, None]))


class CommandLine(unittest.TestCase):
    def test_what_follows_two_dashes_is_the_scenarios(self):
        options = compare.Options(["--quota", "0.3", "a=x --fast {port}", "--rounds", "9", "b=y=z",
                                   "--", "handshake", "--quota-not"])
        self.assertEqual([(server.name, server.command) for server in options.servers],
                         [("a", "x --fast {port}"), ("b", "y=z")],
                         "the first = is the one that counts")
        self.assertEqual((options.rounds, options.quota), (9, 0.3))
        self.assertEqual(options.scenario, ["handshake", "--quota-not"])

    def test_what_is_wrong_is_a_sentence(self):
        again = ("\nTry `shunt-bench compare --help' or `shunt-bench compare --usage' for more\n"
                 "information.\n")
        load = ["--", "handshake"]
        rows = (
            (["a=x"], "the scenario is missing: -- SCENARIO ARGUMENT..."),
            (load, "the servers are missing: NAME=COMMAND..."),
            (["=x", *load], "expected NAME=COMMAND, found '=x'"),
            (["a=", *load], "expected NAME=COMMAND, found 'a='"),
            (["a=x", "a=y", *load], "two servers are named 'a'"),
            (["a=x", "--quota", "1.5", *load],
             "--quota: expected a number from 0.01 to 1, found '1.5'"),
            (["a=x", "--rounds=0", *load],
             "--rounds: expected a whole number from 1 to 1000, found '0'"),
            (["a=x", "--wait", "1d", *load],
             "--wait: expected a time from 0.1s to 3600s like 500ms, 10s, 2m or 1h (a number alone "
             "is seconds), found '1d'"),
            (["a=x", "--html=-", *load],
             "--html: expected a file, found '-': the table is on standard output"),
            (["a=x", "--svg", "f", "--chart", "pie", *load],
             "--chart: expected latency, cpu, rate, p50, p99 or memory, found 'pie'"),
            (["a=x", "--chart", "cpu", *load], "--chart is of --svg, which is not given"),
            (["a=x", *load, "--fail-if=p99>1ms"],
             "--fail-if is of one run; compare tells differences and their noise"),
            (["--bad"], "unrecognized option '--bad'"),
            (["-x"], "invalid option -- 'x'"),
            (["--rounds"], "option '--rounds' requires an argument"),
            (["--no-pin=3"], "option '--no-pin' doesn't allow an argument"),
            (["--q", "3"], "option '--q' is ambiguous; possibilities: '--quota' '--quiet'"),
        )
        for words, sentence in rows:
            with self.subTest(words=words):
                done = subprocess.run([BENCH, "compare", *words], text=True, capture_output=True,
                                      timeout=30 * SLOWNESS, check=False)
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (2, "", f"shunt-bench compare: {sentence}{again}"))

    def test_times_have_units(self):
        for text, wanted in (("500ms", 0.5), ("10", 10), ("10s", 10), ("2m", 120), ("1h", 3600),
                             ("1e1s", 10), (".5", 0.5)):
            self.assertEqual(compare.seconds("x", text, 0.1, 3600), wanted, text)
        for text in ("", "s", "+1", "-1", "1 s", "inf", "nan", "0x10", "1d"):
            with self.assertRaises(compare.Wrong, msg=text):
                compare.seconds("x", text, 0.1, 3600)

    def test_a_missing_python_is_a_sentence(self):
        done = subprocess.run([BENCH, "compare", "--help"], env={"PATH": "/nothing"}, text=True,
                              capture_output=True, timeout=30 * SLOWNESS, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, "", "shunt-bench: compare needs python3, which could not be started: "
                                 "No such file or directory\n"))

    def test_a_file_that_cannot_be_written_is_known_before_a_run(self):
        done = subprocess.run([BENCH, "compare", "a=true", "--html", "/nowhere/x", "--",
                               "handshake"], text=True, capture_output=True,
                              timeout=30 * SLOWNESS, check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "shunt-bench: --html /nowhere/x: No such file or directory\n"))


class Outcome(unittest.TestCase):
    def compared(self, fast_used=1.0, slow_used=1.0):
        """The second server takes 1.5 times as long; rounds drift by half."""
        servers = [outcome.Server("fast", "f {port}"), outcome.Server("slow", "s {port}")]
        for i in range(7):
            drift = 1 + i * 3 % 7 / 12
            for server, factor, used in zip(servers, (1, 1.5), (fast_used, slow_used)):
                server.rounds.append({**sample_result(drift * factor), "turn": 1, "quota": {
                    "share": 0.3, "used": used, "throttled_share": used / 2}})
        servers[1].rounds[4] = None
        held = quota.Quota.__new__(quota.Quota)
        held.share, held.version = 0.3, 2
        return outcome.outcome_json(servers, 1, ["handshake", "ws://h:{port}/"], ["a note"], held)

    def test_there_are_ratios_with_intervals_and_verdicts(self):
        fast, slow = self.compared()["servers"]
        rate = slow["metrics"]["rate_per_second"]
        self.assertAlmostEqual(rate["ratio"], 1 / 1.5, 9)
        self.assertAlmostEqual(rate["ratio_low"], 1 / 1.5, 9)
        self.assertEqual(rate["verdict"], "worse")
        self.assertEqual(slow["metrics"]["server_cpu_us_per_op"]["verdict"], "worse")
        self.assertEqual(fast["metrics"]["p99_us"]["verdict"], "")

    def test_each_round_and_the_typical_run_are_kept(self):
        fast, slow = self.compared()["servers"]
        self.assertEqual(len(slow["rounds"]), 7)
        self.assertIsNone(slow["rounds"][4], "the round that gave nothing")
        self.assertIsInstance(slow["rounds"][3]["p99_us"], float)
        self.assertEqual(fast["result"]["rate_per_second"],
                         fast["metrics"]["rate_per_second"]["median"])
        self.assertIsInstance(slow["result"], dict, "of an even number too")

    def test_a_median_has_an_interval_of_its_own(self):
        p99 = self.compared()["servers"][1]["metrics"]["p99_us"]
        self.assertTrue(p99["min"] <= p99["median_low"] < p99["median"] < p99["median_high"] <=
                        p99["max"], p99)

    def test_all_rounds_are_merged(self):
        merged = self.compared()["servers"][1]["merged"]
        self.assertEqual((merged["runs"], merged["completed"]), (6, 6000))

    def quota_warning(self, comparison, server):
        return next((text for text in comparison["servers"][server]["warnings"]
                     if "quota" in text), "")

    def test_who_did_not_use_the_quota_and_who_was_not_held_to_it_is_named(self):
        comparison = self.compared(0.62, 0.97)
        used = comparison["servers"][0]["metrics"]["quota_used"]
        self.assertEqual((used["median"], used["verdict"], used["ratio"]), (0.62, "", None),
                         "neither more nor less is better")
        self.assertEqual(self.quota_warning(comparison, 0),
                         "it used 62 % of its quota (the kernel stopped it in 31 % of its periods): "
                         "something else was the limit, and its rate is not its capacity")
        self.assertEqual(self.quota_warning(comparison, 1), "")
        self.assertEqual(comparison["quota"], {"share": 0.3, "cgroup_version": 2})
        self.assertEqual(self.quota_warning(self.compared(1.3), 0),
                         "it used 130 % of its quota (the kernel stopped it in 65 % of its "
                         "periods): it was not held to it")

    def test_the_table_has_what_is_missing(self):
        text = "\n".join(outcome.table(self.compared())) + "\n"
        for part in ("slow: no result in 1 of 7 rounds", "x 0.667 (0.667 to 0.667)  worse",
                     "slow     6.125  (", "a note\n", "fast: 49 errors: 49 reset\n"):
            self.assertIn(part, text)
        self.assertNotIn("None", text)

    def test_numbers_are_as_people_read_them(self):
        for text, wanted in ((outcome.text_time(0.0437), "44 ns"), (outcome.text_time(1), "1.00 us"),
                             (outcome.text_time(21.54), "21.5 us"),
                             (outcome.text_time(387000), "387 ms"),
                             (outcome.text_time(2.34e6), "2.34 s"),
                             (outcome.text_bytes(9999), "9,999 B"),
                             (outcome.text_bytes(7.53e6), "7.53 MB"),
                             (outcome.text_count(8935.4), "8,935")):
            self.assertEqual(text, wanted)


class QuotaTest(unittest.TestCase):
    """Against folders that look like cgroup hierarchies; what the kernel makes by itself is there."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.group = f"shunt-bench-{os.getpid()}"

    def write(self, name, text=""):
        file = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w", encoding="ascii") as out:
            out.write(text)

    def read(self, name):
        with open(os.path.join(self.root, name), encoding="ascii") as file:
            return file.read()

    def proc(self, mountinfo, cgroup):
        self.write("proc/self/mountinfo", mountinfo)
        self.write("proc/self/cgroup", cgroup)

    def test_version_1_gets_period_and_quota_below_its_own_group(self):
        self.proc("30 1 0:1 / /cpuset rw - cgroup cgroup rw,cpuset\n"
                  "31 1 0:2 / /unified rw - cgroup2 cgroup2 rw\n"
                  "32 1 0:3 / /cpu rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n",
                  "3:cpuset:/other\n2:cpu,cpuacct:/mine\n0::/user\n")
        self.write(f"cpu/mine/{self.group}/cpu.cfs_period_us")
        self.write(f"cpu/mine/{self.group}/cpu.cfs_quota_us")
        held = quota.Quota(0.3, self.root)
        self.assertEqual(held.version, 1)
        self.assertEqual(self.read(f"cpu/mine/{self.group}/cpu.cfs_period_us"), "5000")
        self.assertEqual(self.read(f"cpu/mine/{self.group}/cpu.cfs_quota_us"), "1500")

    def test_version_2_hands_the_controller_down_and_gets_cpu_max(self):
        self.proc("31 1 0:2 / /cg rw - cgroup2 cgroup2 rw,nsdelegate\n", "0::/gone\n")
        self.write(f"cg/{self.group}/cpu.max")
        self.write("cg/cgroup.subtree_control")
        self.assertEqual(quota.Quota(0.05, self.root).version, 2)
        self.assertEqual(self.read(f"cg/{self.group}/cpu.max"), "1000 20000",
                         "the kernel takes no less than 1 ms")
        self.assertEqual(self.read("cg/cgroup.subtree_control"), "+cpu")

    def test_version_2_goes_up_to_a_group_that_may_hand_the_controller_down(self):
        """In the session's own the kernel would make no cpu.max."""
        self.proc("31 1 0:2 / /cg rw - cgroup2 cgroup2 rw\n", "0::/user.slice/session.scope\n")
        os.makedirs(os.path.join(self.root, "cg/user.slice/session.scope"))
        self.write(f"cg/user.slice/{self.group}/cpu.max")
        held = quota.Quota(0.3, self.root)
        self.assertEqual(self.read(f"cg/user.slice/{self.group}/cpu.max"), "1500 5000")
        self.assertIn("/cg/user.slice/shunt-bench-", held.folder)
        self.assertEqual(os.listdir(os.path.join(self.root, "cg/user.slice/session.scope")), [],
                         "the first try is taken back")

    def refusal(self):
        with self.assertRaises(quota.Refused) as refused:
            quota.Quota(0.3, self.root)
        return str(refused.exception)

    def test_version_2_goes_no_further_than_what_is_mounted(self):
        self.proc("31 1 0:2 / /cg rw - cgroup2 cgroup2 rw\n", "0::/user.slice\n")
        os.makedirs(os.path.join(self.root, "cg/user.slice"))
        self.assertIn("/cg/user.slice/shunt-bench-", self.refusal(), "of the first try")

    def test_the_reason_why_it_is_not_permitted_is_a_sentence(self):
        self.proc("29 1 0:1 / / rw - ext4 /dev/vda rw\n", "")
        self.assertEqual(self.refusal(),
                         "no cgroup hierarchy with the cpu controller is mounted")
        self.write("proc/self/mountinfo", "31 1 0:2 / /cg rw - cgroup2 cgroup2 rw\n")
        self.assertIn("No such file", self.refusal(), "the folder is not there")
        os.makedirs(os.path.join(self.root, "cg", self.group))
        self.assertIn("does the parent group hand down the cpu controller?", self.refusal(),
                      "the group has no cpu.max")

    def test_what_the_kernel_did_is_known_in_either_version(self):
        rows = (
            ("version 1", "nr_periods 40\nnr_throttled 30\nthrottled_time 5000999\n", True),
            ("version 2", "usage_usec 9\nuser_usec 9\nnr_periods 40\nnr_throttled 30\n"
                          "throttled_usec 5000\n", True),
            ("version 2 without the controller", "usage_usec 9\nuser_usec 9\n", False),
        )
        held = quota.Quota.__new__(quota.Quota)
        held.folder = ""
        self.assertIsNone(held.stat(), "there is no group")
        held.folder = self.root
        self.assertIsNone(held.stat(), "there is no cpu.stat")
        for why, text, known in rows:
            self.write("cpu.stat", text)
            self.assertEqual(held.stat(), (40, 30, 5000) if known else None, why)


# Every Debian has perl-base. It accepts nothing: to take a connection the backlog is enough.
LISTENS = ("perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(Listen=>5,LocalPort=>{port},"
           'LocalAddr=>"127.0.0.1",ReuseAddr=>1) or die; sleep 60\'')
DEAF = ("perl -MIO::Socket::INET -e '$SIG{TERM}=\"IGNORE\";$s=IO::Socket::INET->new(Listen=>5,"
        'LocalPort=>{port},LocalAddr=>"127.0.0.1") or die; while(1){sleep 1}\'')


class Turn(unittest.TestCase):
    """One turn, with shell lines for server and scenario."""

    def turn(self, command, line):
        """`sh -c LINE` in place of the program; its words begin with the line's $0."""
        return turn.run(turn.Plan(command, "sh", ["-c", line, "http://127.0.0.1:{port}/"], 5, None,
                                  None, None), turn.Stop())

    def reason(self, command, line):
        with self.assertRaises(turn.Failed) as failed:
            self.turn(command, line)
        return str(failed.exception)

    def is_gone(self, pid):
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)

    def test_the_scenario_gets_port_pid_and_a_place_for_its_result(self):
        """$0 is the URL; then --pid PID --quiet --json FILE."""
        result = self.turn(LISTENS, "test \"$1 $3 $4\" = '--pid --quiet --json' && kill -0 $2 && "
                                    'echo "{\\"url\\": \\"$0\\", \\"pid\\": $2}" > $5')
        self.assertRegex(result["url"], r"^http://127\.0\.0\.1:[1-9][0-9]*/$")
        self.is_gone(result["pid"])

    def test_the_reason_has_the_servers_last_words(self):
        self.assertEqual(self.reason("sh -c 'echo no such thing >&2; exit 3'", "true"),
                         "the server ended before it took a connection: no such thing")

    def test_the_reason_has_the_scenarios_last_words(self):
        self.assertEqual(self.reason(LISTENS, "echo it is broken; exit 1"),
                         "the scenario gave no result: it is broken")

    def test_a_scenario_that_is_killed_has_no_result(self):
        self.assertEqual(self.reason(LISTENS, "echo '{}' > $5; echo oh; kill -9 $$"),
                         "the scenario was killed: oh")

    def test_a_run_that_completed_nothing_is_no_result(self):
        self.assertEqual(
            self.reason(LISTENS, "echo '{\"completed\": 0, \"errors_total\": 3, \"errors\": "
                                 "{\"reset\": 0, \"wrong_status\": 1, \"timeout\": 2}}' > $5"),
            "nothing was completed, 3 errors: 1 wrong status, 2 timeout")

    def test_a_server_that_ignores_sigterm_is_killed(self):
        begin = time.monotonic()
        self.is_gone(self.turn(DEAF, 'echo "{\\"pid\\": $2}" > $5')["pid"])
        self.assertGreater(time.monotonic() - begin, turn.STOP_SECONDS)

    def test_port_stands_wherever_it_is_asked_for(self):
        self.assertEqual(turn.with_port("a {port} {port}{x}", 81), "a 81 81{x}")
        self.assertGreater(turn.free_port(), 0)

    def test_the_address_is_that_of_the_first_word_with_a_port(self):
        for words, wanted in ((["x", "ws://127.0.0.1:{port}/ws"], ("127.0.0.1", 81)),
                              (["http://[::1]:{port}"], ("::1", 81)),
                              (["unix:/tmp/{port}.sock:/ws"], "/tmp/81.sock"),
                              (["--header={port}", "http://h:{port}/"], ("h", 81)),
                              (["no-url"], ("127.0.0.1", 81))):
            self.assertEqual(turn.address_of(words, 81), wanted)


if __name__ == "__main__":
    unittest.main()
