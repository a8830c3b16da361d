/* Messages that are sent again and again on open connections, compressed ones too. Pure;
 * talk_state.h has where one connection is, and whether the answers are right. */
#ifndef BENCH_WIRE_TALK_H
#define BENCH_WIRE_TALK_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a compressed message that nothing is known of: it is not the echo of ours. */
#define TALK_UNKNOWN_BYTES_MAX 16777216

enum talk_kind { TALK_HTTP, TALK_FRAMES, TALK_RAW };

/* A message as it goes out. */
struct talk_words {
    char *bytes; /* depth + 1 times */
    size_t len;  /* of one */
};

/* One of several requests, as often as its weight asks. */
struct talk_request {
    struct shunt_span bytes;
    uint32_t weight;
};

/* One message and what must come back for it, or several requests. */
struct talk {
    enum talk_kind kind;
    bool exact;    /* the payload must come back as it was; else any message is an answer */
    bool bodiless; /* HTTP: what answers HEAD has no content */
    unsigned opcode;
    uint32_t depth;                /* messages under way at a time, at least 1 */
    struct talk_words plain;       /* of one message */
    struct talk_request *requests; /* instead of it; NULL: there is one message */
    uint32_t request_count;
    struct talk_compressed *compressed; /* of frames */
    char *payload;                      /* what must come back; of requests all their bytes */
    size_t payload_len;                 /* likewise */
};

/* HTTP requests; `request` is copied. SHUNT_OK or SHUNT_ENOMEM, as with the next. */
enum shunt_status talk_init_http(struct talk *talk, struct shunt_span request, bool bodiless,
                                 uint32_t depth) SHUNT_MUST_USE;
/* The same of several, `count` at least 1; their bytes are copied. */
enum shunt_status talk_init_requests(struct talk *talk, const struct talk_request *requests,
                                     uint32_t count, bool bodiless, uint32_t depth) SHUNT_MUST_USE;
/* Messages with `payload`, copied: as masked frames, or as they are. */
enum shunt_status talk_init_message(struct talk *talk, enum talk_kind kind, unsigned opcode,
                                    struct shunt_span payload, bool exact,
                                    uint32_t depth) SHUNT_MUST_USE;
void talk_fini(struct talk *talk);

/* The message compressed for a window of `bits`, without context, so that it is the same again and
 * again. Made when it is first asked for, by any thread; NULL without memory. */
const struct talk_words *talk_compressed(const struct talk *talk, unsigned bits) SHUNT_MUST_USE;

#endif
