/*
 * A radix tree over bytes: which of many keys stands for a text. Built once, then only read. A
 * lookup allocates nothing and looks at nodes along the text, however many keys there are; where
 * parameters stand beside fixed segments, it may come back to each such place once for each way
 * that led there.
 *
 * In a key two bytes, which no text has, stand for what differs from text to text: any segment that
 * is not empty, up to the next '/'; and, as the key's last byte, whatever is left, nothing included.
 */
#ifndef EXCHANGE_TREE_H
#define EXCHANGE_TREE_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdint.h>

#define EXCHANGE_TREE_SEGMENT '\x01'
#define EXCHANGE_TREE_REST    '\x02'
/* Below this, seen from the start of a key, neither of the two may stand behind more than as many
 * ends of segments. */
#define EXCHANGE_TREE_DEPTH_MAX 32
#define EXCHANGE_TREE_NONE      UINT32_MAX

struct exchange_tree_key {
    struct shunt_span bytes;
    uint32_t value; /* not EXCHANGE_TREE_NONE */
};

struct exchange_tree {
    struct exchange_tree_node *nodes; /* the root first */
    size_t count;
};

/* Make the order that exchange_tree_init() wants; equal keys come together. */
void exchange_tree_sort(struct exchange_tree_key *keys, size_t count);

/* `keys` are sorted, and each stands once; nothing of them is kept. SHUNT_ENOMEM. */
enum shunt_status exchange_tree_init(struct exchange_tree *tree,
                                     const struct exchange_tree_key *keys,
                                     size_t count) SHUNT_MUST_USE;
void exchange_tree_fini(struct exchange_tree *tree);

/*
 * The value of the most specific key that stands for `text`, or EXCHANGE_TREE_NONE. At the first
 * place where two keys differ, a byte of the text is more specific than a segment, and a segment
 * more than the rest.
 */
uint32_t exchange_tree_find(const struct exchange_tree *tree, struct shunt_span text);

#endif
