/* Routes and paths drawn at random, against a plain matcher. */
#include "exchange/pattern.h"
#include "exchange/routes.h"
#include "unit/exchange/routes_oracle.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { DRAWN = 24 };

/* Routes with paths drawn at random, each once. */
static size_t draw_routes(uint64_t *seed, char paths[DRAWN][ORACLE_PATH_MAX],
                          struct exchange_route items[DRAWN])
{
    size_t count = 0;

    for (unsigned i = 0; i < DRAWN; i++) {
        bool again = false;

        oracle_path(seed, true, paths[count]);
        for (size_t j = 0; j < count; j++) {
            again |= exchange_pattern_same(paths[j], paths[count]);
        }
        if (!again) {
            cr_assert_null(exchange_pattern_expected(paths[count]), "%s", paths[count]);
            items[count] = (struct exchange_route){.path = shunt_span_of(paths[count])};
            count++;
        }
    }
    return count;
}

static const char *oracle_find(char paths[DRAWN][ORACLE_PATH_MAX], size_t count, const char *path)
{
    const char *best = NULL;

    for (size_t i = 0; i < count; i++) {
        if (oracle_matches(paths[i], path) && (!best || oracle_before(paths[i], best))) {
            best = paths[i];
        }
    }
    return best;
}

Test(exchange_routes_random, what_is_found_is_what_a_plain_matcher_finds)
{
    static char paths[DRAWN][ORACLE_PATH_MAX];
    struct exchange_route items[DRAWN];
    unsigned hits = 0;

    for (uint64_t first = 1; first <= 400; first++) {
        struct exchange_routes routes;
        uint64_t seed = first;
        size_t count = draw_routes(&seed, paths, items);

        cr_assert_eq(exchange_routes_init(&routes, items, count), SHUNT_OK);
        for (unsigned i = 0; i < 200; i++) {
            char path[ORACLE_PATH_MAX];
            struct shunt_span asked;
            struct shunt_request request;
            const struct exchange_route *found;
            const char *wanted;
            char *exact; /* so that a byte too far is found */

            oracle_path(&seed, false, path);
            wanted = oracle_find(paths, count, path);
            asked = shunt_span_of(path);
            exact = malloc(asked.len);
            memcpy(exact, path, asked.len);
            asked.at = exact;
            request = (struct shunt_request){.method = {"GET", 3}, .path = asked};
            found = exchange_routes_find(&routes, &request);
            cr_assert_eq(found ? found->path.at : NULL, wanted, "seed %u: %s: %s, not %s",
                         (unsigned)first, path, found ? found->path.at : "none",
                         wanted ? wanted : "none");
            hits += found != NULL;
            free(exact);
        }
        exchange_routes_fini(&routes);
    }
    cr_expect_gt(hits, 20000, "the draw is worth little: %u", hits);
    cr_expect_lt(hits, 70000, "the draw is worth little: %u", hits);
}
