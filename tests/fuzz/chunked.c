/*
 * Any bytes as a chunked body, in any pieces; the first byte chooses the pieces. What is looked
 * for, beside what the sanitizers find: a result or data that depend on the cut, a run outside
 * the input, and a body that was taken but does not read back the same when it is chunked anew.
 */
#include "http/chunked.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : abort())

struct body {
    enum shunt_status status;
    size_t used, len;
    char *bytes;
};

/* Decode in pieces of `step` bytes; `body->bytes` has room for all of `in`. */
static void decode(struct shunt_span in, size_t step, struct body *body)
{
    struct http_chunked chunked = {0};
    size_t end = 0;

    body->status = SHUNT_AGAIN;
    body->used = body->len = 0;
    while (body->status == SHUNT_AGAIN && end < in.len) {
        size_t used = 1;

        end = in.len - end < step ? in.len : end + step;
        while (body->status == SHUNT_AGAIN && used > 0) {
            struct shunt_span piece = {in.at + body->used, end - body->used}, data;

            body->status = http_chunked_decode(&chunked, piece, &used, &data);
            CHECK(used <= piece.len);
            CHECK(data.len == 0 || (data.at >= piece.at && data.at + data.len <= piece.at + used));
            if (data.len > 0) {
                memcpy(body->bytes + body->len, data.at, data.len);
            }
            body->len += data.len;
            body->used += used;
        }
        CHECK(body->status != SHUNT_AGAIN || body->used == end);
    }
}

static void check_round_trip(const struct body *body)
{
    char *bytes = malloc(body->len + 64);
    struct body again = {.bytes = malloc(body->len + 64)};
    int head = 0;

    CHECK(bytes && again.bytes);
    if (body->len > 0) {
        head = snprintf(bytes, 32, "%zx\r\n", body->len);
        memcpy(bytes + head, body->bytes, body->len);
        memcpy(bytes + head + body->len, "\r\n", 2);
        head += 2;
    }
    memcpy(bytes + (size_t)head + body->len, "0\r\n\r\n", 5);
    decode((struct shunt_span){bytes, (size_t)head + body->len + 5}, body->len + 64, &again);
    CHECK(again.status == SHUNT_OK && again.len == body->len);
    CHECK(body->len == 0 || memcmp(again.bytes, body->bytes, body->len) == 0);
    free(bytes);
    free(again.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct body whole, pieces;
    struct shunt_span in;

    if (size < 2) {
        return 0;
    }
    in = (struct shunt_span){(const char *)data + 1, size - 1};
    whole.bytes = malloc(in.len);
    pieces.bytes = malloc(in.len);
    CHECK(whole.bytes && pieces.bytes);
    decode(in, in.len, &whole);
    decode(in, data[0] % 32 + 1u, &pieces);
    CHECK(whole.status == pieces.status && whole.len == pieces.len && whole.used == pieces.used);
    CHECK(whole.len == 0 || memcmp(whole.bytes, pieces.bytes, whole.len) == 0);
    if (whole.status == SHUNT_OK) {
        check_round_trip(&whole);
    }
    free(whole.bytes);
    free(pieces.bytes);
    return 0;
}
