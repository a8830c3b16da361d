/* What comes on an open connection, held against what was sent. */
#include "wire/talk_state.h"

#include <string.h>

void talk_state_init(struct talk_state *state, const struct talk *talk)
{
    state->reply.bodiless = talk->bodiless;
}

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

static bool fail(struct talk_received *received, enum failure failure)
{
    received->failure = failure;
    return false;
}

static bool receive_http(struct talk_state *state, struct shunt_span in, uint32_t open,
                         struct talk_received *received)
{
    while (in.len) {
        if (received->answers == open) {
            return fail(received, FAILURE_BAD_RESPONSE); /* nobody asked */
        }
        enum reply_event event = reply_next(&state->reply, &in, &received->failure);

        if (event == REPLY_BAD) {
            return false;
        }
        if (event == REPLY_DONE) {
            received->answers++;
            received->last = state->reply.last;
            if (received->last) {
                return true;
            }
        }
    }
    return true;
}

static bool is_expected(const struct talk *talk, const struct talk_state *state,
                        struct shunt_span run)
{
    return !talk->exact || (run.len <= talk->payload_len - state->message_bytes &&
                            memcmp(talk->payload + state->message_bytes, run.at, run.len) == 0);
}

/* A run of a message that is no longer compressed. */
static bool receive_run(const struct talk *talk, struct talk_state *state, struct shunt_span run,
                        struct talk_received *received)
{
    if (state->awaited && !is_expected(talk, state, run)) {
        return fail(received, FAILURE_WRONG_ECHO);
    }
    state->message_bytes += run.len;
    return true;
}

/* Inflate a run and check what comes of it, one byte more than may come at most. */
static bool receive_inflated(const struct talk *talk, struct talk_state *state,
                             struct shunt_span in, struct talk_received *received)
{
    bool known = state->awaited && talk->exact;
    uint64_t limit = known ? talk->payload_len : TALK_UNKNOWN_BYTES_MAX;
    struct shunt_span run;
    size_t room;

    do {
        room = (size_t)(limit + 1 - state->message_bytes);
        room = room < INFLATERS_RUN_BYTES ? room : INFLATERS_RUN_BYTES;
        if (!inflater_next(state->inflaters, state->inflater, &in, room, &run)) {
            return fail(received, FAILURE_BAD_RESPONSE);
        }
        if (!receive_run(talk, state, run, received)) {
            return false;
        }
        if (state->message_bytes > limit) {
            return fail(received, FAILURE_BAD_RESPONSE);
        }
    } while (in.len || run.len == room);
    return true;
}

static bool receive_compressed(const struct talk *talk, struct talk_state *state,
                               struct shunt_span in, bool ends, struct talk_received *received)
{
    if (!state->inflater &&
        !(state->inflater = inflaters_take(state->inflaters, state->server_bits))) {
        return fail(received, FAILURE_LOCAL);
    }
    if (!receive_inflated(talk, state, in, received)) {
        return false;
    }
    if (!ends) {
        return true;
    }
    if (!receive_inflated(talk, state, deflate_tail, received)) {
        return false;
    }
    if (!inflater_is_between(state->inflater)) {
        return fail(received, FAILURE_BAD_RESPONSE);
    }
    if (!state->keeps_context) {
        inflaters_put(state->inflaters, state->inflater);
        state->inflater = NULL;
    }
    return true;
}

/* A run of a message as its frames have it. */
static bool receive_data(const struct talk *talk, struct talk_state *state, struct shunt_span run,
                         bool ends, uint32_t open, struct talk_received *received)
{
    if (!state->in_message) {
        state->in_message = true;
        state->awaited = received->answers < open;
    }
    /* What nobody asked for is inflated too: later messages may refer to it. */
    if (!(state->frames.compressed ? receive_compressed(talk, state, run, ends, received)
                                   : receive_run(talk, state, run, received))) {
        return false;
    }
    if (!ends) {
        return true;
    }
    uint64_t len = state->message_bytes;

    state->in_message = false;
    state->message_bytes = 0;
    if (state->awaited) {
        if (talk->exact && len != talk->payload_len) {
            return fail(received, FAILURE_WRONG_ECHO);
        }
        received->bytes += state->frames.message_bytes;
        received->answers++;
    }
    return true;
}

static bool receive_frames(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                           uint32_t open, struct talk_received *received)
{
    struct shunt_span run;
    bool ends;

    for (;;) {
        switch (frames_next(&state->frames, &in, &run, &ends)) {
        case FRAMES_MORE:
            return true;
        case FRAMES_BAD:
            return fail(received, FAILURE_BAD_RESPONSE);
        case FRAMES_CLOSE:
            return fail(received, FAILURE_CLOSED_EARLY);
        case FRAMES_PING:
            received->pong = true;
            break;
        case FRAMES_DATA:
            if (!receive_data(talk, state, run, ends, open, received)) {
                return false;
            }
            break;
        }
    }
}

/* Without frames an answer is as long as the message, or what comes first where it may be any. */
static bool receive_raw(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                        uint32_t open, struct talk_received *received)
{
    while (in.len && received->answers < open) {
        size_t left = talk->payload_len - (size_t)state->message_bytes;
        struct shunt_span run = {in.at, talk->exact && in.len > left ? left : in.len};

        if (!is_expected(talk, state, run)) {
            return fail(received, FAILURE_WRONG_ECHO);
        }
        state->message_bytes += run.len;
        in.at += run.len;
        in.len -= run.len;
        if (!talk->exact || state->message_bytes == talk->payload_len) {
            state->message_bytes = 0;
            received->answers++;
        }
    }
    return true;
}

enum shunt_status talk_receive(const struct talk *talk, struct talk_state *state,
                               struct shunt_span in, uint32_t open, struct talk_received *received)
{
    bool right;

    *received = (struct talk_received){.answers = 0};
    switch (talk->kind) {
    case TALK_HTTP:
        right = receive_http(state, in, open, received);
        break;
    case TALK_FRAMES:
        right = receive_frames(talk, state, in, open, received);
        break;
    default:
        right = receive_raw(talk, state, in, open, received);
        break;
    }
    return right ? SHUNT_OK : SHUNT_EPROTO;
}

bool talk_begun(const struct talk *talk, const struct talk_state *state)
{
    if (talk->kind == TALK_HTTP) {
        return reply_begun(&state->reply);
    }
    return state->in_message || state->message_bytes > 0 || state->frames.header_len > 0;
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
