/* Several URLs of one server, each requested as often as its weight asks. Pure. */
#ifndef BENCH_WIRE_TARGETS_H
#define BENCH_WIRE_TARGETS_H

#include "base/error.h"
#include "wire/url.h"

#include <shunt/status.h>
#include <stdint.h>

#define TARGETS_MAX        1024
#define TARGETS_WEIGHT_MAX 1000000

struct target {
    char *text; /* of the URL */
    struct url url;
    uint32_t weight; /* at least 1 */
};

/* All zero: none. */
struct targets {
    struct target *each;
    uint32_t count;
};

/* Add "URL" or "WEIGHT URL", a weight of 1 where there is none. SHUNT_OK, SHUNT_ENOMEM, or
 * SHUNT_EINVAL with a sentence in `error`: no such thing, of another server than the first, or too
 * many. */
enum shunt_status targets_add(struct targets *targets, const char *text,
                              struct error *error) SHUNT_MUST_USE;
/* Add what the lines of a file have, each as above; white space around it, empty lines and comments
 * do not count, and a '#' begins one at a line's start or behind white space. `lines` is cut up. As
 * above, and the sentence begins with `name` and the line's number; no URL at all is one too. */
enum shunt_status targets_add_lines(struct targets *targets, const char *name, char *lines,
                                    struct error *error) SHUNT_MUST_USE;
void targets_fini(struct targets *targets);

#endif
