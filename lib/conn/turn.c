/*
 * The turn. The clock is read once, at the first callback after the wait; timers that ran out
 * meanwhile are handled before what io brings.
 */
#include "conn/turn.h"

#include "base/assert.h"
#include "conn/close.h"
#include "conn/input.h"
#include "conn/memory.h"
#include "conn/output.h"
#include "conn/sweep.h"
#include "conn/workers.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_RETRY_MS = 100 };

static void expired(void *context, uint32_t index)
{
    conn_expired(conn_table_slot(context, index));
}

static void accept_retry(struct conn_table *table)
{
    if (table->accept_paused && table->now_ms >= table->accept_retry_ms) {
        table->accept_paused = 0;
        for (unsigned i = 0; i < table->listener_count; i++) {
            io_accept_resume(table->io, table->listeners[i]);
        }
    }
}

/* Time has passed: once a turn, before anything else. */
static void awake(struct conn_table *table)
{
    if (!table->asleep) {
        return;
    }
    table->asleep = false;
    table->now_ms = table->clock_ms();
    wheel_advance(table->wheel, table->now_ms, expired, table);
    conn_sweep(table);
    accept_retry(table);
}

/* ---- what io tells ---- */

static void on_accepted(void *context, uint64_t listener, int fd)
{
    struct conn_table *table = context;

    (void)listener;
    awake(table);
    if (fd < 0) {
        table->counters.accept_failures++;
        table->accept_paused++;
        table->accept_retry_ms = table->now_ms + ACCEPT_RETRY_MS;
        return;
    }
    struct conn *conn = conn_table_open(table, fd);
    if (conn) {
        table->http->opened(conn);
    }
}

static void on_received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct conn_table *table = context;
    struct conn *conn;

    awake(table);
    conn = conn_table_find(table, user);
    if (conn) {
        conn_received(conn, bytes, len, more);
    }
}

static void on_ready(void *context, uint64_t user, int result)
{
    struct conn_table *table = context;
    struct conn *conn;

    awake(table);
    conn = conn_table_find(table, user);
    if (conn) {
        conn_ready(conn, result);
    }
}

static void on_sent(void *context, uint64_t user, int result)
{
    struct conn_table *table = context;
    struct conn *conn;

    awake(table);
    conn = conn_table_find(table, user);
    if (conn) {
        conn_sent(table, conn, result);
    }
}

static void on_woken(void *context)
{
    struct conn_table *table = context;

    awake(table);
    mailbox_run(table->mailbox, table);
}

const struct io_handler conn_io_handler = {
    .accepted = on_accepted,
    .received = on_received,
    .ready = on_ready,
    .sent = on_sent,
    .woken = on_woken,
};

/* ---- turns ---- */

/* What callbacks asked for, outside of them. Resuming can make something close, never the reverse.
 */
static void settle(struct conn_table *table)
{
    conn_resume_all(table);
    conn_memory_relieve(table);
    conn_close_all(table);
    conn_flush_all(table);
}

static uint32_t until(uint64_t now_ms, uint64_t due_ms, uint32_t most)
{
    uint64_t wait = due_ms > now_ms ? due_ms - now_ms : 0;

    return wait < most ? (uint32_t)wait : most;
}

/* Counted from this moment: the turn behind us may have taken long. */
static uint32_t wait_ms(const struct conn_table *table, uint32_t most)
{
    uint64_t now_ms = table->clock_ms();

    if (table->resume || table->closing_first || table->flush) {
        return 0;
    }
    if (table->live > 0) {
        most = until(now_ms, conn_sweep_due_ms(table), most);
    }
    if (table->accept_paused) {
        most = until(now_ms, table->accept_retry_ms, most);
    }
    return wheel_next_ms(table->wheel, now_ms, most);
}

enum shunt_status conn_table_turn(struct conn_table *table, uint32_t most_ms)
{
    enum shunt_status status;
    uint32_t wait = wait_ms(table, most_ms);

    table->asleep = true;
    status = io_turn(table->io, (int)wait);
    awake(table);
    settle(table);
    conn_workers_look(table);
    return status;
}

/* ---- listening ---- */

enum shunt_status conn_table_listen(struct conn_table *table, int fd, bool shared)
{
    enum shunt_status status;

    if (table->listener_count == sizeof table->listeners / sizeof *table->listeners) {
        return SHUNT_EFULL;
    }
    status = io_add(table->io, fd, (uint64_t)fd);
    if (status == SHUNT_OK) {
        status = io_accept(table->io, fd, shared);
        if (status != SHUNT_OK) {
            io_release(table->io, fd); /* it stays the caller's */
        }
    }
    if (status == SHUNT_OK) {
        table->shared |= (uint16_t)((unsigned)shared << table->listener_count);
        table->listeners[table->listener_count++] = fd;
    }
    return status;
}

/*
 * Closing a listener resets whatever the kernel has completed for it and nobody has accepted, and
 * whatever handshake is under way. So the socket is first made deaf to SYN: no handshake begins any
 * more, and those that have begun complete. A connection inherits the filter and has no use for
 * SYN either.
 */
void conn_table_deafen(struct conn_table *table)
{
    enum { FLAGS_AT = 13, SYN = 0x02, ACK = 0x10 }; /* RFC 9293 section 3.1 */
    struct sock_filter no_syn[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_AT),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {sizeof no_syn / sizeof *no_syn, no_syn};

    for (unsigned i = 0; i < table->listener_count; i++) {
        (void)setsockopt(table->listeners[i], SOL_SOCKET, SO_ATTACH_FILTER, &program,
                         sizeof program);
    }
}

/* What the kernel has completed and nobody has accepted. */
static void backlog_take(struct conn_table *table, int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (io_add(table->io, fd, 0) == SHUNT_OK) {
            on_accepted(table, (uint64_t)listener, fd);
        } else {
            close(fd);
        }
    }
}

/* io closes what it accepts for a listener that is closed, so its accepts come to rest first. */
enum shunt_status conn_table_unlisten(struct conn_table *table)
{
    enum { TURNS = 2 }; /* one to cancel, one for what came before */
    enum shunt_status status = SHUNT_OK;

    for (unsigned i = 0; i < table->listener_count; i++) {
        io_accept_pause(table->io, table->listeners[i]);
    }
    table->accept_paused = 0;
    for (unsigned i = 0; i < TURNS && status == SHUNT_OK; i++) {
        status = conn_table_turn(table, 0);
    }
    for (unsigned i = 0; i < table->listener_count; i++) {
        backlog_take(table, table->listeners[i]);
        io_close(table->io, table->listeners[i], false);
    }
    table->listener_count = 0;
    return status;
}

/* ---- the end ---- */

static void each(struct conn_table *table, void (*act)(struct conn *conn))
{
    for (uint32_t i = 0; i < table->chunk_count; i++) {
        uint32_t first = i << CONN_CHUNK_SHIFT;

        for (uint32_t index = first + 1; index < first + (1u << CONN_CHUNK_SHIFT); index++) {
            struct conn *conn = conn_table_slot(table, index);

            if (conn->state != CONN_FREE) {
                act(conn);
            }
        }
    }
}

static void shutdown_one(struct conn *conn)
{
    if (conn->state == CONN_CLOSING) {
        conn_linger_shorten(conn);
    } else if (conn->state != CONN_MOVING) {
        conn_owner_of(conn)->shutdown(conn);
    }
}

static void abort_one(struct conn *conn)
{
    struct conn_table *table = conn_table_of(conn);
    bool at_work = conn->state != CONN_CLOSING || conn_queued(conn) > 0;

    if (io_lost(table->io)) {
        table->counters.loop_losses += at_work;
    } else {
        table->counters.stop_aborts += at_work;
    }
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
}

void conn_table_shutdown(struct conn_table *table)
{
    table->draining = true;
    each(table, shutdown_one);
    settle(table);
}

void conn_table_close(struct conn_table *table)
{
    enum { TURNS_MAX = 100, TURN_MS = 10 }; /* io has cancelled them: one turn or two */

    conn_workers_remove(table);
    for (unsigned i = 0; i < table->listener_count; i++) {
        io_close(table->io, table->listeners[i], false);
    }
    table->listener_count = 0;
    each(table, abort_one);
    settle(table); /* nobody is left: tells the owners and empties the lists */
    if (table->mailbox) {
        mailbox_run(table->mailbox, table); /* all miss */
    }
    /* What is borrowed by sends in flight comes back before plugins end. */
    for (unsigned i = 0; table->live > 0 && i < TURNS_MAX; i++) {
        if (conn_table_turn(table, TURN_MS) != SHUNT_OK) {
            break;
        }
    }
}
