#!/usr/bin/env python3
"""Each function that handlers may call against <shunt/calls.h> and shunt.map.

usage: calls.py
A plugin has only those that are in the table, a program those that the library exports. Prints one
line a difference and exits 1.
"""
import fnmatch
import re
import sys

HEADERS = [f"include/shunt/{name}.h" for name in ("http", "fields", "files")]
PROGRAMS = "include/shunt/server.h"  # what only programs call
DECLARED = r"SHUNT_API [^;]*?\bshunt_(\w+)\("


def names(path, pattern):
    with open(path, encoding="utf-8") as file:
        return re.findall(pattern, file.read())


def main():
    declared = [name for path in HEADERS for name in names(path, DECLARED)]
    listed = names("include/shunt/calls.h", r"\b(?:CALL|DO)\((?:[\w *]+, )?(\w+),\s+\\?\s*\(")
    differences = [f"shunt_{name}() is not in <shunt/calls.h>" for name in declared
                   if name not in listed]
    differences += [f"<shunt/calls.h> has {name}, which no header declares" for name in listed
                    if name not in declared]
    exported = names("cmake/shunt.map", r"\b(shunt_[\w*]+);")
    differences += [f"shunt_{name}() is not in cmake/shunt.map"
                    for name in declared + names(PROGRAMS, DECLARED)
                    if not any(fnmatch.fnmatch(f"shunt_{name}", one) for one in exported)]
    differences += [f"<shunt/calls.h> has {name} twice" for name in set(listed)
                    if listed.count(name) > 1]
    print("\n".join(differences) or f"{len(declared)} functions")
    return 1 if differences or not declared else 0


if __name__ == "__main__":
    sys.exit(main())
