/* Trailers of the chunked coding (RFC 9112 section 7.1.2). */
#include "unit/http/chunked_rows.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>

#define TRAILER(lines) "1\r\na\r\n0\r\n" lines "\r\n"

Test(http_chunked, may_have_trailers_that_are_harmless_field_lines)
{
    static const struct chunked_row rows[] = {
        ROW("one", TRAILER("X: y\r\n"), SHUNT_OK, "a"),
        ROW("several", TRAILER("X: y\r\nZ:\r\nX:\t\r\n"), SHUNT_OK, "a"),
        ROW("obs-text", TRAILER("X: caf\303\251\r\n"), SHUNT_OK, "a"),
        ROW("a name that starts like a refused one", TRAILER("Hosts: b\r\nHos: c\r\n"), SHUNT_OK,
            "a"),
        ROW("a name that ends like one", TRAILER("X-Content-Length: 5\r\n"), SHUNT_OK, "a"),
        ROW("a checksum", TRAILER("Content-MD5: x\r\nDigest: y\r\n"), SHUNT_OK, "a"),
        ROW("no colon", TRAILER("X\r\n"), SHUNT_EPROTO, "a"),
        ROW("no name", TRAILER(": y\r\n"), SHUNT_EPROTO, "a"),
        ROW("space before the colon", TRAILER("X : y\r\n"), SHUNT_EPROTO, "a"),
        ROW("fold", TRAILER("X: y\r\n z\r\n"), SHUNT_EPROTO, "a"),
        ROW("white space first", TRAILER(" X: y\r\n"), SHUNT_EPROTO, "a"),
        ROW("bare LF", TRAILER("X: a\nY: b\r\n"), SHUNT_EPROTO, "a"),
        ROW("bare CR", TRAILER("X: a\rY: b\r\n"), SHUNT_EPROTO, "a"),
        ROW("NUL", TRAILER("X: a\0b\r\n"), SHUNT_EPROTO, "a"),
        ROW("control", TRAILER("X: a\001b\r\n"), SHUNT_EPROTO, "a"),
        ROW("bad name", TRAILER("X(): a\r\n"), SHUNT_EPROTO, "a"),
        ROW("eight bits in the name", TRAILER("\303\251: a\r\n"), SHUNT_EPROTO, "a"),
        ROW("Content-Length", TRAILER("Content-Length: 100\r\n"), SHUNT_EPROTO, "a"),
        ROW("any case", TRAILER("cONTENT-lENGTH: 100\r\n"), SHUNT_EPROTO, "a"),
        ROW("behind another", TRAILER("X: y\r\nHost: b\r\n"), SHUNT_EPROTO, "a"),
        ROW("Transfer-Encoding", TRAILER("Transfer-Encoding: chunked\r\n"), SHUNT_EPROTO, "a"),
        ROW("Connection", TRAILER("Connection: close\r\n"), SHUNT_EPROTO, "a"),
        ROW("Upgrade", TRAILER("Upgrade: h2c\r\n"), SHUNT_EPROTO, "a"),
        ROW("TE", TRAILER("TE: trailers\r\n"), SHUNT_EPROTO, "a"),
        ROW("Trailer", TRAILER("Trailer: X\r\n"), SHUNT_EPROTO, "a"),
        ROW("Expect", TRAILER("Expect: 100-continue\r\n"), SHUNT_EPROTO, "a"),
        ROW("Authorization", TRAILER("Authorization: x\r\n"), SHUNT_EPROTO, "a"),
        ROW("Content-Type", TRAILER("Content-Type: x\r\n"), SHUNT_EPROTO, "a"),
    };

    CHECK(rows);
}

static enum shunt_status trailer_status(const char *name, int len, const char *more)
{
    char bytes[128];

    snprintf(bytes, sizeof bytes, "1\r\na\r\n0\r\n%.*s%s: x\r\n\r\n", len, name, more);
    return chunked_decode(bytes, strlen(bytes), strlen(bytes), 1).status;
}

Test(http_chunked, has_no_trailer_that_frames_routes_or_authorizes_in_any_case)
{
    static const char *const names[] = {"content-length",
                                        "transfer-encoding",
                                        "host",
                                        "connection",
                                        "keep-alive",
                                        "upgrade",
                                        "te",
                                        "trailer",
                                        "expect",
                                        "authorization",
                                        "proxy-authorization",
                                        "proxy-connection",
                                        "cookie",
                                        "content-encoding",
                                        "content-type",
                                        "content-range",
                                        "range",
                                        "cache-control",
                                        "max-forwards",
                                        "http2-settings"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int len = (int)strlen(names[i]);
        char upper[32] = "";

        for (int at = 0; at < len; at++) {
            upper[at] = (char)toupper(names[i][at]);
        }
        cr_expect_eq(trailer_status(names[i], len, ""), SHUNT_EPROTO, "%s", names[i]);
        cr_expect_eq(trailer_status(upper, len, ""), SHUNT_EPROTO, "%s", upper);
        cr_expect_eq(trailer_status(names[i], len, "s"), SHUNT_OK, "%ss", names[i]);
        cr_expect_eq(trailer_status(names[i], len - 1, ""), SHUNT_OK, "%s less one", names[i]);
    }
}

/* ---- the trailer section ---- */

/* What is used while the decoder is in the trailers, the input cut into pieces of `step`. */
static size_t section_of(const char *bytes, size_t step, char *section)
{
    struct http_chunked chunked = {0};
    size_t len = strlen(bytes), at = 0, section_len = 0;

    while (at < len) {
        struct shunt_span in = {bytes + at, len - at < step ? len - at : step}, data;
        bool trailers = http_chunked_in_trailers(&chunked);
        size_t used;
        enum shunt_status status = http_chunked_decode(&chunked, in, &used, &data);

        cr_assert(status == SHUNT_OK || status == SHUNT_AGAIN);
        cr_assert(!trailers || data.len == 0);
        if (trailers) {
            memcpy(section + section_len, in.at, used);
            section_len += used;
        }
        at += used;
    }
    return section_len;
}

Test(http_chunked, shows_the_trailer_section_wherever_the_input_is_cut)
{
    static const struct {
        const char *why, *bytes, *fields; /* "name=value;" */
    } rows[] = {
        {"none", "1\r\na\r\n0\r\n\r\n", ""},
        {"one", "1\r\na\r\n0\r\nX-Sum: 12\r\n\r\n", "X-Sum=12;"},
        {"white space around a value", "0\r\nA: \t b c \t\r\nB:\r\nC:d\r\n\r\n", "A=b c;B=;C=d;"},
        {"a colon in a value", "0\r\nA: b: c\r\n\r\n", "A=b: c;"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t step = 1; step <= strlen(rows[i].bytes); step++) {
            char section[128], fields[128] = "";
            struct shunt_span rest = {section, section_of(rows[i].bytes, step, section)};
            struct shunt_field field;

            while (http_chunked_trailer_next(&rest, &field)) {
                snprintf(fields + strlen(fields), sizeof fields - strlen(fields), "%.*s=%.*s;",
                         (int)field.name.len, field.name.at, (int)field.value.len, field.value.at);
            }
            cr_expect_str_eq(fields, rows[i].fields, "%s, pieces of %zu", rows[i].why, step);
        }
    }
}
