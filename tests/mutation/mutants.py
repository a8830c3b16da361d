"""Mutants of a C file: each one small mistake in one function's body, made by text."""
import re
from typing import NamedTuple

CALL = re.compile(r"^ +(?:\(void\)!?)?[a-z_][\w>.\[\]-]*\([^;{}]*\);\n", re.M)
CONDITION = re.compile(r"\b(if|while) \(")
BOUND = re.compile(r" (<=?|>=?) |(?<=\w) [+-] 1\b(?!\.)")
OTHER_BOUND = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
LOGIC = re.compile(r" (&&|\|\|)(?=\s)")
# What no test can see: assertions that hold, and what is only for a reader of the log.
SILENT = re.compile(r"\b(?:log_\w+|va_end|va_start|ASSERT\w*)\([^;]*\);")


class Mutant(NamedTuple):
    line: int
    function: str
    kind: str
    start: int  # what stands from start to end is replaced by text
    end: int
    text: str


def blank_out(source):
    """The source with comments, what is quoted and SILENT made spaces, byte for byte as long."""
    def spaces(match):
        return re.sub(r"[^\n]", " ", match[0])
    code = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', spaces, source,
                  flags=re.S)
    return SILENT.sub(spaces, code)


def functions(code):
    """(name, start, end) of each body: clang-format puts both braces in the first column."""
    body = r"^(?:[a-z][^;{}]*?)\b(\w+)\([^;{}]*\)\n(\{\n.*?^\}\n)"
    for match in re.finditer(body, code, re.M | re.S):
        yield match[1], match.start(2), match.end(2)


def closing(code, at):
    """Where the parenthesis that opens at `at` closes."""
    depth = 0
    for place in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        if depth == 0:
            return place
    raise ValueError("a parenthesis that never closes")


def of_body(code, start, end):
    """(kind, start, end, replacement) of each mutant of one body."""
    for match in CONDITION.finditer(code, start, end):
        begin, finish = match.end(), closing(code, match.end() - 1)
        yield "condition negated", begin, finish, lambda text: f"!({text})"
    for match in BOUND.finditer(code, start, end):
        if match[1]:
            other = OTHER_BOUND[match[1]]
            yield f"{match[1]} is {other}", match.start(1), match.end(1), lambda _, to=other: to
        else:
            yield f"no{match[0]}", match.start(), match.end(), lambda _: ""
    for match in LOGIC.finditer(code, start, end):
        other = "||" if match[1] == "&&" else "&&"
        yield f"{match[1]} is {other}", match.start(1), match.end(1), lambda _, to=other: to
    for match in CALL.finditer(code, start, end):
        yield "call deleted", match.start(), match.end(), lambda _: "    ;\n"


def mutants(source):
    code = blank_out(source)
    for name, start, end in functions(code):
        for kind, begin, finish, change in of_body(code, start, end):
            yield Mutant(source.count("\n", 0, begin) + 1, name, kind, begin, finish,
                         change(source[begin:finish]))


def mutated(source, mutant):
    return source[:mutant.start] + mutant.text + source[mutant.end:]
