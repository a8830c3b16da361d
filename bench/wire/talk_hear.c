/* What is heard on an open connection, held against what was said. */
#include "wire/talk.h"

#include <string.h>

enum shunt_status talk_agree(const struct talk *talk, struct talk_state *state,
                             const struct extension_answer *answer, struct inflaters *inflaters)
{
    if (talk->kind != TALK_FRAMES) {
        return SHUNT_OK;
    }
    state->words = talk_compressed(talk, answer->client_bits);
    state->frames.may_compress = true;
    state->keeps_context = !answer->agreed.server_no_context_takeover;
    state->server_bits = answer->server_bits;
    state->inflaters = inflaters;
    return state->words ? SHUNT_OK : SHUNT_ENOMEM;
}

static bool fail(struct talk_heard *heard, enum failure failure)
{
    heard->failure = failure;
    return false;
}

static bool hear_http(struct talk_state *state, struct shunt_span in, uint32_t open,
                      struct talk_heard *heard)
{
    while (in.len) {
        if (heard->answers == open) {
            return fail(heard, FAILURE_BAD_RESPONSE); /* nobody asked */
        }
        enum reply_event event = reply_next(&state->reply, &in, &heard->failure);

        if (event == REPLY_BAD) {
            return false;
        }
        if (event == REPLY_DONE) {
            heard->answers++;
            heard->last = state->reply.last;
            if (heard->last) {
                return true;
            }
        }
    }
    return true;
}

static bool is_expected(const struct talk *talk, const struct talk_state *state,
                        struct shunt_span run)
{
    return !talk->exact || (run.len <= talk->payload_len - state->heard &&
                            memcmp(talk->payload + state->heard, run.at, run.len) == 0);
}

/* A run of a message that is no longer compressed. */
static bool hear_run(const struct talk *talk, struct talk_state *state, struct shunt_span run,
                     struct talk_heard *heard)
{
    if (state->awaited && !is_expected(talk, state, run)) {
        return fail(heard, FAILURE_WRONG_ECHO);
    }
    state->heard += run.len;
    return true;
}

/* Inflate a run and hear what comes of it, one byte more than may come at most. */
static bool hear_inflated(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                          struct talk_heard *heard)
{
    bool known = state->awaited && talk->exact;
    uint64_t limit = known ? talk->payload_len : TALK_UNKNOWN_BYTES_MAX;
    struct shunt_span run;
    size_t room;

    do {
        room = (size_t)(limit + 1 - state->heard);
        room = room < INFLATERS_RUN_BYTES ? room : INFLATERS_RUN_BYTES;
        if (!inflater_next(state->inflaters, state->inflater, &in, room, &run)) {
            return fail(heard, FAILURE_BAD_RESPONSE);
        }
        if (!hear_run(talk, state, run, heard)) {
            return false;
        }
        if (state->heard > limit) {
            return fail(heard, FAILURE_BAD_RESPONSE);
        }
    } while (in.len || run.len == room);
    return true;
}

static bool hear_compressed(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                            bool ends, struct talk_heard *heard)
{
    if (!state->inflater &&
        !(state->inflater = inflaters_take(state->inflaters, state->server_bits))) {
        return fail(heard, FAILURE_LOCAL);
    }
    if (!hear_inflated(talk, state, in, heard)) {
        return false;
    }
    if (!ends) {
        return true;
    }
    if (!hear_inflated(talk, state, deflate_tail, heard)) {
        return false;
    }
    if (!inflater_is_between(state->inflater)) {
        return fail(heard, FAILURE_BAD_RESPONSE);
    }
    if (!state->keeps_context) {
        inflaters_put(state->inflaters, state->inflater);
        state->inflater = NULL;
    }
    return true;
}

/* A run of a message as its frames have it. */
static bool hear_data(const struct talk *talk, struct talk_state *state, struct shunt_span run,
                      bool ends, uint32_t open, struct talk_heard *heard)
{
    if (!state->in_message) {
        state->in_message = true;
        state->awaited = heard->answers < open;
    }
    /* What nobody asked for is inflated too: later messages may refer to it. */
    if (!(state->frames.compressed ? hear_compressed(talk, state, run, ends, heard)
                                   : hear_run(talk, state, run, heard))) {
        return false;
    }
    if (!ends) {
        return true;
    }
    uint64_t len = state->heard;

    state->in_message = false;
    state->heard = 0;
    if (state->awaited) {
        if (talk->exact && len != talk->payload_len) {
            return fail(heard, FAILURE_WRONG_ECHO);
        }
        heard->bytes += state->frames.message_bytes;
        heard->answers++;
    }
    return true;
}

static bool hear_frames(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                        uint32_t open, struct talk_heard *heard)
{
    struct shunt_span run;
    bool ends;

    for (;;) {
        switch (frames_next(&state->frames, &in, &run, &ends)) {
        case FRAMES_MORE:
            return true;
        case FRAMES_BAD:
            return fail(heard, FAILURE_BAD_RESPONSE);
        case FRAMES_CLOSE:
            return fail(heard, FAILURE_CLOSED_EARLY);
        case FRAMES_PING:
            heard->pong = true;
            break;
        case FRAMES_DATA:
            if (!hear_data(talk, state, run, ends, open, heard)) {
                return false;
            }
            break;
        }
    }
}

/* Without frames an answer is as long as the message, or what comes first where it may be any. */
static bool hear_raw(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                     uint32_t open, struct talk_heard *heard)
{
    while (in.len && heard->answers < open) {
        size_t left = talk->payload_len - (size_t)state->heard;
        struct shunt_span run = {in.at, talk->exact && in.len > left ? left : in.len};

        if (!is_expected(talk, state, run)) {
            return fail(heard, FAILURE_WRONG_ECHO);
        }
        state->heard += run.len;
        in.at += run.len;
        in.len -= run.len;
        if (!talk->exact || state->heard == talk->payload_len) {
            state->heard = 0;
            heard->answers++;
        }
    }
    return true;
}

enum shunt_status talk_hear(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                            uint32_t open, struct talk_heard *heard)
{
    bool right;

    *heard = (struct talk_heard){.answers = 0};
    switch (talk->kind) {
    case TALK_HTTP:
        right = hear_http(state, in, open, heard);
        break;
    case TALK_FRAMES:
        right = hear_frames(talk, state, in, open, heard);
        break;
    default:
        right = hear_raw(talk, state, in, open, heard);
        break;
    }
    return right ? SHUNT_OK : SHUNT_EPROTO;
}

bool talk_begun(const struct talk *talk, const struct talk_state *state)
{
    if (talk->kind == TALK_HTTP) {
        return reply_begun(&state->reply);
    }
    return state->in_message || state->heard > 0 || state->frames.header_len > 0;
}

static void put_inflater(struct talk_state *state)
{
    if (state->inflater) {
        inflaters_put(state->inflaters, state->inflater);
        state->inflater = NULL;
    }
}

void talk_state_reset(struct talk_state *state)
{
    struct reply reply = state->reply;

    reply_reset(&reply);
    put_inflater(state);
    *state = (struct talk_state){.reply = reply};
}

void talk_state_fini(struct talk_state *state)
{
    put_inflater(state);
    reply_fini(&state->reply);
}
