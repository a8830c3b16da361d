"""SIGTERM and SIGINT: what is in flight ends well, and the process with status 0."""
import select
import signal
import socket
import threading
import time
import unittest

from support.harness import SLOWNESS, Server, until
from support.wire import (Wire, close_code, frame, read_frame, request, upgrade_request,
                          websocket_request)

CLOSE = 8


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return False
    except OSError:
        return True


class Stop(unittest.TestCase):
    def start(self, *args, **options):
        server = Server(*args, **options)
        self.addCleanup(server.kill)
        return server

    def test_idle_server_ends_at_once(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            server = self.start()
            began = time.monotonic()
            self.assertEqual(server.stop(sig), 0)
            self.assertLess(time.monotonic() - began, 2 * SLOWNESS)

    def test_requests_in_flight_are_answered(self):
        """Pitfall 10. Each connection is at another place of its request when the signal comes."""
        server = self.start()
        whole = request("POST", "/echo", body=b"0123456789" * 200)
        places = range(1, len(whole), 23)
        wires = [Wire(server.connect()).send(whole[:cut]) for cut in places]
        # An answered request on a later connection of each worker: all of the above was read.
        for _ in range(32):
            probe = Wire(server.connect())
            self.assertEqual(probe.send(request("GET", "/hello")).response().status, 200)
            probe.close()
        time.sleep(0.2 * SLOWNESS)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: refused(server.port), what="accepting to stop")
        for cut, wire in zip(places, wires):
            wire.send(whole[cut:])
            response = wire.response()
            self.assertEqual((response.status, len(response.body)), (200, 2000), f"cut at {cut}")
            self.assertEqual(response.field("Connection"), "close")
            self.assertTrue(wire.closed())
            wire.close()
        self.assertEqual(server.wait(), 0)

    def test_under_load_no_answer_is_cut(self):
        """A closed loop on 64 connections: an answer that began is whole when the signal comes."""
        server = self.start()
        stop, served, faults = threading.Event(), [0] * 8, []

        def client(slot):
            wires = [Wire(server.connect()) for _ in range(8)]
            body = b"x" * 3000
            while wires and not stop.is_set():
                for wire in list(wires):
                    try:
                        wire.send(request("POST", "/echo", body=body))
                    except OSError:
                        wires.remove(wire)
                for wire in list(wires):
                    try:
                        response = wire.response()
                        served[slot] += 1
                        assert response.body == body
                        if response.field("Connection") == "close":
                            assert wire.closed()
                            wires.remove(wire)
                    except ConnectionError:
                        wires.remove(wire)
                    except AssertionError as error:
                        # Closed between two requests, before it read the second: nothing is lost.
                        if wire.unread or "within a head: b''" not in str(error):
                            faults.append(str(error))
                        wires.remove(wire)

        threads = [threading.Thread(target=client, args=(slot,)) for slot in range(8)]
        for thread in threads:
            thread.start()
        until(lambda: min(served) > 50, 20, "load")
        self.assertEqual(server.stop(), 0)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])

    def test_websockets_are_closed_in_their_own_way(self):
        server = self.start()
        wires = []
        for _ in range(20):
            head, _ = websocket_request()
            wire = Wire(server.connect())
            self.assertEqual(wire.send(head).head()[0], 101)
            wires.append(wire)
        server.process.send_signal(signal.SIGTERM)
        for wire in wires:
            opcode, _, payload = read_frame(wire)
            self.assertEqual((opcode, close_code(payload)), (CLOSE, 1001))
            wire.send(frame(CLOSE, payload))
            self.assertTrue(wire.closed())
        self.assertEqual(server.wait(), 0)

    def test_many_websockets_are_closed_one_after_the_other(self):
        """A millisecond apart a worker, so that their clients do not come back all at once."""
        server = self.start()
        wires = {}
        for _ in range(400):
            head, _ = websocket_request()
            wire = Wire(server.connect())
            self.assertEqual(wire.send(head).head()[0], 101)
            wires[wire.sock] = wire
        server.process.send_signal(signal.SIGTERM)
        times = []
        while wires:
            for sock in select.select(list(wires), [], [], 5 * SLOWNESS)[0]:
                times.append(time.monotonic())
                wire = wires.pop(sock)
                opcode, _, payload = read_frame(wire)
                self.assertEqual((opcode, close_code(payload)), (CLOSE, 1001))
                wire.send(frame(CLOSE, payload))
                wire.close()
        self.assertGreater(times[-1] - times[0], 0.1)
        self.assertEqual(server.wait(), 0)

    def test_raw_streams_are_ended(self):
        server = self.start()
        wire = Wire(server.connect())
        self.assertEqual(wire.send(upgrade_request("/raw", "echo") + b"bytes").head()[0], 101)
        self.assertEqual(wire.take(5), b"bytes")
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(wire.rest(), b"")
        wire.close()
        self.assertEqual(server.wait(), 0)

    def test_idle_keep_alive_connections_are_closed(self):
        server = self.start()
        wire = Wire(server.connect())
        self.assertEqual(wire.send(request("GET", "/hello")).response().status, 200)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        self.assertTrue(wire.closed())
        wire.close()
        self.assertEqual(server.wait(), 0)
        self.assertLess(time.monotonic() - began, 2 * SLOWNESS)

    def test_peers_that_do_nothing_are_not_waited_for(self):
        """A WebSocket that never answers the Close, an idle HTTP connection that never ends, and one
        that the server has ended already: none of them waits for the long times below."""
        server = self.start("plugins:\n  - name: websocket\n"
                            "    settings: {close_timeout_ms: 600000}\n  - name: echo\n"
                            "routes:\n  - {path: /ws, upgrade: [websocket], service: echo}\n"
                            "  - {path: /hello, text: hello}\n"
                            "timeouts: {drain_ms: 600000, close_ms: 600000}\n")
        websocket, idle, ended = (Wire(server.connect()) for _ in range(3))
        self.assertEqual(websocket.send(websocket_request()[0]).head()[0], 101)
        self.assertEqual(idle.send(request("GET", "/hello")).response().status, 200)
        self.assertEqual(ended.send(request("GET", "/hello", "Connection: close")).response().status,
                         200)
        self.assertEqual(ended.rest(), b"")
        server.process.send_signal(signal.SIGTERM)
        opcode, _, payload = read_frame(websocket)
        self.assertEqual((opcode, close_code(payload)), (CLOSE, 1001))
        self.assertEqual(server.wait(), 0)
        for wire in (websocket, idle):
            self.assertEqual(wire.rest(), b"", "an end, and no reset")
        for wire in (websocket, idle, ended):
            wire.close()

    def test_sighup_ends_nothing(self):
        server = self.start()
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "SIGHUP changes nothing" in server.log(), what="a line in the log")
        wire = Wire(server.connect())
        self.assertEqual(wire.send(request("GET", "/hello")).response().status, 200)
        wire.close()
        self.assertEqual(server.stop(), 0)

    def test_the_last_line_counts_refused_upgrades(self):
        server = self.start()
        for _ in range(3):
            wire = Wire(server.connect())
            wire.send(upgrade_request("/ws", "websocket"))
            self.assertNotEqual(wire.head()[0], 101, "without a key")
            wire.close()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(15 * SLOWNESS)
        self.assertIn(" 0 upgrades; 0 connections refused, 3 upgrades refused, ", server.log())
        self.assertEqual(server.wait(), 0)

    def test_the_wait_is_bounded(self):
        server = self.start("routes:\n  - {path: /echo, echo: true}\ntimeouts: {drain_ms: 500}\n")
        wire = Wire(server.connect())
        wire.send(request("POST", "/echo", "Content-Length: 10") + b"half")
        time.sleep(0.1 * SLOWNESS)
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 0.5 + 2 * SLOWNESS)
        wire.close()

    def test_second_signal_ends_it_at_once(self):
        server = self.start("routes:\n  - {path: /echo, echo: true}\ntimeouts: {drain_ms: 60000, "
                            "body_ms: 60000}\n")
        wire = Wire(server.connect())
        wire.send(request("POST", "/echo", "Content-Length: 10") + b"half")
        time.sleep(0.1 * SLOWNESS)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: refused(server.port), what="accepting to stop")
        self.assertIsNone(server.process.poll())
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(5 * SLOWNESS)
        wire.close()


if __name__ == "__main__":
    unittest.main()
