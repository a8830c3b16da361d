/* The fields of a response as they lie in its writer: what filters find there and change. */
#ifndef EXCHANGE_AMEND_H
#define EXCHANGE_AMEND_H

#include "exchange/response.h"

#include <shunt/request.h>

/*
 * The field line at `at` (from 0) of what has been set; *next is where the one behind it begins.
 * False: there is none.
 */
bool exchange_amend_line(const struct shunt_response *response, size_t at,
                         struct shunt_field *field, size_t *next);

/* As shunt_response_field_set(). */
enum shunt_status exchange_amend_set(struct shunt_response *response, struct shunt_span name,
                                     struct shunt_span value) SHUNT_MUST_USE;
/* As shunt_response_field_remove(). */
void exchange_amend_remove(struct shunt_response *response, struct shunt_span name);
/* As shunt_response_field_remove(). */
void exchange_amend_remove(struct shunt_response *response, struct shunt_span name);

#endif
