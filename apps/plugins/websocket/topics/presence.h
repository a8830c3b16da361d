/* Who is there: named subscribers by topic, in the order in which they came. */
#ifndef PLUGINS_WEBSOCKET_TOPICS_PRESENCE_H
#define PLUGINS_WEBSOCKET_TOPICS_PRESENCE_H

#include "table.h"

struct topics_presence_entry {
    struct topics_presence_entry *next, *previous;
    struct topics_presence_topic *topic;
    uint64_t id; /* of the subscriber */
    struct shunt_span name;
};

/* All zeros but `seed` and `entries_max` is an empty one. */
struct topics_presence {
    uint64_t seed, entries_max;
    struct topics_table topics;  /* by their text */
    struct topics_table entries; /* by topic and subscriber */
};

/* Both texts are copied. SHUNT_OK; SHUNT_ESTATE: it is there; SHUNT_EFULL: entries_max are;
 * SHUNT_ENOMEM. */
enum shunt_status topics_presence_enter(struct topics_presence *presence, struct shunt_span topic,
                                        uint64_t id, struct shunt_span name) SHUNT_MUST_USE;
/* Whether it was there. */
bool topics_presence_leave(struct topics_presence *presence, struct shunt_span topic, uint64_t id);
/* The first of a topic, whose `next` are the others; NULL: nobody. */
const struct topics_presence_entry *topics_presence_first(const struct topics_presence *presence,
                                                          struct shunt_span topic);
void topics_presence_fini(struct topics_presence *presence);

#endif
