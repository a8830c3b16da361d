#include "retained.h"

void *topics_retained(struct topics_tree *tree, struct shunt_span name)
{
    struct topics_levels levels;
    const struct topics_node *node =
        topics_name_cut(name, &levels) ? topics_node_find(&tree->nodes, &levels) : NULL;

    return node ? node->retained : NULL;
}

static void replace(struct topics_tree *tree, struct topics_node *node, void *value, void **before)
{
    *before = node->retained;
    node->retained = value;
    tree->retained += value != NULL;
    tree->retained -= *before != NULL;
    topics_node_trim(&tree->nodes, node);
}

enum shunt_status topics_retain(struct topics_tree *tree, struct shunt_span name, void *value,
                                void **before)
{
    struct topics_levels levels;
    struct topics_node *node;

    if (!topics_name_cut(name, &levels)) {
        return SHUNT_EINVAL;
    }
    node = topics_node_find(&tree->nodes, &levels);
    if (value && (!node || !node->retained) && tree->retained >= tree->limits.retained_max) {
        tree->refused++;
        return SHUNT_EFULL;
    }
    if (!node && value) {
        node = topics_node_need(&tree->nodes, &levels);
        if (!node) {
            return SHUNT_ENOMEM;
        }
    }
    *before = NULL;
    if (node) {
        replace(tree, node, value, before);
    }
    return SHUNT_OK;
}

/* ---- by filter ---- */

struct walk {
    struct topics_levels levels;
    bool below;
    topics_visit *visit;
    void *arg;
};

static void visit(const struct walk *walk, const struct topics_node *node)
{
    if (node->retained) {
        walk->visit(walk->arg, node->retained);
    }
}

/* To TOPICS_LEVELS_MAX levels deep, as are all names. */
static void visit_below(const struct walk *walk, const struct topics_node *node)
{
    visit(walk, node);
    for (const struct topics_node *child = node->first; child; child = child->next) {
        visit_below(walk, child);
    }
}

static void follow(const struct walk *walk, const struct topics_nodes *nodes,
                   const struct topics_node *node, unsigned depth)
{
    struct shunt_span level;

    if (depth == walk->levels.count) {
        (walk->below ? visit_below : visit)(walk, node);
        return;
    }
    level = walk->levels.level[depth];
    if (!topics_level_is_plus(level)) {
        node = topics_node_below(nodes, node, level, topics_hash(nodes->seed, level));
        if (node) {
            follow(walk, nodes, node, depth + 1);
        }
        return;
    }
    for (const struct topics_node *child = node->first; child; child = child->next) {
        follow(walk, nodes, child, depth + 1);
    }
}

void topics_retained_match(struct topics_tree *tree, struct shunt_span filter, topics_visit *task,
                           void *arg)
{
    struct walk walk = {.visit = task, .arg = arg};

    if (tree->retained > 0 && topics_filter_cut(filter, &walk.levels, &walk.below)) {
        follow(&walk, &tree->nodes, &tree->nodes.root, 0);
    }
}

/* The first leaf but those of `+`: a name is below no `+`, and a leaf that is none has been
 * subscribed to. The caller has ended all subscriptions. */
void *topics_retained_take(struct topics_tree *tree)
{
    struct topics_node *node = &tree->nodes.root;
    void *value;

    while (node->first) {
        node = node->first;
    }
    value = node->retained;
    if (value) {
        void *before;

        replace(tree, node, NULL, &before);
    }
    return value;
}
