#!/usr/bin/env python3
"""Each #include against the table of what a folder may know, and a README in every folder.

usage: layering.py [ROOT]
Prints one line a violation and exits 1; prints what it looked at and exits 0.
"""
import os
import re
import sys

# public headers that only name types
TYPES = {"abi", "status", "span", "types", "request", "metric", "plugin"}
FIELDS = TYPES | {"fields"}  # and the grammar's functions
PUBLIC = FIELDS | {"calls", "files", "http", "server", "timers", "websocket"}

# folder: (layers whose headers it may include, public headers it may include)
LAYERS = {
    "lib/base": ({"base"}, TYPES),
    "lib/io": ({"io", "base"}, TYPES),
    "lib/http": ({"http", "base"}, FIELDS),
    "lib/conn": ({"conn", "base", "io"}, TYPES),
    "lib/exchange": ({"exchange", "conn", "http", "base", "io"}, FIELDS | {"http", "server"}),
    "lib/http1": ({"http1", "exchange", "conn", "http", "base", "io"}, FIELDS | {"http", "server"}),
    "lib/files": ({"files", "exchange", "conn", "http", "base", "io"},
                  FIELDS | {"files", "http", "server"}),
    "lib/plugin": ({"plugin", "conn", "base", "io"}, TYPES),
    "lib/filter": ({"filter", "exchange", "plugin", "conn", "http", "io", "base"},
                   FIELDS | {"http", "server"}),
    "lib/server": ({"server", "filter", "files", "http1", "exchange", "plugin", "conn", "http", "io", "base"},
                   FIELDS | {"files", "http", "server"}),
    "include/shunt": (set(), PUBLIC),
    "apps/shuntd": ({"server", "plugin", "base"}, PUBLIC),
    "apps/plugins": ({"topics"}, FIELDS | {"files", "http", "timers", "websocket"}),
    "apps/examples": (set(), PUBLIC),
    "bench/memory": ({"memory", "websocket", "server", "http1", "exchange", "plugin", "conn", "http", "io", "base"}, TYPES),
    "bench/wire": ({"wire", "http", "base"}, TYPES),
    "bench/observe": ({"observe", "base"}, TYPES),
    "bench": ({"base", "io", "http"}, TYPES | {"websocket"}),
}

# Of bench itself; what is not in the table above may know its neighbours.
BENCH_FOLDERS = {"wire", "load", "observe", "report", "page", "memory"}

# System headers that only one folder may include: the kernel's interfaces stay in io, the
# loader's in plugin, and http is pure.
ONLY_IN = {
    "liburing.h": {"lib/io"},
    "linux/io_uring.h": {"lib/io"},
    "sys/epoll.h": {"lib/io"},
    "dlfcn.h": {"lib/plugin"},
    "elf.h": {"lib/plugin"},
    "yaml.h": {"lib/server"},
}
NEVER_IN = {"lib/http": {"sys/socket.h", "sys/uio.h", "unistd.h", "fcntl.h", "stdlib.h", "malloc.h",
                         "pthread.h", "stdio.h"}}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def folder_of(path):
    """The row of the table that `path` falls under, or None."""
    return next((row for row in LAYERS if path.startswith(row + "/")), None)


def fault(row, path, kind, name):
    """Why `path` may not include `name`, or None."""
    layers, public = LAYERS[row]
    if ".." in name.split("/"):
        return "a path that climbs"
    if name.startswith("shunt/"):
        if kind == '"':
            return "a public header in quotes"
        header = name[len("shunt/"):].removesuffix(".h")
        return None if header in public else f"{row} must not know <{name}>"
    if kind == '"':
        if "/" not in name:
            own = row in ("apps/plugins", "apps/shuntd", "apps/examples", "bench")
            return None if own else "a header of the tree without its folder"
        layer = name.split("/")[0]
        if row == "bench" and layer in BENCH_FOLDERS:
            return None
        return None if layer in layers else f"{row} must not know {layer}"
    if name in ONLY_IN and row not in ONLY_IN[name]:
        return f"only {' and '.join(sorted(ONLY_IN[name]))} may know <{name}>"
    if name in NEVER_IN.get(row, ()):
        return f"{row} must not know <{name}>"
    return None


def sources(root):
    for top in ("include", "lib", "apps", "bench", "tests", "docker"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if f not in ("build", "__pycache__"))
            yield os.path.relpath(folder, root), sorted(files)


def check_file(root, path, row):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            found = INCLUDE.match(line)
            why = found and fault(row, path, *found.groups())
            if why:
                yield f"{path}:{number}: {why}: {line.strip()}"


def main():
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")
    faults, looked = [], 0
    for folder, files in sources(root):
        code = [f for f in files if f.endswith((".c", ".h", ".py", ".sh"))]
        # A plain list of cases of one kind is explained by the README above it.
        explained = "README.md" in files or folder.startswith(("tests/unit/", "include/"))
        if code and not explained:
            faults.append(f"{folder}: no README.md")
        for name in files:
            path = os.path.join(folder, name)
            row = folder_of(path)
            if row and name.endswith((".c", ".h")):
                looked += 1
                faults.extend(check_file(root, path, row))
    print("\n".join(faults) if faults else f"{looked} files keep to the table")
    return 1 if faults or not looked else 0


if __name__ == "__main__":
    sys.exit(main())
