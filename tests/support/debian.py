"""Debian's archives as apt is configured on this machine: other releases are fetched from there."""
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
RELEASES = {11: "bullseye", 12: "bookworm", 13: "trixie"}


class Unavailable(Exception):
    """Why something of Debian's is not to be had here."""


def run(*command, **options):
    """What it writes to standard output; Unavailable with the end of its output when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    if done.returncode:
        raise Unavailable(f"{command[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def mirrors():
    """(archive, security archive or None)."""
    fields = "$(REPO_URI)|$(RELEASE)|$(LABEL)|$(COMPONENT)"
    lines = run("apt-get", "indextargets", "--format", fields, "Created-By: Packages").splitlines()
    found = {}
    for uri, release, label, component in (line.split("|") for line in lines):
        # Before the first update there are no labels, and the release's name has to do.
        unknown = label.startswith("$")
        security = label == "Debian-Security" or (unknown and release.endswith("-security"))
        if component == "main" and (security or unknown or label == "Debian"):
            found.setdefault("security" if security else "archive", uri)
    if "archive" not in found:
        raise Unavailable("apt knows no archive of Debian")
    return found["archive"], found.get("security")
