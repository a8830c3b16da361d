/* A place in the tree: what a filter or name leads to, level by level. */
#ifndef PLUGINS_WEBSOCKET_TOPICS_NODE_H
#define PLUGINS_WEBSOCKET_TOPICS_NODE_H

#include "list.h"
#include "name.h"
#include "table.h"

struct topics_node {
    struct topics_node *parent;
    struct topics_node *first;           /* of the levels below it, but `+` */
    struct topics_node *next, *previous; /* beside it */
    struct topics_node *plus;            /* the level `+` below it */
    struct topics_list here;             /* of the filter that ends here */
    struct topics_list below;            /* of the filter that ends here with `#` */
    void *retained;                      /* of the name that ends here */
    uint64_t hash;                       /* in the table of all nodes */
    const char *level;                   /* lies behind the node */
    size_t level_len;
};

/* All nodes of a tree; the root has no level. */
struct topics_nodes {
    struct topics_node root;
    struct topics_table table; /* by parent and level, but the root and `+` */
    uint64_t seed;
};

/* One level further, or NULL. A match goes by the hash of the level, which topics_hash() gives. */
struct topics_node *topics_node_below(const struct topics_nodes *nodes,
                                      const struct topics_node *node, struct shunt_span level,
                                      uint64_t level_hash);
/* Where levels lead, each as it is written, `+` too; NULL: nowhere. */
struct topics_node *topics_node_find(struct topics_nodes *nodes,
                                     const struct topics_levels *levels);
/* The same, made where it is not; NULL: no memory. */
struct topics_node *topics_node_need(struct topics_nodes *nodes,
                                     const struct topics_levels *levels);
/* A node that has become empty goes, and so do those above it. */
void topics_node_trim(struct topics_nodes *nodes, struct topics_node *node);
/* Write the filter that leads to a node, at most TOPICS_NAME_BYTES_MAX bytes; returns how many. */
size_t topics_node_filter(const struct topics_node *node, bool below,
                          char text[TOPICS_NAME_BYTES_MAX]);
/* Nothing is subscribed or retained any more, so there is only the root. */
void topics_nodes_fini(struct topics_nodes *nodes);

#endif
