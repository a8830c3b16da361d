/*
 * A node is one cache line, and the children of a node lie side by side in the order of their first
 * bytes, so that a set of bits finds one without a search. A prefix that is longer than a node has
 * room for goes on in an only child.
 */
#include "exchange/tree.h"

#include "base/assert.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_MAX = 31, NODE_BYTES = 64 };

struct exchange_tree_node {
    uint64_t bytes[2]; /* a bit for each byte that a child begins with: below 128 */
    uint32_t children; /* the first of them */
    uint32_t segment;  /* the node behind a parameter; 0: none, for the root is nobody's */
    uint32_t rest;     /* the value of what is left here; or EXCHANGE_TREE_NONE */
    uint32_t end;      /* the value of what ends here; or EXCHANGE_TREE_NONE */
    uint8_t prefix_len;
    char prefix[PREFIX_MAX];
};
_Static_assert(sizeof(struct exchange_tree_node) == NODE_BYTES, "one cache line");

/* ---- building ---- */

/* The keys below a node, and how many of their bytes lie above it. */
struct range {
    size_t first, end, depth;
};

struct builder {
    const struct exchange_tree_key *keys;
    struct exchange_tree_node *nodes;
    struct range *ranges; /* of each node */
    size_t count, room;
};

static int compare(const void *a, const void *b)
{
    const struct shunt_span *x = &((const struct exchange_tree_key *)a)->bytes;
    const struct shunt_span *y = &((const struct exchange_tree_key *)b)->bytes;
    int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

void exchange_tree_sort(struct exchange_tree_key *keys, size_t count)
{
    qsort(keys, count, sizeof *keys, compare);
}

static enum shunt_status grow(struct builder *builder)
{
    size_t room = builder->room ? builder->room * 2 : 64;
    struct exchange_tree_node *nodes = realloc(builder->nodes, room * sizeof *nodes);
    struct range *ranges = realloc(builder->ranges, room * sizeof *ranges);

    builder->nodes = nodes ? nodes : builder->nodes;
    builder->ranges = ranges ? ranges : builder->ranges;
    if (!nodes || !ranges) {
        return SHUNT_ENOMEM;
    }
    builder->room = room;
    return SHUNT_OK;
}

/* A node for the keys of `range`, which is empty until fill() comes to it. */
static enum shunt_status append(struct builder *builder, struct range range)
{
    if (builder->count == builder->room && grow(builder) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    builder->nodes[builder->count] =
        (struct exchange_tree_node){.rest = EXCHANGE_TREE_NONE, .end = EXCHANGE_TREE_NONE};
    builder->ranges[builder->count++] = range;
    return SHUNT_OK;
}

static bool is_marker(char byte)
{
    return byte == EXCHANGE_TREE_SEGMENT || byte == EXCHANGE_TREE_REST;
}

/* What the keys have in common; as they are sorted, the first and the last one show it. */
static void prefix_fill(const struct builder *builder, size_t node, struct range *range)
{
    struct exchange_tree_node *one = &builder->nodes[node];
    struct shunt_span a = builder->keys[range->first].bytes;
    struct shunt_span b = builder->keys[range->end - 1].bytes;

    while (one->prefix_len < PREFIX_MAX && range->depth < a.len && range->depth < b.len &&
           a.at[range->depth] == b.at[range->depth] && !is_marker(a.at[range->depth])) {
        one->prefix[one->prefix_len++] = a.at[range->depth++];
    }
}

/* Cut off the front of *range the keys that go on with one and the same byte. */
static struct range range_cut(const struct builder *builder, struct range *range, char *byte)
{
    struct range cut = *range;
    size_t i = range->first;

    *byte = builder->keys[i].bytes.at[range->depth];
    while (i < range->end && builder->keys[i].bytes.at[range->depth] == *byte) {
        i++;
    }
    cut.end = range->first = i;
    return cut;
}

/* The node's own prefix and values, and empty nodes for all that follows it. */
static enum shunt_status fill(struct builder *builder, size_t node)
{
    struct range range = builder->ranges[node];
    bool first = true;

    prefix_fill(builder, node, &range);
    if (builder->keys[range.first].bytes.len == range.depth) {
        builder->nodes[node].end = builder->keys[range.first++].value;
    }
    while (range.first < range.end) {
        char byte;
        struct range below = range_cut(builder, &range, &byte);
        size_t place = builder->count;

        if (byte == EXCHANGE_TREE_REST) {
            builder->nodes[node].rest = builder->keys[below.first].value;
            continue;
        }
        below.depth += byte == EXCHANGE_TREE_SEGMENT;
        if (append(builder, below) != SHUNT_OK) {
            return SHUNT_ENOMEM;
        }
        if (byte == EXCHANGE_TREE_SEGMENT) {
            builder->nodes[node].segment = (uint32_t)place;
            continue;
        }
        builder->nodes[node].children = first ? (uint32_t)place : builder->nodes[node].children;
        builder->nodes[node].bytes[byte >> 6 & 1] |= UINT64_C(1) << (byte & 63);
        first = false;
    }
    return SHUNT_OK;
}

enum shunt_status exchange_tree_init(struct exchange_tree *tree,
                                     const struct exchange_tree_key *keys, size_t count)
{
    struct builder builder = {.keys = keys};
    enum shunt_status status = SHUNT_OK;

    *tree = (struct exchange_tree){0};
    if (count == 0) {
        return SHUNT_OK;
    }
    status = append(&builder, (struct range){.end = count});
    for (size_t i = 0; i < builder.count && status == SHUNT_OK; i++) {
        status = fill(&builder, i);
    }
    if (status == SHUNT_OK) {
        tree->nodes = aligned_alloc(NODE_BYTES, builder.count * sizeof *tree->nodes);
    }
    if (tree->nodes && builder.nodes) {
        memcpy(tree->nodes, builder.nodes, builder.count * sizeof *tree->nodes);
        tree->count = builder.count;
    }
    free(builder.nodes);
    free(builder.ranges);
    return tree->nodes ? SHUNT_OK : SHUNT_ENOMEM;
}

void exchange_tree_fini(struct exchange_tree *tree)
{
    free(tree->nodes);
    *tree = (struct exchange_tree){0};
}

/* ---- looking up ---- */

/* A node that has more than its bytes to offer, and where in the text that begins. */
struct choice {
    const struct exchange_tree_node *node;
    const char *at;
    bool segment_tried;
};

/* The child for `byte`, or NULL. */
static const struct exchange_tree_node *child_of(const struct exchange_tree *tree,
                                                 const struct exchange_tree_node *node,
                                                 unsigned char byte)
{
    uint64_t bit = UINT64_C(1) << (byte & 63), bits = node->bytes[byte >> 6 & 1];
    unsigned before = (unsigned)__builtin_popcountll(bits & (bit - 1));

    if (byte >= 128 || !(bits & bit)) {
        return NULL;
    }
    if (byte >= 64) {
        before += (unsigned)__builtin_popcountll(node->bytes[0]);
    }
    return &tree->nodes[node->children + before];
}

static const char *segment_end(const char *at, const char *end)
{
    while (at < end && *at != '/') {
        at++;
    }
    return at;
}

uint32_t exchange_tree_find(const struct exchange_tree *tree, struct shunt_span text)
{
    struct choice choices[EXCHANGE_TREE_DEPTH_MAX + 1];
    const struct exchange_tree_node *node = tree->nodes;
    const char *at = text.at, *end = text.at + text.len;
    size_t open = 0;

    while (node) {
        const struct exchange_tree_node *next = NULL;

        if ((size_t)(end - at) >= node->prefix_len &&
            memcmp(at, node->prefix, node->prefix_len) == 0) {
            at += node->prefix_len;
            if (node->segment != 0 || node->rest != EXCHANGE_TREE_NONE) {
                DEBUG_ASSERT(open < sizeof choices / sizeof *choices);
                choices[open++] = (struct choice){node, at, node->segment == 0};
            }
            if (at == end && node->end != EXCHANGE_TREE_NONE) {
                return node->end;
            }
            next = at < end ? child_of(tree, node, (unsigned char)*at) : NULL;
        }
        while (!next && open > 0) { /* the nearest choice that is left */
            struct choice *choice = &choices[open - 1];

            at = choice->at;
            if (!choice->segment_tried && at < end && *at != '/') {
                choice->segment_tried = true;
                at = segment_end(at, end);
                next = &tree->nodes[choice->node->segment];
            } else if (choice->node->rest != EXCHANGE_TREE_NONE) {
                return choice->node->rest;
            } else {
                open--;
            }
        }
        node = next;
    }
    return EXCHANGE_TREE_NONE;
}
