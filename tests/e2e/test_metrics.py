"""The metrics of shuntd by a reader that Prometheus' own project wrote, those of a plugin included."""
import os
import tempfile
import unittest

from support.harness import BUILD, Server, run_shuntd
from support.wire import Wire, request, websocket_request

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
    from prometheus_client.parser import text_string_to_metric_families as text_format
except ImportError:
    open_metrics = text_format = None

PLUGIN = os.path.join(BUILD, "lib", "test-plugins", "counts.so")
CONFIG = f"""
plugins: [{{name: websocket}}, {{name: echo}}, {{name: {PLUGIN}}}]
routes:
  - {{path: /hello, text: hello, upgrade: [counts]}}
  - {{path: /metrics, metrics: true}}
  - {{path: /ws, upgrade: [websocket], service: echo}}
"""


class Metrics(unittest.TestCase):
    def scrape(self, server, accept):
        wire = Wire(server.connect())
        response = wire.send(request("GET", "/metrics", "Accept: " + accept)).response()
        wire.close()
        return response.body.decode()

    def values(self, text, parse):
        """name and labels, without `worker`, to the sum over workers."""
        values = {}
        for family in parse(text):
            for sample in family.samples:
                labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "worker"))
                values[sample.name, labels] = values.get((sample.name, labels), 0) + sample.value
        return values

    def ask(self, server):
        wire = Wire(server.connect())
        for offer in ("counts", "counts/2", "counts"):
            wire.send(request("GET", "/hello", "Connection: upgrade", "Upgrade: " + offer)).response()
        for _ in range(7):
            wire.send(request("GET", "/hello")).response()
        wire.close()
        for _ in range(2):
            wire = Wire(server.connect())
            wire.send(websocket_request("/ws")[0])
            self.assertEqual(wire.head()[0], 101)
            wire.close()

    def expect(self, values):
        self.assertEqual(values["counts_offers_total", (("first", "yes"),)], 2)
        self.assertEqual(values["counts_offers_total", (("first", "no"),)], 1)
        self.assertEqual(values["counts_path_length_bucket", (("le", "10.0"),)], 3)
        self.assertEqual(values["counts_path_length_count", ()], 3)
        self.assertEqual(values["counts_path_length_sum", ()], 18)
        self.assertGreaterEqual(values["counts_last_length", ()], 6)
        self.assertGreaterEqual(values["shunt_request_duration_seconds_count", ()], 10)
        self.assertEqual(values["shunt_handshake_duration_seconds_count", ()], 2)
        self.assertEqual(values["shunt_handshake_duration_seconds_bucket", (("le", "+Inf"),)], 2)
        self.assertGreater(values["shunt_handshake_duration_seconds_sum", ()], 0)
        self.assertEqual(values["shunt_session_upgrades_accepted_total", ()], 2)
        self.assertGreater(values["process_resident_memory_bytes", ()], 1000000)
        self.assertGreater(values["process_start_time_seconds", ()], 1600000000)

    @unittest.skipUnless(text_format, "python3-prometheus-client is not installed")
    def test_both_formats_parse_and_agree(self):
        with Server(CONFIG, workers=2) as server:
            self.ask(server)
            self.expect(self.values(self.scrape(server, "text/plain"), text_format))
            self.expect(self.values(self.scrape(server, "application/openmetrics-text"), open_metrics))

    def test_a_name_that_cannot_be_is_named_at_the_start(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "c.yaml")
            with open(name, "w", encoding="utf-8") as file:
                file.write("listeners: [{address: '127.0.0.1:0'}]\n"
                           f"plugins:\n  - name: {PLUGIN}\n    settings: {{name: shunt_x}}\n"
                           "routes: [{path: /, text: a}]\n")
            status, output = run_shuntd("--config", name, "--check")
        self.assertEqual(status, 1, output)
        self.assertIn("metric shunt_x: name: expected letters, digits and _, without shunt_, process_ and _total, "
                      "found \"shunt_x\"", output)


if __name__ == "__main__":
    unittest.main()
