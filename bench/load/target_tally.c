#include "load/target_tally.h"

#include <stdlib.h>

struct target_tallies *target_tallies_create(uint32_t count)
{
    struct target_tallies *made = calloc(1, sizeof *made + count * sizeof *made->each);

    if (made) {
        made->count = count;
        pthread_mutex_init(&made->lock, NULL);
    }
    return made;
}

void target_tallies_destroy(struct target_tallies *tallies)
{
    if (tallies) {
        pthread_mutex_destroy(&tallies->lock);
        free(tallies);
    }
}

void target_tallies_merge(struct target_tallies *tallies, const struct target_tally *from)
{
    pthread_mutex_lock(&tallies->lock);
    for (uint32_t i = 0; i < tallies->count; i++) {
        histogram_merge(&tallies->each[i].latency_ns, &from[i].latency_ns);
        tallies->each[i].failures += from[i].failures;
    }
    pthread_mutex_unlock(&tallies->lock);
}
