/* Finding whose peer has not read for longest looks at every slot: it costs nothing on the data
 * path, and is done at most once in LOOK_MS. */
#include "conn/relieve.h"

#include "conn/close.h"
#include "conn/memory.h"
#include "conn/queues.h"

enum { VICTIMS_MAX = 64 /* a look */, LOOK_MS = 10 };

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

static void look_at(struct conn *conn, void *arg)
{
    struct victims *victims = arg;

    if (!conn->queues || !conn->queues->head) {
        return;
    }
    if (conn->state == CONN_CLOSING && !(conn->flags & CONN_GRACEFUL)) {
        victims->leaving += own_bytes(conn);
    } else {
        insert(victims, conn);
    }
}

void conn_relieve(struct shunt_worker *loop)
{
    uint64_t most = loop->limits.memory_bytes_max - loop->limits.memory_bytes_max / 8;
    struct victims victims = {.count = 0};

    if (loop->memory.used <= most || loop->now_ms < loop->memory.look_ms) {
        return;
    }
    loop->memory.look_ms = loop->now_ms + LOOK_MS;
    conn_slab_each(&loop->slab, look_at, &victims);
    for (unsigned i = 0; i < victims.count && loop->memory.used > most + victims.leaving; i++) {
        uint64_t bytes = own_bytes(victims.conns[i]);

        if (bytes == 0) {
            continue;
        }
        victims.leaving += bytes;
        loop->counters.memory_evicted++;
        conn_memory_log(loop, CONN_MEMORY_OUTPUT, "who has not read for longest is reset");
        conn_close(victims.conns[i], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
    }
}
