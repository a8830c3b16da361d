/* Names and filters of topics: levels between slashes. */
#ifndef PLUGINS_WEBSOCKET_TOPICS_NAME_H
#define PLUGINS_WEBSOCKET_TOPICS_NAME_H

#include <shunt/span.h>
#include <stdbool.h>
#include <stdint.h>

#define TOPICS_NAME_BYTES_MAX 1024
#define TOPICS_LEVELS_MAX     32

/* A name or filter cut at its slashes; the levels borrow from it. */
struct topics_levels {
    unsigned count;
    struct shunt_span level[TOPICS_LEVELS_MAX];
};

/* A name: 1 to TOPICS_NAME_BYTES_MAX bytes of UTF-8 or anything else but NUL, `+` and `#`, in at
 * most TOPICS_LEVELS_MAX levels, which may be empty. */
bool topics_name_cut(struct shunt_span name, struct topics_levels *levels);

/*
 * A filter: the same, and a level may be `+`, which stands for any one level, and the last may be
 * `#`, which stands for any number of levels, none included. What `#` stands behind is then in
 * `levels`, and `below` is true.
 */
bool topics_filter_cut(struct shunt_span filter, struct topics_levels *levels, bool *below);

static inline bool topics_level_is_plus(struct shunt_span level)
{
    return level.len == 1 && level.at[0] == '+';
}

/* Does a valid filter match a valid name? The tree answers this for all filters at once. */
bool topics_filter_matches(struct shunt_span filter, struct shunt_span name);

#endif
