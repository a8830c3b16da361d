/* The one YAML document that a configuration is. */
#ifndef SERVER_CONFIG_DOCUMENT_H
#define SERVER_CONFIG_DOCUMENT_H

#include "base/error.h"

#include <yaml.h>

/*
 * What a document may be in size and shape: time and memory of whatever walks it are bounded by
 * these, and a file of a few kilobytes cannot stand for millions of values.
 */
#define CONFIG_DEPTH_MAX   16    /* lists and mappings within each other */
#define CONFIG_VALUES_MAX  50000 /* of a document, keys included and aliases followed */
#define CONFIG_KEYS_MAX    1000  /* of one mapping */
#define CONFIG_ENTRIES_MAX 10000 /* of one list */
#define CONFIG_ANCHORS_MAX 1000  /* of a document */
#define CONFIG_PERCENT_MAX 100   /* lines that begin with '%': directives */

/*
 * Parse `len` bytes; yaml_document_delete() what comes of it. A document without content has no
 * root. SHUNT_EINVAL: the report names the line where it is no YAML, passes a bound or begins a
 * second document. SHUNT_ENOMEM.
 */
enum shunt_status config_document_parse(yaml_document_t *document, const char *bytes, size_t len,
                                        struct error *report) SHUNT_MUST_USE;

#endif
