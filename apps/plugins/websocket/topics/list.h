/* The subscribers of one filter. */
#ifndef PLUGINS_WEBSOCKET_TOPICS_LIST_H
#define PLUGINS_WEBSOCKET_TOPICS_LIST_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

struct topics_node;
struct topics_subscription;

/* Who subscribes. Zeros but `user` before the first subscription. */
struct topics_subscriber {
    void *user;
    struct topics_subscription *first;
    uint64_t seen;  /* the last match that found this one by several filters */
    uint32_t count; /* of its subscriptions */
};

struct topics_subscription {
    struct topics_subscriber *subscriber;
    struct topics_node *node;
    struct topics_subscription *next, *previous; /* of the subscriber */
    uint32_t index;                              /* in the list of its filter */
    bool below;                                  /* the filter ends with `#` */
    bool marked;                                 /* for whoever subscribed: means nothing here */
};

/* What a match reads of a subscription, beside those of the same filter. */
struct topics_entry {
    void *user;
    struct topics_subscription *subscription;
};

struct topics_list {
    struct topics_entry *entries;
    uint32_t count, room;
};

/* SHUNT_OK or SHUNT_ENOMEM. Sets the subscription's index. */
enum shunt_status topics_list_add(struct topics_list *list,
                                  struct topics_subscription *subscription) SHUNT_MUST_USE;
/* The last entry moves to its place; an array that is empty or mostly so gets smaller. */
void topics_list_remove(struct topics_list *list, const struct topics_subscription *subscription);

#endif
