/* A document held against a table of keys: what fits is stored, what does not is reported. */
#ifndef SERVER_CONFIG_WALK_H
#define SERVER_CONFIG_WALK_H

#include "base/error.h"
#include "server/config_keys.h"

#include <yaml.h>

/* One entry of a list of mappings. One that is no mapping is empty, and seen.unknown is set. */
struct config_entry {
    const struct config_key *list;
    const char *place; /* "routes[0].filters[1]" */
    size_t number;
    void *structure; /* that the list is a member of, which is not whole yet */
    void *value;     /* list->bytes, all zero but for the defaults and what the file has */
    unsigned line;
    struct config_seen seen;
};

struct config_walk {
    yaml_document_t *document;
    struct error *report;
    /* Called for each entry in the order of the file, after all sections; takes over what
     * entry->value points to. SHUNT_ENOMEM ends the walk, all else does not. */
    enum shunt_status (*append)(void *arg, struct config_entry *entry);
    void *arg;
    bool no_memory; /* false at first */
};

/*
 * Store in `structure` what the document's mapping has, and in *seen which keys it has. The walk
 * goes on after a mistake, up to as many as the report takes. SHUNT_OK: there is something to go on
 * with, whatever the report has. SHUNT_EINVAL: the document is no mapping. SHUNT_ENOMEM.
 */
enum shunt_status config_walk(struct config_walk *walk, const struct config_mapping *mapping,
                              void *structure, struct config_seen *seen) SHUNT_MUST_USE;

#endif
