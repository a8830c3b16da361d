/* multipart/form-data (RFC 7578, RFC 2046 section 5.1), whole and in pieces. */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>
#include <stdio.h>

#define TYPE       "multipart/form-data; boundary=xyz"
#define ROOM_BYTES 128

/* What was read, as text: "P name|filename|type;" for a part, its content, "E" behind it. */
struct result {
    char text[1024];
    size_t len;
    enum shunt_status status;
    bool complete;
};

static void append(struct result *result, const char *bytes, size_t len)
{
    cr_assert_lt(result->len + len, sizeof result->text);
    memcpy(result->text + result->len, bytes, len);
    result->len += len;
    result->text[result->len] = '\0';
}

static void append_span(struct result *result, struct shunt_span span, const char *behind)
{
    append(result, span.at ? span.at : "-", span.at ? span.len : 1);
    append(result, behind, strlen(behind));
}

static void append_event(struct result *result, const struct shunt_multipart *multipart,
                         enum shunt_multipart_event event, struct shunt_span data)
{
    switch (event) {
    case SHUNT_MULTIPART_PART:
        append(result, "P ", 2);
        append_span(result, multipart->part.name, "|");
        append_span(result, multipart->part.filename, "|");
        append_span(result, multipart->part.content_type, ";");
        return;
    case SHUNT_MULTIPART_DATA:
        cr_expect_gt(data.len, 0);
        append(result, data.at, data.len);
        return;
    case SHUNT_MULTIPART_PART_END:
        append(result, "E", 1);
        return;
    default:
        cr_expect(false, "no event");
    }
}

/* Read `body` in pieces of `step` bytes, the first of `first`; each ends at a guard page. */
static struct result read_body(struct shunt_span body, size_t first, size_t step, size_t room_bytes)
{
    static const char unset[ROOM_BYTES];
    struct result result = {.status = SHUNT_AGAIN};
    struct shunt_span room = guard_page_copy(unset, room_bytes);
    struct shunt_multipart multipart;
    size_t from = 0, len = first;

    cr_assert_eq(shunt_multipart_init(&multipart, shunt_span_of(TYPE), (char *)(uintptr_t)room.at,
                                      room_bytes),
                 SHUNT_OK);
    for (; from < body.len && result.status == SHUNT_AGAIN; from += len, len = step) {
        struct shunt_span piece, rest;

        len = len < body.len - from ? len : body.len - from;
        piece = rest = guard_page_copy(body.at + from, len);
        do {
            enum shunt_multipart_event event;
            struct shunt_span data;
            size_t used;

            result.status = shunt_multipart_next(&multipart, rest, &used, &event, &data);
            cr_assert_leq(used, rest.len);
            rest.at += used;
            rest.len -= used;
            if (result.status == SHUNT_OK) {
                append_event(&result, &multipart, event, data);
            } else {
                cr_expect_eq(event, SHUNT_MULTIPART_NONE);
                cr_expect(result.status != SHUNT_AGAIN || rest.len == 0);
            }
        } while (result.status == SHUNT_OK);
        guard_page_free(piece);
    }
    result.complete = shunt_multipart_complete(&multipart);
    if (result.status != SHUNT_AGAIN) {
        enum shunt_multipart_event event;
        struct shunt_span data;
        size_t used;

        cr_expect_eq(shunt_multipart_next(&multipart, body, &used, &event, &data), result.status);
        cr_expect_eq(used, 0);
        cr_expect_not(result.complete);
    }
    guard_page_free(room);
    return result;
}

struct row {
    const char *why, *body;
    size_t len;
    const char *want;         /* what is read */
    enum shunt_status status; /* SHUNT_OK: complete; SHUNT_AGAIN: cut off */
};
#define ROW(why, body, want, status)                                                               \
    {                                                                                              \
        why, body, sizeof(body) - 1, want, status                                                  \
    }
#define NAMED(name) "Content-Disposition: form-data; name=" name "\r\n"
#define PART(text)  "--xyz\r\n" NAMED("a") "\r\n" text
#define END         "\r\n--xyz--"

static void check_cut(const struct row *row, size_t first, size_t step)
{
    struct result got =
        read_body((struct shunt_span){row->body, row->len}, first, step, ROOM_BYTES);
    bool complete = row->status == SHUNT_OK;

    cr_expect_eq(got.status, complete ? SHUNT_AGAIN : row->status, "%s, %zu, %zu: %s", row->why,
                 first, step, shunt_status_name(got.status));
    cr_expect_eq(got.complete, complete, "%s, %zu, %zu", row->why, first, step);
    cr_expect(shunt_span_equal((struct shunt_span){got.text, got.len}, shunt_span_of(row->want)),
              "%s, %zu, %zu: %s", row->why, first, step, got.text);
}

/* Whole, byte by byte, and in two pieces cut at each byte. */
static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_cut(&rows[i], rows[i].len, 1);
        check_cut(&rows[i], 1, 1);
        for (size_t cut = 1; cut < rows[i].len; cut++) {
            check_cut(&rows[i], cut, rows[i].len);
        }
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

Test(shunt_multipart, parts_come_one_after_the_other_however_the_body_is_cut)
{
    static const struct row rows[] = {
        ROW("one part", PART("hello") END, "P a|-|-;helloE", SHUNT_OK),
        ROW("a line end behind it", PART("hello") END "\r\n", "P a|-|-;helloE", SHUNT_OK),
        ROW("two parts", PART("1") "\r\n" PART("2") END, "P a|-|-;1EP a|-|-;2E", SHUNT_OK),
        ROW("no part", "--xyz--", "", SHUNT_OK),
        ROW("a file",
            "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a b.txt\"\r\n"
            "Content-Type: text/plain; charset=x\r\n\r\n1" END,
            "P f|a b.txt|text/plain; charset=x;1E", SHUNT_OK),
        ROW("names without case",
            "--xyz\r\ncontent-disposition:FORM-DATA;NAME=\"f\" ; FileName=\"\"\r\n"
            "CONTENT-TYPE:x\t\r\n\r\n1" END,
            "P f||x;1E", SHUNT_OK),
        ROW("an empty name", "--xyz\r\n" NAMED("\"\"") "\r\n1" END, "P |-|-;1E", SHUNT_OK),
        ROW("other fields and parameters",
            "--xyz\r\nX-A: b\r\n" NAMED("a; size=1; x=\"y\"") "Content-Length: 9\r\n\r\n1" END,
            "P a|-|-;1E", SHUNT_OK),
        ROW("bytes of a name as they are", "--xyz\r\n" NAMED("\"%22\\x;=\303\251\"") "\r\n" END,
            "P %22\\x;=\303\251|-|-;E", SHUNT_OK),
        ROW("a coding that is none",
            "--xyz\r\n" NAMED("a") "Content-Transfer-Encoding: 8bit\r\n\r\n1" END, "P a|-|-;1E",
            SHUNT_OK),
        ROW("empty content", PART("") END, "P a|-|-;E", SHUNT_OK),
        ROW("empty content without its line end", PART("--xyz--"), "P a|-|-;E", SHUNT_OK),
        ROW("white space behind delimiters",
            "--xyz \t\r\n" NAMED("a") "\r\n1\r\n--xyz-- \t\r\nepilogue", "P a|-|-;1E", SHUNT_OK),
        ROW("an epilogue", PART("1") END "\r\n" PART("2") END, "P a|-|-;1E", SHUNT_OK),
        ROW("a preamble", "--xy\r\n-xyz\r\n" PART("1") END, "P a|-|-;1E", SHUNT_OK),
        ROW("an empty line first", "\r\n" PART("1") END, "P a|-|-;1E", SHUNT_OK),
    };

    CHECK(rows);
}

Test(shunt_multipart, content_is_what_is_no_delimiter)
{
    static const struct row rows[] = {
        ROW("line ends", PART("\r\n\r\n1\r\n\r\n") END, "P a|-|-;\r\n\r\n1\r\n\r\nE", SHUNT_OK),
        ROW("a line end alone", PART("\r\n") END, "P a|-|-;\r\nE", SHUNT_OK),
        ROW("CR upon CR", PART("\r\r\r") END, "P a|-|-;\r\r\rE", SHUNT_OK),
        ROW("LF", PART("\n\n--xyz--\n") END, "P a|-|-;\n\n--xyz--\nE", SHUNT_OK),
        ROW("the delimiter without a line end", PART("a--xyz--") END, "P a|-|-;a--xyz--E",
            SHUNT_OK),
        ROW("beginnings of the delimiter", PART("\r\n-\r\n--\r\n--x\r\n--xy\r\n--xY") END,
            "P a|-|-;\r\n-\r\n--\r\n--x\r\n--xy\r\n--xYE", SHUNT_OK),
        ROW("beginnings within it", PART("\r\r\n\r\n--\r\n--xy") END,
            "P a|-|-;\r\r\n\r\n--\r\n--xyE", SHUNT_OK),
        ROW("a beginning at the front", PART("--xy") END, "P a|-|-;--xyE", SHUNT_OK),
        ROW("a dash at the front", PART("-\r\n") END, "P a|-|-;-\r\nE", SHUNT_OK),
        ROW("another case", PART("\r\n--XYZ--") END, "P a|-|-;\r\n--XYZ--E", SHUNT_OK),
    };

    CHECK(rows);
}

Test(shunt_multipart, that_is_cut_off_is_not_complete)
{
    static const char body[] = PART("1") "\r\n" PART("2") END;

    for (size_t len = 0; len < sizeof body - 1; len++) {
        struct result got = read_body((struct shunt_span){body, len}, len, 1, ROOM_BYTES);

        cr_expect_eq(got.status, SHUNT_AGAIN, "%zu", len);
        cr_expect_not(got.complete, "%zu", len);
    }
    CHECK((
        (const struct row[]){ROW("in its last line", PART("1") END "\r", "P a|-|-;1E", SHUNT_AGAIN),
                             ROW("never begun", "hello", "", SHUNT_AGAIN)}));
}

Test(shunt_multipart, is_refused_where_two_readers_could_differ)
{
#define REFUSED(why, fields) ROW(why, "--xyz\r\n" fields "\r\n1" END, "", SHUNT_EPROTO)
    static const struct row rows[] = {
        REFUSED("no field", ""),
        REFUSED("no Content-Disposition", "Content-Type: a\r\n"),
        REFUSED("two of them", NAMED("a") NAMED("a")),
        REFUSED("another disposition", "Content-Disposition: attachment; name=a\r\n"),
        REFUSED("no disposition", "Content-Disposition: name=a\r\n"),
        REFUSED("no name", "Content-Disposition: form-data\r\n"),
        REFUSED("a file name only", "Content-Disposition: form-data; filename=a\r\n"),
        REFUSED("two names", NAMED("a; name=b")),
        REFUSED("two file names", NAMED("a; filename=b; filename=c")),
        REFUSED("an empty name and another", NAMED("\"\"; name=b")),
        REFUSED("filename*", NAMED("a; filename*=UTF-8''b")),
        REFUSED("name*", NAMED("a; name*=UTF-8''b")),
        REFUSED("an escaped quote", NAMED("\"a\\\"b\"")),
        REFUSED("a backslash at the end", NAMED("\"a\\\\\"")),
        REFUSED("a backslash that may end a value", NAMED("\"a\\\"; filename=\"b\"")),
        REFUSED("an open quote", NAMED("\"a")),
        REFUSED("a name that is no token", NAMED("a b")),
        REFUSED("no value", NAMED("")),
        REFUSED("a comma", NAMED("a, name=b")),
        REFUSED("two types", NAMED("a") "Content-Type: a\r\nContent-Type: a\r\n"),
        REFUSED("an empty type and another", NAMED("a") "Content-Type:\r\nContent-Type: a\r\n"),
        REFUSED("a coding", NAMED("a") "Content-Transfer-Encoding: base64\r\n"),
        REFUSED(
            "two codings",
            NAMED("a") "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 7bit\r\n"),
        REFUSED("a folded field", "X: a\r\n b\r\n" NAMED("a")),
        REFUSED("a space before the colon", "X : a\r\n" NAMED("a")),
        REFUSED("no colon", "X\r\n" NAMED("a")),
        REFUSED("no field name", ": a\r\n" NAMED("a")),
        REFUSED("a bare LF", "X: a\n" NAMED("a")),
        REFUSED("a bare CR", "X: a\rb\r\n" NAMED("a")),
        REFUSED("CR at the front of a line", NAMED("a") "\rX: b\r\n"),
        REFUSED("NUL", "X: a\0b\r\n" NAMED("a")),
        REFUSED("NUL in a name", NAMED("\"a\0b\"")),
        REFUSED("LF and CRLF", "X: a\n\r\n"),
        ROW("a delimiter that goes on", PART("1") "\r\n--xyzz\r\n", "P a|-|-;1E", SHUNT_EPROTO),
        ROW("one dash", PART("1") "\r\n--xyz-\r\n", "P a|-|-;1E", SHUNT_EPROTO),
        ROW("a last one that goes on", PART("1") END "z", "P a|-|-;1E", SHUNT_EPROTO),
        ROW("three dashes", PART("1") END "-", "P a|-|-;1E", SHUNT_EPROTO),
        ROW("a bare LF behind the last one", PART("1") END "\n", "P a|-|-;1E", SHUNT_EPROTO),
        ROW("a bare CR behind the last one", PART("1") END "\rz", "P a|-|-;1E", SHUNT_EPROTO),
        ROW("a bare LF behind a delimiter", "--xyz\n" NAMED("a") "\r\n1" END, "", SHUNT_EPROTO),
        ROW("a bare CR behind a delimiter", "--xyz\rz", "", SHUNT_EPROTO),
        ROW("a first one that goes on", "--xyzz\r\n" PART("1") END, "", SHUNT_EPROTO),
    };

    CHECK(rows);
}

Test(shunt_multipart, fields_that_do_not_fit_are_too_big)
{
    static const char body[] = PART("1") END;
    const size_t need = sizeof NAMED("a") - 1 + 2;

    for (size_t room = 0; room <= need; room++) {
        for (size_t step = 1; step < sizeof body; step++) {
            struct result got =
                read_body((struct shunt_span){body, sizeof body - 1}, step, step, room);

            cr_expect_eq(got.status, room == need ? SHUNT_AGAIN : SHUNT_ETOOBIG, "%zu", room);
            cr_expect_eq(got.complete, room == need);
        }
    }
}

Test(shunt_multipart, needs_its_type_and_one_boundary)
{
    static const struct {
        const char *type;
        enum shunt_status want;
    } rows[] = {
        {"multipart/form-data; boundary=a", SHUNT_OK},
        {"Multipart/Form-Data ; charset=x;\tBOUNDARY=\"a b\"; x=y", SHUNT_OK},
        {"multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", SHUNT_OK},
        {"multipart/form-data; boundary=\"'()+_,-./:=?\"", SHUNT_OK},
        {"multipart/form-data; "
         "boundary=1234567890123456789012345678901234567890123456789012345678901234567890",
         SHUNT_OK},
        {"multipart/form-data; "
         "boundary=12345678901234567890123456789012345678901234567890123456789012345678901",
         SHUNT_EPROTO},
        {"multipart/form-data", SHUNT_EPROTO},
        {"multipart/form-data;", SHUNT_EPROTO},
        {"multipart/form-data; charset=x", SHUNT_EPROTO},
        {"multipart/form-data; boundary=", SHUNT_EPROTO},
        {"multipart/form-data; boundary=\"\"", SHUNT_EPROTO},
        {"multipart/form-data; boundary=\"a \"", SHUNT_EPROTO},
        {"multipart/form-data; boundary=\"a\\b\"", SHUNT_EPROTO},
        {"multipart/form-data; boundary=\"a", SHUNT_EPROTO},
        {"multipart/form-data; boundary=a; boundary=a", SHUNT_EPROTO},
        {"multipart/form-data; boundary=a; boundary=b", SHUNT_EPROTO},
        {"multipart/form-data; boundary=a,b", SHUNT_EPROTO},
        {"multipart/form-data; boundary=a*b", SHUNT_EPROTO},
        {"multipart/form-data; boundary=\"\303\251\"", SHUNT_EPROTO},
        {"multipart/form-data boundary=a", SHUNT_ENOTSUP},
        {"multipart/mixed; boundary=a", SHUNT_ENOTSUP},
        {"multipart/form-datas; boundary=a", SHUNT_ENOTSUP},
        {"application/x-www-form-urlencoded", SHUNT_ENOTSUP},
        {"", SHUNT_ENOTSUP},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span type = guard_page_copy(rows[i].type, strlen(rows[i].type));
        struct shunt_multipart multipart;
        char room[1];

        cr_expect_eq(shunt_multipart_init(&multipart, type, room, 1), rows[i].want, "%s",
                     rows[i].type);
        guard_page_free(type);
    }
}
