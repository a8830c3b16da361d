"""A virtual machine for one run: the initramfs with what it needs, QEMU, and its console."""
import os
import re
import shutil
import subprocess
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
MEMORY_MIB = 2048
# One processor whose clock counts its instructions and jumps over idle time: a machine that is busy
# with other things slows the guest down, and no time-out in it notices.
CLOCK = ["-smp", "1", "-icount", "shift=1,sleep=off", "-rtc", "clock=vm"]


def missing():
    """What is not installed of what a machine needs."""
    tools = {"qemu-system-x86_64": "qemu-system-x86", "busybox": "busybox-static", "cpio": "cpio"}
    return [package for tool, package in tools.items() if not shutil.which(tool)]


def libraries(path):
    """The shared objects that a program or plugin is loaded with, the loader among them."""
    done = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
    return re.findall(r"(/\S+) \(0x", done.stdout)


class Files:
    """The files of the initramfs, each at the path that it has here."""

    def __init__(self, root):
        self.root, self.known = root, set()

    def add(self, path, at=None):
        target = os.path.join(self.root, (at or path).lstrip("/"))
        if target in self.known:
            return
        self.known.add(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(path, target)

    def add_program(self, path, at=None):
        self.add(path, at)
        for library in libraries(path):
            self.add(library)

    def add_folder(self, path, programs=False):
        for where, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                (self.add_program if programs else self.add)(os.path.join(where, name))

    def pack(self, archive):
        for name in ("proc", "sys", "dev", "tmp", "run", "etc"):
            os.makedirs(os.path.join(self.root, name), exist_ok=True)
        names = subprocess.run(["find", "."], cwd=self.root, capture_output=True, check=True).stdout
        with open(archive, "wb") as file:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=self.root, input=names,
                           stdout=file, check=True)


def initramfs(archive, suites, programs, folders, data):
    """Write `archive`: busybox, init, programs and folders of plugins with their libraries, folders
    of data, and the list of suites: [(name, command)]."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(archive)) as root:
        files = Files(root)
        files.add_program(shutil.which("busybox"), "/bin/busybox")
        os.symlink("busybox", os.path.join(root, "bin", "sh"))
        files.add(os.path.join(HERE, "init"), "/init")
        for path in programs:
            files.add_program(path)
        for path in folders:
            files.add_folder(path, programs=True)
        for path in data:
            files.add_folder(path)
        with open(os.path.join(root, "suites"), "w", encoding="utf-8") as file:
            file.writelines(f"{name}\t{command}\n" for name, command in suites)
        files.pack(archive)


def boot(kernel, archive, seconds, on_line):
    """Run the machine until it powers off. on_line(TEXT) is called with each line of its results.
    (those lines, its console, whether it ended by itself)."""
    console = archive + ".console"
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", str(MEMORY_MIB), *CLOCK,
               "-nodefaults", "-nographic", "-no-reboot", "-kernel", kernel, "-initrd", archive,
               "-append", "console=ttyS0 quiet panic=-1",
               "-serial", f"file:{console}", "-serial", "stdio"]
    results, expired = [], threading.Event()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as child:
        timer = threading.Timer(seconds, lambda: (expired.set(), child.kill()))
        timer.start()
        try:
            for line in child.stdout:
                results.append(line.decode(errors="replace").rstrip("\r\n"))
                on_line(results[-1])
        finally:
            timer.cancel()
            child.kill()
    with open(console, encoding="utf-8", errors="replace") as file:
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", file.read())
    return results, shown, not expired.is_set()
