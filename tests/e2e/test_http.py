"""HTTP/1.1 byte by byte: what the demo's routes answer, and what is refused."""
import email.utils
import os
import time
import unittest

from support.harness import DEMO, Server, ServerTest, until
from support.wire import Wire, request

SMALL = """
routes:
  - {path: /hello, text: "Hello, World!", content_type: text/plain}
  - {path: /echo, echo: true}
limits: {head_bytes_max: 2K, target_bytes_max: 256, fields_max: 10, body_bytes_max: 1000}
timeouts: {head_ms: 400, body_ms: 400, keep_alive_ms: 400}
"""
MIB = 1 << 20


class Routes(ServerTest):
    def setUp(self):
        self.wire = Wire(self.server.connect())
        self.addCleanup(self.wire.close)

    def ask(self, method, path, *fields, body=b""):
        self.wire.send(request(method, path, *fields, body=body))
        return self.wire.response(method)

    def test_root_is_the_page(self):
        with open(os.path.join(os.path.dirname(DEMO), "demo.html"), "rb") as file:
            page = file.read()
        response = self.ask("GET", "/")
        self.assertEqual((response.status, response.body), (200, page))
        self.assertEqual(response.field("Content-Type"), "text/html; charset=utf-8")

    def test_hello_is_exact(self):
        response = self.ask("GET", "/hello")
        self.assertEqual((response.status, response.body), (200, b"Hello, World!"))
        self.assertEqual(response.field("Content-Type"), "text/plain")
        self.assertEqual(response.field("Content-Length"), "13")

    def test_date_is_now(self):
        date = email.utils.parsedate_to_datetime(self.ask("GET", "/hello").field("Date"))
        self.assertLess(abs(date.timestamp() - time.time()), 3)

    def test_query_is_not_part_of_the_path(self):
        self.assertEqual(self.ask("GET", "/hello?a=b").body, b"Hello, World!")

    def test_head_has_the_fields_and_no_body(self):
        response = self.ask("HEAD", "/hello")
        self.assertEqual((response.status, response.field("Content-Length")), (200, "13"))
        self.assertEqual(self.ask("GET", "/hello").body, b"Hello, World!")

    def test_keep_alive_serves_many(self):
        for _ in range(200):
            self.assertEqual(self.ask("GET", "/hello").status, 200)

    def test_echo_takes_any_method(self):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response = self.ask(method, "/echo", body=method.encode())
            self.assertEqual((response.status, response.body), (200, method.encode()))
        self.assertEqual(self.ask("GET", "/echo").body, b"")

    def test_echo_of_a_mebibyte(self):
        body = os.urandom(MIB)
        self.assertEqual(self.ask("POST", "/echo", body=body).body, body)

    def test_pipelined_answers_come_in_order(self):
        bodies = [b"%d" % i * (i % 50 + 1) for i in range(300)]
        self.wire.send(b"".join(request("POST", "/echo", body=b) for b in bodies))
        self.assertEqual([self.wire.response().body for _ in bodies], bodies)

    def test_chunked_body_is_decoded(self):
        self.wire.send(request("POST", "/echo", "Transfer-Encoding: chunked") +
                       b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n")
        self.assertEqual(self.wire.response().body, b"abc0123456789")
        self.assertEqual(self.ask("GET", "/hello").status, 200)

    def test_100_continue_comes_before_the_body(self):
        self.wire.send(request("POST", "/echo", "Expect: 100-continue", "Content-Length: 5"))
        self.assertEqual(self.wire.head()[0], 100)
        self.assertEqual(self.wire.send(b"hello").response().body, b"hello")

    def test_unknown_path_is_404_and_the_connection_lives(self):
        self.assertEqual(self.ask("GET", "/nowhere").status, 404)
        self.assertEqual(self.ask("GET", "/hello").status, 200)

    def test_method_that_a_text_has_not_is_405(self):
        response = self.ask("DELETE", "/hello")
        self.assertEqual(response.status, 405)
        self.assertIn("GET", response.field("Allow"))

    def test_unknown_method_is_501(self):
        self.assertEqual(self.ask("BREW", "/hello").status, 501)

    def test_connection_close_is_obeyed(self):
        self.assertEqual(self.ask("GET", "/hello", "Connection: close").field("Connection"),
                         "close")
        self.assertTrue(self.wire.closed())

    def test_http_1_0_closes(self):
        self.wire.send(b"GET /hello HTTP/1.0\r\nHost: a\r\n\r\n")
        self.assertEqual(self.wire.response().status, 200)
        self.assertTrue(self.wire.closed())

    def test_path_with_an_upgrade_answers_plain_requests(self):
        for path in ("/ws", "/raw"):
            self.assertEqual(self.ask("GET", path).status, 200)

    def test_half_closed_client_gets_its_answer(self):
        self.wire.send(request("POST", "/echo", body=b"x" * 5000))
        self.wire.sock.shutdown(1)
        self.assertEqual(self.wire.response().body, b"x" * 5000)
        self.assertTrue(self.wire.closed())

    def test_each_byte_alone(self):
        whole = request("POST", "/echo", "X-Field: value", body=b"body")
        for byte in whole:
            self.wire.send(bytes([byte]))
        self.assertEqual(self.wire.response().body, b"body")

    def test_malformed_request_is_400_and_others_are_unharmed(self):
        for why, bad in {"bare LF": b"GET / HTTP/1.1\nHost: a\n\n",
                         "space before colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                         "no host": b"GET / HTTP/1.1\r\n\r\n",
                         "two lengths": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                                        b"Content-Length: 2\r\n\r\nab",
                         "both framings": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                                          b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}.items():
            with self.subTest(why):
                wire = Wire(self.server.connect())
                self.assertEqual(wire.send(bad).response().status, 400)
                self.assertTrue(wire.closed())
                wire.close()
        self.assertEqual(self.ask("GET", "/hello").status, 200)

    def test_other_major_version_is_505(self):
        self.assertEqual(self.wire.send(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n").response().status, 505)
        self.assertTrue(self.wire.closed())

    def test_unknown_transfer_coding_is_501(self):
        self.assertEqual(self.ask("POST", "/echo", "Transfer-Encoding: gzip, chunked").status, 501)
        self.assertTrue(self.wire.closed())


class Limits(ServerTest):
    config = SMALL

    def refused(self, data):
        wire = Wire(self.server.connect())
        self.addCleanup(wire.close)
        status = wire.send(data).response().status
        self.assertTrue(wire.closed())
        return status

    def test_body_over_the_limit_is_413(self):
        self.assertEqual(self.refused(request("POST", "/echo", "Content-Length: 1001")), 413)

    def test_body_at_the_limit_is_served(self):
        wire = Wire(self.server.connect())
        self.assertEqual(wire.send(request("POST", "/echo", body=b"x" * 1000)).response().status,
                         200)
        wire.close()

    def test_chunks_over_the_limit_are_413(self):
        data = request("POST", "/echo", "Transfer-Encoding: chunked")
        self.assertEqual(self.refused(data + b"3e9\r\n" + b"x" * 1001), 413)

    def test_413_comes_instead_of_100(self):
        data = request("POST", "/echo", "Content-Length: 5000", "Expect: 100-continue")
        self.assertEqual(self.refused(data), 413)

    def test_long_target_is_414(self):
        self.assertEqual(self.refused(request("GET", "/" + "a" * 300)), 414)

    def test_large_head_is_431(self):
        self.assertEqual(self.refused(request("GET", "/hello", "X: " + "a" * 3000)), 431)

    def test_many_fields_are_431(self):
        fields = [f"X-{i}: a" for i in range(20)]
        self.assertEqual(self.refused(request("GET", "/hello", *fields)), 431)

    def test_slow_head_is_ended(self):
        wire = Wire(self.server.connect())
        self.addCleanup(wire.close)
        start = time.monotonic()
        answer = wire.send(b"GET /hello HTTP/1.1\r\n").rest()
        self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 408 "), answer)
        self.assertGreater(time.monotonic() - start, 0.3)

    def test_slow_body_is_ended(self):
        wire = Wire(self.server.connect())
        self.addCleanup(wire.close)
        answer = wire.send(request("POST", "/echo", "Content-Length: 9") + b"abc").rest()
        self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 408 "), answer)

    def test_idle_connection_is_ended(self):
        wire = Wire(self.server.connect())
        self.addCleanup(wire.close)
        self.assertEqual(wire.send(request("GET", "/hello")).response().status, 200)
        self.assertTrue(wire.closed())


class TableFull(unittest.TestCase):
    def test_full_table_refuses_and_accepts_again(self):
        config = "routes:\n  - {path: /, text: ok}\nlimits: {connections_max: 8}\n"
        with Server(config, workers=1) as server:
            held, served = [], 0
            for _ in range(30):
                try:
                    held.append(Wire(server.connect()))
                except OSError:
                    pass  # refused before connect() had returned
            for wire in held:
                try:
                    served += wire.send(request("GET", "/")).response().status == 200
                except (AssertionError, OSError):
                    pass
            self.assertGreater(served, 0)
            self.assertLessEqual(served, 8)
            before = server.cpu_seconds()
            for wire in held:
                wire.close()

            def again():
                try:
                    with server.connect() as sock:
                        return Wire(sock).send(request("GET", "/")).response().status == 200
                except (AssertionError, OSError):
                    return False
            until(again, what="a free slot")
            self.assertLess(server.cpu_seconds() - before, 2, "it spins")


if __name__ == "__main__":
    unittest.main()
