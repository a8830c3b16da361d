#include "load/choice.h"

#include "load/schedule.h"
#include <stdlib.h>

enum shunt_status choice_init(struct choice *choice, const uint32_t *weights, uint32_t count)
{
    struct choice made = {.until = calloc(count, sizeof *made.until), .count = count};

    if (!made.until) {
        return SHUNT_ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        made.whole += weights[i];
        made.until[i] = made.whole;
    }
    made.refused = (0u - made.whole) % made.whole;
    *choice = made;
    return SHUNT_OK;
}

void choice_fini(struct choice *choice)
{
    free(choice->until);
    *choice = (struct choice){.until = NULL};
}

/* Of the product of 32 even bits and the weights' sum, the upper half is even too where the lowest
 * lower halves are drawn again. These are fewer than the sum, of 2 to the power of 32. */
static uint32_t draw_below(const struct choice *choice, uint64_t *random)
{
    uint64_t product;

    do {
        product = (schedule_random(random) >> 32) * choice->whole;
    } while ((uint32_t)product < choice->refused);
    return (uint32_t)(product >> 32);
}

uint32_t choice_draw(const struct choice *choice, uint64_t *random)
{
    uint32_t drawn = draw_below(choice, random);
    uint32_t low = 0, high = choice->count - 1;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (choice->until[middle] > drawn) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}
