"""Manual pages and --help have the same: neither has an option, or a word of one, that the other lacks."""
import glob
import os
import re
import shutil
import subprocess
import unittest

from support.harness import BUILD, ROOT

BACKENDS = (None,)
PAGES = os.path.join(ROOT, "docs", "man")
WIDE = {**os.environ, "ARGP_HELP_FMT": "rmargin=9999"}  # argp breaks no line then
ROFF = {r"\-": "-", r"\(aq": "'", r"\e": "\\", r"\fI": "", r"\fB": "", r"\fR": ""}


def help_of(*command):
    program = os.path.join(BUILD, "bin", command[0])
    return subprocess.run([program, *command[1:], "--help"], stdout=subprocess.PIPE, text=True,
                          timeout=60, check=True, env=WIDE).stdout


def options_of_help(text):
    """(name, description) pairs; a name is "-c, --connections=N". A description may go on."""
    found, name = {}, None
    for line in text.split("\n"):
        start = re.match(r"  (-\S, |    )(--.*)", line)
        if start:
            long, *rest = re.split(r"\s{2,}", start[2], maxsplit=1)
            name = start[1].lstrip() + long
            found[name] = rest
        elif name and line.startswith(" " * 20):
            found[name].append(line.strip())
        else:
            name = None
    return {(name, " ".join(words)) for name, words in found.items() if words}


def words_of_help(text, heading):
    """The first words of the indented lines below a heading."""
    block = text.split(heading + ":\n")[1].split("\n\n")[0]
    return set(re.findall(r"^  (\S+)", block, re.MULTILINE))


def plain(line):
    """A line of roff as it is read: macros of fonts join their arguments."""
    macro = re.match(r"\.(B|I|BR|BI|IR|IB|RI|RB) (.*)", line)
    if macro:
        parts = re.findall(r'"([^"]*)"|(\S+)', macro[2])
        line = (" " if len(macro[1]) == 1 else "").join(a or b for a, b in parts)
    for escape, meaning in ROFF.items():
        line = line.replace(escape, meaning)
    return line


def page(name):
    with open(os.path.join(PAGES, name + ".1"), encoding="utf-8") as file:
        return file.read()


def options_of_page(name):
    found = set()
    for entry in page(name).split("\n.TP\n")[1:]:
        head, *body = re.split(r"\n\.(?:S[HS]|PP)\b", entry)[0].split("\n")
        head = plain(head)
        if head.startswith("-"):
            found.add((head, " ".join(map(plain, body)).strip()))
    return found


def begins_with(sentences, description):
    """A page may have more than --help, in further sentences."""
    wanted = description.rstrip(".") + "."
    return (sentences + " ").lower().startswith(wanted.lower() + " ")


class Manual(unittest.TestCase):
    def expect_same(self, name, helped):
        of_page = options_of_page(name)
        self.assertGreater(len(helped), 4, "--help was not understood")
        for option, description in sorted(helped):
            self.assertTrue(any(option == other and begins_with(text, description)
                                for other, text in of_page),
                            f"{name}.1 does not have: {option}: {description}")
        for option, text in sorted(of_page):
            self.assertTrue(any(option == other and begins_with(text, description)
                                for other, description in helped),
                            f"--help does not have what {name}.1 has: {option}: {text}")

    def test_options_of_shuntd(self):
        self.expect_same("shuntd", options_of_help(help_of("shuntd")))

    def test_options_of_the_scenarios(self):
        text = help_of("shunt-bench")
        scenarios = words_of_help(text, "Scenarios")
        self.assertIn("handshake", scenarios)
        options = options_of_help(text).union(*(options_of_help(help_of("shunt-bench", scenario))
                                                for scenario in scenarios))
        self.expect_same("shunt-bench", options)

    def test_options_of_the_commands(self):
        for command in words_of_help(help_of("shunt-bench"), "Results"):
            with self.subTest(command):
                self.expect_same(f"shunt-bench-{command}",
                                 options_of_help(help_of("shunt-bench", command)))

    def test_scenarios_and_commands_are_named(self):
        text = help_of("shunt-bench")
        named = set(re.findall(r"^\.TP\n\.B ([a-z]\S*)$", page("shunt-bench"), re.MULTILINE))
        self.assertEqual(named, words_of_help(text, "Scenarios") | words_of_help(text, "Results"))

    def test_a_description_may_go_on_but_not_differ(self):
        self.assertTrue(begins_with("Measured time (10). More.", "Measured time (10)"))
        self.assertFalse(begins_with("Measured time (5).", "Measured time (10)"))
        self.assertFalse(begins_with("Measured time (10), about.", "Measured time (10)"))

    def test_pages_format_without_a_warning(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        pages = glob.glob(os.path.join(PAGES, "*.1"))
        self.assertGreaterEqual(len(pages), 4)
        for file in pages:
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", file], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, ""), file)


if __name__ == "__main__":
    unittest.main()
