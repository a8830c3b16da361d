/* What is said on an open connection, again and again, and whether the answers are right. Pure. */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include "frames.h"
#include "reply.h"

#include <shunt/status.h>

enum talk_kind { TALK_HTTP, TALK_FRAMES, TALK_RAW };

/* One message and what must come back for it. */
struct talk {
    enum talk_kind kind;
    bool exact;         /* the payload must come back as it was; else any message is an answer */
    uint32_t depth;     /* messages under way at a time, at least 1 */
    char *bytes;        /* depth + 1 times the message as it goes out */
    size_t len;         /* of one */
    char *payload;      /* what must come back */
    size_t payload_len; /* likewise */
};

/* HTTP requests; `request` is copied. SHUNT_OK or SHUNT_ENOMEM, as with the next. */
enum shunt_status talk_init_http(struct talk *talk, struct shunt_span request,
                                 uint32_t depth) SHUNT_MUST_USE;
/* Messages with `payload`, copied: as masked frames, or as they are. */
enum shunt_status talk_init_message(struct talk *talk, enum talk_kind kind, unsigned opcode,
                                    struct shunt_span payload, bool exact,
                                    uint32_t depth) SHUNT_MUST_USE;
void talk_fini(struct talk *talk);

/* Where one connection is in what it hears. All zero at first. */
struct talk_state {
    struct reply reply;
    struct frames frames;
    uint64_t heard; /* bytes of the present message */
};

struct talk_heard {
    unsigned answers; /* whole ones */
    bool last;        /* the server said that it closes */
    bool pong;        /* a ping asks for a pong of state->frames.control */
    enum failure failure;
};

/*
 * Hear `in`. `open` answers are awaited; bytes that come while none is are not checked for what
 * they say. SHUNT_OK, or SHUNT_EPROTO with heard->failure; heard->answers holds in both cases.
 */
enum shunt_status talk_hear(const struct talk *talk, struct talk_state *state, struct shunt_span in,
                            uint32_t open, struct talk_heard *heard) SHUNT_MUST_USE;
/* Has a part of an answer come? */
bool talk_begun(const struct talk *talk, const struct talk_state *state);
/* Ready for a new connection; keeps its memory. */
void talk_state_reset(struct talk_state *state);
void talk_state_fini(struct talk_state *state);

#endif
