/*
 * The host's queue takes messages up to its high-water mark. Beyond it, and until drained(), they
 * wait in a backlog of the stream's own, where they can still be dropped; the policy `close` has
 * none, and all goes into the host's queue. While a backlog holds anything the stream is `full`, so
 * that one bit is all that a message to a peer that keeps up costs.
 */
#include "slow.h"

#include "close.h"
#include "send.h"

#define BACKLOG_BYTES_MAX (UINT64_C(256) << 10) /* where nothing else is set */

static const struct websocket_slow *slow_of(const struct websocket_stream *ws)
{
    const struct websocket_member *member = websocket_member(ws);

    return member && member->slow_chosen ? &member->slow : &ws->service->settings->slow;
}

static struct websocket_counts *counts_of(const struct websocket_stream *ws)
{
    return ws->service->worker->counts;
}

static bool closes(const struct websocket_slow *slow)
{
    return slow->policy == SHUNT_WEBSOCKET_SLOW_CLOSE;
}

/* ---- the policy `close` ---- */

/* Is there room for `len` bytes more within the limit that was set, if one was? */
static bool within(struct shunt_stream *stream, const struct websocket_slow *slow, size_t len)
{
    size_t queued;

    if (slow->bytes_max == 0) {
        return true;
    }
    queued = websocket_host->queued(stream);
    return queued == 0 || (queued <= slow->bytes_max && len <= slow->bytes_max - queued);
}

static enum shunt_status too_slow(struct shunt_stream *stream)
{
    websocket_count(&counts_of(websocket_state(stream))->slow_closed, 1);
    websocket_close_start(stream, WEBSOCKET_CODE_POLICY, (struct shunt_span){NULL, 0});
    return SHUNT_EFULL;
}

/* ---- the others ---- */

static void drop_oldest(const struct websocket_stream *ws, struct websocket_backlog *backlog,
                        uint64_t bytes_max)
{
    while (backlog->bytes > bytes_max) {
        websocket_message_release(websocket_backlog_take(backlog));
        websocket_count(&counts_of(ws)->dropped_oldest, 1);
    }
}

static enum shunt_status drop_newest(const struct websocket_stream *ws, enum shunt_status status)
{
    websocket_count(&counts_of(ws)->dropped_newest, 1);
    return status;
}

/* A message that is larger than all that may wait is dropped whatever the policy. */
static enum shunt_status wait(struct shunt_stream *stream, const struct websocket_slow *slow,
                              struct shunt_websocket_message *message)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_member *member = websocket_member_need(stream);
    uint64_t most = slow->bytes_max ? slow->bytes_max : BACKLOG_BYTES_MAX;
    uint64_t cost = websocket_backlog_cost(message);
    struct websocket_backlog *backlog;

    if (!member) {
        return drop_newest(ws, SHUNT_ENOMEM);
    }
    backlog = &member->backlog;
    if (cost > most ||
        (slow->policy == SHUNT_WEBSOCKET_SLOW_DROP_NEWEST && backlog->bytes + cost > most)) {
        return drop_newest(ws, SHUNT_EFULL);
    }
    if (slow->policy == SHUNT_WEBSOCKET_SLOW_CONFLATE && message->key.len > 0 &&
        websocket_backlog_replace(backlog, message)) {
        websocket_count(&counts_of(ws)->conflated, 1);
    }
    if (websocket_backlog_add(backlog, message) != SHUNT_OK) {
        return drop_newest(ws, SHUNT_ENOMEM);
    }
    drop_oldest(ws, backlog, most);
    return SHUNT_AGAIN;
}

/* ---- sending ---- */

enum shunt_status websocket_slow_send(struct shunt_stream *stream,
                                      struct shunt_websocket_message *message)
{
    const struct websocket_stream *ws = websocket_state(stream);
    const struct websocket_slow *slow;

    if (ws->phase != WEBSOCKET_OPEN) {
        return SHUNT_ESTATE;
    }
    slow = slow_of(ws);
    if (!closes(slow)) {
        return ws->full ? wait(stream, slow, message) : websocket_send_message(stream, message);
    }
    return within(stream, slow, message->len) ? websocket_send_message(stream, message)
                                              : too_slow(stream);
}

static enum shunt_status wait_bytes(struct shunt_stream *stream, const struct websocket_slow *slow,
                                    enum shunt_websocket_kind kind, const void *bytes, size_t len)
{
    struct shunt_websocket_message *message = websocket_message_create(kind, bytes, len);
    enum shunt_status status;

    if (!message) {
        return drop_newest(websocket_state(stream), SHUNT_ENOMEM);
    }
    status = wait(stream, slow, message);
    websocket_message_release(message);
    return status;
}

enum shunt_status websocket_slow_send_bytes(struct shunt_stream *stream,
                                            enum shunt_websocket_kind kind, const void *bytes,
                                            size_t len, unsigned flags)
{
    const struct websocket_stream *ws = websocket_state(stream);
    const struct websocket_slow *slow;

    if (ws->phase != WEBSOCKET_OPEN) {
        return SHUNT_ESTATE;
    }
    slow = slow_of(ws);
    if (ws->full && !closes(slow)) {
        return wait_bytes(stream, slow, kind, bytes, len);
    }
    return !closes(slow) || within(stream, slow, len)
               ? websocket_send_data(stream, kind, bytes, len, flags)
               : too_slow(stream);
}

enum shunt_status websocket_slow_set(struct shunt_stream *stream,
                                     enum shunt_websocket_slow_policy policy, uint64_t bytes_max)
{
    struct websocket_member *member = websocket_member_need(stream);

    if (!member) {
        return SHUNT_ENOMEM;
    }
    if (policy == SHUNT_WEBSOCKET_SLOW_CLOSE && member->backlog.bytes > 0) {
        return SHUNT_ESTATE;
    }
    member->slow = (struct websocket_slow){.policy = policy, .bytes_max = bytes_max};
    member->slow_chosen = true;
    return SHUNT_OK;
}

/* ---- what waits ---- */

uint64_t websocket_slow_waiting(const struct websocket_stream *ws)
{
    const struct websocket_member *member = websocket_member(ws);

    return member ? member->backlog.bytes : 0;
}

void websocket_slow_drained(struct shunt_stream *stream)
{
    const struct websocket_stream *ws = websocket_state(stream);
    struct websocket_member *member = websocket_member(ws);
    struct shunt_websocket_message *message;

    while (member && ws->phase == WEBSOCKET_OPEN && !ws->full &&
           (message = websocket_backlog_take(&member->backlog))) {
        (void)websocket_send_message(stream, message);
        websocket_message_release(message);
    }
}

void websocket_slow_end(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_member *member = websocket_member(ws);
    struct shunt_websocket_message *message;

    while (member && ws->phase == WEBSOCKET_OPEN &&
           (message = websocket_backlog_take(&member->backlog))) {
        if (websocket_send_fits(ws->service->worker->plugin, websocket_host->queued(stream),
                                websocket_message_payload_len(message))) {
            (void)websocket_send_message(stream, message);
        } else {
            websocket_count(&counts_of(ws)->dropped_at_close, 1);
        }
        websocket_message_release(message);
    }
}

void websocket_slow_drop(struct websocket_stream *ws)
{
    struct websocket_member *member = websocket_member(ws);

    if (member) {
        websocket_count(&counts_of(ws)->dropped_at_close, websocket_backlog_fini(&member->backlog));
    }
}
