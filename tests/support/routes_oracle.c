#include "support/routes_oracle.h"

#include <stdio.h>
#include <string.h>

enum { ROUTES_MAX = 32 };

/* ---- drawing ---- */

unsigned oracle_draw(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

/* Few different ones, so that patterns meet; some begin alike, and some are empty. */
static const char *segment(uint64_t *seed)
{
    static const char *const segments[] = {"a", "ab", "abc", "b", "", "a%2Fb", "..", "~"};

    return segments[oracle_draw(seed, sizeof segments / sizeof *segments)];
}

void oracle_path(uint64_t *seed, bool pattern, char path[ORACLE_PATH_MAX])
{
    unsigned segments = 1 + oracle_draw(seed, 5);
    char *at = path;

    for (unsigned i = 0; i < segments; i++) {
        bool parameter = pattern && oracle_draw(seed, 3) == 0;

        if (parameter && i + 1 == segments && oracle_draw(seed, 2)) {
            at += sprintf(at, "/{p%u...}", i);
        } else if (parameter) {
            at += sprintf(at, "/{p%u}", i);
        } else {
            at += sprintf(at, "/%s", segment(seed));
        }
    }
}

void oracle_host(uint64_t *seed, bool pattern, char host[ORACLE_HOST_MAX])
{
    static const char *const labels[] = {"a", "ab", "b", "c"};
    unsigned count = 1 + oracle_draw(seed, 4);
    char *end = host;

    if (pattern && oracle_draw(seed, 2)) {
        end += sprintf(end, "*.");
    }
    for (unsigned i = 0; i < count; i++) {
        end += sprintf(end, "%s%s", i > 0 ? "." : "", labels[oracle_draw(seed, 4)]);
    }
}

static const char *const *methods(uint64_t *seed)
{
    static const char *const get[] = {"GET", NULL}, *const post[] = {"POST", NULL};
    static const char *const head[] = {"HEAD", NULL}, *const lock[] = {"LOCK", "UNLOCK", NULL};
    static const char *const get_put[] = {"GET", "PUT", NULL};
    static const char *const options[] = {"DELETE", "OPTIONS", NULL};
    static const char *const *const sets[] = {get, post, head, lock, get_put, options, NULL, NULL};

    return sets[oracle_draw(seed, sizeof sets / sizeof *sets)];
}

struct shunt_span oracle_method(uint64_t *seed)
{
    static const char *const names[] = {"GET",     "GET",   "HEAD", "POST",   "PUT",  "DELETE",
                                        "OPTIONS", "PATCH", "LOCK", "UNLOCK", "BREW", "get"};

    return shunt_span_of(names[oracle_draw(seed, sizeof names / sizeof *names)]);
}

/* ---- routes as they are ---- */

static size_t segment_len(struct shunt_span path)
{
    const char *slash = path.len > 0 ? memchr(path.at, '/', path.len) : NULL;

    return slash ? (size_t)(slash - path.at) : path.len;
}

static void skip(struct shunt_span *text, size_t len)
{
    text->at += len;
    text->len -= len;
}

enum kind { FIXED, PARAMETER, REST };

static enum kind kind_of(struct shunt_span pattern)
{
    size_t len = segment_len(pattern);

    return len == 0 || *pattern.at != '{' ? FIXED : pattern.at[len - 2] == '.' ? REST : PARAMETER;
}

/* What both have at the front: a slash, behind which the next segments begin. */
static bool slashes(struct shunt_span *a, struct shunt_span *b)
{
    bool both = a->len > 0 && b->len > 0 && *a->at == '/' && *b->at == '/';

    if (both) {
        skip(a, 1);
        skip(b, 1);
    }
    return both;
}

static bool path_matches(struct shunt_span pattern, struct shunt_span path)
{
    while (slashes(&pattern, &path)) {
        size_t want = segment_len(pattern), have = segment_len(path);
        enum kind kind = kind_of(pattern);

        if (kind == REST) {
            return true;
        }
        if (kind == PARAMETER ? have == 0
                              : want != have || strncmp(pattern.at, path.at, want) != 0) {
            return false;
        }
        skip(&pattern, want);
        skip(&path, have);
    }
    return pattern.len == 0 && path.len == 0;
}

/* Below 0: `a` is more specific than `b`, both of which stand for one path; 0: they are one. */
static int path_order(struct shunt_span a, struct shunt_span b)
{
    while (slashes(&a, &b)) {
        if (kind_of(a) != kind_of(b)) {
            return (int)kind_of(a) - (int)kind_of(b);
        }
        skip(&a, segment_len(a));
        skip(&b, segment_len(b));
    }
    return 0;
}

/* Do two patterns stand for the same paths? */
static bool same_path(struct shunt_span a, struct shunt_span b)
{
    while (slashes(&a, &b)) {
        size_t a_len = segment_len(a), b_len = segment_len(b);

        if (kind_of(a) != kind_of(b) ||
            (kind_of(a) == FIXED && (a_len != b_len || strncmp(a.at, b.at, a_len) != 0))) {
            return false;
        }
        skip(&a, a_len);
        skip(&b, b_len);
    }
    return a.len == 0 && b.len == 0;
}

/* "Example.ORG.:80" is example.org to routes; what is longer than a name can be is no host at all. */
static struct shunt_span bare_host(struct shunt_span authority)
{
    size_t len = authority.len;

    while (len > 0 && authority.at[len - 1] >= '0' && authority.at[len - 1] <= '9') {
        len--;
    }
    len = len > 0 && authority.at[len - 1] == ':' ? len - 1 : authority.len;
    len -= len > 0 && authority.at[len - 1] == '.';
    return (struct shunt_span){authority.at, len <= 255 ? len : 0};
}

static bool host_matches(struct shunt_span pattern, struct shunt_span host)
{
    if (pattern.len == 0) {
        return true;
    }
    if (*pattern.at == '*') {
        skip(&pattern, 1);
        if (host.len <= pattern.len || *host.at == '.') {
            return false;
        }
        skip(&host, host.len - pattern.len);
    }
    return shunt_span_equal_nocase(pattern, host);
}

/* 0 is the most specific. */
static size_t host_rank(struct shunt_span pattern)
{
    return pattern.len == 0 ? 1000 : *pattern.at == '*' ? 1000 - pattern.len : 0;
}

static bool lists(const char *const *names, struct shunt_span method)
{
    for (; names && *names; names++) {
        if (shunt_span_equal(shunt_span_of(*names), method)) {
            return true;
        }
    }
    return false;
}

/* Is the route for this method by its name? A text that is nothing else is for GET. */
static bool names_method(const struct exchange_route *route, struct shunt_span method)
{
    bool text =
        !route->methods && route->has_text && !route->handler && !route->echo && !route->upgrade;

    return text ? shunt_span_equal(method, shunt_span_of("GET")) : lists(route->methods, method);
}

static bool is_for_any(const struct exchange_route *route)
{
    return !route->methods && !names_method(route, shunt_span_of("GET"));
}

static bool same_place(const struct exchange_route *a, const struct exchange_route *b)
{
    return shunt_span_equal_nocase(a->host, b->host) && same_path(a->path, b->path);
}

static bool meet(const struct exchange_route *a, const struct exchange_route *b)
{
    if (!same_place(a, b)) {
        return false;
    }
    for (const char *const *name = a->methods; name && *name; name++) {
        if (names_method(b, shunt_span_of(*name))) {
            return true;
        }
    }
    return is_for_any(a) && is_for_any(b);
}

size_t oracle_routes(uint64_t *seed, bool hosts, struct exchange_route *items, size_t most)
{
    static char paths[ROUTES_MAX][ORACLE_PATH_MAX], names[ROUTES_MAX][ORACLE_HOST_MAX];
    size_t count = 0;

    for (size_t i = 0; i < most && i < ROUTES_MAX; i++) {
        struct exchange_route *route = &items[count];
        bool again = false;

        oracle_path(seed, true, paths[count]);
        oracle_host(seed, true, names[count]);
        if (count > 0 && oracle_draw(seed, 3) > 0) { /* another route of an earlier one's place */
            size_t earlier = oracle_draw(seed, (unsigned)count);

            memcpy(paths[count], paths[earlier], ORACLE_PATH_MAX);
            memcpy(names[count], names[earlier], ORACLE_HOST_MAX);
        }
        *route =
            (struct exchange_route){.path = shunt_span_of(paths[count]), .methods = methods(seed)};
        if (hosts && oracle_draw(seed, 4) > 0) {
            route->host = shunt_span_of(names[count]);
        }
        for (size_t j = 0; j < count; j++) {
            again |= meet(&items[j], route);
        }
        count += !again;
    }
    return count;
}

/* ---- searching ---- */

static const char *const usual[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

enum { USUAL = sizeof usual / sizeof *usual, METHODS_MAX = 64 };

/* All methods that are known, in the order in which Allow lists them. */
static size_t known_methods(const struct exchange_route *items, size_t count,
                            const char *names[METHODS_MAX + 1])
{
    size_t known = USUAL;

    memcpy(names, usual, sizeof usual);
    names[known] = NULL;
    for (size_t i = 0; i < count; i++) {
        for (const char *const *name = items[i].methods; name && *name; name++) {
            if (known < METHODS_MAX && !lists(names, shunt_span_of(*name))) {
                names[known++] = *name;
                names[known] = NULL;
            }
        }
    }
    return known;
}

/* The place of the request: the first item of the most specific one. */
static const struct exchange_route *place_of(const struct exchange_route *items, size_t count,
                                             const struct shunt_request *request)
{
    const struct exchange_route *best = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct exchange_route *one = &items[i];

        if (!host_matches(one->host, bare_host(request->host)) ||
            !path_matches(one->path, request->path)) {
            continue;
        }
        if (!best || host_rank(one->host) < host_rank(best->host) ||
            (host_rank(one->host) == host_rank(best->host) &&
             path_order(one->path, best->path) < 0)) {
            best = one;
        }
    }
    return best;
}

/* The item of a place that is for a method by its name; or, where `any`, for any. */
static const struct exchange_route *item_for(const struct exchange_route *items, size_t count,
                                             const struct exchange_route *place,
                                             struct shunt_span method, bool any)
{
    for (size_t i = 0; i < count; i++) {
        if (same_place(&items[i], place) &&
            (any ? is_for_any(&items[i]) : names_method(&items[i], method))) {
            return &items[i];
        }
    }
    return NULL;
}

static const struct exchange_route *search(const struct exchange_route *items, size_t count,
                                           const struct exchange_route *place,
                                           struct shunt_span method)
{
    const struct exchange_route *item = item_for(items, count, place, method, false);

    if (!item && shunt_span_equal(method, shunt_span_of("HEAD"))) {
        item = item_for(items, count, place, shunt_span_of("GET"), false);
    }
    return item ? item : item_for(items, count, place, method, true);
}

/* A 405, whose Allow lists what the place has; without one, all methods that are known. */
static void refuse(const struct exchange_route *items, size_t count,
                   const struct exchange_route *place, const char *const *known,
                   struct oracle_found *found)
{
    size_t len = 0;

    found->refusal = 405;
    for (; *known; known++) {
        struct shunt_span name = shunt_span_of(*known);

        if (!place || shunt_span_equal(name, shunt_span_of("OPTIONS")) ||
            search(items, count, place, name)) {
            len += (size_t)snprintf(found->allow + len, sizeof found->allow - len, "%s%s",
                                    len > 0 ? ", " : "", *known);
        }
    }
}

void oracle_find(const struct exchange_route *items, size_t count,
                 const struct shunt_request *request, struct oracle_found *found)
{
    const char *known[METHODS_MAX + 1];
    const struct exchange_route *place;

    known_methods(items, count, known);
    *found = (struct oracle_found){.item = NULL};
    if (!lists(known, request->method)) {
        found->refusal = 501;
        return;
    }
    if (shunt_span_equal(request->target, shunt_span_of("*"))) {
        refuse(items, count, NULL, known, found);
        return;
    }
    place = place_of(items, count, request);
    if (place) {
        found->item = search(items, count, place, request->method);
        if (!found->item) {
            refuse(items, count, place, known, found);
        }
    }
}

bool oracle_agrees(const struct exchange_routes *routes, const struct exchange_route *found,
                   const struct exchange_route *items, const struct oracle_found *wanted)
{
    if (!found || found->refusal) {
        return !wanted->item && wanted->refusal == (found ? found->refusal : 0) &&
               (wanted->refusal != 405 || strcmp(found->allow, wanted->allow) == 0);
    }
    return wanted->item && found - routes->items == wanted->item - items;
}
