/*
 * Who is refused when the budget is used up. Finding who has not read for longest looks at every
 * slot: it costs nothing on the data path, and is done at most once in LOOK_MS.
 */
#include "conn/memory.h"

#include "base/log.h"
#include "conn/close.h"
#include "conn/queues.h"

#include <inttypes.h>

enum { VICTIMS_MAX = 64 /* a look */, LOOK_MS = 10 };

static void say(struct shunt_worker *loop, enum conn_memory_use use, const char *what)
{
    uint64_t more;

    if (log_limit_pass(&loop->memory.logs[use], loop->now_ms, &more)) {
        log_warning("memory_bytes_max: %" PRIu64 " of %" PRIu64 " bytes are buffered: %s (%" PRIu64
                    " such before this)",
                    loop->memory.used, loop->limits.memory_bytes_max, what, more);
    }
}

bool conn_memory_refuse(struct shunt_worker *loop, enum conn_memory_use use)
{
    static const char *const what[] = {
        [CONN_MEMORY_REQUEST] = "a request is refused",
        [CONN_MEMORY_HELD] = "a connection with input held back is reset",
        [CONN_MEMORY_OUTPUT] = "a connection that is written to is reset",
    };

    switch (use) {
    case CONN_MEMORY_REQUEST:
        loop->counters.memory_requests++;
        break;
    case CONN_MEMORY_HELD:
        loop->counters.memory_held++;
        break;
    case CONN_MEMORY_OUTPUT:
        loop->counters.memory_output++;
        break;
    }
    say(loop, use, what[use]);
    return false;
}

/* ---- who has not read for longest ---- */

struct victims {
    struct conn *conns[VICTIMS_MAX]; /* the one that has waited longest first */
    unsigned count;
    uint64_t leaving; /* bytes of those that are closing already */
};

/* Own bytes that wait for the peer to read. */
static uint64_t own_bytes(const struct conn *conn)
{
    uint64_t bytes = 0;

    for (const struct conn_segment *s = conn->queues ? conn->queues->head : NULL; s; s = s->next) {
        bytes += conn_segment_bytes(s) + (s->handed_over ? s->len : 0);
    }
    return bytes;
}

static void insert(struct victims *victims, struct conn *conn)
{
    unsigned at = victims->count;

    if (at == VICTIMS_MAX) {
        if (victims->conns[at - 1]->queues->progress_ms <= conn->queues->progress_ms) {
            return;
        }
        at--;
    } else {
        victims->count++;
    }
    while (at > 0 && victims->conns[at - 1]->queues->progress_ms > conn->queues->progress_ms) {
        victims->conns[at] = victims->conns[at - 1];
        at--;
    }
    victims->conns[at] = conn;
}

static void look_at(struct victims *victims, struct conn *conn)
{
    if (conn->state == CONN_FREE || !conn->queues || !conn->queues->head) {
        return;
    }
    if (conn->state == CONN_CLOSING && !(conn->flags & CONN_GRACEFUL)) {
        victims->leaving += own_bytes(conn);
    } else {
        insert(victims, conn);
    }
}

static void look(const struct shunt_worker *loop, struct victims *victims)
{
    for (uint32_t i = 0; i < loop->slab.chunk_count; i++) {
        for (uint32_t slot = 1; slot < 1u << CONN_CHUNK_SHIFT; slot++) {
            look_at(victims, conn_slab_at(&loop->slab, (i << CONN_CHUNK_SHIFT) + slot));
        }
    }
}

void conn_memory_relieve(struct shunt_worker *loop)
{
    uint64_t most = loop->limits.memory_bytes_max - loop->limits.memory_bytes_max / 8;
    struct victims victims = {.count = 0};

    if (loop->memory.used <= most || loop->now_ms < loop->memory.look_ms) {
        return;
    }
    loop->memory.look_ms = loop->now_ms + LOOK_MS;
    look(loop, &victims);
    for (unsigned i = 0; i < victims.count && loop->memory.used > most + victims.leaving; i++) {
        uint64_t bytes = own_bytes(victims.conns[i]);

        if (bytes == 0) {
            continue;
        }
        victims.leaving += bytes;
        loop->counters.memory_evicted++;
        say(loop, CONN_MEMORY_OUTPUT, "who has not read for longest is reset");
        conn_close(victims.conns[i], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
    }
}
