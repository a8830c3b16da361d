/*
 * A hierarchical timer wheel: set, move and cancel are O(1), advance is O(expired + wheel turns).
 * Timers are nodes inside somebody else's slots, linked by slot index: the wheel allocates nothing
 * beyond itself and holds no pointer to a slot. Resolution 1 ms, reach 49 days. One thread.
 */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

/* The part of a slot that the wheel owns. All zero: not armed. */
struct wheel_node {
    uint32_t next, prev; /* slot indexes or bucket marks; the wheel's business */
    uint32_t when;       /* wheel time in ms, wraps */
};

/* How a slot index becomes a node: chunks[index >> chunk_shift] + (index & mask) * stride + offset.
 * Index 0 is nobody. `chunks` may grow while the wheel lives: it is read through the pointer. */
struct wheel_nodes {
    void *const *const *chunks;
    unsigned chunk_shift;
    uint32_t stride, offset;
};

struct wheel;

/* How far ahead of the wheel's time a timer can stand: 49 days, all but one turn of the top level.
 */
#define WHEEL_REACH_MS 0xfeffffffu

/* Called for each expired timer; it is no longer armed. It may arm and cancel any timer. */
typedef void wheel_expired(void *context, uint32_t index);

enum shunt_status wheel_create(const struct wheel_nodes *nodes, uint64_t now_ms,
                               struct wheel **wheel) SHUNT_MUST_USE;
void wheel_destroy(struct wheel *wheel);

/*
 * Arm or move: expire at the first advance to `at_ms` or later. A time that is not ahead of the
 * wheel's is the next one that is; one more than WHEEL_REACH_MS ahead counts as that far.
 */
void wheel_set(struct wheel *wheel, uint32_t index, uint64_t at_ms);
/* No effect when not armed. */
void wheel_cancel(struct wheel *wheel, uint32_t index);
bool wheel_armed(const struct wheel *wheel, uint32_t index);

/* Move the wheel's time to now_ms (never backwards) and call `expired` for all that is due, each
 * once, earlier ones not after later ones of another ms. */
void wheel_advance(struct wheel *wheel, uint64_t now_ms, wheel_expired *expired, void *context);
/* Milliseconds from now_ms until advance has something to do, at most `most`; a lower bound, never
 * too late. */
uint32_t wheel_next_ms(const struct wheel *wheel, uint64_t now_ms, uint32_t most);

#endif
