/* One connection's messages, and whether what comes back is right. Pure. */
#ifndef BENCH_WIRE_TALK_STATE_H
#define BENCH_WIRE_TALK_STATE_H

#include "wire/deflate.h"
#include "wire/extension.h"
#include "wire/frames.h"
#include "wire/reply.h"
#include "wire/talk.h"

/* Where one connection is in its messages and their answers. All zero, then talk_state_init(). */
struct talk_state {
    const struct talk_words *words; /* NULL: talk->plain */
    struct reply reply;
    struct frames frames;
    uint64_t message_bytes; /* of the present message so far, decompressed */
    bool in_message;        /* a part of it has come */
    bool awaited;           /* it is an answer */
    bool keeps_context;     /* the server's messages refer to those before */
    uint8_t server_bits;
    struct inflaters *inflaters; /* the thread's */
    struct inflater *inflater;   /* held while it has a context; NULL: none */
};

struct talk_received {
    unsigned answers; /* whole ones */
    uint64_t bytes;   /* of their frames */
    bool last;        /* the server has announced that it closes */
    bool pong;        /* a ping asks for a pong of state->frames.control */
    enum failure failure;
};

void talk_state_init(struct talk_state *state, const struct talk *talk);
/* The connection has agreed on compression: `answer` was taken. `inflaters` are borrowed until
 * talk_state_fini(). SHUNT_OK or SHUNT_ENOMEM. */
enum shunt_status talk_agree(const struct talk *talk, struct talk_state *state,
                             const struct extension_answer *answer,
                             struct inflaters *inflaters) SHUNT_MUST_USE;
/* The message as it goes out on this connection. */
static inline const struct talk_words *talk_words(const struct talk *talk,
                                                  const struct talk_state *state)
{
    return state->words ? state->words : &talk->plain;
}

/*
 * `in` came. `open` answers are awaited; a message that begins while none is is not compared with
 * one. SHUNT_OK, or SHUNT_EPROTO with received->failure; received->answers holds in both cases.
 * A compressed message is never inflated beyond one byte more than its answer has, or beyond
 * TALK_UNKNOWN_BYTES_MAX where it may be any.
 */
enum shunt_status talk_receive(const struct talk *talk, struct talk_state *state,
                               struct shunt_span in, uint32_t open,
                               struct talk_received *received) SHUNT_MUST_USE;
/* Has a part of an answer come? */
bool talk_begun(const struct talk *talk, const struct talk_state *state);
/* Ready for a new connection; keeps its memory. */
void talk_state_reset(struct talk_state *state);
void talk_state_fini(struct talk_state *state);

#endif
