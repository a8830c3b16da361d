/*
 * A match follows one path for each `+` that it meets. Lists of several filters may have the same
 * subscriber, lists of one filter never have: only in the first case are subscribers marked as
 * seen, so the usual match reads the array of one list and nothing else.
 */
#include "tree.h"

#include <stdlib.h>

void topics_tree_init(struct topics_tree *tree, const struct topics_limits *limits, uint64_t seed)
{
    *tree = (struct topics_tree){.limits = *limits, .nodes.seed = seed};
}

void topics_tree_fini(struct topics_tree *tree)
{
    topics_table_fini(&tree->subscriptions);
    topics_nodes_fini(&tree->nodes);
}

/* ---- subscriptions ---- */

struct key {
    const struct topics_subscriber *subscriber;
    const struct topics_node *node;
    bool below;
};

static bool same(const void *value, const void *wanted)
{
    const struct topics_subscription *subscription = value;
    const struct key *key = wanted;

    return subscription->subscriber == key->subscriber && subscription->node == key->node &&
           subscription->below == key->below;
}

static uint64_t hash_of(const struct topics_tree *tree, const struct key *key)
{
    return topics_hash_mix(topics_hash_mix(tree->nodes.seed, (uintptr_t)key->subscriber),
                           (uintptr_t)key->node + key->below);
}

static struct topics_list *list_of(struct topics_node *node, bool below)
{
    return below ? &node->below : &node->here;
}

static void filter_changed(const struct topics_tree *tree, const struct topics_node *node,
                           bool below, bool there)
{
    char text[TOPICS_NAME_BYTES_MAX];

    if (tree->filter_task) {
        size_t len = topics_node_filter(node, below, text);

        tree->filter_task(tree->arg, (struct shunt_span){text, len}, there);
    }
}

static void link_subscription(struct topics_subscription *subscription)
{
    struct topics_subscriber *subscriber = subscription->subscriber;

    subscription->next = subscriber->first;
    if (subscription->next) {
        subscription->next->previous = subscription;
    }
    subscriber->first = subscription;
    subscriber->count++;
}

static void unlink_subscription(struct topics_subscription *subscription)
{
    struct topics_subscriber *subscriber = subscription->subscriber;

    if (subscription->previous) {
        subscription->previous->next = subscription->next;
    } else {
        subscriber->first = subscription->next;
    }
    if (subscription->next) {
        subscription->next->previous = subscription->previous;
    }
    subscriber->count--;
}

/* A new subscription in its list and in the table, or nowhere. */
static enum shunt_status enter(struct topics_tree *tree, struct topics_subscription *subscription)
{
    struct topics_list *list = list_of(subscription->node, subscription->below);
    struct key key = {subscription->subscriber, subscription->node, subscription->below};

    if (list->count >= tree->limits.filter_max) {
        tree->refused++;
        return SHUNT_EFULL;
    }
    if (topics_list_add(list, subscription) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    if (topics_table_add(&tree->subscriptions, hash_of(tree, &key), subscription) != SHUNT_OK) {
        topics_list_remove(list, subscription);
        return SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

static enum shunt_status make(struct topics_tree *tree, struct topics_subscriber *subscriber,
                              struct topics_node *node, bool below,
                              struct topics_subscription **made)
{
    struct topics_subscription *subscription = calloc(1, sizeof *subscription);
    enum shunt_status status;

    if (!subscription) {
        return SHUNT_ENOMEM;
    }
    subscription->subscriber = subscriber;
    subscription->node = node;
    subscription->below = below;
    status = enter(tree, subscription);
    if (status != SHUNT_OK) {
        free(subscription);
        return status;
    }
    link_subscription(subscription);
    if (list_of(node, below)->count == 1) {
        filter_changed(tree, node, below, true);
    }
    if (made) {
        *made = subscription;
    }
    return SHUNT_OK;
}

enum shunt_status topics_subscribe(struct topics_tree *tree, struct topics_subscriber *subscriber,
                                   struct shunt_span filter, struct topics_subscription **made)
{
    struct topics_levels levels;
    struct topics_node *node;
    enum shunt_status status;
    bool below;

    if (!topics_filter_cut(filter, &levels, &below)) {
        return SHUNT_EINVAL;
    }
    if (topics_subscribed(tree, subscriber, filter)) {
        return SHUNT_ESTATE;
    }
    if (tree->subscriptions.count >= tree->limits.subscriptions_max ||
        subscriber->count >= tree->limits.subscriber_max) {
        tree->refused++;
        return SHUNT_EFULL;
    }
    node = topics_node_need(&tree->nodes, &levels);
    if (!node) {
        return SHUNT_ENOMEM;
    }
    status = make(tree, subscriber, node, below, made);
    if (status != SHUNT_OK) {
        topics_node_trim(&tree->nodes, node);
    }
    return status;
}

struct topics_subscription *topics_subscribed(struct topics_tree *tree,
                                              const struct topics_subscriber *subscriber,
                                              struct shunt_span filter)
{
    struct topics_levels levels;
    struct key key = {.subscriber = subscriber};

    if (subscriber->count == 0 || !topics_filter_cut(filter, &levels, &key.below)) {
        return NULL;
    }
    key.node = topics_node_find(&tree->nodes, &levels);
    return key.node ? topics_table_find(&tree->subscriptions, hash_of(tree, &key), same, &key)
                    : NULL;
}

void topics_unsubscribe(struct topics_tree *tree, struct topics_subscription *subscription)
{
    struct topics_node *node = subscription->node;
    struct topics_list *list = list_of(node, subscription->below);
    struct key key = {subscription->subscriber, node, subscription->below};

    topics_table_remove(&tree->subscriptions, hash_of(tree, &key), subscription);
    topics_list_remove(list, subscription);
    unlink_subscription(subscription);
    if (list->count == 0) {
        filter_changed(tree, node, key.below, false);
    }
    free(subscription);
    topics_node_trim(&tree->nodes, node);
}

void topics_unsubscribe_all(struct topics_tree *tree, struct topics_subscriber *subscriber)
{
    struct topics_subscription *next;

    for (struct topics_subscription *at = subscriber->first; at; at = next) {
        next = at->next;
        topics_unsubscribe(tree, at);
    }
}

/* ---- matching ---- */

struct walk {
    struct topics_tree *tree;
    const struct topics_levels *levels;
    uint64_t hashes[TOPICS_LEVELS_MAX];
    const struct topics_list *only; /* the first list that was found, not yet visited */
    bool several;
    topics_visit *visit;
    void *arg;
    uint64_t count;
};

static void visit_unseen(struct walk *walk, const struct topics_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct topics_subscriber *subscriber = list->entries[i].subscription->subscriber;

        if (subscriber->seen != walk->tree->match) {
            subscriber->seen = walk->tree->match;
            walk->visit(walk->arg, list->entries[i].user);
            walk->count++;
        }
    }
}

static void visit_all(struct walk *walk, const struct topics_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        walk->visit(walk->arg, list->entries[i].user);
    }
    walk->count += list->count;
}

static void found(struct walk *walk, const struct topics_list *list)
{
    if (list->count == 0) {
        return;
    }
    if (!walk->only) {
        walk->only = list;
        return;
    }
    if (!walk->several) {
        walk->several = true;
        walk->tree->match++;
        visit_unseen(walk, walk->only);
    }
    visit_unseen(walk, list);
}

/* To TOPICS_LEVELS_MAX levels deep. */
static void follow(struct walk *walk, const struct topics_node *node, unsigned depth)
{
    const struct topics_node *next;

    found(walk, &node->below);
    if (depth == walk->levels->count) {
        found(walk, &node->here);
        return;
    }
    next = topics_node_below(&walk->tree->nodes, node, walk->levels->level[depth],
                             walk->hashes[depth]);
    if (next) {
        follow(walk, next, depth + 1);
    }
    if (node->plus) {
        follow(walk, node->plus, depth + 1);
    }
}

uint64_t topics_match(struct topics_tree *tree, struct shunt_span name, topics_visit *visit,
                      void *arg)
{
    struct topics_levels levels;
    struct walk walk = {.tree = tree, .levels = &levels, .visit = visit, .arg = arg};

    if (tree->subscriptions.count == 0 || !topics_name_cut(name, &levels)) {
        return 0;
    }
    for (unsigned i = 0; i < levels.count; i++) {
        walk.hashes[i] = topics_hash(tree->nodes.seed, levels.level[i]);
    }
    follow(&walk, &tree->nodes.root, 0);
    if (walk.only && !walk.several) {
        visit_all(&walk, walk.only);
    }
    return walk.count;
}
