/* What is written of a peer's bytes ends nothing, and reads back as those bytes. */
#include "exchange/log_escape.h"

#include "support/guard.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *escaped(enum exchange_log_escape how, struct shunt_span value, size_t room,
                           bool *cut)
{
    static char out[65536];
    size_t len = exchange_log_escape(how, value, out, room, cut);

    cr_assert_leq(len, room);
    out[len] = '\0';
    return out;
}

Test(exchange_log_escape, writes_each_kind_of_byte_as_it_is_documented)
{
    static const struct {
        const char *why;
        struct shunt_span value;
        const char *text, *json;
    } rows[] = {
        {"nothing", {"", 0}, "", ""},
        {"plain", {"GET /a?b=c HTTP/1.1", 19}, "GET /a?b=c HTTP/1.1", "GET /a?b=c HTTP/1.1"},
        {"a quote", {"a\"b", 3}, "a\\x22b", "a\\\"b"},
        {"a backslash", {"\\n", 2}, "\\x5Cn", "\\\\n"},
        {"a line end", {"a\r\nb", 4}, "a\\x0D\\x0Ab", "a\\u000D\\u000Ab"},
        {"NUL and DEL", {"\0\x7f", 2}, "\\x00\\x7F", "\\u0000\\u007F"},
        {"a terminal's command", {"\x1b[2J", 4}, "\\x1B[2J", "\\u001B[2J"},
        {"two bytes", {"\xc3\xa4", 2}, "\\xC3\\xA4", "\xc3\xa4"},
        {"three bytes", {"\xe2\x82\xac", 3}, "\\xE2\\x82\\xAC", "\xe2\x82\xac"},
        {"four bytes", {"\xf0\x9f\x98\x80", 4}, "\\xF0\\x9F\\x98\\x80", "\xf0\x9f\x98\x80"},
        {"overlong", {"\xc0\xaf", 2}, "\\xC0\\xAF", "\\\\xC0\\\\xAF"},
        {"overlong of three", {"\xe0\x9f\xbf", 3}, "\\xE0\\x9F\\xBF", "\\\\xE0\\\\x9F\\\\xBF"},
        {"a surrogate", {"\xed\xa0\x80", 3}, "\\xED\\xA0\\x80", "\\\\xED\\\\xA0\\\\x80"},
        {"above the last",
         {"\xf4\x90\x80\x80", 4},
         "\\xF4\\x90\\x80\\x80",
         "\\\\xF4\\\\x90\\\\x80\\\\x80"},
        {"a sequence that is cut", {"\xe2\x82", 2}, "\\xE2\\x82", "\\\\xE2\\\\x82"},
        {"one within another", {"\xe2\xc3\xa4", 3}, "\\xE2\\xC3\\xA4", "\\\\xE2\xc3\xa4"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span value = guard_page_copy(rows[i].value.at, rows[i].value.len);
        bool cut;

        cr_expect_str_eq(escaped(EXCHANGE_LOG_TEXT, value, 100, &cut), rows[i].text, "%s",
                         rows[i].why);
        cr_expect(!cut);
        cr_expect_str_eq(escaped(EXCHANGE_LOG_JSON, value, 100, &cut), rows[i].json, "%s",
                         rows[i].why);
        cr_expect(!cut);
        guard_page_free(value);
    }
}

Test(exchange_log_escape, cuts_between_units_only)
{
    static const struct shunt_span value = {"ab\"\xc3\xa4\x01z", 7};
    bool cut;

    for (size_t room = 0; room < 20; room++) {
        const char *json = escaped(EXCHANGE_LOG_JSON, value, room, &cut);
        size_t fit = room < 2 ? room : room < 4 ? 2 : room < 6 ? 4 : room < 12 ? 6 : 12;

        fit = room > 12 ? 13 : fit;
        cr_expect_eq(strlen(json), fit, "%zu: %s", room, json);
        cr_expect_eq(cut, room < 13, "%zu", room);
    }
}

/* ---- random bytes, read back by a reader that knows nothing of the writer ---- */

static unsigned hex_value(const char *at, unsigned count)
{
    char digits[8] = "";

    memcpy(digits, at, count);
    return (unsigned)strtoul(digits, NULL, 16);
}

/* The bytes that the text stands for. */
static size_t read_text(const char *text, char *out)
{
    size_t len = 0;

    while (*text) {
        cr_assert(*text >= 0x20 && *text < 0x7f && *text != '"');
        if (*text == '\\') {
            cr_assert_eq(text[1], 'x');
            out[len++] = (char)hex_value(text + 2, 2);
            text += 4;
        } else {
            out[len++] = *text++;
        }
    }
    return len;
}

/* The same of a JSON string whose value reads \xHH for bytes that are no UTF-8. */
static size_t read_json(const char *json, char *out)
{
    size_t len = 0;

    while (*json) {
        cr_assert((unsigned char)*json >= 0x20 && *json != '"' && *json != 0x7f);
        if (*json != '\\') {
            out[len++] = *json++;
        } else if (json[1] == 'u') {
            out[len++] = (char)hex_value(json + 2, 4);
            json += 6;
        } else if (json[1] == '\\' && json[2] == 'x') {
            out[len++] = (char)hex_value(json + 3, 2);
            json += 5;
        } else {
            cr_assert(json[1] == '"' || json[1] == '\\');
            out[len++] = json[1];
            json += 2;
        }
    }
    return len;
}

Test(exchange_log_escape, random_bytes_read_back_as_they_were)
{
    static const char often[] = "\"\\\r\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 abc";

    srandom(1);
    for (unsigned round = 0; round < 20000; round++) {
        char bytes[64], back[64];
        size_t len = (size_t)random() % sizeof bytes;
        struct shunt_span value = {bytes, len};
        bool cut;

        for (size_t i = 0; i < len; i++) {
            bytes[i] = random() % 2 ? often[(size_t)random() % (sizeof often - 1)]
                                    : (char)(random() & 0xff);
            if (bytes[i] == 'x') {
                bytes[i] = 'y'; /* "\x" itself reads as a byte in JSON's form */
            }
        }
        cr_assert_eq(read_text(escaped(EXCHANGE_LOG_TEXT, value, 1000, &cut), back), len);
        cr_assert_eq(memcmp(back, bytes, len), 0);
        cr_assert_eq(read_json(escaped(EXCHANGE_LOG_JSON, value, 1000, &cut), back), len);
        cr_assert_eq(memcmp(back, bytes, len), 0);
    }
}
