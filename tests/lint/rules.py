#!/usr/bin/env python3
"""The tables of tests/rules against the tree: each test that is named is there, each rule has a test or
a reason why it has none, each section that has rules has a row (tests/rules/README.md).

usage: rules.py [ROOT]
Prints one line a mistake and exits 1; prints what it looked at and exits 0.
"""
import glob
import os
import re
import sys

ROW = re.compile(r"(\d+(?:\.\d+)*) (MUST NOT|MUST) (\S.*)$")
# A test of Criterion by any macro of ours, one of unittest, a case; and a fuzz target's entry.
TESTS = {
    ".c": r"^(?:[A-Za-z_]\w*\(\s*(?:\w+,\s*)?|int ){}\s*[,()]",
    ".py": r"^    def {}\(self\)",
    ".cases": r"^== {}$",
}
texts = {}


def text_of(path):
    if path not in texts:
        with open(path, encoding="utf-8") as file:
            texts[path] = file.read()
    return texts[path]


def holders_missing(tests, line):
    """What is wrong with a line that names a file and tests in it."""
    name, *held = line.split()
    path = os.path.join(tests, name)
    pattern = TESTS.get(os.path.splitext(name)[1])
    if not os.path.exists(path) or not pattern:
        return [f"there is no file of tests {name}"]
    if not held:
        return [f"{name} is named without a test"]
    return [f"{name} has no test {one}" for one in held
            if not re.search(pattern.format(re.escape(one)), text_of(path), re.MULTILINE)]


class Table:
    """One file of rules."""

    def __init__(self, path, tests):
        self.name, self.tests = os.path.basename(path), tests
        self.sections, self.seen, self.mistakes = [], [], []
        self.rows = self.held = 0
        self.open = None  # the number of the row that has neither test nor reason yet
        for number, line in enumerate(text_of(path).splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                self.read(number, line)
        self.close()
        for section in self.sections:
            if section not in self.seen:
                self.mistake(1, f"section {section} has no row")
        if not self.rows:
            self.mistake(1, "no row at all")

    def mistake(self, number, what):
        self.mistakes.append(f"tests/rules/{self.name}:{number}: {what}")

    def close(self):
        if self.open:
            self.mistake(self.open, "neither a test nor a reason")
        self.open = None

    def read(self, number, line):
        if line.startswith("sections: "):
            self.sections += line.split()[1:]
        elif line.startswith("    none: ") and self.open:
            self.open = None
        elif line.startswith("    "):
            self.open = None
            self.held += len(line.split()) - 1
            for what in holders_missing(self.tests, line.strip()):
                self.mistake(number, what)
        else:
            self.close()
            self.begin(number, line)

    def begin(self, number, line):
        row = ROW.match(line)
        if not row:
            self.mistake(number, f"no row: {line}")
            return
        self.rows += 1
        self.open = number
        self.seen.append(row[1])
        if row[1] not in self.sections:
            self.mistake(number, f"section {row[1]} is not among the file's sections")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    tests = os.path.join(root, "tests")
    tables = [Table(path, tests) for path in sorted(glob.glob(os.path.join(tests, "rules", "*.rules")))]
    mistakes = [line for table in tables for line in table.mistakes]
    print("\n".join(mistakes) or
          f"{len(tables)} RFCs, {sum(t.rows for t in tables)} rules, "
          f"{sum(t.held for t in tables)} tests named")
    return 1 if mistakes or not tables else 0


if __name__ == "__main__":
    sys.exit(main())
