/* What a run counts: completions with their latency, and failures by kind. */
#ifndef BENCH_LOAD_TALLY_H
#define BENCH_LOAD_TALLY_H

#include "base/histogram.h"
#include "wire/extension.h"
#include "wire/failure.h"

#define TALLY_SAMPLE_BYTES 120
#define TALLY_STATUSES     1000

/* All zero: nothing yet. */
struct tally {
    struct histogram latency_ns; /* its count is how many completed */
    struct histogram phases_ns[PHASES_TIMED];
    struct histogram lag_ns;     /* open loop: how late this client was, not the server */
    struct histogram in_time_ns; /* open loop: each latency without that */
    uint64_t worked_ns;          /* in memory: time in the server's code */
    uint64_t established;        /* connections that were opened rightly */
    uint64_t established_ns;     /* when the last of them was */
    int64_t open;                /* by how many more connections are open, counted or not */
    uint64_t failures[FAILURES];
    uint64_t failures_in[PHASES][FAILURES];
    uint64_t compressed, not_compressed; /* 101s that took the offer and that did not; since the
                                            start, warm-up included */
    struct extension_parameters agreed;  /* of the first that took it */
    uint64_t answers;                    /* messages that were answered in frames, and what the */
    uint64_t messages_bytes, answers_bytes;     /* frames of both were, headers included */
    uint64_t sent_bytes, received_bytes;        /* all that went over connections, TCP and IP not */
    uint64_t closed;                            /* established connections that the server ended */
    uint64_t statuses[TALLY_STATUSES];          /* final ones of responses; 0: it was none */
    char samples[FAILURES][TALLY_SAMPLE_BYTES]; /* of the first failure of each kind, maybe "" */
};

/* Count a failure in the phase that it kept from being reached. `sample` is what was seen, of at
 * most `sample_len` bytes; only the first of a kind is kept, control bytes hidden. */
void tally_fail(struct tally *tally, enum failure failure, enum phase phase, const char *sample,
                size_t sample_len);
/* Count a response's final status, 0 for what is none; `tally` may be NULL. */
static inline void tally_status(struct tally *tally, unsigned status)
{
    if (tally && status < TALLY_STATUSES) {
        tally->statuses[status]++;
    }
}
void tally_merge(struct tally *into, const struct tally *from);
uint64_t tally_failed(const struct tally *tally);

#endif
