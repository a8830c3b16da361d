/* One of several, each as often as its weight asks, drawn without allocation. */
#ifndef BENCH_LOAD_CHOICE_H
#define BENCH_LOAD_CHOICE_H

#include <shunt/status.h>
#include <stdint.h>

/* All zero: of nothing. */
struct choice {
    uint32_t *until; /* of each, the sum of the weights up to its own */
    uint32_t count;
    uint32_t whole, refused; /* the last of these; what a product's lower half must not be below */
};

/* Weights are at least 1, and their sum is below 2 to the power of 32. SHUNT_OK or SHUNT_ENOMEM. */
enum shunt_status choice_init(struct choice *choice, const uint32_t *weights,
                              uint32_t count) SHUNT_MUST_USE;
void choice_fini(struct choice *choice);
/* The number of one; `random` is any value and moves on. Exact, where a remainder would prefer the
 * first ones. */
uint32_t choice_draw(const struct choice *choice, uint64_t *random);

#endif
