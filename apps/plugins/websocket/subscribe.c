/* Subscriptions are a worker's own affair: others only learn whether it has any. */
#include "subscribe.h"

#include "fan_out.h"
#include "present.h"
#include "slow.h"
#include "topics/retained.h"

static void subscriptions_add(const struct websocket_stream *ws, uint64_t more)
{
    atomic_fetch_add(&ws->service->worker->inbox->subscriptions, more);
}

/* ---- what is retained ---- */

static void give_retained(void *arg, void *value)
{
    (void)websocket_slow_send(arg, value);
}

/* ---- subscriptions ---- */

static enum shunt_status add(struct shunt_stream *stream, struct websocket_member *member,
                             struct shunt_span filter, struct topics_subscription **made)
{
    const struct websocket_stream *ws = websocket_state(stream);
    struct topics_tree *tree = &ws->service->named->tree;
    uint64_t refused = tree->refused;
    enum shunt_status status = websocket_fan_out_begin(ws->service->worker);

    if (status != SHUNT_OK) {
        return status;
    }
    status = topics_subscribe(tree, &member->subscriber, filter, made);
    websocket_count(&ws->service->worker->counts->refused, tree->refused - refused);
    if (status == SHUNT_OK) {
        subscriptions_add(ws, 1);
    }
    return status;
}

static void end(struct websocket_stream *ws, struct websocket_member *member,
                struct topics_subscription *subscription)
{
    if (subscription->marked) { /* it gave a name */
        websocket_present_leave(member, subscription);
    }
    topics_unsubscribe(&ws->service->named->tree, subscription);
    subscriptions_add(ws, UINT64_MAX);
}

static enum shunt_status enter(struct shunt_stream *stream, struct websocket_member *member,
                               struct topics_subscription *subscription, struct shunt_span filter,
                               struct shunt_span name)
{
    enum shunt_status status = websocket_present_enter(stream, filter, name);

    subscription->marked = status == SHUNT_OK;
    if (status != SHUNT_OK) {
        end(websocket_state(stream), member, subscription);
    }
    return status;
}

enum shunt_status websocket_subscribe(struct shunt_stream *stream, struct shunt_span filter,
                                      const struct shunt_websocket_subscribe *given)
{
    struct shunt_websocket_subscribe options = {.size = sizeof options};
    struct websocket_stream *ws = websocket_state(stream);
    struct topics_subscription *made;
    struct websocket_member *member;
    enum shunt_status status;

    if (given && SHUNT_READ(&options, given,
                            SHUNT_BYTES_WITH(struct shunt_websocket_subscribe, size)) != SHUNT_OK) {
        return SHUNT_EINVAL;
    }
    if (ws->phase != WEBSOCKET_OPEN) {
        return SHUNT_ESTATE;
    }
    member = websocket_member_need(stream);
    if (!member) {
        return SHUNT_ENOMEM;
    }
    status = add(stream, member, filter, &made);
    if (status == SHUNT_OK && options.name.len > 0) {
        status = enter(stream, member, made, filter, options.name);
    }
    if (status == SHUNT_OK && !options.live_only) {
        topics_retained_match(&ws->service->named->tree, filter, give_retained, stream);
    }
    return status;
}

enum shunt_status websocket_unsubscribe(struct shunt_stream *stream, struct shunt_span filter)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_member *member = websocket_member(ws);
    struct topics_subscription *subscription =
        member ? topics_subscribed(&ws->service->named->tree, &member->subscriber, filter) : NULL;

    if (!subscription) {
        return SHUNT_ENOTFOUND;
    }
    end(ws, member, subscription);
    return SHUNT_OK;
}

void websocket_unsubscribe_all(struct websocket_stream *ws)
{
    struct websocket_member *member = websocket_member(ws);

    while (member && member->subscriber.first) {
        end(ws, member, member->subscriber.first);
    }
}
