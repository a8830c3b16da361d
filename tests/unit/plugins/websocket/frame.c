#include "frame.h"

#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/status.h>

#define BYTES(text) (text), sizeof(text) - 1
#define MASK        "\1\2\3\4"

static const struct {
    const char *why, *bytes;
    size_t len;
    enum shunt_status want;
    uint64_t payload;
    uint8_t opcode, header;
    bool fin;
} rows[] = {
    {"empty binary", BYTES("\x82\x80" MASK), SHUNT_OK, 0, 2, 6, true},
    {"text of 5", BYTES("\x81\x85" MASK), SHUNT_OK, 5, 1, 6, true},
    {"a first fragment", BYTES("\x01\x85" MASK), SHUNT_OK, 5, 1, 6, false},
    {"a continuation", BYTES("\x00\x85" MASK), SHUNT_OK, 5, 0, 6, false},
    {"the longest short length", BYTES("\x82\xfd" MASK), SHUNT_OK, 125, 2, 6, true},
    {"the shortest of 16 bits", BYTES("\x82\xfe\x00\x7e" MASK), SHUNT_OK, 126, 2, 8, true},
    {"the longest of 16 bits", BYTES("\x82\xfe\xff\xff" MASK), SHUNT_OK, 65535, 2, 8, true},
    {"the shortest of 64 bits", BYTES("\x82\xff\0\0\0\0\0\1\0\0" MASK), SHUNT_OK, 65536, 2, 14,
     true},
    {"the longest of all", BYTES("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK), SHUNT_OK,
     INT64_MAX, 2, 14, true},
    {"close", BYTES("\x88\x80" MASK), SHUNT_OK, 0, 8, 6, true},
    {"ping of 125", BYTES("\x89\xfd" MASK), SHUNT_OK, 125, 9, 6, true},
    {"pong", BYTES("\x8a\x80" MASK), SHUNT_OK, 0, 10, 6, true},

    {"RSV1 without an extension (5.2)", BYTES("\xc1\x85" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"RSV2 (5.2)", BYTES("\xa1\x85" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"RSV3 (5.2)", BYTES("\x91\x85" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"RSV1 on a control frame", BYTES("\xc9\x80" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"reserved opcode 3", BYTES("\x83\x80" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"reserved opcode 7", BYTES("\x87\x80" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"reserved control opcode 11", BYTES("\x8b\x80" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"reserved control opcode 15", BYTES("\x8f\x80" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"no mask from a client (5.1)", BYTES("\x81\x05hello"), SHUNT_EPROTO, 0, 0, 0, 0},
    {"fragmented ping (5.5)", BYTES("\x09\x80" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"fragmented close (5.5)", BYTES("\x08\x80" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"ping of 126 (5.5)", BYTES("\x89\xfe\x00\x7e" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"close with 64 bits of length (5.5)", BYTES("\x88\xff\0\0\0\0\0\1\0\0" MASK), SHUNT_EPROTO, 0,
     0, 0, 0},
    {"125 in 16 bits (5.2: minimal)", BYTES("\x82\xfe\x00\x7d" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"0 in 16 bits", BYTES("\x82\xfe\x00\x00" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"65535 in 64 bits", BYTES("\x82\xff\0\0\0\0\0\0\xff\xff" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"0 in 64 bits", BYTES("\x82\xff\0\0\0\0\0\0\0\0" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
    {"top bit of 64 (5.2)", BYTES("\x82\xff\x80\0\0\0\0\1\0\0" MASK), SHUNT_EPROTO, 0, 0, 0, 0},
};

Test(websocket_frame, reads_a_header_or_says_what_is_wrong)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span in = guard_page_copy(rows[i].bytes, rows[i].len);
        struct websocket_frame frame = {.header_size = 99};
        enum shunt_status got =
            websocket_frame_parse((const uint8_t *)in.at, in.len, false, &frame);

        cr_expect_eq(got, rows[i].want, "%s: got %s", rows[i].why, shunt_status_name(got));
        if (got == SHUNT_OK) {
            cr_expect_eq(frame.len, rows[i].payload, "%s: length", rows[i].why);
            cr_expect_eq(frame.opcode, rows[i].opcode, "%s: opcode", rows[i].why);
            cr_expect_eq(frame.header_size, rows[i].header, "%s: size", rows[i].why);
            cr_expect_eq(frame.fin, rows[i].fin, "%s: fin", rows[i].why);
            cr_expect_arr_eq(frame.mask, MASK, 4, "%s: mask", rows[i].why);
        } else {
            cr_expect_eq(frame.header_size, 99, "%s: written", rows[i].why);
        }
        guard_page_free(in);
    }
}

Test(websocket_frame, a_header_cut_short_is_never_taken_for_a_whole_one)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t whole = rows[i].want == SHUNT_OK ? rows[i].header : rows[i].len;
        bool refused = false;

        for (size_t len = 0; len < whole; len++) {
            struct shunt_span in = guard_page_copy(rows[i].bytes, len);
            struct websocket_frame frame;
            enum shunt_status got =
                websocket_frame_parse((const uint8_t *)in.at, in.len, false, &frame);

            guard_page_free(in);
            refused |= got == SHUNT_EPROTO;
            cr_expect(got == SHUNT_AGAIN || (got == SHUNT_EPROTO && rows[i].want == SHUNT_EPROTO),
                      "%s cut at %zu: got %s", rows[i].why, len, shunt_status_name(got));
            cr_expect(!refused || got == SHUNT_EPROTO, "%s cut at %zu: taken back", rows[i].why,
                      len);
        }
    }
}

Test(websocket_frame, a_mistake_is_found_with_its_byte)
{
    struct websocket_frame frame;

    cr_expect_eq(websocket_frame_parse((const uint8_t *)"\xc1", 1, false, &frame), SHUNT_EPROTO);
    cr_expect_eq(websocket_frame_parse((const uint8_t *)"\x81\x05", 2, false, &frame),
                 SHUNT_EPROTO);
    cr_expect_eq(websocket_frame_parse((const uint8_t *)"\x82\xff\x80", 3, false, &frame),
                 SHUNT_EPROTO);
}

Test(websocket_frame, writes_the_shortest_header)
{
    static const struct {
        const char *why;
        uint64_t len;
        const char *want;
        size_t size;
    } lengths[] = {
        {"nothing", 0, BYTES("\x82\x00")},
        {"short", 125, BYTES("\x82\x7d")},
        {"16 bits from 126", 126, BYTES("\x82\x7e\x00\x7e")},
        {"16 bits to 65535", 65535, BYTES("\x82\x7e\xff\xff")},
        {"64 bits from 65536", 65536, BYTES("\x82\x7f\0\0\0\0\0\1\0\0")},
    };

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t header[WEBSOCKET_HEADER_BYTES_MAX];
        size_t size = websocket_frame_write(header, WEBSOCKET_BINARY, lengths[i].len);

        cr_assert_eq(size, lengths[i].size, "%s: %zu bytes", lengths[i].why, size);
        cr_expect_arr_eq(header, lengths[i].want, size, "%s", lengths[i].why);
    }
}
