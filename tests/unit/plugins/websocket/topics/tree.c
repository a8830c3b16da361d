/* The tree against a plain search: one filter after another, held against a name level by level. */
#include "topics/tree.h"

#include "topics/retained.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUBSCRIBERS = 40, FILTERS = 200, TEXT = 24, STEPS = 60000 };

static const struct topics_limits no_limits = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

static uint64_t state;

static unsigned draw(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

/* One to five levels of few letters, so that many meet; some with wildcards where `filter`. */
static struct shunt_span text_draw(char text[TEXT], bool filter)
{
    static const char *const levels[] = {"a", "b", "", "ab", "c"};
    unsigned count = 1 + draw(5);
    size_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        const char *level = levels[draw(5)];

        if (filter && draw(4) == 0) {
            level = i + 1 == count && draw(2) ? "#" : "+";
        }
        len += (size_t)snprintf(text + len, TEXT - len, "%s%s", i ? "/" : "", level);
    }
    return len > 0 ? (struct shunt_span){text, len} : text_draw(text, filter);
}

/* ---- what ought to be the case ---- */

struct wanted {
    char filters[SUBSCRIBERS][FILTERS][TEXT];
    unsigned counts[SUBSCRIBERS];
};

static int wanted_find(const struct wanted *wanted, unsigned who, struct shunt_span filter)
{
    for (unsigned i = 0; i < wanted->counts[who]; i++) {
        if (shunt_span_equal(shunt_span_of(wanted->filters[who][i]), filter)) {
            return (int)i;
        }
    }
    return -1;
}

static bool wanted_matches(const struct wanted *wanted, unsigned who, struct shunt_span name)
{
    for (unsigned i = 0; i < wanted->counts[who]; i++) {
        if (topics_filter_matches(shunt_span_of(wanted->filters[who][i]), name)) {
            return true;
        }
    }
    return false;
}

/* How many are subscribed to a filter. */
static unsigned wanted_count(const struct wanted *wanted, struct shunt_span filter)
{
    unsigned count = 0;

    for (unsigned who = 0; who < SUBSCRIBERS; who++) {
        count += wanted_find(wanted, who, filter) >= 0;
    }
    return count;
}

/* ---- steps ---- */

struct world {
    struct topics_tree tree;
    struct topics_subscriber subscribers[SUBSCRIBERS];
    struct wanted wanted;
    unsigned visits[SUBSCRIBERS];
    unsigned filters; /* with a subscription, as the tree reports them */
};

static void filter_changed(void *arg, struct shunt_span filter, bool there)
{
    struct world *world = arg;

    cr_assert_eq(wanted_count(&world->wanted, filter), there ? 0 : 1, "%.*s", (int)filter.len,
                 filter.at);
    world->filters += there ? 1u : -1u;
}

static void subscribe(struct world *world, unsigned who)
{
    char text[TEXT];
    struct shunt_span filter = text_draw(text, true);
    struct wanted *wanted = &world->wanted;
    bool there = wanted_find(wanted, who, filter) >= 0;

    if (wanted->counts[who] == FILTERS) {
        return;
    }
    cr_assert_eq(topics_subscribe(&world->tree, &world->subscribers[who], filter, NULL),
                 there ? SHUNT_ESTATE : SHUNT_OK);
    if (!there) {
        snprintf(wanted->filters[who][wanted->counts[who]++], TEXT, "%s", text);
    }
}

static void unsubscribe(struct world *world, unsigned who)
{
    struct wanted *wanted = &world->wanted;
    char text[TEXT];
    struct shunt_span filter = text_draw(text, true);
    struct topics_subscription *subscription;
    int at;

    if (wanted->counts[who] > 0 && draw(4) > 0) {
        filter = shunt_span_of(strcpy(text, wanted->filters[who][draw(wanted->counts[who])]));
    }
    at = wanted_find(wanted, who, filter);
    subscription = topics_subscribed(&world->tree, &world->subscribers[who], filter);
    cr_assert_eq(subscription != NULL, at >= 0, "%s", text);
    if (subscription) {
        topics_unsubscribe(&world->tree, subscription);
        memcpy(wanted->filters[who][at], wanted->filters[who][--wanted->counts[who]], TEXT);
    }
}

static void visit(void *arg, void *user)
{
    struct world *world = arg;

    world->visits[(struct topics_subscriber *)user - world->subscribers]++;
}

static void match(struct world *world)
{
    char text[TEXT];
    struct shunt_span name = text_draw(text, false);
    uint64_t count, visited = 0;

    memset(world->visits, 0, sizeof world->visits);
    count = topics_match(&world->tree, name, visit, world);
    for (unsigned who = 0; who < SUBSCRIBERS; who++) {
        cr_assert_eq(world->visits[who], wanted_matches(&world->wanted, who, name), "%s", text);
        visited += world->visits[who];
    }
    cr_assert_eq(count, visited);
}

static void leave(struct world *world, unsigned who)
{
    world->tree.filter_task = NULL; /* several filters end at once */
    topics_unsubscribe_all(&world->tree, &world->subscribers[who]);
    world->tree.filter_task = filter_changed;
    world->wanted.counts[who] = 0;
    cr_assert_eq(world->subscribers[who].count, 0);
}

Test(topics_tree, a_match_finds_whom_a_plain_search_finds_each_once)
{
    static struct world world;

    topics_tree_init(&world.tree, &no_limits, 7);
    world.tree.filter_task = filter_changed;
    world.tree.arg = &world;
    state = 1;
    for (unsigned i = 0; i < SUBSCRIBERS; i++) {
        world.subscribers[i].user = &world.subscribers[i];
    }
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned who = draw(SUBSCRIBERS), what = draw(100);

        if (what < 30) {
            subscribe(&world, who);
        } else if (what < 55) {
            unsubscribe(&world, who);
        } else if (what < 99) {
            match(&world);
        } else {
            leave(&world, who);
        }
    }
    for (unsigned i = 0; i < SUBSCRIBERS; i++) {
        leave(&world, i);
    }
    cr_expect_null(world.tree.nodes.root.first);
    cr_expect_null(world.tree.nodes.root.plus);
    cr_expect_eq(world.tree.nodes.table.count, 0);
    topics_tree_fini(&world.tree);
}

/* ---- retained ---- */

enum { NAMES = 300 };

struct kept {
    char name[NAMES][TEXT];
    uint64_t value[NAMES]; /* 0: none */
    unsigned seen[NAMES];
    unsigned count;
};

static uint64_t *kept_value(struct kept *kept, const char *name)
{
    unsigned i = 0;

    while (i < kept->count && strcmp(kept->name[i], name) != 0) {
        i++;
    }
    if (i == kept->count) {
        cr_assert_lt(kept->count, NAMES);
        strcpy(kept->name[kept->count++], name);
        kept->value[i] = 0;
    }
    return &kept->value[i];
}

static void see(void *arg, void *value)
{
    struct kept *kept = arg;

    for (unsigned i = 0; i < kept->count; i++) {
        kept->seen[i] += kept->value[i] == (uintptr_t)value;
    }
}

static void look_for_kept(struct topics_tree *tree, struct kept *kept)
{
    char text[TEXT];
    struct shunt_span filter = text_draw(text, true);

    memset(kept->seen, 0, sizeof kept->seen);
    topics_retained_match(tree, filter, see, kept);
    for (unsigned i = 0; i < kept->count; i++) {
        bool matches =
            kept->value[i] != 0 && topics_filter_matches(filter, shunt_span_of(kept->name[i]));

        cr_assert_eq(kept->seen[i], matches, "%s %s", text, kept->name[i]);
    }
}

Test(topics_retained, a_filter_finds_the_values_that_a_plain_search_finds)
{
    static struct kept kept;
    struct topics_tree tree;
    struct topics_subscriber subscriber = {0};
    uint64_t last = 0, there = 0;

    topics_tree_init(&tree, &no_limits, 7);
    state = 2;
    for (unsigned i = 0; i < STEPS; i++) {
        char text[TEXT];
        struct shunt_span name;

        if (draw(2) == 0) {
            look_for_kept(&tree, &kept);
            continue;
        }
        name = text_draw(text, false);
        if (kept.count < NAMES - 1) {
            uint64_t *value = kept_value(&kept, text), next = draw(2) ? ++last : 0;
            void *before = &kept;

            cr_assert_eq((uintptr_t)topics_retained(&tree, name), *value);
            cr_assert_eq(topics_retain(&tree, name, (void *)(uintptr_t)next, &before), SHUNT_OK);
            cr_assert_eq((uintptr_t)before, *value);
            there += (next != 0) - (*value != 0);
            *value = next;
        }
        if (topics_subscribe(&tree, &subscriber, text_draw(text, true), NULL) == SHUNT_OK &&
            subscriber.count > 20) {
            topics_unsubscribe(&tree, subscriber.first);
        }
    }
    topics_unsubscribe_all(&tree, &subscriber);
    cr_expect_eq(tree.retained, there);
    while (topics_retained_take(&tree)) {
        there--;
    }
    cr_expect_eq(there, 0);
    cr_expect_eq(tree.nodes.table.count, 0);
    topics_tree_fini(&tree);
}

/* ---- limits ---- */

Test(topics_tree, subscriptions_above_a_limit_are_refused_and_counted)
{
    struct topics_limits limits = {4, 2, 2, 1};
    struct topics_subscriber a = {0}, b = {0}, c = {0};
    struct topics_tree tree;
    void *before;

    topics_tree_init(&tree, &limits, 7);
    cr_expect_eq(topics_subscribe(&tree, &a, shunt_span_of("x"), NULL), SHUNT_OK);
    cr_expect_eq(topics_subscribe(&tree, &a, shunt_span_of("y"), NULL), SHUNT_OK);
    cr_expect_eq(topics_subscribe(&tree, &a, shunt_span_of("z"), NULL), SHUNT_EFULL, "its own");
    cr_expect_eq(topics_subscribe(&tree, &b, shunt_span_of("x"), NULL), SHUNT_OK);
    cr_expect_eq(topics_subscribe(&tree, &c, shunt_span_of("x"), NULL), SHUNT_EFULL,
                 "the filter's");
    cr_expect_eq(topics_subscribe(&tree, &c, shunt_span_of("y"), NULL), SHUNT_OK);
    cr_expect_eq(topics_subscribe(&tree, &c, shunt_span_of("z"), NULL), SHUNT_EFULL, "all");
    cr_expect_eq(topics_subscribe(&tree, &c, shunt_span_of("a#"), NULL), SHUNT_EINVAL);
    cr_expect_eq(topics_retain(&tree, shunt_span_of("x"), &a, &before), SHUNT_OK);
    cr_expect_eq(topics_retain(&tree, shunt_span_of("y"), &a, &before), SHUNT_EFULL);
    cr_expect_eq(topics_retain(&tree, shunt_span_of("x"), &b, &before), SHUNT_OK);
    cr_expect_eq(before, &a);
    cr_expect_eq(topics_retain(&tree, shunt_span_of("x/+"), &b, &before), SHUNT_EINVAL);
    cr_expect_eq(topics_retain(&tree, shunt_span_of("x"), NULL, &before), SHUNT_OK);
    cr_expect_eq(tree.refused, 4);
    topics_unsubscribe_all(&tree, &a);
    topics_unsubscribe_all(&tree, &b);
    topics_unsubscribe_all(&tree, &c);
    cr_expect_eq(tree.nodes.table.count, 0);
    topics_tree_fini(&tree);
}

static void count_up(void *arg, void *user)
{
    (void)user;
    ++*(unsigned *)arg;
}

Test(topics_tree, of_a_hundred_thousand_filters_each_name_finds_its_own)
{
    enum { COUNT = 100000 };
    struct topics_subscriber *subscribers = calloc(COUNT, sizeof *subscribers);
    struct topics_tree tree;
    unsigned visits = 0;
    char text[TEXT];

    topics_tree_init(&tree, &no_limits, 7);
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "room/%u/chat", i);
        cr_assert_eq(topics_subscribe(&tree, &subscribers[i], shunt_span_of(text), NULL), SHUNT_OK);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "room/%u/chat", i);
        cr_assert_eq(topics_match(&tree, shunt_span_of(text), count_up, &visits), 1);
    }
    cr_expect_eq(visits, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        topics_unsubscribe_all(&tree, &subscribers[i]);
    }
    topics_tree_fini(&tree);
    free(subscribers);
}
