#include "wire/payload.h"

#include "wire/deflate.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static double ratio(enum payload_kind kind, size_t len)
{
    char *payload = malloc(len), *bytes;
    size_t compressed;

    payload_fill(kind, payload, len);
    cr_assert_eq(deflate_message((struct shunt_span){payload, len}, 15, &bytes, &compressed),
                 SHUNT_OK);
    free(payload);
    free(bytes);
    return (double)len / (double)compressed;
}

Test(bench_payload, text_compresses_as_text_does_and_random_bytes_do_not)
{
    double kilobyte = ratio(PAYLOAD_TEXT, 1024), large = ratio(PAYLOAD_TEXT, 65536);

    cr_expect(kilobyte > 1.5 && kilobyte < 3, "%.2f", kilobyte);
    cr_expect(large > 2 && large < 5, "%.2f", large);
    cr_expect_lt(ratio(PAYLOAD_RANDOM, 65536), 1);
}

Test(bench_payload, is_the_same_each_time_and_text_is_ascii)
{
    char first[4096], again[4096];

    for (unsigned kind = PAYLOAD_TEXT; kind <= PAYLOAD_RANDOM; kind++) {
        payload_fill((enum payload_kind)kind, first, sizeof first);
        payload_fill((enum payload_kind)kind, again, sizeof again);
        cr_expect_eq(memcmp(first, again, sizeof first), 0);
    }
    payload_fill(PAYLOAD_TEXT, first, sizeof first);
    for (size_t i = 0; i < sizeof first; i++) {
        cr_expect(first[i] >= ' ' && first[i] <= 'z', "byte %d at %zu", first[i], i);
    }
}

Test(bench_payload, differs_from_itself_shifted)
{
    char bytes[4096];

    for (unsigned kind = PAYLOAD_TEXT; kind <= PAYLOAD_RANDOM; kind++) {
        payload_fill((enum payload_kind)kind, bytes, sizeof bytes);
        for (size_t shift = 1; shift < sizeof bytes - 64; shift++) {
            cr_expect_neq(memcmp(bytes, bytes + shift, 64), 0, "by %zu", shift);
        }
    }
}

Test(bench_payload, has_names)
{
    enum payload_kind kind = PAYLOAD_TEXT;

    cr_expect(payload_find("random", &kind));
    cr_expect_eq(kind, PAYLOAD_RANDOM);
    cr_expect_str_eq(payload_name(PAYLOAD_TEXT), "text");
    cr_expect_not(payload_find("zeros", &kind));
}
