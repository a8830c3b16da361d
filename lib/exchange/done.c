#include "exchange/done.h"

#include "base/clock.h"

uint64_t exchange_turn_ns(struct exchange_context *context)
{
    uint64_t turn = io_counters(context->loop->io)->turns;

    if (context->turn_ns == 0 || context->turn != turn) {
        context->turn = turn;
        context->turn_ns = clock_now_ns();
    }
    return context->turn_ns;
}

/* How an exchange ends that has no answer, or half of one. */
static enum exchange_end unanswered(const struct conn *conn)
{
    return conn->reason == SHUNT_CLOSED_BY_PEER || conn->reason == SHUNT_CLOSED_BY_ERROR
               ? EXCHANGE_LEFT
               : EXCHANGE_DROPPED;
}

static enum exchange_end end_of(const struct shunt_exchange *exchange)
{
    unsigned status = exchange->response.status_sent;

    if (status == 0) {
        return unanswered(exchange->conn);
    }
    if (status == 101) {
        return EXCHANGE_SWITCHED;
    }
    return exchange->pieces == EXCHANGE_PIECES ? EXCHANGE_CUT : EXCHANGE_ANSWERED;
}

void exchange_done(struct shunt_exchange *exchange)
{
    struct exchange_observer *observer = exchange->context->observer;
    const struct shunt_response *response = &exchange->response;
    struct exchange_done done;

    if (!observer || exchange->begun_ns == 0) {
        return;
    }
    done = (struct exchange_done){
        .end = end_of(exchange),
        .conn = exchange->conn,
        .request = &exchange->request,
        .route = exchange->route,
        .response = response->status_sent ? response : NULL,
        .status = response->status_sent,
        .body_bytes = response->body_sent,
        .begun_ns = exchange->begun_ns,
        .connection = exchange->connection,
        .number = exchange->number,
        .deferred = exchange->request_copy != NULL,
    };
    if (done.end == EXCHANGE_SWITCHED) {
        done.protocol = exchange->upgrade.offers.offer;
    }
    exchange->begun_ns = 0;
    observer->done(observer, &done);
}

void exchange_done_partly(struct exchange_context *context, struct exchange_done *done)
{
    done->end = done->status ? EXCHANGE_REFUSED : unanswered(done->conn);
    context->observer->done(context->observer, done);
}
