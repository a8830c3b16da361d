#include "talk.h"

#include <criterion/criterion.h>
#include <string.h>

static enum shunt_status hear(const struct talk *talk, struct talk_state *state, const char *bytes,
                              size_t len, uint32_t open, struct talk_heard *heard)
{
    return talk_hear(talk, state, (struct shunt_span){bytes, len}, open, heard);
}

Test(bench_talk, messages_lie_behind_each_other_one_more_than_may_be_under_way)
{
    struct talk talk;

    cr_assert_eq(talk_init_http(&talk, shunt_span_of("GET /"), 4), SHUNT_OK);
    cr_expect_eq(talk.len, 5);
    for (size_t i = 0; i <= 4; i++) {
        cr_expect_eq(memcmp(talk.bytes + i * 5, "GET /", 5), 0);
    }
    talk_fini(&talk);
}

Test(bench_talk, raw_echoes_are_counted_and_compared)
{
    struct talk talk;
    struct talk_state state = {.heard = 0};
    struct talk_heard heard;

    cr_assert_eq(talk_init_message(&talk, TALK_RAW, 0, shunt_span_of("abc"), true, 2), SHUNT_OK);
    cr_expect_eq(hear(&talk, &state, "ab", 2, 2, &heard), SHUNT_OK);
    cr_expect_eq(heard.answers, 0);
    cr_expect(talk_begun(&talk, &state));
    cr_expect_eq(hear(&talk, &state, "cabc", 4, 2, &heard), SHUNT_OK);
    cr_expect_eq(heard.answers, 2);
    cr_expect_eq(hear(&talk, &state, "abX", 3, 1, &heard), SHUNT_EPROTO);
    cr_expect_eq(heard.failure, FAILURE_WRONG_ECHO);
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
    struct talk_heard heard;

    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_BINARY, shunt_span_of("hi"), true, 1),
                 SHUNT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk_state state = {.heard = 0};
        enum shunt_status want = rows[i].failure == FAILURES ? SHUNT_OK : SHUNT_EPROTO;

        cr_expect_eq(hear(&talk, &state, rows[i].bytes, rows[i].len, 1, &heard), want, "%s",
                     rows[i].why);
        cr_expect_eq(heard.answers, rows[i].answers, "%s", rows[i].why);
        if (want == SHUNT_EPROTO) {
            cr_expect_eq(heard.failure, rows[i].failure, "%s", rows[i].why);
        }
    }
    talk_fini(&talk);
}

Test(bench_talk, what_nobody_asked_for_is_no_answer)
{
    struct talk talk;
    struct talk_state state = {.heard = 0};
    struct talk_heard heard;

    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_TEXT, shunt_span_of("hi"), true, 1),
                 SHUNT_OK);
    cr_expect_eq(hear(&talk, &state,
                      "\x81\x05"
                      "hello\x89\x00",
                      9, 0, &heard),
                 SHUNT_OK);
    cr_expect_eq(heard.answers, 0);
    cr_expect(heard.pong);
    talk_fini(&talk);
    cr_assert_eq(talk_init_http(&talk, shunt_span_of("x"), 1), SHUNT_OK);
    cr_expect_eq(hear(&talk, &state, "H", 1, 0, &heard), SHUNT_EPROTO);
    cr_expect_eq(heard.failure, FAILURE_BAD_RESPONSE);
    talk_fini(&talk);
    talk_state_fini(&state);
}

Test(bench_talk, any_message_may_answer_a_first_one)
{
    struct talk talk;
    struct talk_state state = {.heard = 0};
    struct talk_heard heard;

    cr_assert_eq(talk_init_message(&talk, TALK_FRAMES, FRAME_TEXT, shunt_span_of("hi"), false, 1),
                 SHUNT_OK);
    cr_expect_eq(hear(&talk, &state,
                      "\x81\x05"
                      "hello",
                      7, 1, &heard),
                 SHUNT_OK);
    cr_expect_eq(heard.answers, 1);
    talk_fini(&talk);
}
