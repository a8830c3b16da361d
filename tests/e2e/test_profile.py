"""docker/seccomp.json: all that shuntd needs is in it, io_uring too."""
import os
import unittest

from support.harness import BUILD, DEMO, PRESET, ROOT, Server
from support.wire import Wire, frame, read_frame, request, upgrade_request, websocket_request

# A sanitizer's runtime makes calls of its own.
BACKENDS = ("uring", "epoll") if PRESET == "release" else ()
PROFILE = os.path.join(ROOT, "docker", "seccomp.json")


class Profile(unittest.TestCase):
    def test_serves_and_stops(self):
        wrapper = (os.path.join(BUILD, "bin", "under_profile"), PROFILE)
        with Server(DEMO, wrapper=wrapper) as server:
            wires = [Wire(server.connect()) for _ in range(20)]
            for wire in wires:
                self.assertEqual(wire.send(request("GET", "/hello")).response().status, 200)
                wire.send(upgrade_request("/raw", "echo") + b"early")
                self.assertEqual(wire.head()[0], 101)
                self.assertEqual(wire.take(5), b"early")
            for wire in wires:
                data = os.urandom(200000)
                self.assertEqual(wire.send(data[:70000]).take(70000), data[:70000])
            head, _ = websocket_request()
            wire = Wire(server.connect())
            self.assertEqual(wire.send(head + frame(1, b"text")).head()[0], 101)
            self.assertEqual(read_frame(wire)[2], b"text")
            for one in wires:
                one.close()
            wire.close()


if __name__ == "__main__":
    unittest.main()
