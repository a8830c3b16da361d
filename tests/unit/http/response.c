/* Response heads. */
#include "http/response.h"
#include "http/reason.h"
#include "support/guard.h"

#include <criterion/criterion.h>

Test(http_reason, names_registered_statuses)
{
    static const struct {
        unsigned status;
        const char *reason;
    } rows[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {413, "Content Too Large"},
        {417, "Expectation Failed"},
        {426, "Upgrade Required"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {511, "Network Authentication Required"},
        {0, "Unknown"},
        {306, "Unknown"},
        {499, "Unknown"},
        {512, "Unknown"},
        {999, "Unknown"},
        {4000000000u, "Unknown"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(http_reason(rows[i].status), rows[i].reason, "%u", rows[i].status);
    }
}

static void write_all(struct http_writer *out)
{
    http_write_status(out, 200);
    http_write_field(out, shunt_span_of("Server"), shunt_span_of("shunt"));
    http_write_field(out, shunt_span_of("X-Empty"), (struct shunt_span){NULL, 0});
    http_write_field_number(out, shunt_span_of("Content-Length"), 0);
    http_write_field_number(out, shunt_span_of("X-Max"), UINT64_MAX);
    http_write_bytes(out, shunt_span_of("A: b\r\n"));
    http_write_bytes(out, (struct shunt_span){NULL, 0});
    http_write_end(out);
}

#define WRITTEN                                                                                    \
    "HTTP/1.1 200 OK\r\nServer: shunt\r\nX-Empty: \r\nContent-Length: 0\r\n"                       \
    "X-Max: 18446744073709551615\r\nA: b\r\n\r\n"

Test(http_writer, writes_status_fields_and_the_empty_line)
{
    char room[512];
    struct http_writer out = {.at = room, .room = sizeof room};

    write_all(&out);
    cr_expect_not(out.full);
    cr_expect(shunt_span_equal((struct shunt_span){room, out.len}, shunt_span_of(WRITTEN)), "%.*s",
              (int)out.len, room);
}

Test(http_writer, knows_statuses_without_a_phrase)
{
    char room[64];
    struct http_writer out = {.at = room, .room = sizeof room};

    http_write_status(&out, 799);
    cr_expect(shunt_span_equal((struct shunt_span){room, out.len},
                               shunt_span_of("HTTP/1.1 799 Unknown\r\n")));
}

Test(http_writer, that_is_full_holds_whole_pieces_and_takes_no_more)
{
    const size_t len = sizeof WRITTEN - 1;
    char blank[sizeof WRITTEN] = {0};

    for (size_t room = 0; room <= len; room++) {
        struct shunt_span memory = guard_page_copy(blank, room);
        char *at = memory.len ? (char *)(uintptr_t)memory.at : blank;
        struct http_writer out = {.at = at, .room = room};

        write_all(&out);
        cr_expect_eq(out.full, room < len, "%zu", room);
        cr_expect_leq(out.len, room);
        cr_expect_eq(memcmp(at, WRITTEN, out.len), 0, "%zu: what is there is the beginning", room);
        cr_expect(out.len == 0 || at[out.len - 1] == '\n', "%zu: whole pieces", room);
        guard_page_free(memory);
    }
}
