#include "topics/presence.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOPICS = 5, IDS = 60, STEPS = 40000 };

/* A plain list a topic, in the order of arrival. */
struct listed {
    uint64_t ids[IDS];
    unsigned count;
};

static int find(const struct listed *listed, uint64_t id)
{
    for (unsigned i = 0; i < listed->count; i++) {
        if (listed->ids[i] == id) {
            return (int)i;
        }
    }
    return -1;
}

static void expect_same(const struct topics_presence *presence, struct shunt_span topic,
                        const struct listed *listed)
{
    const struct topics_presence_entry *entry = topics_presence_first(presence, topic);

    for (unsigned i = 0; i < listed->count; i++, entry = entry->next) {
        char name[16];

        cr_assert_not_null(entry);
        cr_assert_eq(entry->id, listed->ids[i]);
        snprintf(name, sizeof name, "n%u", (unsigned)entry->id);
        cr_assert(shunt_span_equal(entry->name, shunt_span_of(name)));
    }
    cr_assert_null(entry);
}

Test(topics_presence, who_is_there_is_whom_a_plain_list_has)
{
    struct topics_presence presence = {.seed = 3, .entries_max = TOPICS * IDS};
    static struct listed lists[TOPICS];
    unsigned seed = 1;

    for (unsigned i = 0; i < STEPS; i++) {
        unsigned topic = (unsigned)rand_r(&seed) % TOPICS;
        uint64_t id = 1 + (unsigned)rand_r(&seed) % IDS;
        struct listed *listed = &lists[topic];
        int at = find(listed, id);
        char text[16], name[16];

        snprintf(text, sizeof text, "room/%u", topic);
        snprintf(name, sizeof name, "n%u", (unsigned)id);
        if (rand_r(&seed) % 2) {
            cr_assert_eq(
                topics_presence_enter(&presence, shunt_span_of(text), id, shunt_span_of(name)),
                at < 0 ? SHUNT_OK : SHUNT_ESTATE);
            if (at < 0) {
                listed->ids[listed->count++] = id;
            }
        } else {
            cr_assert_eq(topics_presence_leave(&presence, shunt_span_of(text), id), at >= 0);
            for (; at >= 0 && (unsigned)at + 1 < listed->count; at++) {
                listed->ids[at] = listed->ids[at + 1];
            }
            listed->count -= at >= 0;
        }
        expect_same(&presence, shunt_span_of(text), listed);
    }
    topics_presence_fini(&presence);
}

Test(topics_presence, more_than_the_limit_are_refused)
{
    struct topics_presence presence = {.entries_max = 1};

    cr_expect_eq(topics_presence_enter(&presence, shunt_span_of("a"), 1, shunt_span_of("x")),
                 SHUNT_OK);
    cr_expect_eq(topics_presence_enter(&presence, shunt_span_of("b"), 2, shunt_span_of("y")),
                 SHUNT_EFULL);
    cr_expect(topics_presence_leave(&presence, shunt_span_of("a"), 1));
    cr_expect_eq(presence.topics.count, 0);
    topics_presence_fini(&presence);
}
