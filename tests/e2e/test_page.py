"""The page of shunt-bench as a browser draws it: each kind of result, at each width, and what is in it."""
import copy
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from support.harness import BUILD, SLOWNESS
from support.results import (sample_churn, sample_comparison, sample_idle, sample_result,
                             sample_search, sample_servers)

BACKENDS = (None,)
BENCH = os.path.join(BUILD, "bin", "shunt-bench")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
                None)
NAMES = ("one", '<two> & "more"', "three")

# What a row of the table counts: most is drawn twice, for wide and for narrow windows.
COUNT = """
const all = (what) => Array.from(document.querySelectorAll(what));
const length = (what) => Math.round(all(what).reduce((sum, one) => sum + one.getTotalLength(), 0));
return {
    curves: all('.curve').filter((one) => one.getTotalLength() > 5).length,
    tries: all('svg .try').length,
    bounds: all('[data-name=bound]').length,
    bars: all('.bars i').filter((one) => getComputedStyle(one).width !== '1px').length,
    length: length('.curve'),
    heat: length('path[class^=h]'),
    tips: all('[data-tip]').length,
    wide: document.documentElement.scrollWidth,
};
"""
AT_LEAST = ("length", "heat", "tips")
KINDS = (
    # Percentiles, two phases, rate, errors, CPU and memory.
    ("a run", sample_result, 1, {"curves": 14, "length": 3000, "heat": 300, "tips": 50}),
    # Without phases; percentiles, rate, errors, CPU and memory of each.
    ("three runs", sample_result, 3, {"curves": 30, "length": 3000, "heat": 300, "tips": 50}),
    # A run's, and the population.
    ("churn", sample_churn, 1, {"curves": 16, "length": 3000, "heat": 300, "tips": 50}),
    # Ping, establishing, two phases; four figures that are known and two caches.
    ("idle", sample_idle, 1, {"curves": 8, "bars": 6, "length": 3000, "tips": 50}),
    ("three that were idle", sample_idle, 3,
     {"curves": 12, "bars": 18, "length": 3000, "tips": 50}),
    # A run's, and four crosses, which are curves; the key has one of each mark.
    ("a search", sample_search, 1, {"curves": 14 + 8 + 1, "tries": 12, "bounds": 2,
                                    "length": 3000, "heat": 300, "tips": 62}),
    ("two searches", sample_search, 2, {"curves": 20 + 16 + 1, "tries": 24, "bounds": 4,
                                        "length": 3000, "heat": 300, "tips": 74}),
    ("a comparison of two", sample_comparison, 1,
     {"curves": 20, "length": 3000, "heat": 300, "tips": 54}),
)


class PageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def place(self, name):
        return os.path.join(self.folder, name)

    def report(self, results, *options, **more):
        """Run `report` on {name: JSON}."""
        files = []
        for name, result in results.items():
            files.append(self.place(f"{name}.json"))
            with open(files[-1], "w", encoding="utf-8") as file:
                json.dump(result, file)
        return subprocess.run([BENCH, "report", *files, *options], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=150 * SLOWNESS, check=False, **more)

    def page(self, results):
        """The page's text."""
        done = self.report(results, "--html", "-")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def open(self, name, width=1200):
        """What a file has become once it is opened."""
        if CHROMIUM is None:
            self.skipTest("chromium is not installed: the page was not opened")
        return subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", f"--user-data-dir={self.folder}/profile",
             "--allow-file-access-from-files", f"--window-size={width},900", "--dump-dom",
             f"file://{self.place(name)}"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60 * SLOWNESS,
            check=True).stdout

    def probe(self, page, script, width=1200):
        """What the body `script` of a function returns, run behind the page's own scripts."""
        with open(self.place("page.html"), "w", encoding="utf-8") as file:
            file.write(page + "<script>document.title = JSON.stringify((() => {" + script +
                       "})())</script>")
        title = re.search(r"<title>(.*?)</title>", self.open("page.html", width), re.S)
        return json.loads(html.unescape(title[1]))

    def words(self, results):
        """The words of a page, a line each element that has any of its own."""
        return self.probe(self.page(results), "return document.querySelector('main').innerText")


def runs(sample, count):
    return {NAMES[i]: sample(1 + i) for i in range(count)}


class Page(PageTest):
    def check(self, got, wanted, width):
        for name, value in {"tries": 0, "bounds": 0, "bars": 0, **wanted}.items():
            if name in AT_LEAST:
                self.assertGreaterEqual(got[name], value, name)
            else:
                self.assertEqual(got[name], value, name)
        self.assertLessEqual(got["wide"], width, "it sticks out")

    def test_each_kind_is_drawn_at_both_widths(self):
        for why, sample, count, wanted in KINDS:
            page = self.page(runs(sample, count))
            for width in (1200, 500):
                with self.subTest(why, width=width):
                    self.check(self.probe(page, COUNT, width), wanted, width)

    def test_a_long_url_stays_inside_a_page_of_360_pixels(self):
        """A window of Chromium is 500 pixels wide or more, a frame in it may be narrower."""
        url = "http://127.0.0.1:8101/" + "a" * 380
        page = self.page({"x": {**sample_result(1), "url": url, "command": ["shunt-bench", url]}})
        self.probe(page, COUNT)  # writes page.html
        with open(self.place("frame.html"), "w", encoding="utf-8") as file:
            file.write("<!DOCTYPE html><title></title><iframe src=page.html width=360 height=900 "
                       "style='border:0' onload='document.title=this.contentDocument.title'>"
                       "</iframe>")
        title = re.search(r"<title>(.*?)</title>", self.open("frame.html"))
        self.check(json.loads(html.unescape(title[1])), KINDS[0][3], 360)

    def test_it_fetches_nothing(self):
        page = self.page(runs(sample_result, 2))
        for fetches in ("src=", "href=", "url(", "@import", "<link", "fetch(", "import(", "XMLHttp"):
            self.assertNotIn(fetches, page)

    def test_the_result_is_in_it_as_it_was(self):
        results = runs(sample_result, 2)
        page = self.page(results)
        found = re.search(r'<script type="application/json" id="results">(.*?)</script>', page, re.S)
        self.assertEqual(json.loads(found[1]),
                         [{"name": name, "json": result} for name, result in results.items()])

    def test_without_javascript_a_sentence_says_what_to_do(self):
        self.assertRegex(self.page(runs(sample_result, 1)),
                         r"(?s)<noscript><p[^>]*>This page draws itself, for which JavaScript must "
                         r"be on.*</noscript>")

    def test_names_are_text(self):
        results = runs(sample_result, 2)
        for result in results.values():
            result["url"] = "ws://h/<ws></script><b>"
        words = self.words(results)
        self.assertIn(NAMES[1], words)
        self.assertIn("ws://h/<ws></script><b>", words)

    def test_it_warns_of_what_makes_figures_doubtful(self):
        words = self.words({"x": {
            **sample_result(1), "interrupted": True, "client": {"limited": True},
            "schedule": {"doubtful": ["p50", "p999"]},
            "thresholds": [{"expression": "p99>5ms", "value_text": "6.10 ms", "met": True},
                           {"expression": "errors>9", "value_text": "7", "met": False}]}})
        self.assertIn("The client was over 90 % busy", words)
        self.assertIn("the client's own lateness in p50, p999\n", words)
        self.assertIn("ended early", words)
        self.assertIn("Failed, as was asked for if p99>5ms: 6.10 ms\n", words)
        self.assertNotIn("errors>9", words)
        self.assertIn("Errors: 7 reset\n", words)

    def test_what_is_not_known_has_no_tile(self):
        words = self.words({"x": {
            **sample_result(1), "server_cpu_us_per_op": None, "server": None, "latency_us": None,
            "received_bytes_per_second": 12345678, "statuses": {"200": 1000, "503": 7}}})
        self.assertNotIn("server CPU an operation", words)
        self.assertNotIn("latency, p50", words)
        self.assertIn("12.3 MB\nreceived a second\n", words)
        self.assertIn("Answers by status: 200 1,000, 503 7\n", words)

    def test_what_is_missing_is_never_drawn(self):
        members = ["series", "histogram", "phases", "latency_us", "server", "errors_total",
                   "client", "host", "idle", "find_max", "schedule", "connections"]
        samples = [sample(1) for sample in (sample_result, sample_idle, sample_churn,
                                            sample_search)]
        wrong = self.probe(self.page({"x": samples[0]}), f"""
            const samples = {json.dumps(samples)}, members = {json.dumps(members)}, wrong = [];
            for (const sample of samples) {{
                for (const member of members) {{
                    const json = structuredClone(sample);
                    delete json[member];
                    drawPage([{{name: 'x', json}}]);
                    const text = document.querySelector('main').outerHTML;
                    if (/NaN|undefined|null|Infinity/.test(text) || !text.includes('<h1>')) {{
                        wrong.push(`${{json.scenario}} without ${{member}}`);
                    }}
                }}
            }}
            return [samples.length * members.length, wrong];""")
        self.assertEqual(wrong, [48, []])

    def test_what_was_due_is_drawn_beside_what_was_done(self):
        """Stages: 100 a second on the way to 400, of which the server did less."""
        result = sample_result(1)
        result["schedule"] = {"rate": 250, "arrivals": "constant", "lag_us": {"p99": 5},
                              "stages": [{"seconds": 4, "rate": 500}]}
        for second, due in zip(result["series"], (100, 400, 2000, 4000)):
            second["due"] = due
        drawn, ticks, words = self.probe(self.page({"x": result}), """
            const due = document.querySelector('[data-name=due]');
            return [due.getTotalLength(),
                    [...due.closest('svg').querySelectorAll('text')].map((one) => one.textContent),
                    document.querySelector('main').innerText];""")
        self.assertGreater(drawn, 300)
        self.assertIn("4 k", ticks, "the axis has room for what was due")
        self.assertIn("due by the schedule", words)
        self.assertIn("250 operations a second were due in the mean, arrivals constant; in straight "
                      "lines from 0 to 500 a second after 4 s;", words)
        self.assertEqual(self.probe(self.page({"x": sample_result(1)}),
                                    "return document.querySelectorAll('[data-name=due]').length"), 0)

    def test_urls_have_a_table(self):
        urls = [{"url": "http://h/<a>", "weight": 9, "completed": 750, "errors": 0,
                 "latency_us": {"p50": 120, "p99": 1500, "max": 2000}},
                {"url": "http://h/b", "weight": 1, "completed": 0, "errors": 7,
                 "latency_us": None}]
        words = self.words({"x": {**sample_result(1), "urls": urls, "method": "PUT",
                                  "body_bytes": 12345}})
        self.assertIn("http://h/<a>\t9\t750\t75 %\t0\t120 us\t1.50 ms\t2.00 ms\n", words)
        self.assertRegex(words, r"http://h/b\t1\t0\t0 %\t7\t")
        self.assertIn("PUT, 12.3 kB of content", words)
        self.assertNotIn("By URL", self.words({"x": {**sample_result(1), "urls": None}}))

    def test_each_comparison_is_a_part_of_its_own(self):
        comparison = {"servers": [{"name": "a", "command": "c", "result": sample_result(1)}],
                      "rounds": 1}
        page = self.page({"r": sample_result(1), "s": sample_result(1), "c": comparison,
                          "d": comparison})
        self.assertEqual(self.probe(page, """return Array.from(document.querySelectorAll('h1'),
            (one) => one.innerText)"""), ["Handshake: 2 compared"] + ["Handshake: 1 compared"] * 2)

    def test_what_is_no_result_is_refused(self):
        empty = {"servers": [{"name": "a", "result": None}]}
        for result, sentence in ((empty, "x: no server of this comparison has a result"),
                                 ({}, "x: this is no result of shunt-bench"),
                                 ({**sample_result(1), "schema": 9},
                                  "x: expected schema 1, found 9")):
            done = self.report({"x": result}, "--html", "-")
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, "", f"shunt-bench: {sentence}\n"))

    def test_seconds_out_of_order_are_left_out(self):
        result = sample_result(1)
        seconds = copy.deepcopy(result["series"])
        result["series"] = [seconds[0], seconds[1], seconds[0], seconds[2]]
        self.assertEqual(self.probe(self.page({"x": result}), """
            return readParts(JSON.parse(document.getElementById('results').textContent))[0].runs[0]
                .seconds.map((second) => second.t_s)"""), [1, 2, 3])


class Scale(PageTest):
    def test_ends_are_rounded_outwards_by_1_2_and_5(self):
        rows = (
            ("a range of its own", False, 0, 97, 0, 100),
            ("already round", False, 0, 100, 0, 100),
            ("small", False, 0, 0.013, 0, 0.014),
            ("nothing", False, 0, 0, 0, 1),
            ("decades", True, 3, 7000, 2, 10000),
            ("already round, logarithmic", True, 0.1, 50, 0.1, 50),
            ("one value, logarithmic", True, 20, 20, 20, 200),
        )
        rounded = self.probe(self.page({"x": sample_result(1)}), f"""
            return {json.dumps([row[1:4] for row in rows])}.map(([logarithmic, low, high]) => {{
                const scale = {{logarithmic, low, high}};
                scaleRound(scale, 6);
                return [scale.low, scale.high];
            }})""")
        for (why, *_, low, high), got in zip(rows, rounded):
            self.assertAlmostEqual(got[0], low, 9, why)
            self.assertAlmostEqual(got[1], high, delta=high * 1e-9, msg=why)

    def test_ticks_lie_inside_rise_and_are_a_handful(self):
        wrong = self.probe(self.page({"x": sample_result(1)}), """
            const wrong = [];
            for (let high = 0.003; high < 1e9; high *= 1.37) {
                for (const logarithmic of [false, true]) {
                    const scale = {logarithmic, low: logarithmic ? 0.001 : 0, high};
                    scaleRound(scale, 6);
                    const ticks = scaleTicks(scale, 6);
                    if (ticks.length < 2 || ticks.length > 14 || ticks.some((tick, i) =>
                        tick < scale.low * (1 - 1e-6) || tick > scale.high * (1 + 1e-6) ||
                        (i > 0 && tick <= ticks[i - 1]))) {
                        wrong.push([high, logarithmic, ticks]);
                    }
                }
            }
            return wrong""")
        self.assertEqual(wrong, [])

    def test_places_are_in_proportion_and_never_outside(self):
        places = self.probe(self.page({"x": sample_result(1)}), """
            const linear = {low: 0, high: 10, from: 100, to: 0};
            const logarithmic = {logarithmic: true, low: 1, high: 100, from: 0, to: 10};
            return [scaleAt(linear, 2.5), scaleAt(linear, 11), scaleAt(logarithmic, 10),
                    scaleAt(logarithmic, 0)]""")
        for got, wanted in zip(places, (75, 0, 5, 0)):
            self.assertAlmostEqual(got, wanted, 9)


class Text(PageTest):
    def test_nines_have_as_many_places_as_distinguish_them(self):
        self.assertEqual(self.probe(self.page({"x": sample_result(1)}), """
            return [0, 0.30103, 1, 2, 3, 4].map(labelNines)"""),
                         ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"])


class Drawing(PageTest):
    def draw(self, results, *options):
        if CHROMIUM is None:
            self.skipTest("chromium is not installed: nothing was drawn")
        done = self.report(results, "--svg", self.place("out.svg"), *options)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        xml.etree.ElementTree.parse(self.place("out.svg"))
        with open(self.place("out.svg"), encoding="utf-8") as file:
            return file.read()

    def test_it_stands_alone_in_light_and_dark(self):
        for results in ({"x": sample_servers()}, runs(sample_result, 2)):
            text = self.draw(results)
            self.assertTrue(text.startswith('<svg xmlns="http://www.w3.org/2000/svg"'), text[:60])
            self.assertIn("@media (prefers-color-scheme: dark)", text)
            for foreign in ("<script", "href", "url(", "@import", "<html", "NaN", "max-width",
                            "<i "):
                self.assertNotIn(foreign, text)

    def test_it_may_go_to_standard_output(self):
        drawn = self.draw({"x": sample_servers()})
        self.assertEqual(self.report({"x": sample_servers()}, "--svg", "-").stdout, drawn)

    def test_a_bar_has_name_figure_and_whisker(self):
        text = self.draw({"x": sample_servers()})
        self.assertIn("<title>Server CPU time a handshake</title>", text)
        self.assertEqual(text.count('<rect class="bar"'), 2)
        self.assertEqual(text.count('<path class="over"'), 2)
        for part in (">one</text>", ">&lt;two&gt;</text>", ">20.0 us</text>",
                     '>40.0 us<tspan class="ratio" dx="8">2.00 x</tspan>', ">no result</text>",
                     "Less is better. Median of 7 interleaved rounds; whiskers: its 95 % interval. "
                     "Ratios within rounds, to one.",
                     "handshake, 64 connections, closed loop, rounds of 4 s; each server held to "
                     "30 % of a CPU"):
            self.assertIn(part, text)

    def test_a_rate_that_is_no_capacity_is_marked(self):
        text = self.draw({"x": sample_servers()}, "--chart", "rate")
        for part in ("<title>Handshakes a second</title>", ">50,000</text>", ">25,000 *<tspan",
                     "* It did not use its quota", "whiskers: least and most"):
            self.assertIn(part, text)
        self.assertNotIn(" *<", self.draw({"x": sample_servers()}, "--chart", "cpu"),
                         "the CPU time an operation holds")

    def test_of_runs_it_is_latency_by_percentile(self):
        one = self.draw(runs(sample_result, 1))
        two = self.draw({"before": sample_result(1), "after": sample_result(2)},
                        "--chart", "latency")
        self.assertIn("<title>Latency by percentile: handshake</title>", one)
        self.assertEqual(one.count('class="curve c'), 1)
        self.assertEqual(two.count('class="curve c'), 4, "two of them in the key")
        self.assertIn(">after</text>", two)

    def test_of_a_comparison_it_may_be_latency_too(self):
        text = self.draw({"x": sample_servers()}, "--chart", "latency")
        self.assertEqual(text.count('data-name="one"'), 1)
        self.assertEqual(text.count('data-name="&lt;two&gt;"'), 1)

    def test_what_cannot_be_drawn_is_a_sentence(self):
        if CHROMIUM is None:
            self.skipTest("chromium is not installed: nothing was drawn")
        run, comparison = sample_result(1), sample_servers()
        for results, chart, sentence in (
                ({"x": run}, "rate", "--chart rate is of a comparison: found runs"),
                ({"x": comparison}, "memory",
                 "--svg: no server of this comparison has what --chart asks for"),
                ({"x": comparison, "y": run}, "memory",
                 "--svg draws one comparison, or runs: found 2 parts"),
                ({"x": {**run, "histogram": []}}, "latency",
                 "--svg: there are no latencies to draw")):
            done = self.report(results, "--svg", "-", "--chart", chart)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, "", f"shunt-bench: {sentence}\n"))
        done = self.report({"x": run}, "--svg", "-", "--chart", "pie")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--chart: expected latency, cpu, rate, p50, p99 or memory, found 'pie'",
                      done.stderr)

    def test_without_a_browser_or_python_a_sentence_says_so(self):
        os.symlink(sys.executable, self.place("python3"))
        done = self.report({"x": sample_result(1)}, "--svg", "-", env={"PATH": self.folder})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^shunt-bench: --svg: a browser draws it, and none of these "
                                      r"is here: chromium, .*\n$")
        done = self.report({"x": sample_result(1)}, "--svg", "-", env={"PATH": "/nothing"})
        self.assertEqual((done.returncode, done.stderr),
                         (1, "shunt-bench: drawing needs python3, which could not be started: No "
                             "such file or directory\n"))


if __name__ == "__main__":
    unittest.main()
