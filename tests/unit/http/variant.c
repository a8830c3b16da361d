/* The vector variants of the head parser against the scalar one, which has the last word. */
#include "http/variant.h"
#include "support/guard.h"
#include "support/head_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define GET(rest) "GET / HTTP/1.1\r\nHost: www.example.com\r\n" rest "\r\n"

static const char *const heads[] = {
    "GET / HTTP/1.0\r\n\r\n",
    GET(""),
    "POST /a/b?c=d%20e&f=g?h HTTP/1.1\r\nContent-Length: 17\r\nhost:[::1]:8080\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:8101\r\nConnection: keep-alive, Upgrade\r\nPragma: "
    "no-cache"
    "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n"
    "Upgrade: websocket\r\nOrigin: http://127.0.0.1:8101\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Empty:\r\nX-Blank: \t \r\nX: \tcaf\303\251 "
    "\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\nearly bytes",
    GET("a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\nj:\r\nk:\r\nl:\r\nm:\r\nn:\r\no:\r\n"
        "p:\r\nq:\r\nr:\r\ns:\r\nt:\r\nu:\r\nv:\r\nw:\r\nx:\r\ny:\r\nz:\r\n"),
    GET("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close\r\n") "5\r\nhello",
};

/* What each variant makes of `in`, held to what the scalar one does. */
static void compare(struct shunt_span in, const struct http_limits *limits, const char *why,
                    size_t number)
{
    static struct head_outcome scalar, other;
    size_t count;
    const struct http_variant *const *variants = http_variants(&count);

    http_variant_set(variants[0]);
    head_attempt(in, 0, limits, &scalar);
    for (size_t i = 1; i < count; i++) {
        const char *difference;

        http_variant_set(variants[i]);
        head_attempt(in, 0, limits, &other);
        difference = head_difference(&scalar, &other);
        cr_assert_null(difference, "%s, %zu: another %s by %s", why, number, difference,
                       variants[i]->name);
    }
}

Test(http_variant, begins_with_the_scalar_one_and_the_last_is_in_use)
{
    size_t count;
    const struct http_variant *const *variants = http_variants(&count);

    cr_assert_geq(count, 1);
    cr_expect_str_eq(variants[0]->name, "scalar");
    cr_expect_null(variants[0]->accept);
    cr_expect_eq(http_variant(), variants[count - 1]);
}

/* If it never did, every comparison here would be of the scalar parser with itself. */
Test(http_variant, accepts_usual_heads_by_itself)
{
    size_t count;
    const struct http_variant *const *variants = http_variants(&count);

    for (size_t i = 1; i < count; i++) {
        for (size_t j = 1; j < sizeof heads / sizeof *heads; j++) {
            struct shunt_field fields[HTTP_FIELDS_MAX];
            struct http_head head;
            size_t used;

            cr_expect(
                variants[i]->accept(shunt_span_of(heads[j]), &head_limits, fields, &head, &used),
                "%s, %zu", variants[i]->name, j);
        }
    }
}

Test(http_variant, judges_each_byte_in_each_place_as_the_scalar_one_does)
{
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t len = strlen(heads[i]);
        struct shunt_span in = guard_page_copy(heads[i], len);
        char *bytes = (char *)(uintptr_t)in.at;

        for (size_t place = 0; place < len; place++) {
            for (int c = 0; c < 256; c++) {
                bytes[place] = (char)c;
                compare(in, &head_limits, heads[i], place * 256 + (size_t)c);
            }
            bytes[place] = heads[i][place];
        }
        guard_page_free(in);
    }
}

/* Two bytes out of a few, next to each other and apart: what carries from one mask to another. */
Test(http_variant, judges_pairs_of_bytes_as_the_scalar_one_does)
{
    static const char odd[] = "\r\n\t :a\0\x80/%?";

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t len = strlen(heads[i]);
        struct shunt_span in = guard_page_copy(heads[i], len);
        char *bytes = (char *)(uintptr_t)in.at;

        for (size_t place = 0; place < len * 3; place++) {
            size_t one = place / 3, two = one + 1 + place % 3;

            for (size_t pair = 0; two < len && pair < sizeof odd * sizeof odd; pair++) {
                bytes[one] = odd[pair / sizeof odd];
                bytes[two] = odd[pair % sizeof odd];
                compare(in, &head_limits, heads[i], place * 1000 + pair);
            }
            memcpy(bytes, heads[i], len);
        }
        guard_page_free(in);
    }
}

/* A target that grows moves what follows over every place of a block, with more behind and without. */
Test(http_variant, finds_the_same_wherever_a_block_ends)
{
    static const struct http_limits limits[] = {{16384, 8192, 100}, {300, 90, 5}};
    char bytes[2048];

    for (size_t pad = 0; pad < 200; pad++) {
        for (size_t behind = 0; behind < 70; behind += 23) {
            for (size_t i = 1; i < sizeof heads / sizeof *heads; i++) {
                const char *slash = strchr(heads[i], '/');
                size_t front = (size_t)(slash - heads[i]) + 1, rest = strlen(slash + 1);
                struct shunt_span in;

                memcpy(bytes, heads[i], front);
                memset(bytes + front, 'x', pad);
                memcpy(bytes + front + pad, slash + 1, rest);
                memset(bytes + front + pad + rest, '\r', behind);
                in = guard_page_copy(bytes, front + pad + rest + behind);
                compare(in, &limits[0], "usual limits", pad);
                compare(in, &limits[1], "narrow limits", pad);
                guard_page_free(in);
            }
        }
    }
}

/* Also where the vector units give up, and where the limits are passed. */
Test(http_variant, finds_the_same_in_heads_of_any_size)
{
    static const struct http_limits limits = {200000, 100000, HTTP_FIELDS_MAX};
    static const size_t sizes[] = {1000, 8192, 65400, 65471, 65472, 65473, 65536, 70000, 150000};
    char *bytes = malloc(300000);

    cr_assert_not_null(bytes);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int len = snprintf(bytes, 300000, "GET /%0*d HTTP/1.1\r\nHost: a\r\nX: %0*d\r\n\r\n",
                           (int)sizes[i] / 3, 0, (int)sizes[i], 0);

        compare((struct shunt_span){bytes, (size_t)len}, &limits, "size", sizes[i]);
    }
    for (size_t fields = 1; fields <= HTTP_FIELDS_MAX + 2; fields++) {
        int len = snprintf(bytes, 300000, "GET / HTTP/1.1\r\nHost: a\r\n");

        for (size_t i = 1; i < fields; i++) {
            len += snprintf(bytes + len, 100, "%c:%s\r\n", 'a' + (int)(i % 26), i % 3 ? "" : " y");
        }
        len += snprintf(bytes + len, 100, "\r\n");
        compare((struct shunt_span){bytes, (size_t)len}, &limits, "fields", fields);
        compare((struct shunt_span){bytes, (size_t)len}, &head_limits, "fields", fields);
    }
    free(bytes);
}
