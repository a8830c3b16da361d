"""The supervisor is notified when all listeners accept, and when the server begins to stop."""
import os
import socket
import tempfile
import unittest

from support.harness import SLOWNESS, Server
from support.wire import Wire, request


class Notify(unittest.TestCase):
    def follows(self, name, address):
        """The states of a whole life, in order, sent to the socket at `address` that `name` names."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
            ours.bind(address)
            ours.settimeout(20 * SLOWNESS)
            os.environ["NOTIFY_SOCKET"] = name
            try:
                server = Server()
            finally:
                del os.environ["NOTIFY_SOCKET"]
            self.addCleanup(server.kill)
            self.assertEqual(ours.recv(100), b"READY=1")
            wire = Wire(server.connect())
            self.assertEqual(wire.send(request("GET", "/hello")).response().status, 200)
            wire.close()
            ours.setblocking(False)
            self.assertRaises(BlockingIOError, ours.recv, 100)
            ours.settimeout(20 * SLOWNESS)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(ours.recv(100), b"STOPPING=1")
            ours.setblocking(False)
            self.assertRaises(BlockingIOError, ours.recv, 100)

    def test_a_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "notify")
            self.follows(path, path)

    def test_an_abstract_name(self):
        self.follows(f"@shunt-test-{os.getpid()}", f"\0shunt-test-{os.getpid()}")

    def test_a_socket_that_is_not_there_is_no_reason_not_to_serve(self):
        os.environ["NOTIFY_SOCKET"] = "/nowhere/notify"
        try:
            server = Server()
        finally:
            del os.environ["NOTIFY_SOCKET"]
        self.addCleanup(server.kill)
        self.assertIn("NOTIFY_SOCKET: expected a socket that takes datagrams, found "
                      "\"/nowhere/notify\": No such file or directory", server.log())
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
