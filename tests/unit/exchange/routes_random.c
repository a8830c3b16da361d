/* Routes and requests drawn at random, against a plain search. */
#include "support/routes_oracle.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { DRAWN = 32 };

/* What the requests of one draw came to. */
struct tally {
    unsigned found, refused, unknown, missed;
};

static void check_request(const struct exchange_routes *routes, const struct exchange_route *items,
                          size_t count, const struct shunt_request *request, struct tally *tally)
{
    const struct exchange_route *found = exchange_routes_find(routes, request);
    struct oracle_found wanted;

    oracle_find(items, count, request, &wanted);
    cr_assert(oracle_agrees(routes, found, items, &wanted), "%.*s %.*s%.*s: %s, not %s",
              (int)request->method.len, request->method.at, (int)request->host.len,
              request->host.at, (int)request->path.len, request->path.at,
              !found           ? "none"
              : found->refusal ? found->allow
                               : found->path.at,
              wanted.item ? wanted.item->path.at : wanted.allow);
    tally->found += wanted.item != NULL;
    tally->refused += wanted.refusal == 405;
    tally->unknown += wanted.refusal == 501;
    tally->missed += !wanted.item && !wanted.refusal;
}

/* A request whose path ends where memory does, so that a byte too far is found. */
static void draw_request(uint64_t *seed, const struct exchange_routes *routes,
                         const struct exchange_route *items, size_t count, struct tally *tally)
{
    char path[ORACLE_PATH_MAX], host[ORACLE_HOST_MAX];
    struct shunt_request request = {.method = oracle_method(seed)};
    char *exact;

    oracle_path(seed, false, path);
    oracle_host(seed, false, host);
    request.host = shunt_span_of(host);
    request.path = shunt_span_of(path);
    exact = malloc(request.path.len);
    memcpy(exact, path, request.path.len);
    request.path.at = exact;
    check_request(routes, items, count, &request, tally);
    free(exact);
}

static struct tally draw(bool hosts)
{
    struct exchange_route items[DRAWN];
    struct tally tally = {0};

    for (uint64_t first = 1; first <= 400; first++) {
        struct exchange_routes routes;
        uint64_t seed = first;
        size_t count = oracle_routes(&seed, hosts, items, DRAWN);

        cr_assert_eq(exchange_routes_init(&routes, items, count), SHUNT_OK, "seed %u",
                     (unsigned)first);
        for (unsigned i = 0; i < 200; i++) {
            draw_request(&seed, &routes, items, count, &tally);
        }
        exchange_routes_fini(&routes);
    }
    return tally;
}

/* 80,000 requests: each kind of result is common enough that the draw is worth something. */
static void expect_worth(const struct tally *tally)
{
    cr_expect_gt(tally->found, 4000, "%u", tally->found);
    cr_expect_gt(tally->refused, 4000, "%u", tally->refused);
    cr_expect_gt(tally->unknown, 4000, "%u", tally->unknown);
    cr_expect_gt(tally->missed, 4000, "%u", tally->missed);
}

Test(exchange_routes_random, by_path_and_method_it_is_what_a_plain_search_finds)
{
    struct tally tally = draw(false);

    expect_worth(&tally);
}

Test(exchange_routes_random, by_host_path_and_method_it_is_what_a_plain_search_finds)
{
    struct tally tally = draw(true);

    expect_worth(&tally);
}
