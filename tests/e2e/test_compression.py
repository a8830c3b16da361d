"""shunt-bench --compression against servers that nobody here wrote, and against shuntd."""
import json
import os
import shutil
import subprocess
import sys
import unittest

from support.harness import BACKEND, BUILD, SLOWNESS, Server, ServerTest

SERVERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "servers")
BENCH = os.path.join(BUILD, "bin", "shunt-bench")


def bench_once(scenario, url, *options):
    done = subprocess.run([BENCH, scenario, url, "-c", "4", "-d", "0.5", "--warmup", "0.1", "-q",
                           "--backend", BACKEND, "--json", "-", *options], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60 * SLOWNESS)
    return done.returncode, json.loads(done.stdout), done.stderr


def bench(scenario, url, *options):
    """(exit status, JSON, table) of a short run. A busy machine may give so short a time to nobody
    here: then it is run again."""
    for _ in range(20):
        status, result, table = bench_once(scenario, url, *options)
        if result["completed"] or result["errors_total"]:
            break
    return status, result, table


class EchoServer:
    """A server of tests/e2e/servers as a child process."""

    def __init__(self, *command):
        env = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        text=True, env=env)
        self.url = f"ws://127.0.0.1:{self.process.stdout.readline().strip()}/"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def python_server(**options):
    return EchoServer(sys.executable, os.path.join(SERVERS, "echo.py"), json.dumps(options))


def node_server(**options):
    return EchoServer("node", os.path.join(SERVERS, "echo.js"), json.dumps(options))


class Compression:
    """What must hold of every server that compresses; `start` is theirs."""

    def check(self, url, scenario, options, agreed, *more):
        offer = "--compression" + (f"={options}" if options is not None else "")
        status, result, table = bench(scenario, url, offer, *more)
        self.assertEqual(status, 0, table)
        self.assertEqual(result["errors_total"], 0, table)
        self.assertGreater(result["completed"], 0, table)
        compression = result["compression"]
        self.assertGreaterEqual(compression["taken"], 4, table)
        self.assertEqual(compression["not_taken"], 0, table)
        self.assertNotIn("did not take compression", table)
        for part in agreed:
            self.assertIn(part, compression["agreed"])
        return result

    def test_contexts_of_both_kinds(self):
        for options, agreed in ((None, ()),
                                ("server_no_context_takeover", ("server_no_context_takeover",)),
                                ("client_no_context_takeover", ()),
                                ("server_max_window_bits=9,client_max_window_bits=10",
                                 ("server_max_window_bits=9",)),
                                ("", ())):
            with self.subTest(options=options), self.start() as server:
                for size, pipeline in (("1", "1"), ("1000", "4"), ("70000", "2")):
                    self.check(server.url, "echo", options, agreed, "--size", size, "--pipeline",
                               pipeline)

    def test_wire_is_smaller_than_the_text_and_not_than_random_bytes(self):
        with self.start() as server:
            for kind, least, most in (("text", 1.5, 6), ("random", 0.9, 1)):
                wire = self.check(server.url, "echo", "server_no_context_takeover", (), "--size",
                                  "8000", "--payload", kind)["wire"]
                for part in ("sent", "received"):
                    ratio = 8000 / wire[f"{part}_bytes_per_message"]
                    self.assertTrue(least < ratio < most, f"{kind} {part}: {ratio}")

    def test_each_scenario_that_upgrades(self):
        with self.start() as server:
            self.check(server.url, "handshake", None, ())
            self.check(server.url, "handshake", None, (), "--first-message", "hello")
            self.check(server.url, "churn", None, (), "--rate", "50")
            ping = self.check(server.url, "idle", None, ())["idle"]["ping"]
            self.assertEqual((ping["completed"], ping["errors_total"]), (4, 0))


class PythonWebsockets(Compression, unittest.TestCase):
    start = staticmethod(python_server)

    def test_what_the_server_asks_for_is_done(self):
        with python_server(server_no_context_takeover=True, client_no_context_takeover=True,
                           server_max_window_bits=10, client_max_window_bits=9) as server:
            self.check(server.url, "echo", None,
                       ("server_no_context_takeover", "client_no_context_takeover",
                        "server_max_window_bits=10", "client_max_window_bits=9"), "--size", "5000")

    def test_subprotocol_is_one_of_those_offered_or_the_handshake_fails(self):
        with python_server(subprotocols=["chat"]) as server:
            status, result, table = bench("handshake", server.url, "--subprotocol", "talk, chat")
            self.assertEqual((status, result["errors_total"]), (0, 0), table)
        with python_server(subprotocols=["chat"], choose="chat") as server:
            status, result, table = bench("handshake", server.url, "--subprotocol", "talk")
            self.assertEqual(status, 1, table)
            self.assertGreater(result["errors"]["wrong_subprotocol"], 0)
            self.assertEqual(result["errors"]["wrong_subprotocol"], result["errors_total"])


@unittest.skipUnless(shutil.which("node"), "node is not installed")
class NodeWs(Compression, unittest.TestCase):
    start = staticmethod(node_server)

    def test_what_the_server_asks_for_is_done(self):
        with node_server(serverNoContextTakeover=True, clientNoContextTakeover=True,
                         serverMaxWindowBits=10, clientMaxWindowBits=9) as server:
            self.check(server.url, "echo", None,
                       ("server_no_context_takeover", "client_no_context_takeover",
                        "server_max_window_bits=10", "client_max_window_bits=9"), "--size", "5000")


class Shunt:
    """shuntd as the servers above are: what it compresses, and how, is its settings'."""

    def __init__(self, settings):
        self.server = Server("plugins: [{name: websocket, settings: {%s}}, {name: echo}]\n"
                             "routes: [{path: /ws, upgrade: [websocket], service: echo}]\n" % settings)

    def __enter__(self):
        self.url = self.server.__enter__().url("/ws", "ws")
        return self

    def __exit__(self, *error):
        return self.server.__exit__(*error)


class ShuntdShared(Compression, unittest.TestCase):
    start = staticmethod(lambda: Shunt("compression: shared, compression_threshold_bytes: 0"))


class ShuntdDedicated(Compression, unittest.TestCase):
    start = staticmethod(lambda: Shunt("compression: dedicated, compression_threshold_bytes: 0"))

    def test_what_the_server_asks_for_is_done(self):
        with Shunt("compression: dedicated, server_window_bits: 10, client_window_bits: 9") as server:
            self.check(server.url, "echo", None,
                       ("server_max_window_bits=10", "client_max_window_bits=9"), "--size", "5000")
        with Shunt("compression: shared, server_window_bits: 8, client_window_bits: 9") as server:
            self.check(server.url, "echo", None,
                       ("server_no_context_takeover", "client_no_context_takeover",
                        "server_max_window_bits=8", "client_max_window_bits=9"), "--size", "5000")


class Shuntd(ServerTest):
    def test_an_offer_that_is_not_taken_is_said(self):
        for scenario in ("handshake", "echo"):
            status, result, table = bench(scenario, self.server.url("/ws", "ws"), "--compression")
            self.assertEqual(status, 0, table)
            self.assertEqual(result["compression"]["taken"], 0)
            self.assertIsNone(result["compression"]["agreed"])
            self.assertGreaterEqual(result["compression"]["not_taken"], 4)
            self.assertIn("WARNING     the server did not take compression", table)


if __name__ == "__main__":
    unittest.main()
