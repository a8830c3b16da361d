/* One connection before the load, so that a wrong address is a sentence and not a million errors.
 */
#ifndef BENCH_LOAD_PROBE_H
#define BENCH_LOAD_PROBE_H

#include "base/error.h"
#include "wire/url.h"

/* The first of `addresses` that takes a connection within `timeout_ms`. SHUNT_OK, or SHUNT_ESYS
 * with a sentence in `error` about the last one tried. */
enum shunt_status probe_connect(const struct url_address *addresses, size_t count, int timeout_ms,
                                struct url_address *chosen, struct error *error) SHUNT_MUST_USE;

#endif
