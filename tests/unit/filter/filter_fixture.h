/* One filter in front of a handler that does nothing: created, asked and shown the answer as a server
 * does, without a connection. */
#ifndef UNIT_FILTER_FIXTURE_H
#define UNIT_FILTER_FIXTURE_H

#include "exchange/filter.h"
#include "filter/builtin.h"

#include <criterion/criterion.h>

extern struct shunt_worker fixture_loop;
extern struct exchange_context fixture_context;
extern struct shunt_exchange *fixture_exchange; /* the last one */
extern char fixture_error[256];                 /* of create() */

/* Create a filter; `settings` are keys and values in turn and end with NULL. */
enum shunt_status fixture_create(const struct shunt_filter *filter, const char *const *settings);
/* SHUNT_EINVAL, and the sentence has `words`. */
void fixture_expect_refused(const struct shunt_filter *filter, const char *key, const char *value,
                            const char *words);

/* A request: "GET /path", then lines "Name: value"; it stays until the next one. */
void fixture_request(const char *text);
/* Ask the filter. True: it lets the request go on. */
bool fixture_ask(void);
/* The answer is what `response` has: show it to the filter. */
struct shunt_response *fixture_answer(void);
/* All three, with a body of the handler's between; NULL: none. */
struct shunt_response *fixture_serve(const char *text, const char *type, const char *body);
/* The answer has this field; NULL: none of the name. */
void fixture_expect_field(const char *name, const char *value);

/* Destroy all; for .init and .fini of a suite. */
void fixture_init(void);
void fixture_fini(void);

#endif
