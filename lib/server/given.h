/* What plugins give by name for routes to use: handlers and filters. */
#ifndef SERVER_GIVEN_H
#define SERVER_GIVEN_H

#include "base/error.h"
#include "conn/registry.h"

enum given_kind { GIVEN_HANDLER, GIVEN_FILTER };

struct given {
    const void *structure; /* struct shunt_http_handler or shunt_filter, of its plugin's minor */
    unsigned plugin;       /* number of its plugin */
};

/*
 * The one that `name`, "users" or "plugin/users", means.
 *
 *   found  written on SHUNT_OK
 *   why    set on any other status to a part of a sentence: what was expected and found
 *
 * SHUNT_OK; SHUNT_ENOTFOUND; SHUNT_EINVAL: more than one plugin gives it.
 */
enum shunt_status given_find(const struct registry *registry, enum given_kind kind,
                             const char *name, struct given *found,
                             struct error *why) SHUNT_MUST_USE;

/* The names of all, "a/users, b/images", in `text` as far as they fit, behind what `text` has; returns
 * it. */
const char *given_names(const struct registry *registry, enum given_kind kind, char *text,
                        size_t size);

#endif
