#include "wire/talk_state.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static enum shunt_status receive(const struct talk *talk, struct talk_state *state,
                                 const char *bytes, size_t len, uint32_t open,
                                 struct talk_received *received)
{
    return talk_receive(talk, state, (struct shunt_span){bytes, len}, open, received);
}

Test(bench_talk, messages_lie_behind_each_other_one_more_than_may_be_under_way)
{
    struct talk talk;

    cr_assert_eq(talk_init_http(&talk, shunt_span_of("GET /"), false, 4), SHUNT_OK);
    cr_expect_eq(talk.plain.len, 5);
    for (size_t i = 0; i <= 4; i++) {
        cr_expect_eq(memcmp(talk.plain.bytes + i * 5, "GET /", 5), 0);
    }
    talk_fini(&talk);
}

Test(bench_talk, raw_echoes_are_counted_and_compared)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;

    cr_assert_eq(talk_init_message(&talk, TALK_RAW, 0, shunt_span_of("abc"), true, 2), SHUNT_OK);
    cr_expect_eq(receive(&talk, &state, "ab", 2, 2, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 0);
    cr_expect(talk_begun(&talk, &state));
    cr_expect_eq(receive(&talk, &state, "cabc", 4, 2, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 2);
    cr_expect_eq(receive(&talk, &state, "abX", 3, 1, &received), SHUNT_EPROTO);
    cr_expect_eq(received.failure, FAILURE_WRONG_ECHO);
    talk_fini(&talk);
}

Test(bench_talk, a_frame_s_echo_must_be_what_was_sent)
{
    static const struct {
        const char *why, *bytes;
        size_t len;
        unsigned answers;
        enum failure failure; /* FAILURES: none */
    } rows[] = {
        {"right", "\x82\x02hi", 4, 1, FAILURES},
        {"in fragments", "\x02\x01h\x80\x01i", 6, 1, FAILURES},
        {"another", "\x82\x02ho", 4, 0, FAILURE_WRONG_ECHO},
        {"too short", "\x82\x01h", 3, 0, FAILURE_WRONG_ECHO},
        {"too long", "\x82\x03hi!", 5, 0, FAILURE_WRONG_ECHO},
        {"no frame", "\xff\xff", 2, 0, FAILURE_BAD_RESPONSE},
        {"close", "\x88\x00", 2, 0, FAILURE_CLOSED_EARLY},
    };
    struct talk talk;
    struct talk_received received;

    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_BINARY, shunt_span_of("hi"), true, 1),
                 SHUNT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk_state state = {.message_bytes = 0};
        enum shunt_status want = rows[i].failure == FAILURES ? SHUNT_OK : SHUNT_EPROTO;

        cr_expect_eq(receive(&talk, &state, rows[i].bytes, rows[i].len, 1, &received), want, "%s",
                     rows[i].why);
        cr_expect_eq(received.answers, rows[i].answers, "%s", rows[i].why);
        if (want == SHUNT_EPROTO) {
            cr_expect_eq(received.failure, rows[i].failure, "%s", rows[i].why);
        }
    }
    talk_fini(&talk);
}

Test(bench_talk, what_nobody_asked_for_is_no_answer)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;

    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_TEXT, shunt_span_of("hi"), true, 1),
                 SHUNT_OK);
    cr_expect_eq(receive(&talk, &state,
                         "\x81\x05"
                         "hello\x89\x00",
                         9, 0, &received),
                 SHUNT_OK);
    cr_expect_eq(received.answers, 0);
    cr_expect(received.pong);
    talk_fini(&talk);
    cr_assert_eq(talk_init_http(&talk, shunt_span_of("x"), false, 1), SHUNT_OK);
    cr_expect_eq(receive(&talk, &state, "H", 1, 0, &received), SHUNT_EPROTO);
    cr_expect_eq(received.failure, FAILURE_BAD_RESPONSE);
    talk_fini(&talk);
    talk_state_fini(&state);
}

Test(bench_talk, any_message_may_answer_a_first_one)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;

    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_TEXT, shunt_span_of("hi"), false, 1),
                 SHUNT_OK);
    cr_expect_eq(receive(&talk, &state,
                         "\x81\x05"
                         "hello",
                         7, 1, &received),
                 SHUNT_OK);
    cr_expect_eq(received.answers, 1);
    talk_fini(&talk);
}

/* ---- compressed ---- */

#define HELLO "\xf2\x48\xcd\xc9\xc9\x07\x00" /* RFC 7692 section 7.2.3.1 */
#define AGAIN "\xf2\x00\x11\x00\x00"         /* 7.2.3.2: refers to the one before */
#define AGREED                                                                                     \
    {                                                                                              \
        .taken = true, .client_bits = 15, .server_bits = 15                                        \
    }

static struct inflaters inflaters;

static void agree(struct talk *talk, struct talk_state *state, const char *payload, bool exact,
                  bool server_keeps_context)
{
    struct extension_answer answer = AGREED;

    answer.agreed.server_no_context_takeover = !server_keeps_context;
    cr_assert_eq(talk_init_message(talk, TALK_FRAMES, FRAME_TEXT, shunt_span_of(payload), exact, 2),
                 SHUNT_OK);
    cr_assert_eq(talk_agree(talk, state, &answer, &inflaters), SHUNT_OK);
}

static void end(struct talk *talk, struct talk_state *state)
{
    talk_state_fini(state);
    talk_fini(talk);
    inflaters_fini(&inflaters);
}

Test(bench_talk, what_is_said_is_compressed_where_that_was_agreed_on)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    char mask[4], payload[7];

    agree(&talk, &state, "Hello", true, true);
    const struct talk_words *words = talk_words(&talk, &state);

    cr_assert_eq(words->len, 6 + 7);
    cr_expect_eq(memcmp(words->bytes, "\xc1\x87", 2), 0);
    memcpy(mask, words->bytes + 2, 4);
    for (size_t i = 0; i < 7; i++) {
        payload[i] = (char)(words->bytes[6 + i] ^ mask[i % 4]);
    }
    cr_expect_eq(memcmp(payload, HELLO, 7), 0);
    for (size_t i = 1; i <= 2; i++) {
        cr_expect_eq(memcmp(words->bytes + i * words->len, words->bytes, words->len), 0);
    }
    cr_expect_eq(talk_compressed(&talk, 15), words, "it is made once");
    talk_state_reset(&state);
    cr_expect_eq(talk_words(&talk, &state), &talk.plain,
                 "the next connection has agreed on nothing");
    end(&talk, &state);
}

Test(bench_talk, a_compressed_echo_must_be_what_was_sent)
{
    static const struct {
        const char *why, *bytes;
        size_t len;
        unsigned answers;
        enum failure failure; /* FAILURES: none */
    } rows[] = {
        {"right", "\xc1\x07" HELLO, 9, 1, FAILURES},
        {"not compressed", "\x81\x05Hello", 7, 1, FAILURES},
        {"in fragments", "\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00", 11, 1, FAILURES},
        {"an empty last fragment", "\x41\x07" HELLO "\x80\x00", 11, 1, FAILURES},
        {"a ping between fragments", "\x41\x03\xf2\x48\xcd\x89\x00\x80\x04\xc9\xc9\x07\x00", 13, 1,
         FAILURES},
        {"two, the second refers to the first", "\xc1\x07" HELLO "\xc1\x05" AGAIN, 16, 2, FAILURES},
        {"one between them is not compressed", "\xc1\x07" HELLO "\x81\x05Hello\xc1\x05" AGAIN, 23,
         2, FAILURES},
        {"RSV1 on a later fragment", "\x41\x03\xf2\x48\xcd\xc0\x04\xc9\xc9\x07\x00", 11, 0,
         FAILURE_BAD_RESPONSE},
        {"a reference to nothing", "\xc1\x05" AGAIN, 7, 0, FAILURE_BAD_RESPONSE},
        {"no compressed data", "\xc1\x02\xff\xff", 4, 0, FAILURE_BAD_RESPONSE},
        {"cut in a block: what comes out is another", "\xc1\x03\xf2\x48\xcd", 5, 0,
         FAILURE_WRONG_ECHO},
        {"empty and not even a block", "\xc1\x00", 2, 0, FAILURE_BAD_RESPONSE},
        {"empty", "\xc1\x01\x00", 3, 0, FAILURE_WRONG_ECHO},
        {"another", "\xc1\x0b\x00\x05\x00\xfa\xffHallo\x00", 13, 0, FAILURE_WRONG_ECHO},
        {"too short", "\xc1\x0a\x00\x04\x00\xfb\xffHell\x00", 12, 0, FAILURE_WRONG_ECHO},
        {"too long", "\xc1\x0c\x00\x06\x00\xf9\xffHello!\x00", 14, 0, FAILURE_WRONG_ECHO},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t cut = 0; cut <= rows[i].len; cut++) {
            struct talk talk;
            struct talk_state state = {.message_bytes = 0};
            struct talk_received received;
            enum shunt_status want = rows[i].failure == FAILURES ? SHUNT_OK : SHUNT_EPROTO, got;

            agree(&talk, &state, "Hello", true, true);
            got = receive(&talk, &state, rows[i].bytes, cut, 2, &received);
            unsigned answers = received.answers;

            if (got == SHUNT_OK) {
                got = receive(&talk, &state, rows[i].bytes + cut, rows[i].len - cut, 2 - answers,
                              &received);
                answers += received.answers;
            }
            cr_expect_eq(got, want, "%s, cut at %zu", rows[i].why, cut);
            cr_expect_eq(answers, rows[i].answers, "%s, cut at %zu", rows[i].why, cut);
            if (want == SHUNT_EPROTO) {
                cr_expect_eq(received.failure, rows[i].failure, "%s, cut at %zu", rows[i].why, cut);
            }
            end(&talk, &state);
        }
    }
}

Test(bench_talk, a_server_that_keeps_no_context_may_not_refer_to_the_message_before)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;

    agree(&talk, &state, "Hello", true, false);
    cr_expect_eq(receive(&talk, &state, "\xc1\x07" HELLO "\xc1\x05" AGAIN, 16, 2, &received),
                 SHUNT_EPROTO);
    cr_expect_eq(received.answers, 1);
    cr_expect_eq(received.bytes, 9);
    cr_expect_eq(received.failure, FAILURE_BAD_RESPONSE);
    end(&talk, &state);
}

Test(bench_talk, connections_share_an_inflater_while_no_message_is_half_heard)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0}, other = {.message_bytes = 0};
    struct extension_answer answer = AGREED;
    struct talk_received received;

    agree(&talk, &state, "Hello", true, false);
    answer.agreed.server_no_context_takeover = true;
    cr_assert_eq(talk_agree(&talk, &other, &answer, &inflaters), SHUNT_OK);
    cr_expect_eq(receive(&talk, &state, "\xc1\x07\xf2\x48", 4, 1, &received), SHUNT_OK);
    cr_expect_not_null(state.inflater);
    cr_expect_eq(receive(&talk, &other, "\xc1\x07" HELLO, 9, 1, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 1);
    cr_expect_null(other.inflater);
    cr_expect_eq(receive(&talk, &state, "\xcd\xc9\xc9\x07\x00", 5, 1, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 1);
    cr_expect_null(state.inflater);
    talk_state_fini(&other);
    end(&talk, &state);
}

Test(bench_talk, what_nobody_asked_for_is_a_part_of_the_context)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;

    agree(&talk, &state, "Hello", true, true);
    cr_expect_eq(receive(&talk, &state, "\xc1\x07" HELLO, 9, 0, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 0);
    cr_expect_eq(receive(&talk, &state, "\xc1\x05" AGAIN, 7, 1, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 1);
    end(&talk, &state);
}

Test(bench_talk, a_message_that_began_unasked_is_no_answer_when_it_ends)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;

    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_TEXT, shunt_span_of("hi"), true, 1),
                 SHUNT_OK);
    cr_expect_eq(receive(&talk, &state, "\x81\x05he", 4, 0, &received), SHUNT_OK);
    cr_expect_eq(receive(&talk, &state, "llo\x81\x02hi", 7, 1, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 1);
    talk_fini(&talk);
}

/* A frame of `size` zeros, compressed; *len is its length. */
static char *bomb(size_t size, size_t *len)
{
    char *zeros = calloc(1, size), *payload;
    size_t payload_len;

    cr_assert_eq(deflate_message((struct shunt_span){zeros, size}, 15, &payload, &payload_len),
                 SHUNT_OK);
    char *frame = malloc(4 + payload_len);

    cr_assert_lt(payload_len, 65536);
    frame[0] = (char)(0x80 | FRAME_COMPRESSED | FRAME_BINARY);
    frame[1] = 126;
    frame[2] = (char)(payload_len >> 8);
    frame[3] = (char)payload_len;
    memcpy(frame + 4, payload, payload_len);
    *len = 4 + payload_len;
    free(zeros);
    free(payload);
    return frame;
}

Test(bench_talk, what_inflates_to_more_than_the_answer_is_inflated_no_further)
{
    static char zeros[1001];
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;
    size_t len;
    char *frame = bomb(1 << 20, &len);

    agree(&talk, &state, "", true, true);
    talk_fini(&talk);
    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_BINARY,
                                   (struct shunt_span){zeros, 1000}, true, 1),
                 SHUNT_OK);
    cr_expect_eq(receive(&talk, &state, frame, len, 1, &received), SHUNT_EPROTO);
    cr_expect_eq(received.failure, FAILURE_WRONG_ECHO);
    cr_expect_eq(state.message_bytes, 0, "%lu bytes of it were taken",
                 (unsigned long)state.message_bytes);
    free(frame);
    end(&talk, &state);
}

Test(bench_talk, what_may_be_any_message_has_a_bound_too)
{
    struct talk talk;
    struct talk_state state = {.message_bytes = 0};
    struct talk_received received;
    size_t len;
    char *frame = bomb(TALK_UNKNOWN_BYTES_MAX, &len);

    agree(&talk, &state, "hi", false, false);
    cr_expect_eq(receive(&talk, &state, frame, len, 1, &received), SHUNT_OK);
    cr_expect_eq(received.answers, 1);
    free(frame);
    frame = bomb(TALK_UNKNOWN_BYTES_MAX + 1, &len);
    cr_expect_eq(receive(&talk, &state, frame, len, 1, &received), SHUNT_EPROTO);
    cr_expect_eq(received.failure, FAILURE_BAD_RESPONSE);
    free(frame);
    end(&talk, &state);
}
