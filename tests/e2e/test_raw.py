"""The upgrade itself, on a protocol of raw bytes: no byte lost, none parsed as HTTP."""
import os
import random
import socket
import threading
import unittest

from support.harness import SANITIZED, ServerTest
from support.wire import Wire, request, upgrade_request


class Raw(ServerTest):
    def setUp(self):
        self.wire = Wire(self.server.connect())
        self.addCleanup(self.wire.close)

    def upgraded(self, wire):
        status, fields = wire.head()
        self.assertEqual(status, 101)
        self.assertEqual(dict(fields)["upgrade"], "echo")
        self.assertEqual(dict(fields)["connection"].lower(), "upgrade")

    def test_bytes_come_back(self):
        self.wire.send(upgrade_request("/raw", "echo"))
        self.upgraded(self.wire)
        for size in (1, 100, 4096, 65536):
            data = os.urandom(size)
            self.assertEqual(self.wire.send(data).take(size), data)

    def test_early_bytes_split_at_every_offset(self):
        """Pitfall 3: the request and what follows it, in two sends, at each place."""
        head, early = upgrade_request("/raw", "echo"), b"GET / HTTP/1.1\r\n\r\nearly bytes"
        whole = head + early
        for cut in range(1, len(whole)):
            wire = Wire(self.server.connect())
            wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire.send(whole[:cut]).send(whole[cut:])
            self.upgraded(wire)
            self.assertEqual(wire.take(len(early)), early, f"cut at {cut}")
            wire.close()

    def test_large_early_data(self):
        data = os.urandom(300000)
        sender = threading.Thread(target=self.wire.send, args=(upgrade_request("/raw", "echo") +
                                                               data,))
        sender.start()
        self.upgraded(self.wire)
        self.assertEqual(self.wire.take(len(data)), data)
        sender.join()

    def test_stream_of_random_pieces_is_equal(self):
        total = (1 if SANITIZED else 8) << 20
        data = os.urandom(total)
        self.wire.send(upgrade_request("/raw", "echo"))
        self.upgraded(self.wire)

        def write():
            at, rng = 0, random.Random(7)
            while at < total:
                size = rng.choice((1, 17, 1000, 4096, 70000))
                self.wire.send(data[at:at + size])
                at += size
        sender = threading.Thread(target=write)
        sender.start()
        self.assertEqual(self.wire.take(total), data)
        sender.join()

    def test_end_of_the_client_comes_back_after_the_last_byte(self):
        self.wire.send(upgrade_request("/raw", "echo") + b"last")
        self.wire.sock.shutdown(socket.SHUT_WR)
        self.upgraded(self.wire)
        self.assertEqual(self.wire.rest(), b"last")

    def test_request_body_is_read_before_the_101(self):
        self.wire.send(upgrade_request("/raw", "echo", body=b"body") + b"early")
        self.upgraded(self.wire)
        self.assertEqual(self.wire.take(5), b"early")

    def test_100_comes_before_101(self):
        self.wire.send(upgrade_request("/raw", "echo", "Expect: 100-continue", "Content-Length: 4"))
        self.assertEqual(self.wire.head()[0], 100)
        self.wire.send(b"body")
        self.upgraded(self.wire)

    def test_upgrade_after_pipelined_requests(self):
        self.wire.send(request("GET", "/hello") * 3 + upgrade_request("/raw", "echo") + b"early")
        for _ in range(3):
            self.assertEqual(self.wire.response().body, b"Hello, World!")
        self.upgraded(self.wire)
        self.assertEqual(self.wire.take(5), b"early")

    def test_first_offer_that_is_known_is_taken(self):
        self.wire.send(upgrade_request("/raw", "unknown/2, websocket, ECHO"))
        status, fields = self.wire.head()
        self.assertEqual((status, dict(fields)["upgrade"].lower()), (101, "echo"))

    def test_offers_over_several_lines(self):
        self.wire.send(request("GET", "/raw", "Connection: keep-alive", "Connection: x, upgrade",
                               "Upgrade: unknown", "Upgrade: echo"))
        self.upgraded(self.wire)

    def test_unknown_offer_is_http_and_what_follows_too(self):
        self.wire.send(upgrade_request("/raw", "unknown") + request("GET", "/hello"))
        self.assertEqual(self.wire.response().status, 200)
        self.assertEqual(self.wire.response().body, b"Hello, World!")

    def test_offer_that_the_route_does_not_allow_is_http(self):
        self.wire.send(upgrade_request("/hello", "echo") + request("GET", "/hello"))
        for _ in range(2):
            self.assertEqual(self.wire.response().body, b"Hello, World!")

    def test_http_1_0_is_not_upgraded(self):
        self.wire.send(b"GET /raw HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        self.assertEqual(self.wire.response().status, 200)


if __name__ == "__main__":
    unittest.main()
