"""take_fd: the example plugin that takes the descriptor out of the server while data streams in."""
import hashlib
import os
import random
import socket
import threading
import unittest

from support.harness import BUILD, SANITIZED, ServerTest, until
from support.wire import Wire, request, upgrade_request

PLUGIN = os.path.join(BUILD, "lib", "test-plugins", "fd_echo.so")
STREAMED = (1 if SANITIZED else 4) << 20
SEATS = 8


class TakeFd(ServerTest):
    config = f"""
plugins:
  - name: {PLUGIN}
    settings: {{threads: {SEATS}}}
routes:
  - {{path: /fd, upgrade: [fd-echo], text: plain}}
"""

    def test_stream_is_equal_while_the_descriptor_moves(self):
        """Bytes come in before, during and after the move; none is lost, doubled or displaced."""
        for seed in range(6):
            wire = Wire(self.server.connect())
            data, rng = os.urandom(STREAMED), random.Random(seed)

            def write(wire=wire, data=data, rng=rng):
                wire.send(upgrade_request("/fd", "fd-echo") + data[:seed * 1000])
                at = seed * 1000
                while at < len(data):
                    size = rng.choice((1, 100, 4096, 30000))
                    wire.send(data[at:at + size])
                    at += size
                wire.sock.shutdown(socket.SHUT_WR)
            sender = threading.Thread(target=write)
            sender.start()
            self.assertEqual(wire.head()[0], 101)
            back = wire.rest()
            sender.join()
            self.assertEqual(len(back), len(data))
            self.assertEqual(hashlib.sha256(back).digest(), hashlib.sha256(data).digest())
            wire.close()

    def test_no_seat_is_503_and_the_connection_is_http_again(self):
        held = []
        for _ in range(SEATS):
            wire = Wire(self.server.connect())
            self.assertEqual(wire.send(upgrade_request("/fd", "fd-echo") + b"x").head()[0], 101)
            self.assertEqual(wire.take(1), b"x")
            held.append(wire)
        late = Wire(self.server.connect())
        self.assertEqual(late.send(upgrade_request("/fd", "fd-echo")).response().status, 503)
        self.assertEqual(late.send(request("GET", "/fd")).response().body, b"plain")
        for wire in held:
            wire.close()


        def seat_again():
            late.send(upgrade_request("/fd", "fd-echo"))
            status, fields = late.head()
            late.take(int(dict(fields).get("content-length", 0)))
            return status == 101
        until(seat_again, what="a seat")
        late.close()

    def test_descriptors_do_not_pile_up(self):
        before = self.server.descriptors()
        for _ in range(100):
            wire = Wire(self.server.connect())
            wire.send(upgrade_request("/fd", "fd-echo") + b"bytes")
            if wire.head()[0] == 101:
                self.assertEqual(wire.take(5), b"bytes")
            wire.close()
        until(lambda: self.server.descriptors() <= before, what="descriptors to be closed")


if __name__ == "__main__":
    unittest.main()
