#include "topics/name.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(topics_name, a_name_has_levels_and_no_wildcards)
{
    static const struct {
        const char *why, *name;
        unsigned levels; /* 0: no name */
    } rows[] = {
        {"one level", "a", 1},
        {"two levels", "a/b", 2},
        {"an empty level behind the last slash", "a/", 2},
        {"an empty level before the first", "/a", 2},
        {"only empty levels", "//", 3},
        {"a space is a byte like others", "a b/c", 2},
        {"nothing", "", 0},
        {"a plus", "a/+", 0},
        {"a plus within a level", "a+b", 0},
        {"a hash", "#", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct topics_levels levels;
        bool valid = topics_name_cut(shunt_span_of(rows[i].name), &levels);

        cr_expect_eq(valid, rows[i].levels > 0, "%s", rows[i].why);
        if (valid) {
            cr_expect_eq(levels.count, rows[i].levels, "%s: %u", rows[i].why, levels.count);
        }
    }
}

Test(topics_name, a_name_has_no_nul_and_is_not_too_long_or_too_deep)
{
    static char text[TOPICS_NAME_BYTES_MAX + 1];
    struct topics_levels levels;

    cr_expect_not(topics_name_cut((struct shunt_span){"a\0b", 3}, &levels));
    memset(text, 'a', sizeof text);
    cr_expect(topics_name_cut((struct shunt_span){text, sizeof text - 1}, &levels));
    cr_expect_not(topics_name_cut((struct shunt_span){text, sizeof text}, &levels));
    memset(text, '/', TOPICS_LEVELS_MAX);
    cr_expect(topics_name_cut((struct shunt_span){text, TOPICS_LEVELS_MAX - 1}, &levels));
    cr_expect_eq(levels.count, TOPICS_LEVELS_MAX);
    cr_expect_not(topics_name_cut((struct shunt_span){text, TOPICS_LEVELS_MAX}, &levels));
}

Test(topics_name, a_filter_has_wildcards_as_whole_levels)
{
    static const struct {
        const char *why, *filter;
        bool valid;
    } rows[] = {
        {"a name", "a/b", true},
        {"any one level", "+", true},
        {"plus at the front", "+/a", true},
        {"plus in the middle", "a/+/b", true},
        {"several plus", "+/+", true},
        {"everything", "#", true},
        {"all below", "a/#", true},
        {"plus and hash", "+/#", true},
        {"hash is not the last", "#/a", false},
        {"hash within a level", "a/b#", false},
        {"plus within a level", "a+/b", false},
        {"two plus in a level", "++", false},
        {"two hashes", "##", false},
        {"nothing", "", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct topics_levels levels;
        bool below;

        cr_expect_eq(topics_filter_cut(shunt_span_of(rows[i].filter), &levels, &below),
                     rows[i].valid, "%s", rows[i].why);
    }
}

Test(topics_name, a_filter_matches_level_by_level)
{
    static const struct {
        const char *filter, *name;
        bool matches;
    } rows[] = {
        {"a", "a", true},
        {"a", "b", false},
        {"a", "a/b", false},
        {"a/b", "a", false},
        {"a/b", "a/b", true},
        {"a/", "a", false},
        {"a/", "a/", true},
        {"+", "a", true},
        {"+", "a/b", false},
        {"+", "/", false},
        {"+/+", "/", true},
        {"a/+", "a", false},
        {"a/+", "a/b", true},
        {"a/+", "a/", true},
        {"a/+", "a/b/c", false},
        {"a/+/c", "a/b/c", true},
        {"a/+/c", "a/b/d", false},
        {"#", "a", true},
        {"#", "a/b/c", true},
        {"a/#", "a", true},
        {"a/#", "a/", true},
        {"a/#", "a/b/c", true},
        {"a/#", "b", false},
        {"a/#", "ab", false},
        {"+/b/#", "a/b", true},
        {"+/b/#", "a/b/c", true},
        {"+/b/#", "a/c", false},
        {"+/#", "a", true},
        {"room/7", "room/77", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(
            topics_filter_matches(shunt_span_of(rows[i].filter), shunt_span_of(rows[i].name)),
            rows[i].matches, "%s %s", rows[i].filter, rows[i].name);
    }
}
