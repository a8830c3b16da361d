#include "wire/requests.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static const struct url url = {.authority = "h:81", .target = "/ws?q", .port = 81};

static const struct requests_extra none;

/* The value of a field in a request, "" when it is not there. */
static void field(struct shunt_span request, const char *name, char *value, size_t room)
{
    char line[64];

    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *at = memmem(request.at, request.len, line, strlen(line));

    value[0] = '\0';
    if (at) {
        at += strlen(line);
        size_t len = (size_t)((char *)memchr(at, '\r', request.len) - at);

        snprintf(value, room, "%.*s", (int)len, at);
    }
}

Test(bench_requests, a_websocket_request_is_what_rfc_6455_asks_for)
{
    struct requests requests;
    char value[64];

    cr_assert_eq(requests_init(&requests, &url, "websocket", &none), SHUNT_OK);
    struct shunt_span one = requests_bytes(&requests, 5);

    cr_assert_eq(memcmp(one.at, "GET /ws?q HTTP/1.1\r\nHost: h:81\r\n", 31), 0);
    cr_assert_eq(memcmp(one.at + one.len - 4, "\r\n\r\n", 4), 0);
    field(one, "Upgrade", value, sizeof value);
    cr_assert_str_eq(value, "websocket");
    field(one, "Connection", value, sizeof value);
    cr_assert_str_eq(value, "Upgrade");
    field(one, "Sec-WebSocket-Version", value, sizeof value);
    cr_assert_str_eq(value, "13");
    requests_fini(&requests);
}

Test(bench_requests, each_accept_value_belongs_to_its_key_and_keys_differ)
{
    struct requests requests;
    char before[64] = "", key[64], salted[128], accept[32];
    unsigned char digest[SHA_DIGEST_LENGTH];

    cr_assert_eq(requests_init(&requests, &url, "WebSocket", &none), SHUNT_OK);
    for (uint32_t i = 0; i < requests.count; i++) {
        struct shunt_span want = requests_want(&requests, i).accept;

        field(requests_bytes(&requests, i), "Sec-WebSocket-Key", key, sizeof key);
        cr_assert_eq(strlen(key), 24);
        cr_assert_str_neq(key, before);
        strcpy(before, key);
        int len = snprintf(salted, sizeof salted, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

        SHA1((unsigned char *)salted, (size_t)len, digest);
        EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
        cr_assert_eq(want.len, 28);
        cr_assert_eq(memcmp(want.at, accept, 28), 0, "number %u", i);
    }
    cr_assert_eq(requests_bytes(&requests, requests.count).at, requests_bytes(&requests, 0).at);
    requests_fini(&requests);
}

Test(bench_requests, another_protocol_gets_no_key)
{
    struct requests requests;
    char value[64];

    cr_assert_eq(requests_init(&requests, &url, "echo/2", &none), SHUNT_OK);
    field(requests_bytes(&requests, 7), "Upgrade", value, sizeof value);
    cr_assert_str_eq(value, "echo/2");
    field(requests_bytes(&requests, 7), "Sec-WebSocket-Key", value, sizeof value);
    cr_assert_str_eq(value, "");
    cr_assert_eq(requests_want(&requests, 7).accept.len, 0);
    requests_fini(&requests);
}

Test(bench_requests, what_is_no_protocol_is_refused)
{
    static const char *const words[] = {"", "a b", "a\r\nX: y", "/1", "a/", "a/b/c", "a,b"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct requests requests;

        cr_expect_eq(requests_init(&requests, &url, words[i], &none), SHUNT_EINVAL, "'%s'",
                     words[i]);
    }
}

Test(bench_requests, extra_fields_are_in_every_request)
{
    static struct requests_extra extra;
    struct requests requests;
    char value[64], words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(requests_extra_add(&extra, NULL, "X-Key:  a b", &error), SHUNT_OK);
    cr_assert_eq(requests_extra_add(&extra, "Origin", "http://o", &error), SHUNT_OK);
    cr_assert_eq(requests_init(&requests, &url, "websocket", &extra), SHUNT_OK);
    for (uint32_t i = 0; i < requests.count; i += 100) {
        field(requests_bytes(&requests, i), "X-Key", value, sizeof value);
        cr_expect_str_eq(value, "a b");
        field(requests_bytes(&requests, i), "Origin", value, sizeof value);
        cr_expect_str_eq(value, "http://o");
    }
    requests_fini(&requests);
    cr_expect(requests_extra_has(&extra, "x-key"));
    cr_expect(requests_extra_has(&extra, "ORIGIN"));
    cr_expect_not(requests_extra_has(&extra, "X-Ke"));
    cr_expect_not(requests_extra_has(&extra, "http"));
}

Test(bench_requests, a_field_that_would_make_another_request_is_refused)
{
    static const struct {
        const char *why, *name, *value;
    } rows[] = {
        {"no colon", NULL, "abc"},
        {"no name", NULL, ": x"},
        {"a space in the name", NULL, "a b: x"},
        {"a line end", NULL, "a: x\r\nb: y"},
        {"a line end, name apart", "Origin", "x\nb: y"},
        {"the request's own", NULL, "host: x"},
        {"it would have a body", NULL, "Content-Length: 5"},
        {"its answer is checked against the option", NULL, "sec-websocket-extensions: x"},
        {"likewise", NULL, "Sec-WebSocket-Protocol: chat"},
    };
    static struct requests_extra extra;
    static char big[REQUESTS_EXTRA_BYTES + 8];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};

        cr_expect_eq(requests_extra_add(&extra, rows[i].name, rows[i].value, &error), SHUNT_EINVAL,
                     "%s", rows[i].why);
        cr_expect_gt(strlen(words), 0, "%s", rows[i].why);
    }
    memset(big, 'x', sizeof big - 1);
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_expect_eq(requests_extra_add(&extra, "X", big, &error), SHUNT_EINVAL);
    cr_expect_eq(extra.len, 0);
}

Test(bench_requests, subprotocols_are_offered_and_wanted_in_the_answer)
{
    static struct requests_extra extra;
    struct requests requests;
    char value[64], words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(requests_extra_subprotocols(&extra, "a, b", &error), SHUNT_OK);
    cr_assert_eq(requests_extra_subprotocols(&extra, "c", &error), SHUNT_OK);
    cr_assert_eq(requests_init(&requests, &url, "websocket", &extra), SHUNT_OK);
    field(requests_bytes(&requests, 3), "Sec-WebSocket-Protocol", value, sizeof value);
    cr_expect_str_eq(value, "a, b");
    cr_expect(shunt_span_equal(requests_want(&requests, 3).subprotocols, shunt_span_of("a, b, c")));
    requests_fini(&requests);
}

Test(bench_requests, what_is_no_list_of_different_names_is_refused)
{
    static const struct {
        const char *why, *names;
    } rows[] = {
        {"empty", ""},          {"an empty name", "a,,b"},   {"a space inside", "a b"},
        {"a separator", "a/b"}, {"a line end", "a\r\nb: c"}, {"twice", "a, b,a"},
    };
    static struct requests_extra extra;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};

        extra.subprotocols[0] = '\0';
        cr_expect_eq(requests_extra_subprotocols(&extra, rows[i].names, &error), SHUNT_EINVAL, "%s",
                     rows[i].why);
        cr_expect_gt(strlen(words), 0, "%s", rows[i].why);
    }
    cr_expect_eq(extra.len, 0);
}

Test(bench_requests, compression_is_offered_once_and_its_answer_is_held_against_it)
{
    static struct requests_extra extra;
    struct requests requests;
    char value[64], words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(requests_extra_compression(&extra, NULL, &error), SHUNT_OK);
    cr_expect_eq(requests_extra_compression(&extra, NULL, &error), SHUNT_EINVAL);
    cr_assert_eq(requests_init(&requests, &url, "websocket", &extra), SHUNT_OK);
    field(requests_bytes(&requests, 3), "Sec-WebSocket-Extensions", value, sizeof value);
    cr_expect_str_eq(value, "permessage-deflate; client_max_window_bits");
    cr_expect_eq(requests_want(&requests, 3).offer, &extra.offer);
    requests_fini(&requests);
    cr_assert_eq(requests_init(&requests, &url, "websocket", &none), SHUNT_OK);
    cr_expect_null(requests_want(&requests, 3).offer);
    requests_fini(&requests);
}
