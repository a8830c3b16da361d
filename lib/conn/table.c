/* Slots: where they are, which are free, what their ids are. Turns of the loop are in turn.c. */
#include "conn/table.h"

#include "base/assert.h"
#include "base/clock.h"
#include "conn/close.h"
#include "conn/input.h"
#include "conn/output.h"
#include "conn/turn.h"
#include "conn/workers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { SLOTS_A_CHUNK = 1 << CONN_CHUNK_SHIFT, CHUNK_BYTES = SLOTS_A_CHUNK * 64 };

#define GENERATION_BITS (64 - CONN_SLOT_BITS - CONN_WORKER_BITS)
#define GENERATION_MASK ((1u << GENERATION_BITS) - 1)

/* The first line of a chunk. */
struct chunk {
    struct conn_table *table;
    uint32_t first; /* slot number of this line */
};

static const struct chunk *chunk_of(const struct conn *conn)
{
    return (const struct chunk *)((uintptr_t)conn & ~(uintptr_t)(CHUNK_BYTES - 1));
}

struct conn_table *conn_table_of(const struct conn *conn)
{
    return chunk_of(conn)->table;
}

uint32_t conn_index(const struct conn *conn)
{
    return chunk_of(conn)->first + (uint32_t)(((uintptr_t)conn & (CHUNK_BYTES - 1)) / sizeof *conn);
}

shunt_id conn_id(const struct conn *conn)
{
    return conn_index(conn) | (uint64_t)conn_table_of(conn)->worker << CONN_SLOT_BITS |
           (uint64_t)conn->generation << (CONN_SLOT_BITS + CONN_WORKER_BITS);
}

void conn_id_renew(struct conn *conn)
{
    conn->generation = (conn->generation + 1) & GENERATION_MASK;
    io_user_set(conn_table_of(conn)->io, conn->fd, conn_id(conn));
}

struct conn *conn_table_find(const struct conn_table *table, shunt_id id)
{
    uint32_t index = (uint32_t)(id & ((1u << CONN_SLOT_BITS) - 1));
    uint32_t generation = (uint32_t)(id >> (CONN_SLOT_BITS + CONN_WORKER_BITS));
    struct conn *conn;

    if (index >> CONN_CHUNK_SHIFT >= table->chunk_count || (index & (SLOTS_A_CHUNK - 1)) == 0) {
        return NULL;
    }
    conn = conn_table_slot(table, index);
    return conn->generation == generation && conn->state != CONN_FREE ? conn : NULL;
}

/* ---- states ---- */

/* Row: where we are. Bits: where we may go. Nothing returns to HTTP from a protocol. */
#define TO(state) (1u << (state))
static const unsigned allowed[CONN_STATES] = {
    [CONN_FREE] = TO(CONN_HTTP),
    [CONN_HTTP] = TO(CONN_UPGRADING) | TO(CONN_PROTOCOL) | TO(CONN_CLOSING),
    [CONN_UPGRADING] = TO(CONN_HTTP) | TO(CONN_PROTOCOL) | TO(CONN_CLOSING),
    [CONN_PROTOCOL] = TO(CONN_MOVING) | TO(CONN_CLOSING),
    [CONN_MOVING] = TO(CONN_CLOSING),
    [CONN_CLOSING] = TO(CONN_FREE),
};

void conn_move(struct conn *conn, enum conn_state to)
{
    ASSERT(allowed[conn->state] & TO(to));
    conn->state = (unsigned)to & 0xf;
}

/* ---- chunks ---- */

/* Aligned to its size by mapping twice as much; what is not touched is not resident. */
static void *chunk_map(void)
{
    uint8_t *raw =
        mmap(NULL, 2 * CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t head;

    if (raw == MAP_FAILED) {
        return NULL;
    }
    head = (CHUNK_BYTES - ((uintptr_t)raw & (CHUNK_BYTES - 1))) & (CHUNK_BYTES - 1);
    if (head > 0) {
        munmap(raw, head);
    }
    munmap(raw + head + CHUNK_BYTES, CHUNK_BYTES - head);
    return raw + head;
}

/* Free slots are handed out in ascending order at first, so that few pages are touched. */
static enum shunt_status chunk_add(struct conn_table *table)
{
    struct chunk *chunk = table->chunk_count < CONN_CHUNKS_MAX ? chunk_map() : NULL;

    if (!chunk) {
        return SHUNT_ENOMEM;
    }
    chunk->table = table;
    chunk->first = table->chunk_count << CONN_CHUNK_SHIFT;
    table->chunks[table->chunk_count++] = chunk;
    table->fresh = chunk->first + 1;
    return SHUNT_OK;
}

/* A slot that holds nothing, or NULL. */
static struct conn *slot_take(struct conn_table *table)
{
    struct conn *conn;

    if (table->free) {
        conn = conn_table_slot(table, table->free);
        table->free = conn->timer.next;
        conn->timer.next = 0;
        return conn;
    }
    if ((table->fresh & (SLOTS_A_CHUNK - 1)) == 0 && chunk_add(table) != SHUNT_OK) {
        return NULL;
    }
    conn = conn_table_slot(table, table->fresh++);
    conn->generation = table->generation_first;
    return conn;
}

struct conn *conn_table_open(struct conn_table *table, int fd)
{
    bool full = table->live >= table->limits.connections_max;
    struct conn *conn = full ? NULL : slot_take(table);

    if (!conn) {
        if (full) {
            table->counters.refused_full++;
        } else {
            table->counters.refused_memory++;
        }
        io_close(table->io, fd, true);
        return NULL;
    }
    conn->fd = fd;
    conn->flags = 0;
    conn_move(conn, CONN_HTTP);
    table->live++;
    table->counters.accepted++;
    io_user_set(table->io, fd, conn_id(conn));
    conn_receive_update(conn);
    return conn;
}

void conn_table_free(struct conn_table *table, struct conn *conn)
{
    uint32_t generation = (conn->generation + 1) & GENERATION_MASK, index = conn_index(conn);

    wheel_cancel(table->wheel, index);
    conn_work_abandon(conn);
    conn_move(conn, CONN_FREE);
    *conn = (struct conn){.fd = -1, .generation = generation, .flags = CONN_UNLINKED};
    conn->timer.next = table->free;
    table->free = index;
    table->live--;
    table->counters.closed++;
}

/* ---- the table ---- */

/* Numbers of tables and slots are used again, so an id that somebody kept from an earlier table
 * would name a stranger if generations began alike. */
static uint32_t generation_seed(void)
{
    uint32_t seed;

    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
        seed = (uint32_t)(clock_now_ns() >> 8); /* early at boot */
    }
    seed &= GENERATION_MASK;
    return seed ? seed : 1; /* of the worker's own id, which is not 0 */
}

static enum shunt_status parts_create(struct conn_table *table, const struct io_options *options,
                                      char *why, size_t why_size)
{
    const struct wheel_nodes nodes = {
        .chunks = (void *const *const *)&table->chunks,
        .chunk_shift = CONN_CHUNK_SHIFT,
        .stride = sizeof(struct conn),
        .offset = offsetof(struct conn, timer),
    };
    enum shunt_status status;

    table->chunks = mmap(NULL, CONN_CHUNKS_MAX * sizeof *table->chunks, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table->chunks == MAP_FAILED) {
        table->chunks = NULL;
        return SHUNT_ENOMEM;
    }
    status = wheel_create(&nodes, table->now_ms, &table->wheel);
    if (status == SHUNT_OK) {
        status = mailbox_create(table->limits.mailbox_max, &table->mailbox);
    }
    if (status == SHUNT_OK) {
        status = io_create(options, &conn_io_handler, table, &table->io, why, why_size);
    }
    if (status == SHUNT_OK) {
        table->data_bytes_max = io_buffer_bytes(table->io);
    }
    return status == SHUNT_OK ? conn_workers_add(table) : status;
}

enum shunt_status conn_table_create(const struct io_options *options,
                                    const struct conn_limits *limits,
                                    const struct registry *registry, const struct conn_owner *http,
                                    void *http_context, struct conn_table **out, char *why,
                                    size_t why_size)
{
    struct conn_table *table = aligned_alloc(_Alignof(struct conn_table), sizeof *table);
    enum shunt_status status;

    if (!table) {
        return SHUNT_ENOMEM;
    }
    memset(table, 0, sizeof *table);
    table->registry = registry;
    table->http = http;
    table->http_context = http_context;
    table->limits = *limits;
    table->clock_ms = clock_coarse_ms;
    table->clock_lag_ms = clock_coarse_lag_ms();
    table->now_ms = table->clock_ms();
    table->flush_tail = &table->flush;
    table->generation_first = generation_seed();
    if (why_size > 0) {
        why[0] = '\0';
    }
    table->locals = calloc(REGISTRY_PLUGINS_MAX, sizeof *table->locals);
    status = table->locals ? parts_create(table, options, why, why_size) : SHUNT_ENOMEM;
    if (status != SHUNT_OK) {
        conn_table_destroy(table);
        return status;
    }
    *out = table;
    return SHUNT_OK;
}

void conn_table_destroy(struct conn_table *table)
{
    conn_table_close(table);
    if (table->io) {
        io_destroy(table->io);
    }
    for (uint32_t i = 0; i < table->chunk_count; i++) {
        for (struct conn *conn = (struct conn *)table->chunks[i] + 1;
             conn < (struct conn *)table->chunks[i] + SLOTS_A_CHUNK; conn++) {
            conn_work_abandon(conn); /* of sends whose end io_destroy() did not tell */
        }
        munmap(table->chunks[i], CHUNK_BYTES);
    }
    if (table->chunks) {
        munmap(table->chunks, CONN_CHUNKS_MAX * sizeof *table->chunks);
    }
    if (table->mailbox) {
        mailbox_destroy(table->mailbox);
    }
    if (table->wheel) {
        wheel_destroy(table->wheel);
    }
    ASSERT(table->memory.used == 0); /* all that was counted has come back */
    conn_segment_pools_free(table);
    conn_work_pool_free(table);
    free(table->locals);
    free(table);
}
