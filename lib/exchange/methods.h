/* Methods as numbers, so that a set of them is one word: bit N for number N. */
#ifndef EXCHANGE_METHODS_H
#define EXCHANGE_METHODS_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdint.h>

/* Those that are known wherever a server runs; routes bring others. */
enum exchange_method {
    EXCHANGE_GET,
    EXCHANGE_HEAD,
    EXCHANGE_POST,
    EXCHANGE_PUT,
    EXCHANGE_DELETE,
    EXCHANGE_OPTIONS,
    EXCHANGE_PATCH,
    EXCHANGE_METHODS, /* the first number of others */
};
#define EXCHANGE_METHODS_MAX        64
#define EXCHANGE_METHOD_SET(one)    (UINT64_C(1) << (one))
#define EXCHANGE_METHODS_TEXT_BYTES (EXCHANGE_METHODS_MAX * (64 + 2))

struct exchange_methods {
    const char *names[EXCHANGE_METHODS_MAX]; /* borrowed */
    unsigned count;
};

/* What was expected where a route cannot be for the method `name`; NULL: it can. */
const char *exchange_method_expected(const char *name);

void exchange_methods_init(struct exchange_methods *methods);
/* Make `name` known, unless it is, and put it into *set. SHUNT_ETOOBIG: there are too many. */
enum shunt_status exchange_methods_add(struct exchange_methods *methods, const char *name,
                                       uint64_t *set) SHUNT_MUST_USE;

/* The number of `name`, which is case-sensitive; methods->count: it is not known. */
unsigned exchange_methods_find(const struct exchange_methods *methods, struct shunt_span name);

static inline bool exchange_method_is_get(struct shunt_span name)
{
    return name.len == 3 && memcmp(name.at, "GET", 3) == 0;
}

/* All that are known. */
uint64_t exchange_methods_all(const struct exchange_methods *methods);

/* Write a set as Allow lists it, "GET, HEAD", ending with NUL: EXCHANGE_METHODS_TEXT_BYTES at most.
 */
void exchange_methods_write(const struct exchange_methods *methods, uint64_t set, char *text);

#endif
