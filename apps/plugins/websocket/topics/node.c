/* The levels of all nodes are in one table, by parent and level: a node has no table of its own. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

struct key {
    const struct topics_node *parent;
    struct shunt_span level;
};

static bool same(const void *value, const void *wanted)
{
    const struct topics_node *node = value;
    const struct key *key = wanted;

    return node->parent == key->parent && node->level_len == key->level.len &&
           memcmp(node->level, key->level.at, key->level.len) == 0;
}

static uint64_t hash_of(const struct topics_node *parent, uint64_t level_hash)
{
    return topics_hash_mix((uintptr_t)parent, level_hash);
}

struct topics_node *topics_node_below(const struct topics_nodes *nodes,
                                      const struct topics_node *node, struct shunt_span level,
                                      uint64_t level_hash)
{
    struct key key = {node, level};

    return node->first ? topics_table_find(&nodes->table, hash_of(node, level_hash), same, &key)
                       : NULL;
}

static struct topics_node *step(const struct topics_nodes *nodes, const struct topics_node *node,
                                struct shunt_span level)
{
    return topics_level_is_plus(level)
               ? node->plus
               : topics_node_below(nodes, node, level, topics_hash(nodes->seed, level));
}

struct topics_node *topics_node_find(struct topics_nodes *nodes, const struct topics_levels *levels)
{
    struct topics_node *node = &nodes->root;

    for (unsigned i = 0; node && i < levels->count; i++) {
        node = step(nodes, node, levels->level[i]);
    }
    return node;
}

static void link_child(struct topics_node *parent, struct topics_node *child)
{
    child->next = parent->first;
    if (child->next) {
        child->next->previous = child;
    }
    parent->first = child;
}

static struct topics_node *add(struct topics_nodes *nodes, struct topics_node *parent,
                               struct shunt_span level)
{
    struct topics_node *node = calloc(1, sizeof *node + level.len);

    if (!node) {
        return NULL;
    }
    node->parent = parent;
    node->level = memcpy(node + 1, level.at, level.len);
    node->level_len = level.len;
    if (topics_level_is_plus(level)) {
        parent->plus = node;
        return node;
    }
    node->hash = hash_of(parent, topics_hash(nodes->seed, level));
    if (topics_table_add(&nodes->table, node->hash, node) != SHUNT_OK) {
        free(node);
        return NULL;
    }
    link_child(parent, node);
    return node;
}

struct topics_node *topics_node_need(struct topics_nodes *nodes, const struct topics_levels *levels)
{
    struct topics_node *node = &nodes->root;

    for (unsigned i = 0; i < levels->count; i++) {
        struct topics_node *next = step(nodes, node, levels->level[i]);

        next = next ? next : add(nodes, node, levels->level[i]);
        if (!next) {
            topics_node_trim(nodes, node);
            return NULL;
        }
        node = next;
    }
    return node;
}

/* Returns the node above. */
static struct topics_node *drop(struct topics_nodes *nodes, struct topics_node *node)
{
    struct topics_node *parent = node->parent;

    if (parent->plus == node) {
        parent->plus = NULL;
    } else {
        topics_table_remove(&nodes->table, node->hash, node);
        if (node->previous) {
            node->previous->next = node->next;
        } else {
            parent->first = node->next;
        }
        if (node->next) {
            node->next->previous = node->previous;
        }
    }
    free(node);
    return parent;
}

/* Does nothing need it? The root stays. */
static bool is_spare(const struct topics_nodes *nodes, const struct topics_node *node)
{
    return node != &nodes->root && node->here.count == 0 && node->below.count == 0 &&
           !node->first && !node->plus && !node->retained;
}

void topics_node_trim(struct topics_nodes *nodes, struct topics_node *node)
{
    while (is_spare(nodes, node)) {
        node = drop(nodes, node);
    }
}

size_t topics_node_filter(const struct topics_node *node, bool below,
                          char text[TOPICS_NAME_BYTES_MAX])
{
    const struct topics_node *path[TOPICS_LEVELS_MAX];
    unsigned depth = 0;
    size_t len = 0;

    for (; node->parent; node = node->parent) {
        path[depth++] = node;
    }
    for (unsigned i = depth; i-- > 0;) {
        memcpy(text + len, path[i]->level, path[i]->level_len);
        len += path[i]->level_len;
        if (i > 0 || below) {
            text[len++] = '/';
        }
    }
    if (below) {
        text[len++] = '#';
    }
    return len;
}

void topics_nodes_fini(struct topics_nodes *nodes)
{
    topics_table_fini(&nodes->table);
}
