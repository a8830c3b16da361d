/* The topics of one worker: who has subscribed to what, and who is to get a name's messages. */
#ifndef PLUGINS_WEBSOCKET_TOPICS_TREE_H
#define PLUGINS_WEBSOCKET_TOPICS_TREE_H

#include "node.h"

struct topics_limits {
    uint64_t subscriptions_max; /* in all */
    uint64_t subscriber_max;    /* of one subscriber */
    uint64_t filter_max;        /* to one filter */
    uint64_t retained_max;      /* names with a value */
};

/* A filter got its first subscription, or lost its last. */
typedef void topics_filter_task(void *arg, struct shunt_span filter, bool there);

struct topics_tree {
    struct topics_limits limits;
    topics_filter_task *filter_task; /* may be NULL */
    void *arg;
    struct topics_nodes nodes;
    struct topics_table subscriptions; /* by subscriber, node and below */
    uint64_t match;                    /* counts matches that met several filters */
    uint64_t retained;                 /* names with a value */
    uint64_t refused;                  /* subscriptions and values above a limit */
};

/* `seed` is not for clients to know. */
void topics_tree_init(struct topics_tree *tree, const struct topics_limits *limits, uint64_t seed);
/* Nobody is subscribed any more, and nothing is retained. */
void topics_tree_fini(struct topics_tree *tree);

/*
 * SHUNT_OK; SHUNT_EINVAL: no filter; SHUNT_ESTATE: subscribed already; SHUNT_EFULL: a limit, which
 * is counted; SHUNT_ENOMEM. `made` may be NULL; it gets the subscription on SHUNT_OK.
 */
enum shunt_status topics_subscribe(struct topics_tree *tree, struct topics_subscriber *subscriber,
                                   struct shunt_span filter,
                                   struct topics_subscription **made) SHUNT_MUST_USE;
/* The subscription to a filter, or NULL. */
struct topics_subscription *topics_subscribed(struct topics_tree *tree,
                                              const struct topics_subscriber *subscriber,
                                              struct shunt_span filter);
void topics_unsubscribe(struct topics_tree *tree, struct topics_subscription *subscription);
void topics_unsubscribe_all(struct topics_tree *tree, struct topics_subscriber *subscriber);

/*
 * Call visit(arg, user) for each subscriber of a name, once, however many of its filters match. It
 * must not subscribe or unsubscribe. Returns how many there are; 0 for what is no name.
 */
typedef void topics_visit(void *arg, void *user);
uint64_t topics_match(struct topics_tree *tree, struct shunt_span name, topics_visit *visit,
                      void *arg);

#endif
