"""apps/examples/plugin_http: a plugin's handler and filter, by configuration only."""
import os
import tempfile
import unittest

from support.harness import BUILD, ROOT, ServerTest, run_shuntd
from support.wire import Wire, request

EXAMPLE = os.path.join(ROOT, "apps", "examples", "plugin_http", "greet.yaml")
PLUGIN = os.path.join(BUILD, "lib", "examples", "greet.so")


def example():
    """The configuration of the example, with the plugin where the build has it."""
    with open(EXAMPLE, encoding="utf-8") as file:
        return file.read().replace("./greet.so", PLUGIN)


class PluginHttp(ServerTest):
    config = example()
    workers = 1

    def test_the_handler_answers_whom_the_filter_lets_through(self):
        wire = Wire(self.server.connect())
        for path, fields, status, body in (
                ("/greet/Ada", ("X-Key: sesame",), 200,
                 b'{"text":"good morning, Ada","count":1}\n'),
                ("/greet/Ada", (), 403, b"The key?\n"),
                ("/greet/Ada", ("X-Key: sesam",), 403, b"The key?\n"),
                ("/greet/%22", ("X-Key: sesame",), 400, b""),
                ("/greet/Grace", ("X-Key: sesame",), 200,
                 b'{"text":"good morning, Grace","count":2}\n'),
                ("/greet", ("X-Key: sesame",), 404, b"Not Found\n")):
            wire.send(request("GET", path, *fields))
            response = wire.response()
            self.assertEqual((response.status, response.body), (status, body), (path, fields))
        wire.close()


class Refused(unittest.TestCase):
    def check(self, *changes):
        """What --check finds in the example with these changes."""
        text = example()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            status, output = run_shuntd("--config", file.name, "--check")
            return status, output.replace(file.name, "greet.yaml")

    def test_the_example_is_good(self):
        self.assertEqual(self.check()[0], 0)

    def test_what_is_wrong_is_named_with_file_line_and_key(self):
        for change, sentence in (
                (("{ text: good morning }", "{}"),
                 "greet.yaml:7: routes[0]: handler greet: text: expected a greeting, found none"),
                (("{ text: good", "{ txt: a, text: good"),
                 "greet.yaml:9: routes[0].settings.txt: expected one of the keys text, found an "
                 "unknown key"),
                (("handler: greet", "handler: great"),
                 "greet.yaml:8: routes[0].handler: expected one of the handlers greet/greet, found "
                 "great"),
                (("- name: key", "- name: kay"),
                 "greet.yaml:11: routes[0].filters[0].name: expected one of the filters "),
                (("{ value: sesame }", "{ value: a, valu: b }"),
                 "greet.yaml:12: routes[0].filters[0].settings.valu: expected one of the keys value, "
                 "found an unknown key"),
                (("{ value: sesame }", "{}"),
                 "greet.yaml:11: routes[0].filters[0]: value: expected the key that clients send, "
                 "found none")):
            with self.subTest(change[1]):
                status, output = self.check(change)
                self.assertEqual(status, 1, output)
                self.assertIn(sentence, output)

    def test_several_mistakes_are_found_in_one_run(self):
        status, output = self.check(("{ text: good morning }", "{ txt: a }"),
                                    ("{ value: sesame }", "{}"))
        self.assertEqual(status, 1)
        self.assertIn("handler greet: text: expected", output)
        self.assertIn("filters[0]: value: expected", output)


if __name__ == "__main__":
    unittest.main()
