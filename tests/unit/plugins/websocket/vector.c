/* The vector units against the plain way, which has the last word. */
#include "vector.h"

#include "mask.h"
#include "support/guard.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 20000
#define ROOM   700

static uint32_t random_number(uint32_t below)
{
    static uint64_t state = 20261128;

    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

Test(websocket_vector, begins_with_the_scalar_one_and_the_last_is_in_use)
{
    size_t count;
    const struct websocket_vector *const *vectors = websocket_vectors(&count);

    cr_assert_geq(count, 1);
    cr_expect_str_eq(vectors[0]->name, "scalar");
    cr_expect_null(vectors[0]->utf8);
    cr_expect_eq(websocket_vector, vectors[count - 1]);
}

Test(websocket_vector, unmasks_what_the_formula_unmasks_and_nothing_beside_it)
{
    static uint8_t area[ROOM + 200], want[sizeof area];
    size_t count;
    const struct websocket_vector *const *vectors = websocket_vectors(&count);

    for (unsigned round = 0; round < ROUNDS; round++) {
        const struct websocket_vector *vector = vectors[round % count];
        size_t at = random_number(100), len = random_number(ROOM);
        uint8_t mask[8];
        uint64_t word;

        for (size_t i = 0; i < sizeof area; i++) {
            want[i] = area[i] = (uint8_t)random_number(256);
        }
        for (size_t i = 0; i < 4; i++) {
            mask[i] = mask[i + 4] = (uint8_t)random_number(256);
        }
        for (size_t i = 0; i < len; i++) {
            want[at + i] ^= mask[i % 4];
        }
        memcpy(&word, mask, sizeof word);
        vector->unmask(area + at, len, word);
        cr_assert_arr_eq(area, want, sizeof area, "%s: %zu bytes at %zu", vector->name, len, at);
    }
}

/* A character, or sometimes any byte, or the front of one. Returns how many bytes it is. */
static size_t piece(uint8_t *to, unsigned errors_of_1000)
{
    static const struct {
        uint32_t first, count;
    } kinds[] = {{0, 0x80},        {0x20, 0x40},        {0x80, 0x780},  {0x800, 0xd000},
                 {0xe000, 0x2000}, {0x10000, 0x100000}, {0xd7c0, 0x40}, {0x10ffc0, 0x40}};
    unsigned kind = random_number(sizeof kinds / sizeof *kinds);
    uint32_t code = kinds[kind].first + random_number(kinds[kind].count);
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    if (random_number(1000) < errors_of_1000) {
        to[0] = (uint8_t)random_number(256);
        return 1;
    }
    for (size_t i = len; i-- > 1; code >>= 6) {
        to[i] = (uint8_t)(0x80 | (code & 0x3f));
    }
    to[0] = (uint8_t)(len == 1 ? code : (0xf00u >> len & 0xff) | code);
    return random_number(1000) < errors_of_1000 ? 1 + random_number((uint32_t)len) : len;
}

/* How many leading bytes can begin a right text. */
static size_t right_bytes(const uint8_t *bytes, size_t len, bool *whole)
{
    struct websocket_utf8 text = {0};
    size_t i = 0;

    while (i < len && websocket_utf8_next(&text, bytes + i, 1)) {
        i++;
    }
    *whole = i == len && websocket_utf8_whole(&text);
    return i;
}

/* Texts of all kinds, right and wrong, that end at an unreadable page: what a unit accepts is whole
 * characters, all of a right text but for a character that is cut short. */
Test(websocket_vector, accepts_only_what_is_right_and_all_that_is)
{
    size_t count;
    const struct websocket_vector *const *vectors = websocket_vectors(&count);
    struct shunt_span area = guard_page_copy((char[ROOM + 8]){0}, ROOM + 8);

    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned errors = round % 3 == 0 ? 0 : round % 3 == 1 ? 3 : 200;
        size_t len = random_number(ROOM), made = 0, right;
        bool ascii_only = round % 7 == 0, whole;
        uint8_t text[ROOM + 8], *at;

        while (made < len) {
            size_t one = piece(text + made, errors);

            if (ascii_only && text[made] >= 0x80 && random_number(100) > 0) {
                text[made] = 'x';
                one = 1;
            }
            made += one;
        }
        at = (uint8_t *)area.at + area.len - len; /* the last character may be cut */
        memcpy(at, text, len);
        right = right_bytes(at, len, &whole);
        for (size_t i = 1; i < count; i++) {
            size_t accepted = vectors[i]->utf8(at, len);
            bool ends;

            cr_assert_leq(accepted, right, "%s", vectors[i]->name);
            cr_assert_eq(right_bytes(at, accepted, &ends), accepted);
            cr_assert(ends, "%s: %zu bytes end within a character", vectors[i]->name, accepted);
            cr_assert(right < len || (len - accepted <= 3 && (!whole || accepted == len)),
                      "%s: %zu of %zu right bytes", vectors[i]->name, accepted, len);
        }
    }
}

/* Each code point and each value that is none, in the middle of a vector and across its edges. */
Test(websocket_vector, agrees_with_the_definition_for_every_code_point)
{
    size_t count;
    const struct websocket_vector *const *vectors = websocket_vectors(&count);
    uint8_t text[3 * 64];

    memset(text, 'a', sizeof text);
    for (uint32_t code = 0x80; code < 0x200000; code++) {
        size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, at = 61 + code % 5;
        bool valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);

        for (size_t i = len; i-- > 1;) {
            text[at + i] = (uint8_t)(0x80 | (code >> (6 * (len - 1 - i)) & 0x3f));
        }
        text[at] = (uint8_t)((0xf00u >> len & 0xff) | code >> (6 * (len - 1)));
        for (size_t i = 1; i < count; i++) {
            if ((vectors[i]->utf8(text, sizeof text) == sizeof text) != valid) {
                cr_assert_fail("%s: U+%X at %zu", vectors[i]->name, code, at);
            }
        }
        memset(text + at, 'a', len);
    }
}
