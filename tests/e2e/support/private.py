"""A place of one's own: network, processes and mounts that nobody else on this machine sees. Fixed
ports are free there, pidof finds one server, and everything in it ends with it."""
import os
import shutil
import subprocess

UNSHARE = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"]
# In it, as a program: lo up, a folder over another one, then the command that follows.
ENTER = """
ip link set lo up || exit 125
if [ -n "$1" ]; then mount --bind "$1" "$2" || exit 125; cd "$2"; fi
shift 2
exec "$@"
"""


def command(words, folder="", over=""):
    """The command line that runs `words` in such a place, with `folder` mounted over `over`."""
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return [*UNSHARE, *root, "sh", "-c", ENTER, "sh", folder, over, *words]


def refusal():
    """Why there is no such place on this machine, or None."""
    for tool in ("unshare", "ip"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    done = subprocess.run(command(["true"]), capture_output=True, text=True, check=False)
    return done.stderr.strip() or "namespaces are not permitted" if done.returncode else None
