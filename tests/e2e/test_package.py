"""An installation of the release build, and what is built against it out of tree."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from support import harness
from support.harness import BUILD, PRESET, ROOT, Server, run_shuntd
from support.wire import Wire, upgrade_request

# Compilers and standards that Shunt's headers are compiled by as C++.
CXX = [(compiler, standard) for compiler in ("g++", "clang++") if shutil.which(compiler)
       for standard in ("c++11", "c++20")]
BACKENDS = (None,) if PRESET == "release" else ()  # what is installed is a release
EXAMPLES = os.path.join(ROOT, "apps", "examples")


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=120, **options)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = os.path.join(cls.folder.name, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.library = next(os.path.join(where, "libshunt.so") for where, _, files in
                           os.walk(cls.prefix) if "libshunt.so" in files)
        cls.env = {**os.environ, "PKG_CONFIG_PATH":
                   os.path.join(os.path.dirname(cls.library), "pkgconfig")}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def place(self, name):
        return os.path.join(self.folder.name, name)

    def installed(self, path):
        path = os.path.join(self.prefix, path)
        self.assertTrue(os.path.exists(path), f"{path} is not installed")
        return path

    def test_everything_is_there(self):
        for path in ("bin/shuntd", "bin/shunt-bench", "lib/shunt/plugins/echo.so",
                     "lib/shunt/plugins/websocket.so", "include/shunt/plugin.h",
                     "include/shunt/http.h", "include/shunt/server.h",
                     "share/man/man1/shuntd.1",
                     "share/man/man1/shunt-bench.1", "share/man/man1/shunt-bench-compare.1",
                     "share/man/man1/shunt-bench-report.1",
                     "libexec/shunt-bench/compare.py", "libexec/shunt-bench/drawing.py"):
            self.installed(path)
        folder = os.path.dirname(self.library)
        for name in ("libshunt.a", "libshunt.so.0", "pkgconfig/shunt.pc",
                     "cmake/Shunt/ShuntConfig.cmake"):
            self.assertTrue(os.path.exists(os.path.join(folder, name)), name)

    def test_unit_starts_the_installed_program(self):
        unit = self.installed("lib/systemd/system/shuntd.service")
        example = self.installed("share/shunt/shuntd.yaml")
        with open(unit, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("\nType=notify\n", text)
        self.assertIn(f"\nExecStart={self.prefix}/bin/shuntd --config /etc/shunt/shuntd.yaml\n", text)
        self.assertEqual(re.findall(r"@\w+@", text), [])
        was, harness.SHUNTD = harness.SHUNTD, self.installed("bin/shuntd")
        try:
            status, output = run_shuntd("--config", example, "--check")
        finally:
            harness.SHUNTD = was
        self.assertEqual(status, 0, output)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_finds_no_fault_in_the_unit(self):
        output = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                   self.installed("lib/systemd/system/shuntd.service"))
        self.assertEqual(output, "")

    def test_library_exports_the_public_functions_only(self):
        names = [line.split()[-1].split("@")[0] for line in
                 run("nm", "-D", "--defined-only", self.library).splitlines()]
        functions = [name for name in names if not name.startswith("SHUNT_")]
        self.assertIn("shunt_server_run", functions)
        self.assertEqual([name for name in functions if not name.startswith("shunt_")], [])
        header = ""
        for name in ("fields.h", "files.h", "http.h", "server.h"):
            with open(os.path.join(ROOT, "include", "shunt", name), encoding="utf-8") as file:
                header += file.read()
        self.assertEqual([name for name in functions if f"{name}(" not in header], [])
        declared = re.findall(r"SHUNT_API [^;]*?\b(shunt_\w+)\(", header)
        self.assertIn("shunt_exchange_answer", declared)
        self.assertEqual([name for name in declared if name not in functions], [])

    def test_shipped_plugins_link_nothing_of_ours(self):
        for name in ("echo", "websocket"):
            needed = run("objdump", "-p", self.installed(f"lib/shunt/plugins/{name}.so"))
            self.assertNotIn("libshunt", needed)

    def greets(self, plugin, shuntd=None, handler=None):
        """The plugin is loaded by its path and speaks; its handler answers, if it has one."""
        was = harness.SHUNTD
        harness.SHUNTD = shuntd or was
        routes = "routes:\n  - {path: /raw, upgrade: [hello]}\n"
        if handler:
            routes += (f"  - {{path: /http, handler: {handler}, settings: {{greeting: hi}}, "
                       f"filters: [{{name: {handler}}}]}}\n")
        try:
            with Server(routes, backend="auto",
                        args=("--plugin", plugin)) as server, server.connect() as sock:
                wire = Wire(sock)
                if handler:
                    wire.send(b"GET /http?x=1&name=%61da HTTP/1.1\r\nHost: a\r\n\r\n")
                    response = wire.response()
                    self.assertEqual(response.body, b"hi, ADA")
                    self.assertEqual(response.field("Was"), "200")
                wire.send(upgrade_request("/raw", "hello") + b"one line\n")
                self.assertEqual(wire.head()[0], 101)
                self.assertEqual(wire.take(21), b"hello, /raw\nONE LINE\n")
        finally:
            harness.SHUNTD = was

    def test_example_plugin_by_find_package(self):
        build = self.place("hello")
        run("cmake", "-S", os.path.join(EXAMPLES, "hello_plugin"), "-B", build,
            f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        self.greets(os.path.join(build, "hello.so"))

    def test_example_plugin_by_pkg_config_in_the_installed_server(self):
        flags = run("pkg-config", "--cflags", "shunt", env=self.env).split()
        plugin = self.place("hello-pc.so")
        run("cc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
            "-fvisibility=hidden", *flags, "-o", plugin,
            os.path.join(EXAMPLES, "hello_plugin", "hello.c"))
        self.greets(plugin, self.installed("bin/shuntd"))

    def test_example_plugin_with_a_handler_and_a_filter(self):
        flags = run("pkg-config", "--cflags", "shunt", env=self.env).split()
        source = os.path.join(EXAMPLES, "plugin_http", "greet.c")
        for kind, options in (("c", ("cc", "-std=c17")), ("clang", ("clang", "-std=gnu11"))):
            if not shutil.which(options[0]):
                continue
            plugin = self.place(f"greet-{kind}.so")
            run(*options, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC",
                "-fvisibility=hidden", "-Wl,--no-undefined", *flags, "-o", plugin, source)
            routes = ("routes:\n  - path: /greet/{name}\n    handler: greet\n"
                      "    settings: {text: hi}\n")
            was, harness.SHUNTD = harness.SHUNTD, self.installed("bin/shuntd")
            try:
                with Server(routes, backend="auto", args=("--plugin", plugin),
                            workers=1) as server, server.connect() as sock:
                    wire = Wire(sock)
                    wire.send(b"GET /greet/Ada HTTP/1.1\r\nHost: a\r\n\r\n")
                    self.assertEqual(wire.response().body, b'{"text":"hi, Ada","count":1}\n')
            finally:
                harness.SHUNTD = was
        build = self.place("greet")
        run("cmake", "-S", os.path.join(EXAMPLES, "plugin_http"), "-B", build,
            f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)

    def embedded(self, *link):
        program = self.place("embed")
        flags = run("pkg-config", "--cflags", "shunt", env=self.env).split()
        run("cc", "-std=gnu17", *flags, "-o", program, os.path.join(EXAMPLES, "embed", "main.c"),
            *link)
        self.serves(program, b"Hello from a program!\n")

    def serves(self, program, greeting, handler=None):
        """The program prints its port, answers with a greeting, mirrors bytes, ends at SIGTERM."""
        child = subprocess.Popen([program, "127.0.0.1:0"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, env={
                                     **os.environ, "LD_LIBRARY_PATH": os.path.dirname(self.library)})
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.kill)
        port = int(child.stdout.readline().split()[1])
        with socket.create_connection(("127.0.0.1", port), 20) as sock:
            wire = Wire(sock)
            wire.send(b"GET /?name=a+%42 HTTP/1.1\r\nHost: cxx\r\n\r\n")
            self.assertEqual(wire.response().body, greeting)
            if handler:
                wire.send(b"GET /hello?name=ada HTTP/1.1\r\nHost: cxx\r\n\r\n")
                self.assertEqual(wire.response().body, handler)
            wire.send(upgrade_request("/", "mirror") + b"and back")
            self.assertEqual(wire.head()[0], 101)
            self.assertEqual(wire.take(15), b"mirror\nand back")
        child.terminate()
        self.assertEqual(child.wait(20), 0)

    def test_embedding_with_the_shared_library(self):
        self.embedded(*run("pkg-config", "--libs", "shunt", env=self.env).split())

    def test_embedding_with_the_static_library(self):
        flags = run("pkg-config", "--static", "--libs", "shunt", env=self.env).split()
        archive = os.path.join(os.path.dirname(self.library), "libshunt.a")
        self.embedded(*[archive if flag == "-lshunt" else flag for flag in flags])

    def cxx(self, compiler, standard, source, output, *options):
        """Compile a file of cxx/ against the installation, with every warning an error."""
        flags = run("pkg-config", "--cflags", "shunt", env=self.env).split()
        run(compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *flags,
            "-o", output, os.path.join(ROOT, "tests", "e2e", "cxx", source), *options)

    def test_plugin_in_cxx(self):
        for compiler, standard in CXX:
            with self.subTest(compiler=compiler, standard=standard):
                plugin = self.place(f"hello-{compiler}-{standard}.so")
                self.cxx(compiler, standard, "plugin.cpp", plugin, "-shared", "-fPIC",
                         "-fvisibility=hidden")
                self.greets(plugin, self.installed("bin/shuntd"), "hello")

    def test_embedding_in_cxx(self):
        for compiler, standard in CXX:
            with self.subTest(compiler=compiler, standard=standard):
                program = self.place(f"embed-{compiler}-{standard}")
                self.cxx(compiler, standard, "plugin.cpp", program + ".o", "-c",
                         "-DSHUNT_PLUGIN_STATIC=hello_plugin")
                self.cxx(compiler, standard, "embed.cpp", program, program + ".o",
                         *run("pkg-config", "--libs", "shunt", env=self.env).split())
                self.serves(program, b"Hello from C++ for cxx and a B", b"hello, ADA")

    def test_installed_server_finds_its_plugins(self):
        was, harness.SHUNTD = harness.SHUNTD, self.installed("bin/shuntd")
        try:
            config = self.place("c.yaml")
            with open(config, "w", encoding="utf-8") as file:
                file.write("plugins: [{name: echo}, {name: websocket}]\n")
            status, output = run_shuntd("--config", config, "--listen", "127.0.0.1:0", "--check")
            self.assertEqual(status, 0, output)
        finally:
            harness.SHUNTD = was

    def test_a_moved_installation_works(self):
        moved = self.place("moved")
        shutil.copytree(self.prefix, moved, symlinks=True)
        build = self.place("hello-moved")
        run("cmake", "-S", os.path.join(EXAMPLES, "hello_plugin"), "-B", build,
            f"-DCMAKE_PREFIX_PATH={moved}")
        run("cmake", "--build", build)


if __name__ == "__main__":
    unittest.main()
