"""Reads http1.cases and upgrade.cases; the top of http1.cases describes the format."""
import re

KINDS = {
    "number": "before n n_max_any n_min n_reject",
    "flag": "anyorder body close eof goaway h2 half no100 no101 no_second nodata noframes nohttp "
            "only soft status_must surplus wait wait_ok want100",
    "numbers": "also_accept also_ok close_codes forbid status",
    "words": "allow events methods noh",
    "text": "body_not expect ext level needs offer pref sub why",
    "octets": "echo send",
}
KIND = {key: kind for kind, keys in KINDS.items() for key in keys.split()}
CALLED = {"close_codes": "close", "events": "want", "echo": "want"}  # what the judges call them
# \xNN, one letter, or \{...}, inside which one more \{...} may stand.
ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|([rnt\\#])"
                    r"|\{(?:(\d+)\.\.)?(\d+)\*((?:[^\\}]|\\\{[^{}]*\}|\\.)*)\})")
PLAIN = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}


class Malformed(Exception):
    """What is wrong with a case file, and where."""


def unescape(text, count=""):
    """The bytes that a text with visible escapes stands for, as latin-1. `count` is what \\# is."""
    def one(match):
        octet, plain, first, last, repeated = match.groups()
        if octet:
            return chr(int(octet, 16))
        if plain:
            return count if plain == "#" else PLAIN[plain]
        numbers = range(int(first), int(last) + 1) if first else range(int(last))
        return "".join(unescape(repeated, str(number)) for number in numbers)
    if "\\" in ESCAPE.sub("", text):
        raise Malformed(f"unknown escape in {text!r}")
    return ESCAPE.sub(one, text)


def octets(text):
    return unescape(text).encode("latin-1")


READ = {
    "number": int,
    "flag": {"yes": True, "no": False}.__getitem__,
    "numbers": lambda text: [int(word) for word in text.split()],
    "words": str.split,
    "text": unescape,
    "octets": octets,
}


def add_line(case, line):
    """One line of a case that is no request: into `case`, or into what comes after the 101."""
    key, colon, text = line.partition(":")
    text = text.strip(" ")
    if not colon:
        raise Malformed(f"neither a key nor a request: {line!r}")
    if key.startswith("field "):  # a regular expression, as it stands
        case.setdefault("h", {})[key[6:]] = text
    elif key == "frame":
        opcode, _, payload = text.partition(" ")
        case["then"].setdefault("frames", []).append([int(opcode), unescape(payload)])
    elif key == "then":
        case["then"] = {"k": text}
    else:
        place = case.get("then", case)
        name, read = CALLED.get(key, key), READ[KIND[key]](text)
        if name in place and KIND[key] != "octets":  # those go on where the last line ended
            raise Malformed(f"{key} stands twice")
        place[name] = place[name] + read if name in place else read


def load(path):
    """The cases of a file: dicts, each with its name and its request, `raw`, as bytes."""
    cases = []
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file.read().split("\n"), 1):
            try:
                if line.startswith("== "):
                    cases.append({"name": line[3:], "raw": b""})
                elif line.startswith("> "):
                    cases[-1]["raw"] += octets(line[2:])
                elif line.strip() and not line.startswith("#"):
                    add_line(cases[-1], line)
            except (Malformed, ValueError, KeyError, IndexError) as error:
                raise Malformed(f"{path}:{number}: {type(error).__name__} {error}") from error
    return cases
