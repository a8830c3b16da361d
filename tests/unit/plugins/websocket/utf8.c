#include "utf8.h"

#include "vector.h"

#include <criterion/criterion.h>
#include <string.h>

#define ASCII16 "0123456789abcdef"

static const struct {
    const char *why, *text;
    bool valid;
} rows[] = {
    {"nothing", "", true},
    {"ASCII, its ends", "\x01\x7f", true},
    {"a block of ASCII and more", ASCII16 ASCII16 "x", true},
    {"RFC 3629 section 7, first", "A\xe2\x89\xa2\xce\x91.", true},
    {"section 7, Korean", "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4", true},
    {"section 7, Japanese", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", true},
    {"section 7, with a signature", "\xef\xbb\xbf\xf0\xa3\x8e\xb4", true},
    {"U+0080", "\xc2\x80", true},
    {"U+07FF", "\xdf\xbf", true},
    {"U+0800", "\xe0\xa0\x80", true},
    {"U+0FFF", "\xe0\xbf\xbf", true},
    {"U+D7FF, before the surrogates", "\xed\x9f\xbf", true},
    {"U+E000, behind the surrogates", "\xee\x80\x80", true},
    {"U+FFFE, no character but valid", "\xef\xbf\xbe", true},
    {"U+FFFF", "\xef\xbf\xbf", true},
    {"U+10000", "\xf0\x90\x80\x80", true},
    {"U+3FFFF", "\xf0\xbf\xbf\xbf", true},
    {"U+10FFFF, the last", "\xf4\x8f\xbf\xbf", true},
    {"a character across a block", "0123456789abcde\xc3\xa9" ASCII16, true},

    {"a continuation alone", "\x80", false},
    {"the last continuation alone", "\xbf", false},
    {"a continuation too many", "\xc2\x80\x80", false},
    {"C0: overlong NUL", "\xc0\x80", false},
    {"C1: overlong", "\xc1\xbf", false},
    {"E0 80: overlong", "\xe0\x80\x80", false},
    {"E0 9F: overlong", "\xe0\x9f\xbf", false},
    {"F0 80: overlong", "\xf0\x80\x80\x80", false},
    {"F0 8F: overlong", "\xf0\x8f\xbf\xbf", false},
    {"U+D800, the first surrogate", "\xed\xa0\x80", false},
    {"U+DFFF, the last surrogate", "\xed\xbf\xbf", false},
    {"a pair of surrogates (CESU-8)", "\xed\xa1\x8c\xed\xbe\xb4", false},
    {"U+110000", "\xf4\x90\x80\x80", false},
    {"F5", "\xf5\x80\x80\x80", false},
    {"F8: five bytes", "\xf8\x88\x80\x80\x80", false},
    {"FE", "\xfe", false},
    {"FF", "\xff", false},
    {"lead in place of a continuation", "\xc2\xc2", false},
    {"ASCII in place of a continuation", "\xe2\x89x", false},
    {"the third byte wrong", "\xe2\x89\xc0", false},
    {"the fourth byte wrong", "\xf0\x90\x80\x7f", false},
    {"cut after one of two", "\xc2", false},
    {"cut after one of three", "\xe2", false},
    {"cut after two of three", "\xe2\x89", false},
    {"cut after three of four", "\xf0\x90\x80", false},
    {"wrong behind a block", ASCII16 "\xff", false},
    {"overlong E0 among short characters", "\xc3\xa9\xe0\x9f\xbf\xc3\xa9", false},
    {"a surrogate among short characters", "\xc3\xa9\xed\xa0\x80\xc3\xa9", false},
    {"a third byte wrong among short characters", "\xc3\xa9\xe2\x89\xc3\xa9\xa9", false},
    {"a second byte wrong among short characters", "\xc3\xc3\xa9\xa9", false},
    {"short and long ones mixed", "x\xc3\xa9\xe2\x89\xa2\xf0\x9f\x98\x80y\xe0\xa0\x80z", true},
    {"wrong within a block",
     "01234567\xff"
     "9abcdef",
     false},
};

Test(websocket_utf8, knows_what_is_valid)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(websocket_utf8_valid((const uint8_t *)rows[i].text, strlen(rows[i].text)),
                     rows[i].valid, "%s", rows[i].why);
    }
}

/* Each row behind and before each number of characters that are right, of one and of three bytes. */
static void knows_it_in_every_place(const struct websocket_vector *vector, const char *beside)
{
    const size_t step = strlen(beside);
    char text[1024];

    websocket_vector_set(vector);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t number = 0; number < 140 * 100; number++) {
            size_t before = number % 140, behind = number / 140, len = 0;

            if (behind % 7 > 0 && behind > 20) {
                continue;
            }
            for (size_t j = 0; j < before + behind; j++) {
                if (j == before) {
                    len += (size_t)(stpcpy(text + len, rows[i].text) - (text + len));
                }
                memcpy(text + len, beside, step);
                len += step;
            }
            if (behind == 0) {
                len += (size_t)(stpcpy(text + len, rows[i].text) - (text + len));
            }
            if (websocket_utf8_valid((const uint8_t *)text, len) != rows[i].valid) {
                cr_assert_fail("%s: %s, %zu before, %zu behind", vector->name, rows[i].why, before,
                               behind);
            }
        }
    }
}

Test(websocket_utf8, knows_it_in_every_place_by_each_vector_unit)
{
    size_t count;
    const struct websocket_vector *const *vectors = websocket_vectors(&count);

    for (size_t i = 0; i < count; i++) {
        knows_it_in_every_place(vectors[i], "a");
        knows_it_in_every_place(vectors[i], "\xe4\xb8\x96");
    }
}

Test(websocket_utf8, says_the_same_in_pieces)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].text;
        size_t len = strlen(rows[i].text);

        for (size_t cut = 0; cut <= len; cut++) {
            struct websocket_utf8 text = {0};
            bool valid = websocket_utf8_next(&text, bytes, cut) &&
                         websocket_utf8_next(&text, bytes + cut, len - cut) &&
                         websocket_utf8_whole(&text);

            cr_expect_eq(valid, rows[i].valid, "%s, cut at %zu", rows[i].why, cut);
        }
    }
}

Test(websocket_utf8, refuses_at_the_first_byte_that_no_continuation_saves)
{
    static const struct {
        const char *why, *text;
        size_t at; /* of the byte that decides */
    } early[] = {
        {"a surrogate by its second byte", "\xed\xa0", 1},
        {"beyond the last by its second byte", "\xf4\x90", 1},
        {"overlong by its first byte", "\xc0", 0},
        {"overlong by its second byte", "\xe0\x80", 1},
        {"a lead that does not exist", "ab\xf5", 2},
    };

    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        const uint8_t *bytes = (const uint8_t *)early[i].text;
        struct websocket_utf8 text = {0};

        cr_expect(websocket_utf8_next(&text, bytes, early[i].at), "%s: too early", early[i].why);
        cr_expect_not(websocket_utf8_next(&text, bytes + early[i].at, 1), "%s: too late",
                      early[i].why);
    }
}

/* Each code point, and each value of 21 bits that is none, as the plain rule has it. */
Test(websocket_utf8, agrees_with_the_definition_for_every_code_point)
{
    for (uint32_t code = 0; code < 0x200000; code++) {
        uint8_t bytes[4];
        size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        bool valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);

        for (size_t i = len; i-- > 1;) {
            bytes[i] = (uint8_t)(0x80 | (code >> (6 * (len - 1 - i)) & 0x3f));
        }
        bytes[0] = (uint8_t)(len == 1   ? code
                             : len == 2 ? 0xc0 | code >> 6
                             : len == 3 ? 0xe0 | code >> 12
                                        : 0xf0 | code >> 18);
        if (websocket_utf8_valid(bytes, len) != valid) {
            cr_assert_fail("U+%X", code);
        }
    }
}
