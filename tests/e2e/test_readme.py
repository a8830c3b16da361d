"""README.md and the examples' READMEs: their commands, word for word, in a copy of the tree."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from support import private
from support.harness import PRESET, ROOT

BACKENDS = (None,) if PRESET == "release" else ()  # what is read about is a release
PASTE = os.path.join("tests", "e2e", "support", "paste.py")
INSTALLED = """\
export PATH=$HOME/shunt/bin:$PATH
export PKG_CONFIG_PATH=$HOME/shunt/lib/pkgconfig CMAKE_PREFIX_PATH=$HOME/shunt
export LD_LIBRARY_PATH=$HOME/shunt/lib
cd {}"""
SECONDS = 380
# Not in the list of packages that building needs: the tree must do without.
TESTS_ONLY = ("criterion.pc", "libseccomp.pc")


def packages(text):
    """The packages of the apt-get install of a text that has build-essential."""
    for command in re.findall(r"apt-get install((?:\\\n|[^\n])*)", text):
        words = re.findall(r"(?<=\s)[a-z][a-z0-9.+-]+", command.split("&&")[0])
        if "build-essential" in words:
            return sorted(words)
    raise AssertionError("no command installs what building needs")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


class Readme(unittest.TestCase):
    def copy_of_the_tree(self, folder):
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, target = os.path.join(ROOT, name), os.path.join(folder, name)
            if os.path.exists(source):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target)

    def pkg_config_without_tests_packages(self, folder):
        """A folder with what pkg-config finds here, but for the libraries of tests only."""
        os.makedirs(folder)
        path = subprocess.run(["pkg-config", "--variable", "pc_path", "pkg-config"],
                              capture_output=True, text=True, check=True).stdout.strip()
        for place in filter(os.path.isdir, path.split(":")):
            for name in os.listdir(place):
                if name not in TESTS_ONLY and not os.path.lexists(os.path.join(folder, name)):
                    os.symlink(os.path.join(place, name), os.path.join(folder, name))

    def paste(self, env, tree, readme, *before):
        words = private.command([sys.executable, PASTE, readme, *before], tree, ROOT)
        done = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_every_command_works_word_for_word(self):
        refusal = private.refusal()
        if refusal:
            self.skipTest(f"no namespaces: {refusal}")
        if os.geteuid():
            self.skipTest("installing packages takes root")
        with tempfile.TemporaryDirectory() as scratch:
            tree, home = os.path.join(scratch, "tree"), os.path.join(scratch, "home")
            os.makedirs(home)
            self.copy_of_the_tree(tree)
            pkg_config = os.path.join(scratch, "pkg-config")
            self.pkg_config_without_tests_packages(pkg_config)
            env = {**os.environ, "HOME": home, "PKG_CONFIG_LIBDIR": pkg_config}
            # Where compilers have a cache, it is not of the tree or the home that are tried.
            cache = subprocess.run(["ccache", "-k", "cache_dir"], stdout=subprocess.PIPE, text=True,
                                   check=True).stdout.strip() if shutil.which("ccache") else ""
            env.update({"CCACHE_DIR": cache} if cache else {})
            output = self.paste(env, tree, "README.md")
            self.assertRegex(output, r"(?m)^1  (uring|epoll) +\d+ .* 0$")  # the demo's table
            for name in ("hello_plugin", "plugin_http", "embed", "json_api", "take_fd",
                         "upload", "download", "reverse_proxy"):
                with self.subTest(name):
                    readme = os.path.join("apps", "examples", name, "README.md")
                    self.paste(env, tree, readme,
                               INSTALLED.format(os.path.dirname(readme)))

    def test_the_lists_of_packages_are_one(self):
        listed = re.search(r"^BUILD_PACKAGES=\((.*?)\)", read("dev"), re.MULTILINE | re.DOTALL)[1]
        self.assertEqual(packages(read("README.md")), sorted(listed.split()))
        self.assertEqual(packages(read("docker", "Dockerfile")), sorted(listed.split()))


if __name__ == "__main__":
    unittest.main()
