#!/usr/bin/env python3
"""The image of docker/Dockerfile, built and run: --help.

The base is a debootstrap of the release, made once below build/images. Where an image cannot be
built at all (no root, no buildah, no debootstrap, no archive), a line reports it and the result is a
skip. Exits 1 when a test failed.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(ROOT, "build", "images")
sys.path += [os.path.join(ROOT, "tests", "support"), os.path.join(ROOT, "tests/e2e/support")]
import debian  # noqa: E402
import private  # noqa: E402

RELEASES = (12, 13)
UNFETCHED = re.compile(r"^(E: |W: )?(Failed to fetch|Unable to fetch)", re.MULTILINE)  # by apt


class Failed(Exception):
    """What is wrong with the image, and the end of the output."""


def must(words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, stdin=subprocess.DEVNULL, **options)
    if done.returncode and UNFETCHED.search(done.stdout):
        raise debian.Unavailable("the archive does not answer")
    if done.returncode:
        raise Failed(f"{words[0]}: exit status {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout


def missing():
    """Why no image can be built here, or None."""
    if os.geteuid():
        return "debootstrap takes root"
    tools = [tool for tool in ("buildah", "debootstrap", "curl") if not shutil.which(tool)]
    if tools:
        return f"not installed: {' '.join(tools)}"
    return private.refusal()


def base(release, show):
    """A tar file with the smallest Debian of this release."""
    archive = os.path.join(FOLDER, f"debian-{release}.tar")
    if os.path.exists(archive):
        return archive
    show("debootstrap")
    mirror, _ = debian.mirrors()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        root = os.path.join(folder, "root")
        # In a mount namespace: its /proc goes with it, however it ends.
        debian.run("unshare", "--mount", "debootstrap", "--variant=minbase",
                   debian.RELEASES[release], root, mirror)
        # As Debian's own images have it: what is built in there need not survive a power cut.
        unsafe = os.path.join(root, "etc", "dpkg", "dpkg.cfg.d", "unsafe-io")
        with open(unsafe, "w", encoding="utf-8") as file:
            file.write("force-unsafe-io\n")
        part = os.path.join(folder, "tar")
        must(["tar", "-C", root, "--one-file-system", "-cf", part,
              "--exclude=./var/cache/apt/*.bin", "--exclude=./var/cache/apt/archives/*.deb", "."])
        os.rename(part, archive)  # whole or not at all
    return archive


class Storage:
    """Images of one run, apart from those of this machine's user."""

    def __init__(self, folder):
        self.words = ["buildah", "--root", os.path.join(folder, "root"), "--runroot",
                      os.path.join(folder, "run"), "--storage-driver", "vfs"]

    def run(self, *words):
        return must([*self.words, *words])

    def build(self, name, *words):
        self.run("bud", "--isolation", "chroot", "-t", name, *words)

    def base(self, archive):
        with tempfile.TemporaryDirectory(dir=FOLDER) as context:
            os.link(archive, os.path.join(context, "root.tar"))
            with open(os.path.join(context, "Dockerfile"), "w", encoding="utf-8") as file:
                file.write("FROM scratch\nADD root.tar /\n")
            self.build("base", context)


def serve(storage):
    """Run the image's own command and ask for all that the demo serves; the output."""
    config = json.loads(storage.run("inspect", "--type", "image", "shunt"))["OCIv1"]["config"]
    if config.get("User") in (None, "", "root", "0"):
        raise Failed("the image runs as root")
    if config.get("StopSignal") != "SIGTERM":
        raise Failed(f"stops by {config.get('StopSignal')}")
    container = storage.run("from", "shunt").split()[-1]
    command = [*storage.words, "run", "--isolation", "chroot", "--user", config["User"], container,
               "--", *config["Entrypoint"], *config["Cmd"]]
    return must(private.command(["bash", os.path.join(HERE, "ask.sh"), *command]), timeout=120)


def test_image(release, show):
    archive = base(release, show)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        storage = Storage(folder)
        show("base image")
        storage.base(archive)
        show("building the image")
        storage.build("shunt", "--build-arg", f"DEBIAN={release}", "--build-arg",
                      "BASE=localhost/base", "-f", os.path.join(ROOT, "docker", "Dockerfile"), ROOT)
        show("running it")
        try:
            print(serve(storage))
        finally:
            storage.run("rm", "--all")


def result(release):
    """A TAP line."""
    name, start = f"image of Debian {release}", time.monotonic()

    def show(what):
        print(f"  Debian {release}: {what} ({time.monotonic() - start:.0f} s)", flush=True)

    reason = missing()
    if reason:
        return f"ok - {name} # SKIP {reason}"
    os.makedirs(FOLDER, exist_ok=True)
    try:
        test_image(release, show)
    except debian.Unavailable as why:
        return f"ok - {name} # SKIP {' '.join(str(why).split())}"
    except Failed as why:
        print(why, flush=True)
        return f"not ok - {name}"
    show("ok")
    return f"ok - {name}"


def main():
    parser = argparse.ArgumentParser(
        prog="./dev images", description="Builds the image of docker/Dockerfile and runs it.")
    parser.add_argument("--debian", action="append", type=int, choices=RELEASES,
                        help="on this release; may be given again (each in turn)")
    parser.add_argument("--tap", metavar="FILE", help="write TAP there as well")
    args = parser.parse_args()
    lines = [result(release) for release in args.debian or RELEASES]
    if args.tap:
        with open(args.tap, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    skipped = [line for line in lines if "# SKIP" in line]
    failed = [line for line in lines if line.startswith("not ok")]
    for line in skipped + failed:
        print(f"  {line}")
    print(f"\n{len(skipped)} skipped" if skipped else "")
    print(f"{len(lines) - len(skipped) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
