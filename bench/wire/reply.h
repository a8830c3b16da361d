/* HTTP/1.1 responses on a connection that stays: where one ends (RFC 9112 section 6.3). Pure. */
#ifndef BENCH_WIRE_REPLY_H
#define BENCH_WIRE_REPLY_H

#include "http/chunked.h"
#include "wire/failure.h"

#include <shunt/span.h>
#include <stdbool.h>

#define REPLY_HEAD_BYTES_MAX 16384

/* All zero at first; the members are the parser's, but for `statuses` and `bodiless`. */
struct reply {
    enum { REPLY_HEAD, REPLY_LENGTH, REPLY_CHUNKED, REPLY_TO_END } at;
    bool bodiless; /* set by its user: these answer HEAD, and end behind their fields */
    bool last;     /* the server closes behind it */
    uint64_t left;
    struct http_chunked chunked;
    uint64_t *statuses; /* final statuses are counted there as they come, an element each up to
                           999; NULL: not */
    char *kept;         /* a head that came in pieces: REPLY_HEAD_BYTES_MAX bytes */
    size_t kept_len;
};

enum reply_event {
    REPLY_MORE, /* `in` is used up */
    REPLY_DONE, /* one response is whole; reply->last is whether it was the last one */
    REPLY_BAD,  /* *failure is why */
};

/* The next event; *in moves behind what was used. A status of 400 or more is a failure. */
enum reply_event reply_next(struct reply *reply, struct shunt_span *in, enum failure *failure);
/* The connection has ended: is what came a whole response that had no other end? */
bool reply_ends_here(const struct reply *reply);
/* Has any byte of the response come? */
bool reply_begun(const struct reply *reply);
/* Ready for a new connection; keeps its memory, `statuses` and `bodiless`. */
void reply_reset(struct reply *reply);
void reply_fini(struct reply *reply);

#endif
