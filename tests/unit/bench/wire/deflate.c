#include "wire/deflate.h"

#include "wire/payload.h"
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct inflaters inflaters;

/* Inflate all of `in` into `out`, `piece` bytes at a time; false where it is no such data. */
static bool inflate_all(struct inflater *inflater, struct shunt_span in, size_t piece, char *out,
                        size_t room, size_t *len)
{
    while (in.len) {
        struct shunt_span part = {in.at, in.len < piece ? in.len : piece}, run;

        in = (struct shunt_span){in.at + part.len, in.len - part.len};
        do {
            size_t left = room - *len;

            if (!inflater_next(&inflaters, inflater, &part, left, &run)) {
                return false;
            }
            cr_assert_leq(run.len, left);
            memcpy(out + *len, run.at, run.len);
            *len += run.len;
            if (*len == room) {
                return true;
            }
        } while (part.len || run.len == INFLATERS_RUN_BYTES);
    }
    return true;
}

/* A message and the tail behind it. */
static bool inflate_message(struct inflater *inflater, struct shunt_span in, size_t piece,
                            char *out, size_t room, size_t *len)
{
    *len = 0;
    return inflate_all(inflater, in, piece, out, room, len) &&
           inflate_all(inflater, deflate_tail, 4, out, room, len) && inflater_is_between(inflater);
}

#define SIZE_MAX_HERE 300000

Test(bench_deflate, what_is_compressed_for_a_window_inflates_with_it)
{
    static const size_t sizes[] = {1, 32, 256, 257, 1024, 70000, SIZE_MAX_HERE};
    char *payload = malloc(SIZE_MAX_HERE), *back = malloc(SIZE_MAX_HERE + 1);

    for (unsigned kind = PAYLOAD_TEXT; kind <= PAYLOAD_RANDOM; kind++) {
        for (unsigned bits = 8; bits <= 15; bits++) {
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                struct inflater *inflater = inflaters_take(&inflaters, bits);
                size_t len, back_len;
                char *bytes;

                payload_fill((enum payload_kind)kind, payload, sizes[i]);
                cr_assert_eq(
                    deflate_message((struct shunt_span){payload, sizes[i]}, bits, &bytes, &len),
                    SHUNT_OK);
                cr_expect(inflate_message(inflater, (struct shunt_span){bytes, len}, 1000, back,
                                          SIZE_MAX_HERE + 1, &back_len),
                          "%zu bytes, window of %u bits", sizes[i], bits);
                cr_expect_eq(back_len, sizes[i]);
                cr_expect_eq(memcmp(back, payload, sizes[i]), 0);
                inflaters_put(&inflaters, inflater);
                free(bytes);
            }
        }
    }
    inflaters_fini(&inflaters);
    free(payload);
    free(back);
}

/* The examples of RFC 7692 section 7.2.3. */
Test(bench_deflate, the_examples_of_the_rfc_are_hello)
{
    static const struct {
        const char *why, *bytes;
        size_t len;
    } rows[] = {
        {"one block (7.2.3.1)", "\xf2\x48\xcd\xc9\xc9\x07\x00", 7},
        {"no compression (7.2.3.3)", "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11},
        {"a last block (7.2.3.4)", "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8},
        {"two blocks (7.2.3.5)", "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13},
    };
    char out[16];
    size_t len;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inflater *inflater = inflaters_take(&inflaters, 15);

        for (size_t piece = 1; piece <= rows[i].len; piece++) {
            cr_expect(inflate_message(inflater, (struct shunt_span){rows[i].bytes, rows[i].len},
                                      piece, out, sizeof out, &len),
                      "%s by %zu", rows[i].why, piece);
            cr_expect(len == 5 && memcmp(out, "Hello", 5) == 0, "%s by %zu: %zu bytes", rows[i].why,
                      piece, len);
        }
        inflaters_put(&inflaters, inflater);
    }
    inflaters_fini(&inflaters);
}

Test(bench_deflate, a_context_lives_on_behind_a_last_block)
{
    /* "Hello" with a last block, then the second message of 7.2.3.2, which refers to it. */
    static const struct shunt_span first = {"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8};
    static const struct shunt_span second = {"\xf2\x00\x11\x00\x00", 5};
    struct inflater *inflater = inflaters_take(&inflaters, 15);
    char out[16];
    size_t len;

    cr_assert(inflate_message(inflater, first, 8, out, sizeof out, &len));
    cr_expect(inflate_message(inflater, second, 5, out, sizeof out, &len));
    cr_expect(len == 5 && memcmp(out, "Hello", 5) == 0, "%zu bytes", len);
    inflaters_put(&inflaters, inflater);
    inflater = inflaters_take(&inflaters, 15);
    cr_expect_not(inflate_message(inflater, second, 5, out, sizeof out, &len),
                  "no context is left");
    inflaters_put(&inflaters, inflater);
    inflaters_fini(&inflaters);
}

Test(bench_deflate, what_is_cut_or_no_deflate_data_is_refused)
{
    static const struct {
        const char *why, *bytes;
        size_t len;
    } rows[] = {
        {"nothing at all", "", 0},
        {"cut in a block", "\xf2\x48\xcd\xc9", 4},
        {"a reserved type of block", "\xff\xff\xff", 3},
        {"a last block without the byte behind it", "\xf3\x48\xcd\xc9\xc9\x07\x00", 7},
        {"the tail was not taken off", "\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff", 11},
    };
    char out[64];
    size_t len;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inflater *inflater = inflaters_take(&inflaters, 15);

        cr_expect_not(inflate_message(inflater, (struct shunt_span){rows[i].bytes, rows[i].len}, 64,
                                      out, sizeof out, &len),
                      "%s", rows[i].why);
        inflaters_put(&inflaters, inflater);
    }
    inflaters_fini(&inflaters);
}

Test(bench_deflate, no_more_than_asked_for_is_inflated)
{
    static char zeros[1 << 20];
    struct shunt_span run, in;
    char *bytes;

    cr_assert_eq(deflate_message((struct shunt_span){zeros, sizeof zeros}, 15, &bytes, &in.len),
                 SHUNT_OK);
    in.at = bytes;
    cr_expect_lt(in.len, 2000);
    struct inflater *inflater = inflaters_take(&inflaters, 15);

    cr_assert(inflater_next(&inflaters, inflater, &in, 33, &run));
    cr_expect_eq(run.len, 33);
    cr_assert(inflater_next(&inflaters, inflater, &in, SIZE_MAX, &run));
    cr_expect_eq(run.len, INFLATERS_RUN_BYTES);
    inflaters_put(&inflaters, inflater);
    inflaters_fini(&inflaters);
    free(bytes);
}

Test(bench_deflate, one_that_was_put_back_is_taken_again)
{
    struct inflater *first = inflaters_take(&inflaters, 15),
                    *second = inflaters_take(&inflaters, 9);

    cr_expect_neq(first, second);
    inflaters_put(&inflaters, first);
    cr_expect_eq(inflaters_take(&inflaters, 9), first);
    inflaters_put(&inflaters, first);
    inflaters_put(&inflaters, second);
    inflaters_fini(&inflaters);
}
