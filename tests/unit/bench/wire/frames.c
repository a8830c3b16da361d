#include "wire/frames.h"

#include "support/guard.h"
#include <criterion/criterion.h>
#include <string.h>

/* A server's frame: what a client writes, without mask. */
static size_t unmasked(char *out, unsigned first, const char *payload, size_t len)
{
    out[0] = (char)first;
    if (len < 126) {
        out[1] = (char)len;
        memcpy(out + 2, payload, len);
        return 2 + len;
    }
    out[1] = 126;
    out[2] = (char)(len >> 8);
    out[3] = (char)len;
    memcpy(out + 4, payload, len);
    return 4 + len;
}

Test(bench_frames, a_written_frame_is_masked_and_has_the_shortest_length)
{
    static const struct {
        size_t len, header;
    } rows[] = {{0, 6}, {125, 6}, {126, 8}, {65535, 8}, {65536, 14}};
    static char payload[65536], out[65536 + FRAMES_HEADER_MAX];

    memset(payload, 'x', sizeof payload);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len =
            frames_write(out, FRAME_BINARY, (struct shunt_span){payload, rows[i].len}, 0x01020304);

        cr_expect_eq(len, rows[i].header + rows[i].len, "%zu", rows[i].len);
        cr_expect_eq((unsigned char)out[0], 0x82);
        cr_expect(out[1] & 0x80);
        for (size_t j = 0; j < rows[i].len; j += 997) {
            cr_expect_eq(out[rows[i].header + j] ^ out[rows[i].header - 4 + j % 4], 'x');
        }
    }
}

/* Events of a stream that is cut at `cut`: its data as it is, behind each message "." or "z" where
 * it is compressed, P ping, C close, ! bad */
static void events_of(struct shunt_span whole, size_t cut, bool may_compress, char *events)
{
    struct frames frames = {.may_compress = may_compress};
    size_t starts[2] = {0, cut}, ends[2] = {cut, whole.len};

    for (int i = 0; i < 2; i++) {
        struct shunt_span in = guard_page_copy(whole.at + starts[i], ends[i] - starts[i]), data;
        enum frames_event event;
        bool last;

        while ((event = frames_next(&frames, &in, &data, &last)) != FRAMES_MORE) {
            if (event == FRAMES_DATA) {
                for (size_t j = 0; j < data.len; j++) {
                    *events++ = data.at[j];
                }
                if (last) {
                    *events++ = frames.compressed ? 'z' : '.';
                }
            } else {
                *events++ = event == FRAMES_PING ? 'P' : event == FRAMES_CLOSE ? 'C' : '!';
            }
            if (event == FRAMES_BAD) {
                *events = '\0';
                return;
            }
        }
    }
    *events = '\0';
}

Test(bench_frames, events_are_the_same_however_the_bytes_are_cut)
{
    static const struct {
        const char *why, *bytes, *want;
        size_t len;
    } rows[] = {
        {"a message", "\x81\x02hi", "hi.", 4},
        {"an empty one", "\x82\x00", ".", 2},
        {"two",
         "\x81\x01"
         "a\x81\x01"
         "b",
         "a.b.", 6},
        {"fragments",
         "\x01\x01"
         "a\x00\x01"
         "b\x80\x01"
         "c",
         "abc.", 9},
        {"a ping between fragments",
         "\x01\x01"
         "a\x89\x01"
         "p\x80\x01"
         "b",
         "aPb.", 9},
        {"an empty ping", "\x89\x00", "P", 2},
        {"a pong is nothing",
         "\x8a\x01"
         "p\x81\x01"
         "a",
         "a.", 6},
        {"close", "\x88\x02\x03\xe8", "C", 4},
        {"masked",
         "\x81\x81"
         "kkkkx",
         "!", 7},
        {"a reserved bit", "\xc1\x01x", "!", 3},
        {"an unknown opcode", "\x83\x01x", "!", 3},
        {"an unknown control opcode", "\x8b\x01x", "!", 3},
        {"a fragment of nothing", "\x80\x01x", "!", 3},
        {"a message inside one",
         "\x01\x01"
         "a\x81\x01"
         "b",
         "a!", 6},
        {"a cut control frame", "\x09\x00", "!", 2},
        {"a long control frame", "\x89\x7e\x00\x7e", "!", 4},
    };
    char events[64];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t cut = 0; cut <= rows[i].len; cut++) {
            events_of((struct shunt_span){rows[i].bytes, rows[i].len}, cut, false, events);
            cr_expect_str_eq(events, rows[i].want, "%s, cut at %zu: %s", rows[i].why, cut, events);
        }
    }
}

Test(bench_frames, a_ping_s_payload_is_kept_for_the_pong)
{
    struct frames frames = {.left = 0};
    struct shunt_span in, data;
    char ping[128], payload[125];
    bool ends;

    memset(payload, 'p', sizeof payload);
    size_t len = unmasked(ping, 0x89, payload, sizeof payload);

    in = guard_page_copy(ping, 50);
    cr_assert_eq(frames_next(&frames, &in, &data, &ends), FRAMES_MORE);
    in = guard_page_copy(ping + 50, len - 50);
    cr_assert_eq(frames_next(&frames, &in, &data, &ends), FRAMES_PING);
    cr_expect_eq(frames.control_len, 125);
    cr_expect_eq(memcmp(frames.control, payload, 125), 0);
}

Test(bench_frames, sixteen_bit_lengths_are_read)
{
    static char bytes[1000], payload[900];
    struct frames frames = {.left = 0};
    struct shunt_span data;
    bool ends;
    size_t len = unmasked(bytes, 0x82, payload, sizeof payload);
    struct shunt_span in = guard_page_copy(bytes, len);

    cr_assert_eq(frames_next(&frames, &in, &data, &ends), FRAMES_DATA);
    cr_expect_eq(data.len, 900);
    cr_expect(ends);
    cr_expect_eq(frames_next(&frames, &in, &data, &ends), FRAMES_MORE);
}

Test(bench_frames, a_message_s_first_frame_says_that_it_is_compressed_where_that_was_agreed_on)
{
    static const struct {
        const char *why, *bytes, *want;
        size_t len;
    } rows[] = {
        {"a message", "\xc1\x01x", "xz", 3},
        {"one that is not, and one that is", "\x81\x01x\xc2\x01y", "x.yz", 6},
        {"one that is, and one that is not", "\xc1\x01x\x82\x01y", "xzy.", 6},
        {"fragments", "\x41\x01x\x00\x01y\x80\x00", "xyz", 8},
        {"a ping between fragments", "\x41\x01x\x89\x00\x80\x01y", "xPyz", 8},
        {"on a fragment that is not the first", "\x41\x01x\xc0\x01y", "x!", 6},
        {"on a later fragment of one that is not", "\x01\x01x\xc0\x01y", "x!", 6},
        {"on a ping", "\xc9\x00", "!", 2},
        {"on a close", "\xc8\x00", "!", 2},
        {"another reserved bit", "\xa1\x01x", "!", 3},
        {"beside it", "\xd1\x01x", "!", 3},
    };
    char events[64];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t cut = 0; cut <= rows[i].len; cut++) {
            events_of((struct shunt_span){rows[i].bytes, rows[i].len}, cut, true, events);
            cr_expect_str_eq(events, rows[i].want, "%s, cut at %zu: %s", rows[i].why, cut, events);
        }
    }
}

Test(bench_frames, the_bytes_of_a_message_are_those_of_its_frames)
{
    static const char bytes[] = "\x01\x03"
                                "abc\x89\x02hi\x80\x02"
                                "de\x82\x01x";
    struct frames frames = {.left = 0};
    struct shunt_span in = {bytes, sizeof bytes - 1}, data;
    uint64_t seen[2] = {0}, *next = seen;
    enum frames_event event;
    bool ends;

    while ((event = frames_next(&frames, &in, &data, &ends)) != FRAMES_MORE) {
        if (event == FRAMES_DATA && ends) {
            *next++ = frames.message_bytes;
        }
    }
    cr_expect_eq(seen[0], 9);
    cr_expect_eq(seen[1], 3);
}
