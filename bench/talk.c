#include "talk.h"

#include <stdlib.h>
#include <string.h>

/* Any value: what counts is that the server has to unmask. */
#define MASK 0x5a17c3e9u

static enum shunt_status repeat(struct talk *talk)
{
    char *bytes = reallocarray(talk->bytes, talk->depth + 1, talk->len);

    if (!bytes) {
        talk_fini(talk);
        return SHUNT_ENOMEM;
    }
    for (uint32_t i = 1; i <= talk->depth; i++) {
        memcpy(bytes + i * talk->len, bytes, talk->len);
    }
    talk->bytes = bytes;
    return SHUNT_OK;
}

enum shunt_status talk_init_http(struct talk *talk, struct shunt_span request, uint32_t depth)
{
    *talk = (struct talk){.kind = TALK_HTTP, .depth = depth, .len = request.len};
    talk->bytes = malloc(request.len);
    if (!talk->bytes) {
        return SHUNT_ENOMEM;
    }
    memcpy(talk->bytes, request.at, request.len);
    return repeat(talk);
}

enum shunt_status talk_init_message(struct talk *talk, enum talk_kind kind, unsigned opcode,
                                    struct shunt_span payload, bool exact, uint32_t depth)
{
    *talk = (struct talk){.kind = kind, .exact = exact, .depth = depth, .payload_len = payload.len};
    talk->bytes = malloc(FRAMES_HEADER_MAX + payload.len);
    talk->payload = malloc(payload.len + 1);
    if (!talk->bytes || !talk->payload) {
        talk_fini(talk);
        return SHUNT_ENOMEM;
    }
    memcpy(talk->payload, payload.at, payload.len);
    if (kind == TALK_FRAMES) {
        talk->len = frames_write(talk->bytes, opcode, payload, MASK);
    } else {
        talk->len = payload.len;
        memcpy(talk->bytes, payload.at, payload.len);
    }
    return repeat(talk);
}

void talk_fini(struct talk *talk)
{
    free(talk->bytes);
    free(talk->payload);
    *talk = (struct talk){.bytes = NULL};
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
            if (heard->answers == open) {
                break;
            }
            if (!is_expected(talk, state, run)) {
                return fail(heard, FAILURE_WRONG_ECHO);
            }
            state->heard += run.len;
            if (ends) {
                if (talk->exact && state->heard != talk->payload_len) {
                    return fail(heard, FAILURE_WRONG_ECHO);
                }
                state->heard = 0;
                heard->answers++;
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
    return state->heard > 0 || state->frames.header_len > 0;
}

void talk_state_reset(struct talk_state *state)
{
    reply_reset(&state->reply);
    state->frames = (struct frames){.left = 0};
    state->heard = 0;
}

void talk_state_fini(struct talk_state *state)
{
    reply_fini(&state->reply);
}
