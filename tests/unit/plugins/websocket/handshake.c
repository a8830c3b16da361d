#include "handshake.h"
#include "subprotocol.h"

#include "peer.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KEY         "Sec-WebSocket-Key", PEER_KEY
#define VERSION     "Sec-WebSocket-Version", "13"
#define PROTOCOL    "Sec-WebSocket-Protocol"
#define EXTENSIONS  "Sec-WebSocket-Extensions"
#define ACCEPT      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static const char *const route[] = {"service", "record", NULL};

struct row {
    const char *why;
    enum shunt_verdict want;
    unsigned status; /* of a refusal */
    const char *const *fields;
    const char *method, *body, *offer;
};

static void run(const struct row *rows, size_t count)
{
    struct shunt_worker *worker = peer_worker(NULL);

    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct shunt_upgrade *upgrade =
            fake_upgrade(worker, &(struct fake_offer){
                                     .offer = row->offer ? row->offer : "websocket",
                                     .method = row->method,
                                     .fields = row->fields,
                                     .body = row->body,
                                     .settings = route,
                                 });
        const char *version = fake_upgrade_field(upgrade, "Sec-WebSocket-Version");
        const char *accept = fake_upgrade_field(upgrade, "Sec-WebSocket-Accept");

        cr_expect_eq(upgrade->verdict, row->want, "%s: verdict %d, status %u", row->why,
                     (int)upgrade->verdict, upgrade->status);
        if (row->want == SHUNT_REFUSE) {
            cr_expect_eq(upgrade->status, row->status, "%s: status %u", row->why, upgrade->status);
            cr_expect_neq(upgrade->body[0], '\0', "%s: no reason given", row->why);
            cr_expect(row->status != 426 || (version && strcmp(version, "13") == 0),
                      "%s: 426 names the version (4.4)", row->why);
        }
        cr_expect_eq(accept != NULL, row->want == SHUNT_ACCEPT, "%s: accept value", row->why);
        cr_expect_null(fake_upgrade_field(upgrade, EXTENSIONS), "%s: an extension", row->why);
        cr_expect_null(fake_upgrade_field(upgrade, PROTOCOL), "%s: a subprotocol", row->why);
        fake_upgrade_free(upgrade);
    }
    fake_worker_destroy(worker);
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof *(rows))

Test(websocket_handshake, takes_what_section_4_2_1_describes_and_nothing_else)
{
    static const char *const plain[] = {KEY, VERSION, NULL};
    const struct row rows[] = {
        {"a plain one", SHUNT_ACCEPT, 0, plain, 0, 0, 0},
        {"names without case (9110 5.1)", SHUNT_ACCEPT, 0,
         FIELDS("sec-websocket-key", PEER_KEY, "SEC-WEBSOCKET-VERSION", "13"), 0, 0, 0},
        {"an Origin", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, "Origin", "http://a"), 0, 0, 0},
        {"the token without case", SHUNT_ACCEPT, 0, plain, 0, 0, "WebSocket"},
        {"the token with a version: not in RFC 6455", SHUNT_DECLINE, 0, plain, 0, 0,
         "websocket/13"},
        {"PUT: a GET request (item 1)", SHUNT_REFUSE, 400, plain, "PUT", 0, 0},
        {"HEAD", SHUNT_REFUSE, 400, plain, "HEAD", 0, 0},
        {"get: methods have a case", SHUNT_REFUSE, 400, plain, "get", 0, 0},
        {"a body", SHUNT_REFUSE, 400, plain, 0, "hello", 0},
        {"two origins (6454 7.3)", SHUNT_REFUSE, 400,
         FIELDS(KEY, VERSION, "Origin", "http://a", "Origin", "http://b"), 0, 0, 0},
    };

    RUN(rows);
}

Test(websocket_handshake, the_version_is_13_and_given_once)
{
    const struct row rows[] = {
        {"none (item 6)", SHUNT_REFUSE, 426, FIELDS(KEY), 0, 0, 0},
        {"empty", SHUNT_REFUSE, 426, FIELDS(KEY, "Sec-WebSocket-Version", ""), 0, 0, 0},
        {"8 (4.4)", SHUNT_REFUSE, 426, FIELDS(KEY, "Sec-WebSocket-Version", "8"), 0, 0, 0},
        {"+13", SHUNT_REFUSE, 426, FIELDS(KEY, "Sec-WebSocket-Version", "+13"), 0, 0, 0},
        {"013", SHUNT_REFUSE, 426, FIELDS(KEY, "Sec-WebSocket-Version", "013"), 0, 0, 0},
        {"0xd", SHUNT_REFUSE, 426, FIELDS(KEY, "Sec-WebSocket-Version", "0xd"), 0, 0, 0},
        {"13.0", SHUNT_REFUSE, 426, FIELDS(KEY, "Sec-WebSocket-Version", "13.0"), 0, 0, 0},
        {"13 in 64 bits", SHUNT_REFUSE, 426,
         FIELDS(KEY, "Sec-WebSocket-Version", "18446744073709551629"), 0, 0, 0},
        {"a list: a client offers one", SHUNT_REFUSE, 426,
         FIELDS(KEY, "Sec-WebSocket-Version", "13, 8"), 0, 0, 0},
        {"twice (11.3.5)", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, VERSION), 0, 0, 0},
        {"wrong before the key is looked at", SHUNT_REFUSE, 426,
         FIELDS("Sec-WebSocket-Version", "8"), 0, 0, 0},
    };

    RUN(rows);
}

Test(websocket_handshake, the_key_is_16_bytes_in_base64_and_given_once)
{
    const struct row rows[] = {
        {"none (item 5)", SHUNT_REFUSE, 400, FIELDS(VERSION), 0, 0, 0},
        {"not base64", SHUNT_REFUSE, 400, FIELDS(VERSION, "Sec-WebSocket-Key", "hello"), 0, 0, 0},
        {"twice, equal (11.3.1)", SHUNT_REFUSE, 400, FIELDS(VERSION, KEY, KEY), 0, 0, 0},
    };

    RUN(rows);
}

Test(websocket_handshake, a_key_is_strictly_base64)
{
    static const struct {
        const char *why, *key;
        bool valid;
    } rows[] = {
        {"of section 1.3", PEER_KEY, true},
        {"all zero", "AAAAAAAAAAAAAAAAAAAAAA==", true},
        {"all one", "/////////////////////w==", true},
        {"with +", "+++++++++++++++++++++Q==", true},
        {"empty", "", false},
        {"15 bytes", "eHh4eHh4eHh4eHh4eHh4", false},
        {"17 bytes", "eHh4eHh4eHh4eHh4eHh4eHg=", false},
        {"18 bytes", "eHh4eHh4eHh4eHh4eHh4eHh4", false},
        {"no padding", "dGhlIHNhbXBsZSBub25jZQ", false},
        {"half the padding", "dGhlIHNhbXBsZSBub25jZQ=", false},
        {"too much padding", "dGhlIHNhbXBsZSBub25jZQ===", false},
        {"padding within", "dGhlIHNhbXBsZSBub25jZ===", false},
        {"URL alphabet", "-_-_-_-_-_-_-_-_-_-_-Q==", false},
        {"a space", "dGhlIHNhbXBsZSBub25 ZQ==", false},
        {"a byte beyond ASCII", "dGhlIHNhbXBsZSBub25\xffZQ==", false},
        {"bits left over (RFC 4648 section 3.5)", "dGhlIHNhbXBsZSBub25jZR==", false},
        {"the lowest bit left over", "AAAAAAAAAAAAAAAAAAAAAB==", false},
        {"the highest bit left over", "AAAAAAAAAAAAAAAAAAAAAI==", false},
        {"two keys in one", PEER_KEY "," PEER_KEY, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(websocket_key_valid(shunt_span_of(rows[i].key)), rows[i].valid, "%s",
                     rows[i].why);
    }
}

WITH_PEER(websocket_handshake, answers_the_key_of_section_1_3, NULL)
{
    cr_expect_str_eq(fake_upgrade_field(peer->upgrade, "Sec-WebSocket-Accept"), ACCEPT);
}

Test(websocket_handshake, one_worker_answers_many_keys)
{
    static const struct {
        const char *key, *accept;
    } rows[] = {
        {"x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="}, /* by another SHA-1 */
        {PEER_KEY, ACCEPT},
    };

    for (size_t i = 0; i < 10; i++) {
        for (size_t j = 0; j < sizeof rows / sizeof *rows; j++) {
            char value[WEBSOCKET_ACCEPT_BYTES + 1];

            cr_assert(websocket_accept_value(shunt_span_of(rows[j].key), value));
            cr_expect_str_eq(value, rows[j].accept);
        }
    }
}

/* The key and the GUID of RFC 6455 section 1.3 by OpenSSL's own padding and base64. */
static void accept_by_evp(const char *key, char value[WEBSOCKET_ACCEPT_BYTES + 1])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char joined[128];
    int joined_len = snprintf(joined, sizeof joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

    cr_assert_eq(EVP_Digest(joined, (size_t)joined_len, hash, &len, EVP_sha1(), NULL), 1);
    cr_assert_eq(EVP_EncodeBlock((unsigned char *)value, hash, (int)len), WEBSOCKET_ACCEPT_BYTES);
}

Test(websocket_handshake, answers_any_key_as_a_general_sha1_and_base64_do)
{
    uint32_t random = 1;

    for (int i = 0; i < 10000; i++) {
        unsigned char bytes[16];
        char key[WEBSOCKET_KEY_BYTES + 1], value[WEBSOCKET_ACCEPT_BYTES + 1];
        char wanted[WEBSOCKET_ACCEPT_BYTES + 1];

        for (size_t j = 0; j < sizeof bytes; j++) {
            random = random * 1664525 + 1013904223;
            bytes[j] = (unsigned char)(random >> 24);
        }
        EVP_EncodeBlock((unsigned char *)key, bytes, sizeof bytes);
        accept_by_evp(key, wanted);
        cr_assert(websocket_accept_value(shunt_span_of(key), value));
        cr_assert_str_eq(value, wanted, "%s", key);
    }
}

Test(websocket_handshake, subprotocols_are_tokens_and_unique)
{
    const struct row rows[] = {
        {"one, which nobody takes", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, PROTOCOL, "chat"), 0, 0,
         0},
        {"a list", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, PROTOCOL, "a,b ,\tc"), 0, 0, 0},
        {"two lines (11.3.4)", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, PROTOCOL, "a", PROTOCOL, "b"),
         0, 0, 0},
        {"tokens with a case are two", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, PROTOCOL, "a, A"), 0,
         0, 0},
        {"an empty member (9110 5.6.1.2)", SHUNT_ACCEPT, 0,
         FIELDS(KEY, VERSION, PROTOCOL, "a,, b,"), 0, 0, 0},
        {"all that a token may hold", SHUNT_ACCEPT, 0,
         FIELDS(KEY, VERSION, PROTOCOL, "!#$%&'*+-.^_`|~09azAZ"), 0, 0, 0},
        {"nothing", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, ""), 0, 0, 0},
        {"commas only", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, " , ,"), 0, 0, 0},
        {"twice in a line (4.1 item 10)", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, "a, a"),
         0, 0, 0},
        {"twice over two lines", SHUNT_REFUSE, 400,
         FIELDS(KEY, VERSION, PROTOCOL, "a", PROTOCOL, "b,a"), 0, 0, 0},
        {"a space within", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, "a b"), 0, 0, 0},
        {"a separator", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, "(c)"), 0, 0, 0},
        {"another separator", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, "d@e"), 0, 0, 0},
        {"a quoted one", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, "\"a\""), 0, 0, 0},
        {"a byte beyond ASCII", SHUNT_REFUSE, 400, FIELDS(KEY, VERSION, PROTOCOL, "\xc3\xa9"), 0, 0,
         0},
    };

    RUN(rows);
}

/* Comparing each with each is quadratic, so how many there may be is bounded. */
Test(websocket_handshake, the_number_of_subprotocols_is_bounded)
{
    char list[WEBSOCKET_SUBPROTOCOLS_MAX * 6 + 16] = "";
    size_t len = 0;

    for (unsigned i = 0; i < WEBSOCKET_SUBPROTOCOLS_MAX; i++) {
        len += (size_t)snprintf(list + len, sizeof list - len, "t%u,", i);
    }
    {
        const struct row rows[] = {
            {"as many as may be", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, PROTOCOL, list), 0, 0, 0},
            {"one more", SHUNT_REFUSE, 400,
             FIELDS(KEY, VERSION, PROTOCOL, list, PROTOCOL, "another"), 0, 0, 0},
        };

        RUN(rows);
    }
}

Test(websocket_handshake, extensions_are_ignored_well_formed_or_not)
{
    const struct row rows[] = {
        {"one we do not know (9.1)", SHUNT_ACCEPT, 0,
         FIELDS(KEY, VERSION, EXTENSIONS, "x-unknown-ext; a=b"), 0, 0, 0},
        {"permessage-deflate", SHUNT_ACCEPT, 0,
         FIELDS(KEY, VERSION, EXTENSIONS, "permessage-deflate"), 0, 0, 0},
        {"malformed", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, EXTENSIONS, "permessage-deflate;;"), 0,
         0, 0},
        {"an open quote", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, EXTENSIONS, "a; b=\"10"), 0, 0, 0},
        {"a comma", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, EXTENSIONS, ","), 0, 0, 0},
        {"two lines", SHUNT_ACCEPT, 0, FIELDS(KEY, VERSION, EXTENSIONS, "a", EXTENSIONS, "b"), 0, 0,
         0},
    };

    RUN(rows);
}

/* ---- what a route chooses ---- */

static struct shunt_upgrade *ask(struct shunt_worker *worker, const char *const *settings,
                                 const char *const *fields)
{
    return fake_upgrade(
        worker, &(struct fake_offer){.offer = "websocket", .fields = fields, .settings = settings});
}

Test(websocket_handshake, a_route_chooses_a_subprotocol_in_its_order_or_the_clients)
{
    static const struct {
        const char *why, *known, *order, *offered, *more, *want;
    } rows[] = {
        {"the server's order", "v2.chat, v1.chat", "server", "v1.chat, v2.chat", NULL, "v2.chat"},
        {"which is the usual one", "v2.chat, v1.chat", NULL, "v1.chat, v2.chat", NULL, "v2.chat"},
        {"the client's order", "v2.chat, v1.chat", "client", "v1.chat, v2.chat", NULL, "v1.chat"},
        {"behind what nobody knows", "b,a", "client", "x, a, b", NULL, "a"},
        {"over several fields", "b,a", "client", "x", "b, a", "b"},
        {"none in common: none (4.2.2 item 5)", "a, b", NULL, "c, d", NULL, NULL},
        {"case counts", "Chat", NULL, "chat", NULL, NULL},
        {"the client offers none", "a", NULL, NULL, NULL, NULL},
    };
    struct shunt_worker *worker = peer_worker(NULL);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const settings[] = {"service",
                                        "record",
                                        "subprotocols",
                                        rows[i].known,
                                        rows[i].order ? "subprotocol_order" : NULL,
                                        rows[i].order,
                                        NULL};
        struct shunt_upgrade *upgrade =
            ask(worker, settings,
                FIELDS(KEY, VERSION, rows[i].offered ? PROTOCOL : NULL, rows[i].offered,
                       rows[i].more ? PROTOCOL : NULL, rows[i].more));
        const char *chosen = fake_upgrade_field(upgrade, PROTOCOL);

        cr_expect_eq(upgrade->verdict, SHUNT_ACCEPT, "%s", rows[i].why);
        cr_expect(rows[i].want ? chosen && strcmp(chosen, rows[i].want) == 0 : chosen == NULL,
                  "%s: %s", rows[i].why, chosen);
        fake_upgrade_free(upgrade);
    }
    fake_worker_destroy(worker);
}

Test(websocket_handshake, a_route_lets_in_the_origins_that_it_lists)
{
    static const struct {
        const char *why, *origins, *origin;
        bool allowed;
    } rows[] = {
        {"the one", "https://example.org", "https://example.org", true},
        {"case does not count", "https://Example.org", "HTTPS://example.ORG", true},
        {"another scheme", "https://example.org", "http://example.org", false},
        {"another port", "https://example.org", "https://example.org:8443", false},
        {"its port", "http://localhost:8000", "http://localhost:8000", true},
        {"a subdomain that is not meant", "https://example.org", "https://a.example.org", false},
        {"a longer name", "https://example.org", "https://example.org.evil.net", false},
        {"a front of it", "https://example.org", "https://evilexample.org", false},
        {"one of several", "https://a.org , https://b.org", "https://b.org", true},
        {"none of several", "https://a.org, https://b.org", "https://c.org", false},
        {"a subdomain", "https://*.example.org", "https://a.example.org", true},
        {"of two labels", "https://*.example.org", "https://a.b.example.org", true},
        {"the domain itself is none", "https://*.example.org", "https://example.org", false},
        {"an empty label", "https://*.example.org", "https://.example.org", false},
        {"an empty label in front", "https://*.example.org", "https://.a.example.org", false},
        {"another domain", "https://*.example.org", "https://aexample.org", false},
        {"with a path in between", "https://*.example.org", "https://evil.net/.example.org", false},
        {"with a user in between", "https://*.example.org", "https://a@b.example.org", false},
        {"with a port in between", "https://*.example.org", "https://a:1.example.org", false},
        {"a subdomain and a port", "https://*.example.org:8443", "https://a.example.org:8443",
         true},
        {"a subdomain and no port", "https://*.example.org:8443", "https://a.example.org", false},
        {"null, where it is listed", "null", "null", true},
        {"null, where it is not", "https://example.org", "null", false},
        {"an empty one", "https://example.org", "", false},
        {"no browser", "https://example.org", NULL, true},
    };
    struct shunt_worker *worker = peer_worker(NULL);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const settings[] = {"service", "record", "origins", rows[i].origins, NULL};
        struct shunt_upgrade *upgrade =
            ask(worker, settings,
                FIELDS(KEY, VERSION, rows[i].origin ? "Origin" : NULL, rows[i].origin));

        cr_expect_eq(upgrade->verdict, rows[i].allowed ? SHUNT_ACCEPT : SHUNT_REFUSE, "%s",
                     rows[i].why);
        cr_expect_eq(upgrade->status, 403);
        fake_upgrade_free(upgrade);
    }
    fake_worker_destroy(worker);
}

Test(websocket_handshake, a_route_may_demand_an_origin)
{
    static const char *const settings[] = {"service", "record", "origin_required", "true", NULL};
    struct shunt_worker *worker = peer_worker(NULL);
    struct shunt_upgrade *upgrade = ask(worker, settings, FIELDS(KEY, VERSION));

    cr_expect_eq(upgrade->verdict, SHUNT_REFUSE);
    fake_upgrade_free(upgrade);
    upgrade = ask(worker, settings, FIELDS(KEY, VERSION, "Origin", "https://any.where"));
    cr_expect_eq(upgrade->verdict, SHUNT_ACCEPT);
    fake_upgrade_free(upgrade);
    fake_worker_destroy(worker);
}
