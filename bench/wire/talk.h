/* What is said on an open connection, again and again, and whether the answers are right. Pure. */
#ifndef BENCH_WIRE_TALK_H
#define BENCH_WIRE_TALK_H

#include "wire/deflate.h"
#include "wire/extension.h"
#include "wire/frames.h"
#include "wire/reply.h"

#include <shunt/status.h>

/* Of a compressed message that nothing is known of: it is not the echo of ours. */
#define TALK_UNKNOWN_BYTES_MAX 16777216

enum talk_kind { TALK_HTTP, TALK_FRAMES, TALK_RAW };

/* A message as it goes out. */
struct talk_words {
    char *bytes; /* depth + 1 times */
    size_t len;  /* of one */
};

/* One message and what must come back for it. */
struct talk {
    enum talk_kind kind;
    bool exact; /* the payload must come back as it was; else any message is an answer */
    unsigned opcode;
    uint32_t depth; /* messages under way at a time, at least 1 */
    struct talk_words plain;
    struct talk_compressed *compressed; /* of frames */
    char *payload;                      /* what must come back */
    size_t payload_len;                 /* likewise */
};

/* HTTP requests; `request` is copied. SHUNT_OK or SHUNT_ENOMEM, as with the next. */
enum shunt_status talk_init_http(struct talk *talk, struct shunt_span request,
                                 uint32_t depth) SHUNT_MUST_USE;
/* Messages with `payload`, copied: as masked frames, or as they are. */
enum shunt_status talk_init_message(struct talk *talk, enum talk_kind kind, unsigned opcode,
                                    struct shunt_span payload, bool exact,
                                    uint32_t depth) SHUNT_MUST_USE;
void talk_fini(struct talk *talk);

/* The message compressed for a window of `bits`, without context, so that it is the same again and
 * again. Made when it is first asked for, by any thread; NULL without memory. */
const struct talk_words *talk_compressed(const struct talk *talk, unsigned bits) SHUNT_MUST_USE;

/* Where one connection is in what is said and heard. All zero at first. */
struct talk_state {
    const struct talk_words *words; /* NULL: talk->plain */
    struct reply reply;
    struct frames frames;
    uint64_t heard;     /* bytes of the present message, decompressed */
    bool in_message;    /* a part of it has come */
    bool awaited;       /* it is an answer */
    bool keeps_context; /* the server's messages refer to those before */
    uint8_t server_bits;
    struct inflaters *inflaters; /* the thread's */
    struct inflater *inflater;   /* held while it has a context; NULL: none */
};

struct talk_heard {
    unsigned answers; /* whole ones */
    uint64_t bytes;   /* of their frames */
    bool last;        /* the server said that it closes */
    bool pong;        /* a ping asks for a pong of state->frames.control */
    enum failure failure;
};

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
 * Hear `in`. `open` answers are awaited; a message that begins while none is is not checked for
 * what it says. SHUNT_OK, or SHUNT_EPROTO with heard->failure; heard->answers holds in both cases.
 * A compressed message is never inflated beyond one byte more than its answer has, or beyond
 * TALK_UNKNOWN_BYTES_MAX where it may be any.
 */
enum shunt_status talk_hear(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                            uint32_t open, struct talk_heard *heard) SHUNT_MUST_USE;
/* Has a part of an answer come? */
bool talk_begun(const struct talk *talk, const struct talk_state *state);
/* Ready for a new connection; keeps its memory. */
void talk_state_reset(struct talk_state *state);
void talk_state_fini(struct talk_state *state);

#endif
