"""WebSocket: python3-websockets and Node's ws as clients, and frames that no client would send."""
import asyncio
import os
import shutil
import subprocess
import unittest

import websockets

from support.harness import ROOT, SLOWNESS, Server, ServerTest, until
from support.wire import Wire, close_code, frame, read_frame, request, websocket_request

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class PythonWebsockets(ServerTest):
    """A client that nobody here wrote."""

    def run_client(self, talk, **options):
        async def run():
            async with websockets.connect(self.server.url("/ws", "ws"), max_size=None,
                                          open_timeout=10 * SLOWNESS, **options) as client:
                await asyncio.wait_for(talk(client), 60 * SLOWNESS)
        asyncio.run(run())

    def test_text_and_binary_come_back(self):
        async def talk(client):
            for message in ("", "hello", "grüße \U0001f600", b"", bytes(range(256)), "x" * 70000):
                await client.send(message)
                self.assertEqual(await client.recv(), message)
        self.run_client(talk)

    def test_a_message_in_fragments_comes_back_whole(self):
        async def talk(client):
            await client.send(["one ", "two ", "", "three"])
            self.assertEqual(await client.recv(), "one two three")
        self.run_client(talk)

    def test_messages_of_every_length_of_the_length_field(self):
        async def talk(client):
            for size in (1, 125, 126, 127, 65535, 65536, (1 << 20) - 1):
                message = os.urandom(size)
                await client.send(message)
                self.assertEqual(await client.recv(), message)
        self.run_client(talk)

    def test_ping_gets_its_pong(self):
        async def talk(client):
            for payload in (b"", b"payload", b"x" * 125):
                await asyncio.wait_for(await client.ping(payload), 10 * SLOWNESS)
        self.run_client(talk)

    def test_messages_in_flight_keep_their_order(self):
        async def talk(client):
            async def write():
                for number in range(2000):
                    await client.send(str(number))
            writer = asyncio.ensure_future(write())
            for number in range(2000):
                self.assertEqual(await client.recv(), str(number))
            await writer
        self.run_client(talk)

    def test_close_code_comes_back(self):
        async def talk(client):
            await client.close(4321, "enough")
            self.assertEqual(client.close_code, 4321)
        self.run_client(talk)

    def test_many_at_once(self):
        async def one(number):
            async with websockets.connect(self.server.url("/ws", "ws"),
                                          open_timeout=30 * SLOWNESS) as client:
                for turn in range(5):
                    await client.send(f"{number}/{turn}")
                    assert await client.recv() == f"{number}/{turn}"

        async def run():
            await asyncio.gather(*(one(number) for number in range(200)))
        asyncio.run(run())


class NodeWs(ServerTest):
    def test_echo(self):
        if not shutil.which("node"):
            self.skipTest("node is not installed")
        env = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
        script = os.path.join(ROOT, "tests", "e2e", "clients", "echo.js")
        done = subprocess.run(["node", script, self.server.url("/ws", "ws")], env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=60 * SLOWNESS)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "all came back"), done.stderr)


class Frames(ServerTest):
    def setUp(self):
        self.wire = Wire(self.server.connect())
        self.addCleanup(self.wire.close)

    def shake_hands(self, early=b""):
        head, accept = websocket_request()
        self.wire.send(head + early)
        status, fields = self.wire.head()
        self.assertEqual(status, 101)
        fields = dict(fields)
        self.assertEqual(fields["sec-websocket-accept"], accept)
        self.assertEqual(fields["upgrade"].lower(), "websocket")
        self.assertEqual(fields["connection"].lower(), "upgrade")
        self.assertNotIn("content-length", fields)

    def expect_close(self, code):
        opcode, _, payload = read_frame(self.wire)
        self.assertEqual((opcode, close_code(payload)), (CLOSE, code))
        self.wire.send(frame(CLOSE, payload))
        self.assertTrue(self.wire.closed())

    def test_bytes_behind_the_request_are_the_first_frames(self):
        self.shake_hands(frame(TEXT, b"early") + frame(TEXT, b"bird"))
        self.assertEqual(read_frame(self.wire), (TEXT, True, b"early"))
        self.assertEqual(read_frame(self.wire), (TEXT, True, b"bird"))

    def test_control_frames_between_fragments(self):
        self.shake_hands()
        self.wire.send(frame(TEXT, b"a", fin=False) + frame(PING, b"p") + frame(0, b"b"))
        self.assertEqual(read_frame(self.wire), (PONG, True, b"p"))
        self.assertEqual(read_frame(self.wire), (TEXT, True, b"ab"))

    def test_what_the_protocol_forbids_closes_with_its_code(self):
        for why, data, code in (
                ("unmasked", frame(TEXT, b"a", masked=False), 1002),
                ("reserved bit", frame(TEXT, b"a", rsv=4), 1002),
                ("reserved opcode", frame(3, b"a"), 1002),
                ("continuation of nothing", frame(0, b"a"), 1002),
                ("fragmented ping", frame(PING, b"a", fin=False), 1002),
                ("long ping", frame(PING, b"a" * 126), 1002),
                ("close of one byte", frame(CLOSE, b"a"), 1002),
                ("close code that may not be sent", frame(CLOSE, b"\x03\xed"), 1002),
                ("text that is not UTF-8", frame(TEXT, b"\xc0\xaf"), 1007),
                ("reason that is not UTF-8", frame(CLOSE, b"\x03\xe8\xff"), 1007),
                ("over the limit", frame(BINARY, b"a" * ((1 << 20) + 1)), 1009)):
            with self.subTest(why):
                self.wire = Wire(self.server.connect())
                self.shake_hands()
                try:
                    self.wire.send(data)
                except OSError:
                    pass  # the server may have closed before it took all
                self.expect_close(code)
                self.wire.close()

    def test_close_without_code_is_answered(self):
        self.shake_hands()
        self.wire.send(frame(CLOSE))
        opcode, _, payload = read_frame(self.wire)
        self.assertEqual(opcode, CLOSE)
        self.assertIn(close_code(payload), (None, 1000))
        self.assertTrue(self.wire.closed())

    def test_wrong_version_is_426_with_the_right_one(self):
        head, _ = websocket_request()
        self.wire.send(head.replace(b"Version: 13", b"Version: 8"))
        response = self.wire.response()
        self.assertEqual((response.status, response.field("Sec-WebSocket-Version")), (426, "13"))

    def test_bad_handshakes_are_400(self):
        head, _ = websocket_request()
        key = head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        for why, data in (("no key", head.replace(b"Sec-WebSocket-Key: " + key + b"\r\n", b"")),
                          ("short key", head.replace(key, b"c2hvcnQ=")),
                          ("key that is no base64", head.replace(key, b"!" * 24)),
                          ("POST", head.replace(b"GET ", b"POST "))):
            with self.subTest(why):
                wire = Wire(self.server.connect())
                self.assertIn(wire.send(data).response().status, (400, 405, 426, 200))
                wire.close()

    def test_upgrade_without_connection_is_http(self):
        head, _ = websocket_request()
        self.wire.send(head.replace(b"Connection: Upgrade\r\n", b""))
        self.assertEqual(self.wire.response().status, 200)
        self.wire.send(request("GET", "/hello"))
        self.assertEqual(self.wire.response().body, b"Hello, World!")

    def test_handshake_each_byte_alone(self):
        head, accept = websocket_request()
        for byte in head + frame(TEXT, b"slow"):
            self.wire.send(bytes([byte]))
        status, fields = self.wire.head()
        self.assertEqual((status, dict(fields)["sec-websocket-accept"]), (101, accept))
        self.assertEqual(read_frame(self.wire), (TEXT, True, b"slow"))


COMPRESSING = """plugins: [{name: websocket, settings: {%s}}, {name: echo}]
routes:
  - {path: /ws, upgrade: [websocket], service: echo}
"""
COMPRESSIONS = {
    "shared": "compression: shared",
    "shared, all of it, best": "compression: shared, compression_threshold_bytes: 0, compression_level: 9",
    "dedicated": "compression: dedicated, compression_threshold_bytes: 0",
    "dedicated, small": "compression: dedicated, server_window_bits: 9, client_window_bits: 10",
}


class Compression(unittest.TestCase):
    """Clients that nobody here wrote, compressing."""

    def test_python_websockets(self):
        from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
        offers = [{}, {"client_max_window_bits": True},
                  {"server_no_context_takeover": True, "client_no_context_takeover": True},
                  {"server_max_window_bits": 9, "client_max_window_bits": 9},
                  {"server_max_window_bits": 8}]

        async def talk(url, offer):
            async with websockets.connect(
                    url, max_size=None, compression=None, open_timeout=10 * SLOWNESS,
                    extensions=[ClientPerMessageDeflateFactory(**offer)]) as client:
                self.assertEqual([one.name for one in client.extensions], ["permessage-deflate"])
                for message in ("", "hello", "grüße \U0001f600" * 50, b"", bytes(range(256)) * 9,
                                "x" * 70000, os.urandom(100000), "y" * 1000000, "", "again" * 60):
                    await client.send(message)
                    self.assertEqual(await client.recv(), message)
                await client.send(["one " * 100, "two " * 100, "", "three"])
                self.assertEqual(await client.recv(), "one " * 100 + "two " * 100 + "three")
                for number in range(300):
                    await client.send(f"message {number} " * (number % 40))
                for number in range(300):
                    self.assertEqual(await client.recv(), f"message {number} " * (number % 40))

        for name, settings in COMPRESSIONS.items():
            with Server(COMPRESSING % settings) as server:
                for offer in offers:
                    with self.subTest(name, offer=offer):
                        asyncio.run(asyncio.wait_for(talk(server.url("/ws", "ws"), offer),
                                                     60 * SLOWNESS))

    def test_node_ws(self):
        if not shutil.which("node"):
            self.skipTest("node is not installed")
        env = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
        script = os.path.join(ROOT, "tests", "e2e", "clients", "echo.js")
        for name, settings in COMPRESSIONS.items():
            with Server(COMPRESSING % settings) as server:
                for options in ('{"threshold": 0}', '{"threshold": 0, "serverMaxWindowBits": 10}',
                                '{"clientNoContextTakeover": true, "clientMaxWindowBits": 11}'):
                    with self.subTest(name, options=options):
                        done = subprocess.run(["node", script, server.url("/ws", "ws"), options],
                                              env=env, text=True, stdout=subprocess.PIPE,
                                              stderr=subprocess.PIPE, check=False,
                                              timeout=60 * SLOWNESS)
                        self.assertEqual((done.returncode, done.stdout.strip()),
                                         (0, "all came back"), done.stderr)


    def test_what_it_costs_is_shown(self):
        config = COMPRESSING % "compression: dedicated" + "  - {path: /metrics, metrics: true}\n"

        def metrics(server):
            wire = Wire(server.connect())
            text = wire.send(request("GET", "/metrics")).response().body.decode()
            wire.close()
            return {line.split()[0]: float(line.split()[1]) for line in text.split("\n")
                    if line.startswith("websocket_")}

        async def talk(server):
            async with websockets.connect(server.url("/ws", "ws")) as client:
                await client.send("x" * 5000)
                self.assertEqual(await client.recv(), "x" * 5000)
                return metrics(server)

        with Server(config) as server:
            shown = asyncio.run(talk(server))
            self.assertEqual(shown["websocket_deflated_from_bytes_total"], 5000)
            self.assertLess(shown["websocket_deflated_to_bytes_total"], 100)
            self.assertGreater(shown["websocket_context_bytes"], 300000)
            until(lambda: metrics(server)["websocket_context_bytes"] == 0)


class Handshakes(unittest.TestCase):
    def test_what_a_route_demands(self):
        config = ("plugins: [{name: websocket, settings: {compression: shared}}, {name: echo}]\n"
                  "routes:\n"
                  "  - path: /ws\n    upgrade: [websocket]\n    service: echo\n"
                  "    settings: {origins: 'https://a.example, https://*.b.example',\n"
                  "               subprotocols: 'v2.chat, v1.chat'}\n"
                  "  - {path: /plain, upgrade: [websocket], service: echo,\n"
                  "     settings: {compression: 'off'}}\n")
        with Server(config) as server:
            for path, fields, status, answer in (
                    ("/ws", "Origin: https://a.example\r\n", 101, {}),
                    ("/ws", "Origin: https://x.b.example\r\n", 101, {}),
                    ("/ws", "Origin: https://c.example\r\n", 403, {}),
                    ("/ws", "Sec-WebSocket-Protocol: v1.chat, v2.chat\r\n", 101,
                     {"sec-websocket-protocol": "v2.chat"}),
                    ("/ws", "Sec-WebSocket-Extensions: permessage-deflate\r\n", 101,
                     {"sec-websocket-extensions": "permessage-deflate; server_no_context_takeover; "
                                                  "client_no_context_takeover"}),
                    ("/ws", "Sec-WebSocket-Extensions: permessage-deflate;\r\n", 400, {}),
                    ("/plain", "Sec-WebSocket-Extensions: permessage-deflate\r\n", 101, {})):
                with self.subTest(fields, path=path):
                    head, _ = websocket_request(path)
                    wire = Wire(server.connect())
                    wire.send(head.replace(b"\r\n\r\n", b"\r\n" + fields.encode() + b"\r\n"))
                    got, found = wire.head()
                    self.assertEqual(got, status)
                    for name in ("sec-websocket-protocol", "sec-websocket-extensions"):
                        self.assertEqual(dict(found).get(name), answer.get(name))
                    wire.close()


class StrictEarlyBytes(unittest.TestCase):
    def test_early_bytes_refuse_the_upgrade_where_strict(self):
        config = ("plugins: [{name: websocket}, {name: echo}]\nstrict_early_bytes: true\n"
                  "routes:\n  - {path: /ws, upgrade: [websocket], service: echo}\n")
        with Server(config) as server:
            head, _ = websocket_request()
            wire = Wire(server.connect())
            self.assertEqual(wire.send(head + frame(TEXT, b"early")).response().status, 400)
            wire.close()
            wire = Wire(server.connect())
            self.assertEqual(wire.send(head).head()[0], 101)
            wire.close()


if __name__ == "__main__":
    unittest.main()
