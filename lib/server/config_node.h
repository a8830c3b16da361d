/* What libyaml's nodes are asked all the time. */
#ifndef SERVER_CONFIG_NODE_H
#define SERVER_CONFIG_NODE_H

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

static inline unsigned config_node_line(const yaml_node_t *node)
{
    return (unsigned)node->start_mark.line + 1;
}

static inline const char *config_node_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static inline bool config_node_is_text(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE &&
           strlen(config_node_text(node)) == node->data.scalar.length;
}

static inline bool config_node_is(const yaml_node_t *node, const char *word)
{
    return node->type == YAML_SCALAR_NODE && strcmp(config_node_text(node), word) == 0;
}

/* The pair of `key` in a mapping, before `end` (NULL: anywhere); NULL: none. */
static inline const yaml_node_pair_t *config_node_pair(yaml_document_t *document,
                                                       const yaml_node_t *mapping, const char *key,
                                                       const yaml_node_pair_t *end)
{
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

    for (end = end ? end : mapping->data.mapping.pairs.top; pair < end; pair++) {
        if (config_node_is(yaml_document_get_node(document, pair->key), key)) {
            return pair;
        }
    }
    return NULL;
}

#endif
