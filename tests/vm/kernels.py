"""Kernels of Debian's releases: downloaded through the mirror that apt is configured with, and
unpacked into build/vm. Nothing is installed, and apt's own state is left alone."""
import fcntl
import glob
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from debian import KEYRING, RELEASES, Unavailable, mirrors, run  # noqa: E402

FOLDER = os.path.join(ROOT, "build", "vm")
PACKAGE = "linux-image-cloud-amd64"

# Version: its release, and the back end that "auto" takes on it.
KERNELS = {
    "6.1": (RELEASES[12], "io_uring"),
    "6.12": (RELEASES[13], "io_uring"),
    "5.10": (RELEASES[11], "epoll"),
}


def apt_options(release, folder):
    """Options that make apt know one release and nothing of this machine's."""
    archive, security = mirrors()
    for name in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    with open(os.path.join(folder, "sources.list"), "w", encoding="utf-8") as file:
        file.write(f"deb [signed-by={KEYRING}] {archive} {release} main\n")
        if security:
            file.write(f"deb [signed-by={KEYRING}] {security} {release}-security main\n")
    with open(os.path.join(folder, "status"), "w", encoding="utf-8"):
        pass
    values = {"Dir::Etc::sourcelist": f"{folder}/sources.list",
              "Dir::Etc::sourceparts": "/dev/null", "Dir::Etc::preferencesparts": "/dev/null",
              "Dir::State": folder, "Dir::State::status": f"{folder}/status",
              "Dir::Cache": f"{folder}/cache", "APT::Architecture": "amd64",
              "Acquire::Languages": "none", "APT::Sandbox::User": "root" if os.geteuid() == 0 else ""}
    return [word for key, value in values.items() if value for word in ("-o", f"{key}={value}")]


def download(version, place, show):
    release = KERNELS[version][0]
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        options = apt_options(release, folder)
        show(f"package lists of {release}")
        run("apt-get", *options, "-qq", "update")
        depends = run("apt-cache", *options, "depends", PACKAGE).split("Depends: ")
        if len(depends) < 2:
            raise Unavailable(f"{release} has no {PACKAGE}")
        name = depends[1].split()[0]
        show(f"downloading {name}")
        subprocess.run(["apt-get", *options, "-qq", "download", name], cwd=folder, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        packages = glob.glob(os.path.join(folder, "*.deb"))
        if not packages:
            raise Unavailable(f"{name} could not be downloaded")
        run("dpkg", "-x", packages[0], os.path.join(folder, "unpacked"))
        image = glob.glob(os.path.join(folder, "unpacked", "boot", "vmlinuz-*"))
        # Whole or not at all: whoever finds the file may boot it.
        shutil.move(image[0], place + ".part")
        os.rename(place + ".part", place)


def kernel(version, show=print):
    """The file of a kernel. Unavailable has the reason where there is none."""
    os.makedirs(FOLDER, exist_ok=True)
    place = os.path.join(FOLDER, f"vmlinuz-{version}")
    with open(place + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(place):
            if not os.path.exists(KEYRING):
                raise Unavailable("debian-archive-keyring is not installed")
            download(version, place, show)
    return place
