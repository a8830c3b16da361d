/*
 * Four levels of 256 buckets. A timer stands at the level of the highest byte in which its time
 * differs from the wheel's, in the bucket of its own byte there; it moves down a level whenever
 * the wheel enters its bucket, at most three times. One bitmap a level marks the buckets that hold
 * anything, so empty time costs nothing however long it is.
 *
 * True between any two calls:
 *   1. node.prev == 0 if and only if the timer is not armed. Else it is a slot index or, for the
 *      first of a bucket, MARK | bucket.
 *   2. A bit is set if and only if its bucket is not empty.
 *   3. Below the top level, a set bit stands to the right of the wheel's own byte: no timer there
 *      crosses a turn of its level. The top level is circular, for `when` wraps.
 */
#include "base/wheel.h"

#include "base/assert.h"
#include <stdlib.h>
#include <string.h>

#define LEVELS  4u
#define BUCKETS 256u
#define DUE     (LEVELS * BUCKETS) /* the bucket of what waits for its callback */
#define MARK    0x80000000u

struct wheel {
    struct wheel_nodes nodes;
    uint64_t now_ms;
    uint32_t due_last; /* tail of the due list, 0 when it is empty: earlier ones stay in front */
    bool advancing;
    uint64_t occupied[LEVELS][BUCKETS / 64];
    uint32_t heads[DUE + 1];
};

/* Where the wheel has something to do next. */
struct event {
    unsigned level, bucket;
    uint64_t at_ms;
};

static struct wheel_node *node_of(const struct wheel *wheel, uint32_t index)
{
    const struct wheel_nodes *nodes = &wheel->nodes;
    char *chunk = (*nodes->chunks)[index >> nodes->chunk_shift];
    uint32_t within = index & ((1u << nodes->chunk_shift) - 1);

    return (struct wheel_node *)(void *)(chunk + (size_t)within * nodes->stride + nodes->offset);
}

static void bit_set(struct wheel *wheel, unsigned head)
{
    wheel->occupied[head / BUCKETS][head % BUCKETS / 64] |= (uint64_t)1 << (head % 64);
}

static void bit_clear(struct wheel *wheel, unsigned head)
{
    wheel->occupied[head / BUCKETS][head % BUCKETS / 64] &= ~((uint64_t)1 << (head % 64));
}

static void push_front(struct wheel *wheel, unsigned head, uint32_t index, struct wheel_node *node)
{
    uint32_t first = wheel->heads[head];

    node->next = first;
    node->prev = MARK | head;
    if (first) {
        node_of(wheel, first)->prev = index;
    }
    wheel->heads[head] = index;
}

static void push_due(struct wheel *wheel, uint32_t index, struct wheel_node *node)
{
    node->next = 0;
    if (wheel->due_last) {
        node->prev = wheel->due_last;
        node_of(wheel, wheel->due_last)->next = index;
    } else {
        node->prev = MARK | DUE;
        wheel->heads[DUE] = index;
    }
    wheel->due_last = index;
}

/* Put a node where its `when` belongs; what is due at this very ms goes to the due list. */
static void place(struct wheel *wheel, uint32_t index, struct wheel_node *node)
{
    uint32_t differs = node->when ^ (uint32_t)wheel->now_ms;

    if (differs == 0) {
        push_due(wheel, index, node);
        return;
    }
    unsigned level = (31u - (unsigned)__builtin_clz(differs)) / 8;
    unsigned head = level * BUCKETS + (node->when >> (8 * level) & (BUCKETS - 1));

    push_front(wheel, head, index, node);
    bit_set(wheel, head);
}

static void unlink_node(struct wheel *wheel, uint32_t index, struct wheel_node *node)
{
    if (wheel->due_last == index) {
        wheel->due_last = node->prev & MARK ? 0 : node->prev;
    }
    if (node->next) {
        node_of(wheel, node->next)->prev = node->prev;
    }
    if (node->prev & MARK) {
        unsigned head = node->prev & ~MARK;

        wheel->heads[head] = node->next;
        if (node->next == 0 && head != DUE) {
            bit_clear(wheel, head);
        }
    } else {
        node_of(wheel, node->prev)->next = node->next;
    }
    node->next = node->prev = 0;
}

/* The first set bit at `from` or after it, BUCKETS when there is none. */
static unsigned first_bit(const uint64_t bits[BUCKETS / 64], unsigned from)
{
    for (unsigned word = from / 64; word < BUCKETS / 64; word++) {
        uint64_t rest = bits[word];

        if (word == from / 64) {
            rest &= ~(uint64_t)0 << (from % 64);
        }
        if (rest) {
            return word * 64 + (unsigned)__builtin_ctzll(rest);
        }
    }
    return BUCKETS;
}

/* By invariant 3 whatever a lower level holds comes before all that a higher one holds. */
static bool next_event(const struct wheel *wheel, struct event *event)
{
    for (unsigned level = 0; level < LEVELS; level++) {
        uint64_t turns = wheel->now_ms >> (8 * level);
        unsigned own = turns & (BUCKETS - 1);
        unsigned bucket = first_bit(wheel->occupied[level], own + 1);

        if (bucket == BUCKETS && level == LEVELS - 1) {
            bucket = first_bit(wheel->occupied[level], 0);
        }
        if (bucket < BUCKETS) {
            uint64_t ahead = (bucket - own) & (BUCKETS - 1);

            *event = (struct event){level, bucket, (turns + ahead) << (8 * level)};
            return true;
        }
    }
    return false;
}

enum shunt_status wheel_create(const struct wheel_nodes *nodes, uint64_t now_ms,
                               struct wheel **wheel)
{
    struct wheel *made = calloc(1, sizeof *made);

    if (!made) {
        return SHUNT_ENOMEM;
    }
    made->nodes = *nodes;
    made->now_ms = now_ms;
    *wheel = made;
    return SHUNT_OK;
}

void wheel_destroy(struct wheel *wheel)
{
    free(wheel);
}

void wheel_set(struct wheel *wheel, uint32_t index, uint64_t at_ms)
{
    ASSERT(index != 0 && index < MARK);
    struct wheel_node *node = node_of(wheel, index);
    uint64_t ahead = at_ms > wheel->now_ms ? at_ms - wheel->now_ms : 1;

    if (node->prev) {
        unlink_node(wheel, index, node);
    }
    node->when = (uint32_t)(wheel->now_ms + (ahead < WHEEL_REACH_MS ? ahead : WHEEL_REACH_MS));
    place(wheel, index, node);
}

void wheel_cancel(struct wheel *wheel, uint32_t index)
{
    struct wheel_node *node = node_of(wheel, index);

    if (node->prev) {
        unlink_node(wheel, index, node);
    }
}

bool wheel_armed(const struct wheel *wheel, uint32_t index)
{
    return node_of(wheel, index)->prev != 0;
}

/* Enter a bucket: its nodes go one or more levels down, or to the due list. */
static void open_bucket(struct wheel *wheel, const struct event *event)
{
    unsigned head = event->level * BUCKETS + event->bucket;
    uint32_t index = wheel->heads[head];

    wheel->heads[head] = 0;
    bit_clear(wheel, head);
    while (index) {
        struct wheel_node *node = node_of(wheel, index);
        uint32_t next = node->next;

        place(wheel, index, node);
        index = next;
    }
}

/* Callbacks run after the wheel stands at its new time, so what they arm counts from there. */
void wheel_advance(struct wheel *wheel, uint64_t now_ms, wheel_expired *expired, void *context)
{
    struct event event;
    uint32_t index;

    ASSERT(!wheel->advancing);
    if (now_ms < wheel->now_ms) {
        return;
    }
    while (next_event(wheel, &event) && event.at_ms <= now_ms) {
        wheel->now_ms = event.at_ms;
        open_bucket(wheel, &event);
    }
    wheel->now_ms = now_ms;
    wheel->advancing = true;
    while ((index = wheel->heads[DUE]) != 0) {
        unlink_node(wheel, index, node_of(wheel, index));
        expired(context, index);
    }
    wheel->advancing = false;
}

uint32_t wheel_next_ms(const struct wheel *wheel, uint64_t now_ms, uint32_t most)
{
    struct event event;

    if (wheel->heads[DUE]) {
        return 0;
    }
    if (!next_event(wheel, &event)) {
        return most;
    }
    uint64_t wait = event.at_ms > now_ms ? event.at_ms - now_ms : 0;

    return wait < most ? (uint32_t)wait : most;
}
