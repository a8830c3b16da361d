#include "unit/conn/io_script.h"

#include "io/backend.h"
#include "support/loop_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVENTS_MAX = 16 };

struct script {
    struct io io;
    struct io_script_event events[EVENTS_MAX];
    unsigned count;
};

static struct script *script;

void io_script_trace(const char *format, ...)
{
    size_t len = strlen(loop_trace);
    va_list args;

    va_start(args, format);
    vsnprintf(loop_trace + len, sizeof loop_trace - len, format, args);
    va_end(args);
}

static void script_destroy(struct io *io)
{
    io->table.used = 0; /* numbers, none of them open */
    io_base_fini(io);
    free(io);
}

static void run(struct io *io, const struct io_script_event *event)
{
    struct descriptor *d = descriptors_at(&io->table, event->fd);
    uint64_t user = d->user;
    uint8_t bytes[64];

    switch (event->kind) {
    case IO_SCRIPT_RECEIVED:
        if (!event->more) {
            d->flags &= (uint16_t) ~(DESCRIPTOR_RECEIVING | DESCRIPTOR_CANCEL);
        }
        if (event->bytes) {
            memcpy(bytes, event->bytes, strlen(event->bytes));
        }
        io->handler.received(io->context, user, bytes, event->result, event->more);
        break;
    case IO_SCRIPT_READY:
        d->flags &= (uint16_t) ~(DESCRIPTOR_RECEIVING | DESCRIPTOR_CANCEL);
        io->handler.ready(io->context, user, event->result);
        break;
    case IO_SCRIPT_SENT:
        d->flags &= (uint16_t)~DESCRIPTOR_SEND;
        io->handler.sent(io->context, user, event->result);
        if (d->flags & DESCRIPTOR_CLOSING) {
            descriptors_forget(&io->table, event->fd);
        }
        break;
    }
}

static enum shunt_status script_turn(struct io *io, int timeout_ms)
{
    unsigned count = script->count;
    struct io_script_event events[EVENTS_MAX];

    (void)timeout_ms;
    memcpy(events, script->events, sizeof events);
    script->count = 0;
    for (unsigned i = 0; i < count; i++) {
        run(io, &events[i]);
    }
    return SHUNT_OK;
}

static void script_close(struct io *io, int fd, struct descriptor *d, bool reset)
{
    io_script_trace(reset ? "RESET " : "CLOSE ");
    if (d->flags & DESCRIPTOR_SEND) {
        d->flags |= DESCRIPTOR_CLOSING;
    } else {
        descriptors_forget(&io->table, fd);
    }
}

static void script_shut(struct io *io, int fd)
{
    (void)io, (void)fd;
    io_script_trace("SHUT ");
}

static void script_release(struct io *io, int fd, struct descriptor *d)
{
    (void)io, (void)fd, (void)d;
    io_script_trace("RELEASE ");
}

static void script_receive(struct io *io, int fd, struct descriptor *d)
{
    (void)io, (void)fd;
    io_script_trace(d->flags & DESCRIPTOR_UNTIL_END ? "RECEIVE " : "RECEIVE-ONCE ");
    d->flags &= (uint16_t)~DESCRIPTOR_UNTIL_END;
}

static void script_ready(struct io *io, int fd, struct descriptor *d)
{
    (void)io, (void)fd, (void)d;
    io_script_trace("POLL ");
}

static void script_cancel(struct io *io, int fd, struct descriptor *d)
{
    (void)io, (void)fd, (void)d;
    io_script_trace("CANCEL ");
}

static void script_send(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                        int count)
{
    (void)io, (void)fd, (void)d;
    io_script_trace("SEND(");
    for (int i = 0; i < count; i++) {
        io_script_trace("%.*s", (int)parts[i].iov_len, (const char *)parts[i].iov_base);
    }
    io_script_trace(") ");
}

static const struct io_backend_ops ops = {
    .name = "script",
    .destroy = script_destroy,
    .turn = script_turn,
    .close = script_close,
    .shut = script_shut,
    .release = script_release,
    .receive = script_receive,
    .ready = script_ready,
    .receive_cancel = script_cancel,
    .send = script_send,
};

enum shunt_status io_script_create(const struct io_options *options,
                                   const struct io_handler *handler, void *context, struct io **io,
                                   struct error *why)
{
    (void)why;
    script = calloc(1, (sizeof *script + 63) / 64 * 64);
    cr_assert_not_null(script);
    cr_assert_eq(io_base_init(&script->io, &ops, options, handler, context), SHUNT_OK);
    *io = &script->io;
    return SHUNT_OK;
}

void io_script_add(struct io_script_event event)
{
    cr_assert_lt(script->count, EVENTS_MAX);
    script->events[script->count++] = event;
}

void io_script_cancel_sends(void)
{
    for (int fd = 0; fd < IO_SCRIPT_FDS_MAX; fd++) {
        if (descriptors_at(&script->io.table, fd)->flags & DESCRIPTOR_SEND) {
            io_script_add((struct io_script_event){IO_SCRIPT_SENT, fd, -ECANCELED, false, NULL});
        }
    }
}
