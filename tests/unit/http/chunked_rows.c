#include "unit/http/chunked_rows.h"

#include "support/guard.h"

#include <criterion/criterion.h>

static void decode_piece(struct http_chunked *chunked, struct shunt_span in,
                         struct chunked_body *body)
{
    size_t used;

    body->status = SHUNT_AGAIN;
    do {
        struct shunt_span data;

        body->status = http_chunked_decode(chunked, in, &used, &data);
        cr_assert_leq(used, in.len);
        cr_assert(data.len == 0 || (data.at >= in.at && data.at + data.len <= in.at + used));
        cr_assert_leq(body->len + data.len, sizeof body->bytes);
        memcpy(body->bytes + body->len, data.at, data.len);
        body->len += data.len;
        body->used += used;
        in.at += used;
        in.len -= used;
    } while (body->status == SHUNT_AGAIN && used > 0);
}

struct chunked_body chunked_decode(const char *bytes, size_t len, size_t first, size_t step)
{
    struct http_chunked chunked = {0};
    struct chunked_body body = {.status = SHUNT_AGAIN};
    size_t at = 0, piece = first;

    while (at < len && body.status == SHUNT_AGAIN) {
        size_t n = piece < len - at ? piece : len - at;
        struct shunt_span in = guard_page_copy(bytes + at, n);

        decode_piece(&chunked, in, &body);
        guard_page_free(in);
        at += n;
        piece = step;
    }
    return body;
}

void chunked_rows_check(const struct chunked_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct chunked_row *row = &rows[i];
        struct chunked_body whole = chunked_decode(row->bytes, row->len, row->len, 1);

        cr_expect_eq(whole.status, row->want, "%s: %s", row->why, shunt_status_name(whole.status));
        if (row->data) {
            cr_expect(whole.len == strlen(row->data) &&
                          memcmp(whole.bytes, row->data, whole.len) == 0,
                      "%s: '%.*s'", row->why, (int)whole.len, whole.bytes);
        }
        for (size_t cut = 1; cut <= row->len; cut++) {
            struct chunked_body two = chunked_decode(row->bytes, row->len, cut, row->len);
            struct chunked_body equal = chunked_decode(row->bytes, row->len, cut, cut);

            cr_assert(two.status == whole.status && two.used == whole.used &&
                          two.len == whole.len && memcmp(two.bytes, whole.bytes, two.len) == 0,
                      "%s: cut at %zu", row->why, cut);
            cr_assert(equal.status == whole.status && equal.used == whole.used &&
                          equal.len == whole.len,
                      "%s: pieces of %zu", row->why, cut);
        }
    }
}
