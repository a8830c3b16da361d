"""apps/examples/chat and ticker: services on topics, on several workers."""
import json
import os
import unittest

from support.harness import BUILD, Server
from support.wire import Wire, frame, read_frame, websocket_request

TEXT, CLOSE = 1, 8
CONFIG = """
plugins:
  - name: websocket
  - name: {build}/lib/examples/{name}.so
routes:
  - path: /ws
    upgrade: [websocket]
    service: {name}
"""


def config(name):
    return CONFIG.format(build=os.path.abspath(BUILD), name=name)


def opened(server):
    wire = Wire(server.connect())
    wire.send(websocket_request("/ws")[0])
    assert wire.head()[0] == 101
    return wire


def send(wire, message):
    wire.send(frame(TEXT, json.dumps(message).encode()))


def receive(wire):
    kind, _, payload = read_frame(wire)
    assert kind == TEXT, (kind, payload)
    return json.loads(payload)


class Chat(unittest.TestCase):
    def join(self, server, room, name):
        wire = opened(server)
        send(wire, {"join": room, "name": name})
        first = receive(wire)
        self.assertEqual(receive(wire), {"joined": name})
        return wire, first

    def test_a_room_has_people_messages_and_a_history(self):
        with Server(config("chat"), workers=3) as server:
            ada, first = self.join(server, "garden", "Ada")
            self.assertEqual(first, {"present": ["Ada"], "history": []})
            bob, first = self.join(server, "garden", "Bob")
            self.assertEqual(first["present"], ["Ada", "Bob"])
            self.assertEqual(receive(ada), {"joined": "Bob"})
            cleo, first = self.join(server, "kitchen", "Cleo")
            self.assertEqual(first["present"], ["Cleo"])
            for number in range(1, 61):
                send(ada, {"text": f"message {number}"})
            for wire in ada, bob:
                for number in range(1, 61):
                    self.assertEqual(receive(wire), {"n": number, "from": "Ada",
                                                     "text": f"message {number}"})
            dan, first = self.join(server, "garden", "Dan")
            self.assertEqual([m["n"] for m in first["history"]], list(range(11, 61)))
            self.assertEqual(first["present"], ["Ada", "Bob", "Dan"])
            self.assertEqual(receive(bob), {"joined": "Dan"})
            ada.close()
            self.assertEqual(receive(bob), {"left": "Ada"})
            send(cleo, {"text": "alone"})
            self.assertEqual(receive(cleo)["n"], 1)
            self.assertEqual(receive(dan), {"left": "Ada"})

    def test_what_is_no_message_is_answered_and_the_stream_stays(self):
        with Server(config("chat")) as server:
            wire = opened(server)
            for wrong in ({"text": "too early"}, {"join": "a/b", "name": "x"}, {"join": "a"}, [], 7,
                          {"join": "a", "name": "x" * 33}, {"join": 7, "name": "x"}):
                send(wire, wrong)
                self.assertIn("error", receive(wire))
            wire.send(frame(TEXT, b"{"))
            self.assertIn("error", receive(wire))
            send(wire, {"join": "a", "name": "x"})
            self.assertEqual(receive(wire)["present"], ["x"])


class Ticker(unittest.TestCase):
    def test_who_comes_later_has_all_prices_and_then_each_change(self):
        with Server(config("ticker"), workers=2) as server:
            for _ in range(3):
                wire = opened(server)
                first = {receive(wire)["symbol"] for _ in range(8)}
                self.assertEqual(len(first), 8)
                again = receive(wire)
                self.assertIn(again["symbol"], first)
                self.assertGreater(again["price"], 0)


if __name__ == "__main__":
    unittest.main()
