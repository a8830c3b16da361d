/* Messages compressed and decompressed, by zlib (RFC 7692 section 7.2). No I/O. */
#ifndef BENCH_WIRE_DEFLATE_H
#define BENCH_WIRE_DEFLATE_H

#include <shunt/span.h>
#include <shunt/status.h>

/* Compress a message that refers to none before it, for a window of 8 to 15 `bits`; without the
 * tail of section 7.2.1. SHUNT_OK, and *out is allocated, or SHUNT_ENOMEM. */
enum shunt_status deflate_message(struct shunt_span payload, unsigned bits, char **out,
                                  size_t *len) SHUNT_MUST_USE;

/* What a sender takes off the end of each message, and a receiver puts back. */
extern const struct shunt_span deflate_tail;

#define INFLATERS_RUN_BYTES 32768

/* The decompressors of one thread; those that are not in use wait for the next. All zero at first.
 */
struct inflaters {
    struct inflater *idle;
    char run[INFLATERS_RUN_BYTES];
};

/* One without any context, for a window of `bits`; NULL without memory. */
struct inflater *inflaters_take(struct inflaters *inflaters, unsigned bits) SHUNT_MUST_USE;
void inflaters_put(struct inflaters *inflaters, struct inflater *inflater);
/* All have been put back. */
void inflaters_fini(struct inflaters *inflaters);

/*
 * Decompress from the front of *in, which moves behind what was used, at most `room` bytes (at
 * least 1). *run borrows from `inflaters` until the next call; the input is used up when in->len is
 * 0 and run->len is less than `room` and than INFLATERS_RUN_BYTES. False: it is no such data.
 */
bool inflater_next(struct inflaters *inflaters, struct inflater *inflater, struct shunt_span *in,
                   size_t room, struct shunt_span *run) SHUNT_MUST_USE;
/* Behind the tail: does the message end where it may, between two blocks? */
bool inflater_is_between(const struct inflater *inflater);

#endif
