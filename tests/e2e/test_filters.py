"""Filters by configuration only: curl, which unpacks, signs in and follows redirects."""
import hashlib
import os
import subprocess
import tempfile
import unittest

from support.harness import SLOWNESS, Server, run_shuntd

LISTEN = ("--listen", "127.0.0.1:0")
PAGE = "<p>All work and no play makes Jack a dull boy.</p>\n" * 200
CONFIG = """
trusted: [127.0.0.1]
filters:
  - name: request_id
  - name: error_pages
    settings: {404: missing.html, 5xx: broken.html}
  - name: cors
    settings: {origins: ["https://app.example", "https://*.app.example"], credentials: true}
  - name: compress
  - name: headers
    settings: {set: ["X-Content-Type-Options: nosniff"]}
routes:
  - {path: /page, file: page.html, content_type: text/html; charset=utf-8}
  - {path: "/old/{name}", redirect: "/{name}"}
  - path: /secret
    filters: [{name: basic_auth, settings: {file: passwords, realm: vault}}]
    text: "the vault"
  - path: /api
    filters: [{name: bearer_auth, settings: {file: tokens}}]
    text: "{}"
  - path: /few
    filters: [{name: rate, settings: {requests: 2, every_s: 3600}}]
    text: "one of a few"
"""


def password_hash(password):
    done = subprocess.run(["openssl", "passwd", "-5", "-salt", "saltsalt", password],
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Filters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        token = hashlib.sha256(b"s3cret-token").hexdigest()
        for name, text in (("page.html", PAGE), ("missing.html", "<h1>Nothing here</h1>"),
                           ("broken.html", "<h1>Broken</h1>"), ("tokens", f"robot:{token}\n"),
                           ("passwords", f"ann:{password_hash('open sesame')}\n"),
                           ("c.yaml", CONFIG)):
            with open(os.path.join(folder.name, name), "w", encoding="utf-8") as file:
                file.write(text)
        cls.server = Server(os.path.join(folder.name, "c.yaml"), workers=1)
        cls.addClassCleanup(cls.server.stop)

    def curl(self, path, *args):
        """Status, fields by lower-case name, and the body."""
        done = subprocess.run(["curl", "-sS", "-i", "--max-time", str(20 * SLOWNESS), *args,
                               self.server.url(path)], capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            fields.setdefault(name.lower(), []).append(value)
        return int(lines[0].split()[1]), fields, body.decode()

    def test_a_page_comes_compressed_and_curl_unpacks_it(self):
        sizes = {}
        for coding in ("br", "gzip", "identity"):
            status, fields, body = self.curl("/page", "--compressed", "-H", f"Accept-Encoding: {coding}")
            self.assertEqual((status, body), (200, PAGE))
            self.assertEqual(fields.get("content-encoding"),
                             None if coding == "identity" else [coding])
            self.assertIn("Accept-Encoding", fields["vary"])
            sizes[coding] = int(fields["content-length"][0])
        self.assertLess(sizes["gzip"], sizes["identity"] // 10)
        self.assertLess(sizes["br"], sizes["gzip"])

    def test_head_has_the_length_of_the_compressed_page(self):
        _, whole, _ = self.curl("/page", "--compressed", "-H", "Accept-Encoding: gzip")
        _, head, _ = self.curl("/page", "-H", "Accept-Encoding: gzip", "--head")
        self.assertEqual(head["content-length"], whole["content-length"])

    def test_every_answer_has_a_name_of_its_own(self):
        names = {self.curl(path)[1]["x-request-id"][0] for path in ("/page", "/none", "/secret", "/page")}
        self.assertEqual(len(names), 4)

    def test_a_preflight_and_the_request_behind_it(self):
        origin = ("-H", "Origin: https://www.app.example")
        status, fields, _ = self.curl("/api", "-X", "OPTIONS", *origin, "-H",
                                      "Access-Control-Request-Method: PUT")
        self.assertEqual(status, 204)
        self.assertEqual(fields["access-control-allow-origin"], ["https://www.app.example"])
        self.assertEqual(fields["access-control-allow-credentials"], ["true"])
        self.assertIn("PUT", fields["access-control-allow-methods"][0])
        status, fields, _ = self.curl("/none", *origin)
        self.assertEqual(status, 404)
        self.assertEqual(fields["access-control-allow-origin"], ["https://www.app.example"])
        self.assertNotIn("access-control-allow-origin",
                         self.curl("/page", "-H", "Origin: https://evil.example")[1])

    def test_a_password_lets_in(self):
        status, fields, body = self.curl("/secret")
        self.assertEqual((status, body), (401, "Unauthorized\n"))
        self.assertEqual(fields["www-authenticate"], ['Basic realm="vault", charset="UTF-8"'])
        self.assertEqual(self.curl("/secret", "-u", "ann:wrong")[0], 401)
        self.assertEqual(self.curl("/secret", "-u", "bob:open sesame")[0], 401)
        for _ in range(3):
            status, _, body = self.curl("/secret", "-u", "ann:open sesame")
            self.assertEqual((status, body), (200, "the vault"))

    def test_a_token_lets_in(self):
        self.assertEqual(self.curl("/api")[0], 401)
        self.assertEqual(self.curl("/api", "--oauth2-bearer", "s3cret-tokem")[0], 401)
        self.assertEqual(self.curl("/api", "--oauth2-bearer", "s3cret-token")[0], 200)

    def test_a_client_behind_the_proxy_is_limited_for_itself(self):
        for client, statuses in (("198.51.100.1", (200, 200, 429)), ("198.51.100.2", (200,)),
                                 ("2001:db8::1", (200, 200)), ("2001:db8::2", (429,))):
            for wanted in statuses:
                status, fields, _ = self.curl("/few", "-H", f"X-Forwarded-For: {client}")
                self.assertEqual(status, wanted, client)
        self.assertGreater(int(fields["retry-after"][0]), 1000)

    def test_a_redirect_is_followed(self):
        status, fields, _ = self.curl("/old/page?a=b")
        self.assertEqual((status, fields["location"]), (308, ["/page?a=b"]))
        done = subprocess.run(["curl", "-sSL", self.server.url("/old/page")], check=True,
                              capture_output=True)
        self.assertEqual(done.stdout.decode(), PAGE)

    def test_a_page_for_404(self):
        status, fields, body = self.curl("/none")
        self.assertEqual((status, body), (404, "<h1>Nothing here</h1>"))
        self.assertEqual(fields["content-type"], ["text/html; charset=utf-8"])
        self.assertEqual(fields["x-content-type-options"], ["nosniff"])


class Mistakes(unittest.TestCase):
    def test_each_is_named_with_file_line_and_key(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "c.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write("listeners: [{address: '127.0.0.1:0'}]\n"
                           "filters:\n"
                           "  - name: cors\n"
                           "    settings: {origins: '*', credentials: yes}\n"
                           "  - name: rate\n"
                           "    settings:\n"
                           "      requests: many\n"
                           "  - {name: headers, settings: {sets: 'A: b'}}\n"
                           "  - name: nobody\n"
                           "trusted: [10.0.0.1/8]\n"
                           "routes:\n"
                           "  - {path: /a, redirect: '/{b}'}\n")
            status, output = run_shuntd("--config", path, "--check")
        self.assertEqual(status, 1, output)
        for line, words in ((3, "filters[0]: credentials: expected no with all origins"),
                            (7, "requests of filter rate: expected a whole number"),
                            (8, "filters[2].settings.sets: expected one of the keys remove, set, add"),
                            (9, "filters[3].name: expected one of the filters"),
                            (10, "trusted[0]: expected an address, a prefix such as"),
                            (12, "routes[0].redirect: expected parameters that its path has")):
            self.assertRegex(output, rf"c\.yaml:{line}: [^\n]*", words)
            self.assertIn(words, output)


if __name__ == "__main__":
    unittest.main()
