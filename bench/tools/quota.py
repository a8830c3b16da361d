"""Hold a server to a share of one CPU with the kernel's bandwidth control (cgroup v1 or v2)."""
import collections
import errno
import os
import time

# A period of 5 ms keeps the pauses short against the latencies that are measured. The kernel takes
# no quota under 1 ms, so small shares get a longer period.
PERIOD_US = 5000
QUOTA_US_MIN = 1000
DESTROY_TRIES = 100

# Since the group was made: periods in which it had something to run; of these, in which it was
# stopped, because its share was used up; for so long, over all CPUs.
Stat = collections.namedtuple("Stat", "periods throttled throttled_us")


class Refused(Exception):
    """No group is to be had; the reason is a sentence."""


def lines_of(file):
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            return lines.read().splitlines()
    except OSError:
        return []


def find_mount(root):
    """(mount, version). Version 1 has a hierarchy for each controller; where it has none for cpu,
    version 2 may."""
    found = None
    for line in lines_of(f"{root}/proc/self/mountinfo"):
        before, dash, behind = line.partition(" - ")
        words, types = before.split(), behind.split()
        if not dash or len(words) < 5 or len(types) < 3:
            continue
        if types[0] == "cgroup" and "cpu" in types[2].split(","):
            return words[4], 1
        if types[0] == "cgroup2" and not found:
            found = words[4], 2
    return found


def own_group(root, version):
    """This process's own group, "" for the root's. proc(5): "4:cpu,cpuacct:/a/b", and of version 2
    "0::/a/b"."""
    for line in lines_of(f"{root}/proc/self/cgroup"):
        _, controllers, path = (line.split(":", 2) + ["", ""])[:3]
        if path and (controllers == "" if version == 2 else "cpu" in controllers.split(",")):
            return "" if path == "/" else path
    return ""


def write(folder, name, text):
    fd = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


class Quota:
    """A group of its own below this process's one, of version 2 or below the nearest one above that
    may have it, that gets `share` of a CPU. `root` is for tests: it stands for /."""

    def __init__(self, share, root=""):
        found = find_mount(root)
        if not found:
            raise Refused("no cgroup hierarchy with the cpu controller is mounted")
        mount, self.version = found
        self.share, self.folder = share, ""
        # A container may see a group's name whose folder is outside of what is mounted for it.
        parent = root + mount + own_group(root, self.version)
        parent = parent if os.path.exists(parent) else root + mount
        try:
            self.make(parent)
        except Refused:
            # A group of version 2 that holds processes, as this one's does, hands no controller
            # down; only the root may. So go up: a session's parent is a slice, which holds none.
            while not self.folder:
                if self.version != 2 or len(parent) <= len(root + mount):
                    raise
                parent = parent.rpartition("/")[0]
                try:
                    self.make(parent)
                except Refused:
                    pass

    def make(self, parent):
        """The group below `parent`, with its share set."""
        if self.version == 2:
            try:
                write(parent, "cgroup.subtree_control", "+cpu")
            except OSError:
                pass  # it is no failure that the parent hands the controller down already
        folder = f"{parent}/shunt-bench-{os.getpid()}"
        try:
            os.mkdir(folder, 0o755)
        except FileExistsError:
            pass
        except OSError as error:
            raise Refused(f"{folder}: {error.strerror}") from error
        self.folder = folder
        try:
            self.set_share()
        except OSError as error:
            self.destroy()
            hint = " (does the parent group hand down the cpu controller?)"
            raise Refused(f"{folder}: {error.strerror}{hint if self.version == 2 else ''}") from error

    def set_share(self):
        quota_us = max(self.share * PERIOD_US, QUOTA_US_MIN)
        period_us = max(PERIOD_US, quota_us / self.share)
        if self.version == 2:
            write(self.folder, "cpu.max", f"{quota_us:.0f} {period_us:.0f}")
        else:
            write(self.folder, "cpu.cfs_period_us", f"{period_us:.0f}")
            write(self.folder, "cpu.cfs_quota_us", f"{quota_us:.0f}")

    def enter(self):
        """Move the calling process in; its children follow. 0 is whoever writes."""
        write(self.folder, "cgroup.procs", "0")

    def stat(self):
        """None: there is no group, or the kernel has no figures."""
        found = dict(line.split()[:2] for line in lines_of(f"{self.folder}/cpu.stat")
                     if len(line.split()) > 1) if self.folder else {}
        us = found.get("throttled_usec")  # version 2
        ns = found.get("throttled_time")  # version 1
        if "nr_periods" not in found or "nr_throttled" not in found or (us or ns) is None:
            return None
        return Stat(int(found["nr_periods"]), int(found["nr_throttled"]),
                    int(us) if us else int(ns) // 1000)

    def destroy(self):
        """Its processes are given a second to end, or it stays: one that was killed may still be
        ending."""
        for _ in range(DESTROY_TRIES if self.folder else 0):
            try:
                os.rmdir(self.folder)
                break
            except OSError as error:
                if error.errno != errno.EBUSY:
                    break
                time.sleep(0.01)
        self.folder = ""
