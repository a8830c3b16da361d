"""WebSocket pings of the server: who answers stays, who does not is closed and counted."""
import unittest

from support.harness import Server, until
from support.wire import Wire, frame, read_frame, request, websocket_request

TEXT, PING, PONG = 1, 9, 10
CONFIG = """
plugins:
  - name: websocket
    settings: {{ping_interval_ms: {interval}, pong_timeout_ms: {timeout}}}
  - name: echo
routes:
  - path: /ws
    upgrade: [websocket]
    service: echo
  - path: /metrics
    metrics: true
"""


def opened(server):
    wire = Wire(server.connect())
    wire.send(websocket_request("/ws")[0])
    assert wire.head()[0] == 101
    return wire


class Pings(unittest.TestCase):
    def test_a_peer_that_never_answers_is_closed_and_counted(self):
        with Server(CONFIG.format(interval=50, timeout=200), workers=1) as server:
            wire = opened(server)
            self.assertEqual(read_frame(wire)[0], PING)
            self.assertTrue(wire.closed())

            def counted():
                metrics = Wire(server.connect())
                text = metrics.send(request("GET", "/metrics")).response().body
                metrics.close()
                return b'\nshunt_conn_peers_silent_total{worker="0"} 1\n' in text
            until(counted, what="the counter")

    def test_a_peer_that_answers_stays_however_silent_it_is(self):
        with Server(CONFIG.format(interval=20, timeout=600000), workers=1) as server:
            wire = opened(server)
            for _ in range(3):
                self.assertEqual(read_frame(wire)[0], PING)
                wire.send(frame(PONG, b""))
            wire.send(frame(TEXT, b"still here"))
            kind = PING
            while kind == PING:
                kind, _, payload = read_frame(wire)
            self.assertEqual((kind, payload), (TEXT, b"still here"))


if __name__ == "__main__":
    unittest.main()
