#include "load/client_group.h"

#include "base/clock.h"
#include "load/client.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* A turn that is kept from its CPU at the end of the window begins what came due behind it. */
Test(bench_client_group, what_came_due_after_the_end_is_not_unfinished)
{
    uint64_t until_ns = clock_now_ns();
    struct message_time times[] = {{.due_ns = until_ns - 5}, {.due_ns = until_ns + 5}};
    struct client_group *group = calloc(1, sizeof *group + 2 * sizeof *group->clients);
    uint64_t oldest_ns;

    cr_assert_not_null(group);
    group->way = CLIENT_PASSES;
    group->begun = 2;
    group->depth = group->ring = 1;
    group->times = times;
    for (int i = 0; i < 2; i++) {
        group->clients[i] = (struct client){
            .state = CLIENT_CONNECTING, .counted = true, .started_ns = times[i].due_ns};
    }
    cr_expect_eq(client_group_unfinished(group, until_ns, &oldest_ns), 1);

    group->way = CLIENT_TALKS;
    for (int i = 0; i < 2; i++) {
        group->clients[i] = (struct client){.state = CLIENT_OPEN, .in_flight = 1};
    }
    cr_expect_eq(client_group_unfinished(group, until_ns, &oldest_ns), 1);
    free(group);
}
