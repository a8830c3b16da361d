/* Which answers are compressed, and what else changes with them. */
#include "unit/filter/filter_fixture.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <zlib.h>

TestSuite(filter_compress, .init = fixture_init, .fini = fixture_fini);

static char text[5000];

static void text_fill(void)
{
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        text[i] = "the quick brown fox\n"[i * i % 20];
    }
}

static void expect_decoded(const char *coding)
{
    struct shunt_span body = fixture_exchange->response.body;
    uint8_t out[sizeof text];
    size_t len = sizeof out;

    if (strcmp(coding, "br") == 0) {
        cr_assert_eq(BrotliDecoderDecompress(body.len, (const uint8_t *)body.at, &len, out),
                     BROTLI_DECODER_RESULT_SUCCESS);
    } else {
        z_stream stream = {.next_in = (Bytef *)(uintptr_t)body.at, .avail_in = (uInt)body.len};

        cr_assert_eq(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_out = out;
        stream.avail_out = sizeof out;
        cr_assert_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
        len = stream.total_out;
        inflateEnd(&stream);
    }
    cr_expect_eq(len, sizeof text - 1);
    cr_expect_eq(memcmp(out, text, len), 0);
}

Test(filter_compress, what_the_client_accepts_decides)
{
    static const struct {
        const char *accept, *coding; /* NULL: none */
    } rows[] = {
        {"gzip", "gzip"},
        {"br", "br"},
        {"gzip, br", "br"},
        {"gzip;q=0.9, br;q=0.8", "gzip"},
        {"deflate", NULL},
        {"gzip;q=0", NULL},
        {"identity", NULL},
        {"*", "br"},
        {"identity;q=0, gzip", "gzip"},
    };

    text_fill();
    cr_assert_eq(fixture_create(&filter_compress, NULL), SHUNT_OK, "%s", fixture_error);
    for (int round = 0; round < 2; round++) { /* the second finds the state of the first */
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            char request[200] = "GET /\nAccept-Encoding: ";

            fixture_serve(strcat(request, rows[i].accept), "text/html; charset=utf-8", text);
            fixture_expect_field("Content-Encoding", rows[i].coding);
            fixture_expect_field("Vary", "Accept-Encoding");
            fixture_expect_field("Content-Type", "text/html; charset=utf-8");
            if (rows[i].coding) {
                expect_decoded(rows[i].coding);
                cr_expect_lt(fixture_exchange->response.body.len, sizeof text / 2);
            } else {
                cr_expect_eq(fixture_exchange->response.body.len, sizeof text - 1);
            }
        }
    }
    fixture_serve("GET /", "text/html", text);
    fixture_expect_field("Content-Encoding", NULL);
    fixture_expect_field("Vary", "Accept-Encoding");
}

Test(filter_compress, what_should_not_be_is_left_alone)
{
    static const struct {
        const char *why, *type, *name, *value;
        unsigned status;
        size_t len;
        bool varies;
    } rows[] = {
        {"another type", "image/png", "X", "1", 200, 4000, false},
        {"no type", NULL, "X", "1", 200, 4000, false},
        {"a type that only begins so", "application/jsonx", "X", "1", 200, 4000, false},
        {"too short", "text/plain", "X", "1", 200, 1000, true},
        {"encoded already", "text/plain", "Content-Encoding", "zstd", 200, 4000, false},
        {"not to be changed", "text/plain", "Cache-Control", "max-age=1, No-Transform", 200, 4000,
         false},
        {"a part", "text/plain", "Content-Range", "bytes 0-3999/5000", 206, 4000, false},
        {"not modified", "text/plain", "X", "1", 304, 4000, false},
    };

    text_fill();
    cr_assert_eq(fixture_create(&filter_compress, NULL), SHUNT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_response *response;

        fixture_request("GET /\nAccept-Encoding: gzip");
        response = &fixture_exchange->response;
        cr_assert(fixture_ask());
        cr_assert_eq(shunt_response_status(response, rows[i].status), SHUNT_OK);
        cr_assert_eq(shunt_response_field(response, rows[i].name, rows[i].value), SHUNT_OK);
        cr_assert_eq(shunt_response_body(response, rows[i].type, text, rows[i].len), SHUNT_OK);
        fixture_answer();
        cr_expect_eq(response->body.len, rows[i].len, "%s", rows[i].why);
        cr_expect_eq(shunt_response_field_get(response, "Vary").at != NULL, rows[i].varies, "%s",
                     rows[i].why);
    }
}

Test(filter_compress, a_strong_tag_becomes_weak)
{
    static const char *const rows[][2] = {{"\"a\"", "W/\"a\""}, {"W/\"b\"", "W/\"b\""}};

    text_fill();
    cr_assert_eq(fixture_create(&filter_compress, NULL), SHUNT_OK);
    for (size_t i = 0; i < 2; i++) {
        fixture_request("GET /\nAccept-Encoding: gzip");
        cr_assert(fixture_ask());
        cr_assert_eq(shunt_response_field(&fixture_exchange->response, "ETag", rows[i][0]),
                     SHUNT_OK);
        cr_assert_eq(
            shunt_response_body(&fixture_exchange->response, "text/plain", text, sizeof text - 1),
            SHUNT_OK);
        fixture_answer();
        fixture_expect_field("ETag", rows[i][1]);
        fixture_expect_field("Content-Encoding", "gzip");
    }
}

Test(filter_compress, without_memory_it_goes_out_as_it_is)
{
    text_fill();
    cr_assert_eq(fixture_create(&filter_compress, NULL), SHUNT_OK);
    fixture_request("GET /\nAccept-Encoding: gzip");
    cr_assert(fixture_ask());
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        text[i] = (char)('a' + rand() % 26); /* more than `small` when it is compressed, too */
    }
    cr_assert_eq(
        shunt_response_body(&fixture_exchange->response, "text/plain", text, sizeof text - 1),
        SHUNT_OK);
    fixture_loop.limits.memory_bytes_max = 1;
    fixture_answer();
    cr_expect_eq(fixture_exchange->response.refused, SHUNT_OK);
    fixture_expect_field("Content-Encoding", NULL);
    cr_expect_eq(memcmp(fixture_exchange->response.body.at, text, sizeof text - 1), 0);
}

Test(filter_compress, mistakes_are_refused)
{
    fixture_expect_refused(&filter_compress, "codings", "br, zstd", "expected br and gzip");
    fixture_expect_refused(&filter_compress, "codings", "br gzip br", "expected br and gzip");
    fixture_expect_refused(&filter_compress, "codings", "", "expected one or two");
    fixture_expect_refused(&filter_compress, "types", "text", "expected media types such as");
}
