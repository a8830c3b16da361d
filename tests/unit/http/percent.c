/* Percent-encoding, undone and done (RFC 3986 section 2.1). */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>

struct row {
    const char *why, *text;
    size_t len;
    enum shunt_status status;
    const char *want;
    size_t want_len;
};
#define ROW(why, text, want)                                                                       \
    {                                                                                              \
        why, text, sizeof(text) - 1, SHUNT_OK, want, sizeof(want) - 1                              \
    }
#define BAD(why, text)                                                                             \
    {                                                                                              \
        why, text, sizeof(text) - 1, SHUNT_EPROTO, "", 0                                           \
    }

static const struct row rows[] = {
    ROW("nothing", "", ""),
    ROW("nothing to decode", "abc", "abc"),
    ROW("plus stays", "a+b", "a+b"),
    ROW("a space", "a%20b", "a b"),
    ROW("both cases of digits", "%2f%2F%aF%Fa", "//\xaf\xfa"),
    ROW("NUL", "a%00b", "a\0b"),
    ROW("a percent sign, decoded once", "%2541", "%41"),
    ROW("all of it", "%41%42%43", "ABC"),
    ROW("bytes that are no text", "\xff%ff\n", "\xff\xff\n"),
    BAD("percent alone", "%"),
    BAD("one digit", "%4"),
    BAD("one digit and the end of a longer text", "abc%4"),
    BAD("no digit first", "%g4"),
    BAD("no digit second", "%4g"),
    BAD("two percent signs", "%%41"),
    BAD("the escape of old browsers", "%u0041"),
    BAD("a sign", "%+1"),
    BAD("a space", "% 1"),
    BAD("behind what was good", "%41%"),
};

Test(shunt_percent, decodes_what_rfc_3986_encodes_and_refuses_the_rest)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span text = guard_page_copy(rows[i].text, rows[i].len);
        struct shunt_span want = {rows[i].want, rows[i].want_len}, got = {NULL, 0};
        char out[32];
        enum shunt_status status = shunt_percent_decode(text, out, sizeof out, &got);

        cr_expect_eq(status, rows[i].status, "%s: %s", rows[i].why, shunt_status_name(status));
        cr_expect(shunt_span_equal(got, want), "%s", rows[i].why);
        status = shunt_percent_decode(text, (char *)(uintptr_t)text.at, text.len, &got);
        cr_expect_eq(status, rows[i].status, "%s, in place", rows[i].why);
        cr_expect(shunt_span_equal(got, want), "%s, in place", rows[i].why);
        guard_page_free(text);
    }
}

Test(shunt_percent, copies_only_what_there_is_to_decode)
{
    struct shunt_span text = shunt_span_of("plain"), got;
    char out[1];

    cr_expect_eq(shunt_percent_decode(text, out, 0, &got), SHUNT_OK);
    cr_expect_eq(got.at, text.at);
    cr_expect_eq(shunt_percent_decode(shunt_span_of("%41"), out, 1, &got), SHUNT_OK);
    cr_expect_eq(got.at, out);
}

Test(shunt_percent, writes_no_byte_behind_the_room)
{
    struct shunt_span text = shunt_span_of("a%20b%20c"), got = {"kept", 4};

    for (size_t room = 0; room < 5; room++) {
        struct shunt_span out = guard_page_copy(text.at, room);

        cr_expect_eq(shunt_percent_decode(text, (char *)(uintptr_t)out.at, room, &got),
                     SHUNT_ETOOBIG);
        cr_expect_eq(got.len, 4);
        guard_page_free(out);
    }
}

Test(shunt_percent, encodes_all_but_what_is_unreserved_or_kept)
{
    static const struct {
        const char *why, *text, *keep, *want;
    } encoded[] = {
        {"nothing", "", NULL, ""},
        {"unreserved", "azAZ09-._~", "", "azAZ09-._~"},
        {"reserved", ":/?#[]@!$&'()*+,;=", "",
         "%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D"},
        {"a space", "a b", "", "a%20b"},
        {"a percent sign", "100%41", "", "100%2541"},
        {"neither reserved nor unreserved", "\"<>\\^`{|}", "", "%22%3C%3E%5C%5E%60%7B%7C%7D"},
        {"bytes that are no text", "\x01\x7f\x80\xff", "", "%01%7F%80%FF"},
        {"slashes of a path", "/a b/c?d", "/", "/a%20b/c%3Fd"},
        {"all that is reserved", ":/?#[]@!$&'()*+,;=", ":/?#[]@!$&'()*+,;=", ":/?#[]@!$&'()*+,;="},
    };

    for (size_t i = 0; i < sizeof encoded / sizeof *encoded; i++) {
        struct shunt_span text, got = {NULL, 0};
        char out[128];

        text = guard_page_copy(encoded[i].text, strlen(encoded[i].text));
        cr_expect_eq(shunt_percent_encode(text, encoded[i].keep, out, sizeof out, &got), SHUNT_OK);
        cr_expect(shunt_span_equal(got, shunt_span_of(encoded[i].want)), "%s: %.*s", encoded[i].why,
                  (int)got.len, got.at);
        cr_expect_eq(got.at == text.at, strcmp(encoded[i].text, encoded[i].want) == 0,
                     "%s: copied only where there is something to encode", encoded[i].why);
        guard_page_free(text);
    }
}

Test(shunt_percent, keeps_reserved_bytes_only)
{
    static const char *const keeps[] = {"%", "a", "/ ", "\xff", "-"};
    struct shunt_span got = {"kept", 4};
    char out[16];

    for (size_t i = 0; i < sizeof keeps / sizeof *keeps; i++) {
        cr_expect_eq(shunt_percent_encode(shunt_span_of("b"), keeps[i], out, sizeof out, &got),
                     SHUNT_EINVAL, "%s", keeps[i]);
        cr_expect_eq(got.len, 4);
    }
}

Test(shunt_percent, encodes_into_its_room_only_and_decodes_to_the_same)
{
    for (size_t room = 0; room <= 7; room++) {
        struct shunt_span out = guard_page_copy("#######", room), got = {"kept", 4}, again;
        enum shunt_status status;
        char decoded[8];

        status = shunt_percent_encode((struct shunt_span){"\0a ", 3}, NULL,
                                      (char *)(uintptr_t)out.at, room, &got);
        cr_expect_eq(status, room < 7 ? SHUNT_ETOOBIG : SHUNT_OK, "%zu", room);
        cr_expect_eq(got.len, room < 7 ? 4 : 7);
        if (status == SHUNT_OK) {
            cr_expect_eq(shunt_percent_decode(got, decoded, sizeof decoded, &again), SHUNT_OK);
            cr_expect(shunt_span_equal(again, (struct shunt_span){"\0a ", 3}));
        }
        guard_page_free(out);
    }
}
