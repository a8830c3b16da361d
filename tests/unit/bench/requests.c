#include "requests.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static const struct url url = {.authority = "h:81", .target = "/ws?q", .port = 81};

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

    cr_assert_eq(requests_init(&requests, &url, "websocket"), SHUNT_OK);
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

    cr_assert_eq(requests_init(&requests, &url, "WebSocket"), SHUNT_OK);
    for (uint32_t i = 0; i < requests.count; i++) {
        struct shunt_span want = requests_accept(&requests, i);

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

    cr_assert_eq(requests_init(&requests, &url, "echo/2"), SHUNT_OK);
    field(requests_bytes(&requests, 7), "Upgrade", value, sizeof value);
    cr_assert_str_eq(value, "echo/2");
    field(requests_bytes(&requests, 7), "Sec-WebSocket-Key", value, sizeof value);
    cr_assert_str_eq(value, "");
    cr_assert_eq(requests_accept(&requests, 7).len, 0);
    requests_fini(&requests);
}

Test(bench_requests, what_is_no_protocol_is_refused)
{
    static const char *const words[] = {"", "a b", "a\r\nX: y", "/1", "a/", "a/b/c", "a,b"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct requests requests;

        cr_expect_eq(requests_init(&requests, &url, words[i]), SHUNT_EINVAL, "'%s'", words[i]);
    }
}
