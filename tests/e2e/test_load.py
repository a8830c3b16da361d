"""Peers that flood, that are slow, that never read, that leave: others are served all the same."""
import hashlib
import os
import selectors
import socket
import threading
import time
import unittest

from support.harness import SANITIZED, SLOWNESS, ServerTest, until
from support.wire import Wire, request, upgrade_request, websocket_request

SLOW_CLIENTS = 200 if SANITIZED else 1000


class Load(ServerTest):
    def upgraded(self):
        wire = Wire(self.server.connect())
        self.addCleanup(wire.close)
        self.assertEqual(wire.send(upgrade_request("/raw", "echo")).head()[0], 101)
        return wire

    def test_one_flooder_and_many_slow_clients(self):
        """Pitfall 7: a stream that never pauses, and clients that send a byte now and then."""
        stop = threading.Event()
        flooder = self.upgraded()
        flooder.sock.setblocking(False)

        def flood():
            ready = selectors.DefaultSelector()
            ready.register(flooder.sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
            data = bytes(65536)
            while not stop.is_set():
                for _, events in ready.select(0.1):
                    try:
                        if events & selectors.EVENT_READ:
                            flooder.sock.recv(262144)
                        if events & selectors.EVENT_WRITE:
                            flooder.sock.send(data)
                    except BlockingIOError:
                        pass
        thread = threading.Thread(target=flood)
        thread.start()
        try:
            wires = [Wire(self.server.connect(30)) for _ in range(SLOW_CLIENTS)]
            whole = request("GET", "/hello", "X-Slow: yes")
            pieces = [whole[at:at + 12] for at in range(0, len(whole), 12)]
            for piece in pieces:
                for wire in wires:
                    wire.send(piece)
            for wire in wires:
                self.assertEqual(wire.response().body, b"Hello, World!")
                wire.close()
        finally:
            stop.set()
            thread.join()

    def test_peer_that_never_reads(self):
        """Pitfall 8: the server stops taking bytes at its mark, and goes on when the peer reads."""
        wire = self.upgraded()
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        before = self.server.resident_kib()
        wire.sock.settimeout(1 * SLOWNESS)
        block, sent, digest = os.urandom(1 << 16), 0, hashlib.sha256()
        with self.assertRaises(TimeoutError):
            while sent < 1 << 28:
                took = wire.sock.send(block)
                digest.update(block[:took])
                sent += took
        if not SANITIZED:
            self.assertLess(self.server.resident_kib() - before, 16384)
        with self.server.connect() as other:
            self.assertEqual(Wire(other).send(request("GET", "/hello")).response().status, 200)
        wire.sock.settimeout(10 * SLOWNESS)
        back, left = hashlib.sha256(), sent
        while left:
            data = wire.sock.recv(min(left, 1 << 18))
            self.assertTrue(data, f"closed with {left} bytes to come")
            back.update(data)
            left -= len(data)
        self.assertEqual(back.digest(), digest.digest())
        self.assertEqual(wire.send(b"still here").take(10), b"still here")

    def test_a_stream_that_waits_costs_no_time(self):
        wire = self.upgraded()
        wire.sock.settimeout(0.5 * SLOWNESS)
        block = bytes(1 << 16)
        try:
            while True:
                wire.sock.send(block)
        except TimeoutError:
            pass
        before = self.server.cpu_seconds()
        time.sleep(1)
        self.assertLess(self.server.cpu_seconds() - before, 0.2, "it spins")
        wire.reset()

    def test_resets_at_every_stage_leave_no_descriptor(self):
        before = self.server.descriptors()
        head, _ = websocket_request()
        for data, wait in ((b"", 0), (b"GET / HT", 0), (request("GET", "/hello"), 0),
                           (request("GET", "/hello"), 1), (head, 0), (head, 1),
                           (upgrade_request("/raw", "echo") + bytes(100000), 0),
                           (upgrade_request("/raw", "echo"), 1)):
            for _ in range(50):
                wire = Wire(self.server.connect())
                try:
                    if data:
                        wire.send(data)
                    if wait:
                        wire.head()
                except OSError:
                    pass
                wire.reset()
        until(lambda: self.server.descriptors() <= before, what="descriptors to be closed")

    def test_connect_storm(self):
        before = self.server.descriptors()
        for _ in range(5):
            wires = [Wire(self.server.connect(30)) for _ in range(300)]
            for wire in wires:
                wire.send(upgrade_request("/raw", "echo") + b"x")
            for wire in wires:
                self.assertEqual(wire.head()[0], 101)
                self.assertEqual(wire.take(1), b"x")
                wire.close()
        until(lambda: self.server.descriptors() <= before, what="descriptors to be closed")

    def test_idle_upgraded_connections_wake_up(self):
        """Parked after park_ms, and still there."""
        wires = [self.upgraded() for _ in range(100)]
        before = self.server.cpu_seconds()
        time.sleep(1.6)
        self.assertLess(self.server.cpu_seconds() - before, 0.5 * SLOWNESS)
        for turn in range(2):
            for wire in wires:
                self.assertEqual(wire.send(b"awake").take(5), b"awake", f"turn {turn}")


if __name__ == "__main__":
    unittest.main()
