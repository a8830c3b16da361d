"""What shuntd prints when it cannot start: a sentence that names the place."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from support.harness import BUILD, DEMO, ROOT, SLOWNESS, Server, run_shuntd, uring_refusal
from support.wire import (Wire, frame, read_frame, request, upgrade_request,
                          websocket_request)

BACKENDS = (None,)
DENY = os.path.join(BUILD, "bin", "deny_uring")
TEST_PLUGINS = os.path.join(BUILD, "lib", "test-plugins")
SHIPPED = os.path.join(BUILD, "lib", "shunt", "plugins")
LISTEN = ("--listen", "127.0.0.1:0")


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, text, name="c.yaml"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path


class Arguments(unittest.TestCase):
    def test_version(self):
        status, output = run_shuntd("--version")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"^shuntd \d+\.\d+\.\d+\n$")

    def test_help_names_every_option(self):
        status, output = run_shuntd("--help")
        self.assertEqual(status, 0)
        for option in ("config", "listen", "workers", "backend", "plugin", "check", "log-level",
                       "version", "help"):
            self.assertIn(f"--{option}", output)

    def test_unknown_option_is_2(self):
        self.assertEqual(run_shuntd("--nonsense")[0], 2)

    def test_check_of_the_demo_is_0(self):
        status, output = run_shuntd("--config", DEMO, "--check")
        self.assertEqual(status, 0, output)

    def test_check_binds_nothing(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            status, output = run_shuntd("--config", DEMO, "--listen", f"127.0.0.1:{port}", "--check")
        self.assertEqual(status, 0, output)

    def test_commented_example_is_valid(self):
        example = os.path.join(ROOT, "apps", "shuntd", "shuntd.yaml")
        status, output = run_shuntd("--config", example, "--check")
        self.assertEqual(status, 0, output)

    def test_short_forms_of_addresses(self):
        with Server(DEMO, listen="localhost:0") as server:
            self.assertIn("listening on 127.0.0.1:", server.log())
        with Server(DEMO, listen="0") as server:
            with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
                self.assertEqual(Wire(sock).send(request("GET", "/hello")).response().status, 200)

    def test_wrong_values_on_the_command_line(self):
        for args in (("--workers", "0"), ("--workers", "many"), ("--backend", "kqueue"),
                     ("--listen", "nowhere"), ("--log-level", "loud")):
            status, output = run_shuntd("--config", DEMO, *args, "--check")
            self.assertNotEqual(status, 0, args)
            self.assertIn(args[0], output)


class Configuration(Files):
    def test_error_names_file_line_and_key(self):
        for why, text, line, key in (
                ("unknown key", "workers: 1\nworkerz: 2\n", 2, "workerz"),
                ("wrong type", "workers: 1\nlimits: 7\n", 2, "limits"),
                ("impossible value", "workers: 0\n", 1, "workers"),
                ("not a number", "limits:\n  body_bytes_max: much\n", 2, "body_bytes_max"),
                ("over the range", "timeouts:\n\n  head_ms: 99999999999\n", 3, "head_ms"),
                ("unknown word", "backend: kqueue\n", 1, "backend"),
                ("key within a route", "routes:\n  - path: /\n    texts: x\n", 3, "texts"),
                ("two routes with one path",
                 "routes:\n  - {path: /a, text: x}\n  - {path: /a, text: y}\n", 3, "/a"),
                ("plugin's own key",
                 "plugins:\n  - name: websocket\n    settings: {nonsense: 1}\n", 3, "nonsense"),
                ("plugin's own value", "plugins:\n  - name: websocket\n    settings:\n"
                                       "      message_bytes_max: none\n", 4, "message_bytes_max"),
                ("a protocol that no plugin gives",
                 "routes:\n  - path: /a\n    upgrade: [nope]\n", 2, "upgrade"),
                ("a service that no plugin gives",
                 "plugins:\n  - name: websocket\nroutes:\n  - path: /a\n"
                 "    upgrade: [websocket]\n    service: nope\n", 6, "service"),
                ("a route's key that nobody reads",
                 "plugins: [{name: websocket}, {name: echo}]\nroutes:\n  - path: /a\n"
                 "    upgrade: [websocket]\n    service: echo\n    settings: {orign: any}\n", 6,
                 "subprotocol_order, origins, origin_required, found an unknown key"),
                ("a websocket route without a service",
                 "plugins: [{name: websocket}]\nroutes:\n  - path: /a\n    upgrade: [websocket]\n",
                 3, "service: expected the name of a service, found none"),
                ("not YAML", "routes: [\n", None, "")):
            with self.subTest(why):
                file = self.write(text)
                status, output = run_shuntd("--config", file, *LISTEN, "--check")
                self.assertEqual(status, 1, output)
                where = re.search(re.escape(file) + r":(\d+)", output)
                self.assertTrue(where, f"no file and line in: {output}")
                if line:
                    self.assertEqual(int(where[1]), line, output)
                self.assertIn(key, output)

    def test_every_mistake_is_reported_in_one_run(self):
        file = self.write("workerz: 2\nlimits:\n  body_bytes_max: much\nroutes:\n"
                          "  - {path: '/u/:id', text: x}\n  - {path: /a, text: x}\n"
                          "  - {path: /a, text: y}\n")
        status, output = run_shuntd("--config", file, *LISTEN, "--check")
        self.assertEqual(status, 1, output)
        self.assertEqual(re.findall(re.escape(file) + r":(\d+): ", output), ["1", "3", "5", "7"], output)
        self.assertEqual(len(output.splitlines()), 4, output)

    def refused(self, text, *sentences):
        """Each of [line, start of a sentence] once, in this order, and no more."""
        file = self.write(text)
        for args in (("--check",), ()):
            status, output = run_shuntd("--config", file, *LISTEN, *args)
            self.assertEqual(status, 1, output)
            lines = output.splitlines()
            self.assertEqual(len(lines), len(sentences), output)
            for got, (line, start) in zip(lines, sentences):
                self.assertIn(f" {file}:{line}: {start}", got, output)

    def test_mistakes_of_the_file_of_plugins_and_of_routes_are_reported_in_one_run(self):
        self.refused("plugins:\n  - {name: websocket, settings: {nonsense: 1}}\n"
                     "  - name: echo\nroutes:\n  - path: /a\n    upgrade: [websocket]\n"
                     "    service: echo\n    settings: {orign: any}\nlimits: {head_max: 1}\n",
                     (2, "settings.nonsense of plugin websocket: expected one of the keys "),
                     (8, "routes[0].settings.orign: expected one of the keys "),
                     (9, "limits.head_max: expected one of the keys "))

    def test_every_kind_of_mistake_of_plugins_and_routes_stands_beside_the_others(self):
        self.refused("workers: 0\nplugins:\n  - name: no-such\n  - name: websocket\n"
                     "    settings: {ping_interval_ms: soon}\n  - name: echo\n"
                     "    settings: {a: [b]}\n  - name: " + TEST_PLUGINS + "/init_fails.so\n"
                     "routes:\n  - {path: /a, upgrade: [nope], text: b}\n  - {path: b, text: c}\n",
                     (1, "workers: expected auto or a whole number "),
                     (3, "plugin no-such: "),
                     (5, "ping_interval_ms of plugin websocket: expected a whole number "),
                     (7, "plugins[2].settings.a: expected text, "),
                     (8, "init_fails: for no reason at all"),
                     (11, "routes[1].path: expected an absolute path "))

    def test_routes_are_not_blamed_for_a_plugin_that_failed(self):
        for plugin in ("no-such", "websocket, settings: {ping_interval_ms: soon}"):
            self.refused("plugins:\n  - {name: " + plugin + "}\n  - {name: echo}\nroutes:\n"
                         "  - {path: /a, upgrade: [websocket], service: gone, settings: {b: c}}\n",
                         (2, ""))

    def test_a_message_larger_than_the_queue_has_file_and_line(self):
        key = "websocket: message_bytes_max: expected at most limits.queue_bytes_max "
        self.refused("plugins:\n  - name: websocket\n    settings:\n"
                     "      message_bytes_max: 5M\n", (4, key + "(4194304) less "))
        self.refused("limits: {queue_bytes_max: 512K}\nplugins:\n  - name: websocket\n",
                     (3, key + "(524288) less "))

    def test_absent_file(self):
        status, output = run_shuntd("--config", os.path.join(self.folder, "absent.yaml"))
        self.assertEqual(status, 1)
        self.assertIn("absent.yaml", output)

    def test_same_error_without_check(self):
        status, output = run_shuntd("--config", self.write("nonsense: 1\n"), *LISTEN)
        self.assertEqual(status, 1)
        self.assertIn("nonsense", output)

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            status, output = run_shuntd("--config", DEMO, "--listen", f"127.0.0.1:{port}")
        self.assertEqual(status, 1)
        self.assertIn(str(port), output)
        self.assertIn("in use", output.lower())

    def test_two_servers_do_not_share_a_port(self):
        with Server(DEMO) as server:
            status, output = run_shuntd("--config", DEMO, "--listen", f"127.0.0.1:{server.port}")
            self.assertEqual(status, 1, output)

    def test_too_few_descriptors(self):
        status, output = run_shuntd("--config", DEMO, *LISTEN, wrapper=("prlimit", "--nofile=12:12"))
        self.assertEqual(status, 1, output)
        self.assertRegex(output.lower(), r"descriptor|open files|nofile")
        self.assertIn("12", output)

    def test_unix_socket(self):
        path = os.path.join(self.folder, "socket")
        server = Server(DEMO, args=("--listen", f"unix:{path}"))
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(10)
                sock.connect(path)
                self.assertEqual(Wire(sock).send(request("GET", "/hello")).response().body,
                                 b"Hello, World!")
        finally:
            self.assertEqual(server.stop(), 0)


class Plugins(Files):
    """Each refusal is one sentence with the file, and none of the file's code has run."""

    def refused(self, file, *words):
        witness = os.path.join(self.folder, "witness")
        for args in (("--check",), ()):
            status, output = run_shuntd("--config", self.write("workers: 1\n"), *LISTEN, "--plugin",
                                      file, *args, env={**os.environ, "SHUNT_WITNESS": witness})
            self.assertEqual(status, 1, output)
            self.assertIn(os.path.basename(file), output)
            for word in words:
                self.assertIn(word, output.lower())
            self.assertFalse(os.path.exists(witness), "its code has run")

    def test_absent(self):
        self.refused(os.path.join(self.folder, "absent.so"))
        self.refused("no-such-plugin")

    def test_one_that_fails_hides_no_other(self):
        for text, words in (
                ("plugins:\n  - name: no-a\n  - name: echo\n  - name: no-b\n",
                 ("plugin no-a: ", "plugin no-b: ")),
                ("plugins:\n  - name: websocket\n    settings:\n      one: 1\n      two: 2\n"
                 "  - name: echo\n    settings:\n      three: 3\n",
                 (":4: settings.one of", ":5: settings.two of", ":8: settings.three of"))):
            status, output = run_shuntd("--config", self.write(text), *LISTEN, "--check")
            self.assertEqual(status, 1, output)
            for word in words:
                self.assertEqual(output.count(word), 1, output)

    def test_not_elf(self):
        self.refused(self.write("#!/bin/sh\n", "text.so"), "elf")
        self.refused(self.write("", "empty.so"))

    def shipped(self):
        with open(os.path.join(SHIPPED, "echo.so"), "rb") as file:
            return bytearray(file.read())

    def test_other_machine(self):
        data = self.shipped()
        data[18:20] = (0x2A).to_bytes(2, "little")  # e_machine: SuperH
        self.refused(self.write(bytes(data), "machine.so"), "machine")

    def test_truncated(self):
        data = self.shipped()
        for share in (0.01, 0.3, 0.9):
            self.refused(self.write(bytes(data[:int(len(data) * share)]), "cut.so"))

    def test_other_major(self):
        self.refused(os.path.join(TEST_PLUGINS, "other_major.so"), "abi", "2", "1")

    def test_no_note(self):
        self.refused(os.path.join(TEST_PLUGINS, "no_note.so"), "note")

    def test_program_instead_of_library(self):
        self.refused(os.path.join(BUILD, "bin", "shuntd"))

    def test_init_that_fails(self):
        status, output = run_shuntd("--config", self.write("workers: 1\n"), *LISTEN, "--plugin",
                                  os.path.join(TEST_PLUGINS, "init_fails.so"), "--check")
        self.assertEqual(status, 1)
        self.assertIn("init_fails", output)
        self.assertIn("no reason at all", output)

    def test_loaded_by_path(self):
        server = Server("routes:\n  - {path: /raw, upgrade: [echo]}\n",
                        args=("--plugin", os.path.join(SHIPPED, "echo.so")))
        self.assertEqual(server.stop(), 0)

    def test_found_in_the_plugin_path(self):
        shutil.copy(os.path.join(SHIPPED, "echo.so"), os.path.join(self.folder, "mine.so"))
        file = self.write("plugin_path: [.]\nplugins: [{name: mine}]\n")
        status, output = run_shuntd("--config", file, *LISTEN, "--check")
        self.assertEqual(status, 0, output)


class BackEnds(Files):
    def test_log_has_which_was_taken(self):
        server = Server(DEMO, backend="auto")
        log = server.log()
        self.assertEqual(server.stop(), 0)
        self.assertIn("epoll" if uring_refusal() else "io_uring", log)

    def test_uring_denied_is_epoll_with_the_reason(self):
        """Pitfall 9, from outside: a seccomp profile as Docker's denies io_uring with EPERM."""
        server = Server(DEMO, backend="auto", wrapper=(DENY,))
        with server.connect() as sock:
            head, _ = websocket_request()
            wire = Wire(sock)
            self.assertEqual(wire.send(head).head()[0], 101)
            wire.send(frame(1, b"over epoll"))
            self.assertEqual(read_frame(wire)[2], b"over epoll")
        log = server.log()
        self.assertEqual(server.stop(), 0)
        self.assertIn("epoll", log)
        self.assertIn("io_uring", log)
        self.assertRegex(log.lower(), "not permitted|forbid|denied|eperm")

    def test_uring_demanded_and_denied_is_an_error_with_the_reason(self):
        status, output = run_shuntd("--config", DEMO, *LISTEN, "--backend", "uring", wrapper=(DENY,))
        self.assertEqual(status, 1)
        self.assertIn("io_uring", output)
        self.assertRegex(output.lower(), "not permitted|forbid|denied|eperm")


class Embed(unittest.TestCase):
    """apps/examples/embed: a route with a handler, and a protocol that is linked in."""

    def test_embedding_program_serves(self):
        program = subprocess.Popen([os.path.join(BUILD, "bin", "embed"), "127.0.0.1:0"], text=True,
                                   stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.kill)
        port = int(re.findall(r"\d+", program.stdout.readline())[-1])
        wire = Wire(socket.create_connection(("127.0.0.1", port), 10))
        wire.send(request("GET", "/"))
        self.assertEqual(wire.response().body, b"Hello from a program!\n")
        wire.send(upgrade_request("/", "mirror") + b"early")
        self.assertEqual(wire.head()[0], 101)
        self.assertEqual(wire.take(12), b"mirror\nearly")
        wire.close()
        program.terminate()
        self.assertEqual(program.wait(20 * SLOWNESS), 0)


class JsonApi(unittest.TestCase):
    """apps/examples/json_api: a thread answers later."""

    def setUp(self):
        self.program = subprocess.Popen([os.path.join(BUILD, "bin", "json_api"), "127.0.0.1:0"],
                                        text=True, stdout=subprocess.PIPE)
        self.addCleanup(self.program.stdout.close)
        self.addCleanup(self.program.kill)
        self.port = int(re.findall(r"\d+", self.program.stdout.readline())[-1])

    def client(self):
        wire = Wire(socket.create_connection(("127.0.0.1", self.port), 10))
        self.addCleanup(wire.close)
        return wire

    def test_what_is_right_is_answered_later_and_what_is_wrong_at_once(self):
        wire = self.client()
        for method, path, body, status, wanted in (
                ("GET", "/users/2", b"", 200, b'{"id":2,"name":"Grace"}\n'),
                ("POST", "/users", b"Edsger", 201, b'{"id":3,"name":"Edsger"}\n'),
                ("GET", "/users/3", b"", 200, b'{"id":3,"name":"Edsger"}\n'),
                ("GET", "/users/4", b"", 404, b'{"error":"no such user"}\n'),
                ("GET", "/users/x", b"", 404, b'{"error":"no such user"}\n'),
                ("POST", "/users", b"7", 422, b'{"error":"a name is 1 to 40 letters"}\n')):
            wire.send(request(method, path, body=body))
            response = wire.response()
            self.assertEqual((response.status, response.body), (status, wanted), (method, path))

    def test_a_stop_waits_for_the_answers(self):
        wires = [self.client() for _ in range(4)]
        for wire in wires:
            wire.send(request("GET", "/users/1"))
        self.program.terminate()
        for wire in wires:
            self.assertEqual(wire.response().body, b'{"id":1,"name":"Ada"}\n')
        self.assertEqual(self.program.wait(20 * SLOWNESS), 0)


if __name__ == "__main__":
    unittest.main()
