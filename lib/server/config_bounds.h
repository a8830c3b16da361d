/*
 * What a document may be in size and shape, before anybody walks it: time and memory of what
 * follows are bounded by these, and a file of a few kilobytes cannot stand for millions of values.
 */
#ifndef SERVER_CONFIG_BOUNDS_H
#define SERVER_CONFIG_BOUNDS_H

#include "base/error.h"

#define CONFIG_DEPTH_MAX   16    /* lists and mappings within each other */
#define CONFIG_VALUES_MAX  50000 /* of a document, keys included and aliases followed */
#define CONFIG_KEYS_MAX    1000  /* of one mapping */
#define CONFIG_ENTRIES_MAX 10000 /* of one list */
#define CONFIG_ANCHORS_MAX 1000  /* of a document */
#define CONFIG_PERCENT_MAX 100   /* lines that begin with '%': directives */

/*
 * Read the document once, keeping nothing of it. SHUNT_OK, also for what is no YAML, which the
 * loader refuses; SHUNT_EINVAL: a bound is passed, and the report names the line; SHUNT_ENOMEM.
 */
enum shunt_status config_bounds_check(const char *bytes, size_t len,
                                      struct error *report) SHUNT_MUST_USE;

#endif
