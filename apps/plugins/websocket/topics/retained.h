/* The last value of a name. What a value is, and its lifetime, are the caller's affair. */
#ifndef PLUGINS_WEBSOCKET_TOPICS_RETAINED_H
#define PLUGINS_WEBSOCKET_TOPICS_RETAINED_H

#include "tree.h"

/* The value of a name, or NULL. */
void *topics_retained(struct topics_tree *tree, struct shunt_span name);
/*
 * Keep `value` for a name in place of the one before, which is in *before then, and NULL where
 * there was none. A `value` of NULL keeps nothing. SHUNT_OK; SHUNT_EINVAL: no name; SHUNT_EFULL: a
 * limit, which is counted; SHUNT_ENOMEM. Nothing has changed then.
 */
enum shunt_status topics_retain(struct topics_tree *tree, struct shunt_span name, void *value,
                                void **before) SHUNT_MUST_USE;
/* Call visit(arg, value) for each value whose name a filter matches. It must not change the tree.
 * For `#` that costs what is below it, subscriptions included. */
void topics_retained_match(struct topics_tree *tree, struct shunt_span filter, topics_visit *visit,
                           void *arg);
/* Some value, which goes with its name; NULL: there is none. Nobody is subscribed any more. */
void *topics_retained_take(struct topics_tree *tree);

#endif
