/* The pages that list the keys have those of the table, with its defaults and ranges. */
#include "server/config_keys.h"

#include "unit/server/config_fixture.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHUNTD TEST_SOURCE_DIR "/../apps/shuntd/"
#define MANUAL TEST_SOURCE_DIR "/../docs/man/shuntd.1"

TestSuite(server_config_keys, .init = config_set_up, .fini = config_tear_down);

static void expect_defaults(const struct config_mapping *mapping, const struct config *got,
                            const struct config *defaults)
{
    for (size_t i = 0; i < mapping->count; i++) {
        const struct config_key *key = &mapping->keys[i];

        if (key->kind == CONFIG_SECTION) {
            expect_defaults(key->mapping, got, defaults);
        } else if (key->kind != CONFIG_LIST && key->kind != CONFIG_TEXTS) {
            cr_expect_eq(memcmp((const char *)got + key->offset,
                                (const char *)defaults + key->offset, key->bytes),
                         0, "%s", key->name);
        }
    }
}

Test(server_config_keys, reads_the_commented_example_whose_values_are_the_defaults)
{
    struct config defaults;

    config_init(&defaults);
    cr_assert_eq(config_read_file(SHUNTD "shuntd.yaml"), SHUNT_OK, "%s", reported);
    cr_expect_eq(config_judge(), SHUNT_OK, "%s", reported);
    expect_defaults(&config_top, &config, &defaults);
    cr_expect_eq(config.listeners[0].backlog, CONFIG_BACKLOG);
    cr_expect_str_eq(config.routes[0].content_type, CONFIG_CONTENT_TYPE);
}

/* ---- each key of the table under the name that the pages have: "routes[].upgrade[]" ---- */

static void for_each_key(const struct config_mapping *mapping, const char *above,
                         void (*visit)(const struct config_key *key, const char *name, void *arg),
                         void *arg)
{
    for (size_t i = 0; i < mapping->count; i++) {
        const struct config_key *key = &mapping->keys[i];
        bool list = key->kind == CONFIG_TEXTS || key->kind == CONFIG_LIST;
        char name[80];

        snprintf(name, sizeof name, "%s%s%s", above, key->name, list ? "[]" : "");
        if (key->mapping) {
            strcat(name, ".");
            for_each_key(key->mapping, name, visit, arg);
        } else {
            visit(key, name, arg);
        }
    }
}

/* 16384 is "16K" where the key may have units. */
static void number_write(char text[32], const struct config_key *key, uint64_t number)
{
    const char *unit = "";

    for (const char *units = "K\0M\0G";
         *unit != 'G' && strstr(key->name, "bytes") && number && number % 1024 == 0; units += 2) {
        unit = units;
        number /= 1024;
    }
    snprintf(text, 32, "%" PRIu64 "%s", number, unit);
}

static void default_write(char text[40], const struct config_key *key)
{
    const char *word = key->needed ? "needed" : key->text ? key->text : "none";

    if (key->kind == CONFIG_NUMBER) {
        number_write(text, key, key->value);
        return;
    }
    if (key->kind == CONFIG_WORKERS) {
        word = "auto";
    } else if (key->kind == CONFIG_BOOL) {
        word = "false";
    }
    for (const struct config_word *one = key->words; one->text; one++) {
        word = one->value == (int)key->value ? one->text : word;
    }
    snprintf(text, 40, "%s", word);
}

static void values_write(char text[120], const struct config_key *key)
{
    char least[32], most[32];

    text[0] = '\0';
    if (key->kind == CONFIG_NUMBER || key->kind == CONFIG_WORKERS) {
        number_write(least, key, key->least);
        number_write(most, key, key->most);
        snprintf(text, 120, "%s%s to %s", key->kind == CONFIG_WORKERS ? "auto, " : "", least, most);
    } else if (key->kind == CONFIG_BOOL) {
        snprintf(text, 120, "true, false");
    }
    for (const struct config_word *one = key->words; one->text; one++) {
        size_t len = strlen(text);

        snprintf(text + len, 120 - len, "%s%s", len ? ", " : "", one->text);
    }
}

/* ---- the manual page ---- */

static void expect_in_manual(const struct config_key *key, const char *name, void *arg)
{
    char initial[40], values[120], line[300];

    default_write(initial, key);
    values_write(values, key);
    snprintf(line, sizeof line, "\n%-27s %-26s%s%s\n", name, initial, *values ? " " : "", values);
    for (char *end = line + strlen(line) - 2; *end == ' '; end--) {
        strcpy(end, "\n");
    }
    cr_expect(strstr(arg, line), "shuntd.1 does not have:%s", line);
}

Test(server_config_keys, stand_in_the_manual_page_with_default_and_range)
{
    size_t len;
    char *manual = files_read(MANUAL, &len);

    for_each_key(&config_top, "", expect_in_manual, manual);
    free(manual);
}

/* ---- the README ---- */

/* The row of a key in `readme`, with its cells ended; NULL: none. */
static bool row_find(const char *readme, const char *name, char row[600], char *cells[3])
{
    char start[90];
    const char *at;

    snprintf(start, sizeof start, "\n| `%s`", name);
    at = strstr(readme, start);
    if (!at) {
        return false;
    }
    snprintf(row, 600, "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
    for (unsigned i = 0; i < 3; i++) {
        char *bar = strchr(i ? cells[i - 1] : row, '|');

        cr_assert(bar, "%s: three cells", name);
        *bar = '\0';
        cells[i] = bar + 2;
    }
    *strrchr(cells[2], '|') = '\0';
    return true;
}

/* A range at the front of a cell is the table's; 0 may stand apart behind it. */
static void expect_range(const char *page, const struct config_key *key, const char *name,
                         const char *cell)
{
    char least[24], most[24], want[32];

    if (sscanf(cell, "%23[0-9KMGT] to %23[0-9KMGT]", least, most) != 2) {
        return;
    }
    number_write(want, key, key->most);
    cr_expect(strcmp(most, want) == 0 || (!strcmp(most, "1T") && !strcmp(want, "1024G")) ||
                  strtoull(most, NULL, 10) == key->most,
              "%s: %s: at most %s, and not %s", page, name, want, most);
    number_write(want, key, key->least);
    cr_expect(strcmp(least, want) == 0 || (key->least == 0 && strstr(cell, "0: ")),
              "%s: %s: at least %s, and not %s", page, name, want, least);
}

static void expect_in_readme(const struct config_key *key, const char *name, void *arg)
{
    char row[600], *cells[3], initial[40], quoted[60];

    if (!row_find(arg, name, row, cells)) {
        /* Four ways to answer share a row. */
        cr_expect(!strcmp(name, "routes[].file") || !strcmp(name, "routes[].echo") ||
                      !strcmp(name, "routes[].metrics"),
                  "README.md does not have %s", name);
        return;
    }
    default_write(initial, key);
    snprintf(quoted, sizeof quoted, "`%s`", initial);
    cr_expect(strncmp(cells[1], initial, strlen(initial)) == 0 ||
                  strncmp(cells[1], quoted, strlen(quoted)) == 0 ||
                  (key->kind == CONFIG_NUMBER && strtoull(cells[1], NULL, 10) == key->value),
              "README.md: %s: %s by default, and not %s", name, initial, cells[1]);
    if (key->kind == CONFIG_NUMBER) {
        expect_range("README.md", key, name, cells[2]);
    }
}

Test(server_config_keys, stand_in_the_readme_with_default_and_range)
{
    size_t len;
    char *readme = files_read(SHUNTD "README.md", &len);

    for_each_key(&config_top, "", expect_in_readme, readme);
    free(readme);
}

/* ---- the commented example ---- */

/* Where the section of "limits.key" or "routes[].key" begins, else the whole of the example. */
static const char *section_find(const char *example, const char *name)
{
    char start[60];
    const char *found;

    snprintf(start, sizeof start, "\n%.*s:\n", (int)strcspn(name, ".["), name);
    found = strpbrk(name, ".[") ? strstr(example, start) : NULL;
    return found ? strchr(found + 1, '\n') + 1 : example;
}

/* The lines of comment right above a key, and its own line: all on one. False: no such key in the
 * section. */
static bool comment_find(const char *example, const char *name, const char *key, char text[4000])
{
    const char *section = section_find(example, name);
    char start[60];
    size_t len = 0;

    snprintf(start, sizeof start, "%s: ", key);
    for (const char *line = section, *next; *line; line = next) {
        if (section != example && *line != ' ' && *line != '\n') {
            return false; /* the next one */
        }
        const char *word = line + strspn(line, " -");

        next = line + strcspn(line, "\n") + 1;
        if (strncmp(word, start, strlen(start)) == 0) {
            snprintf(text + len, 4000 - len, "%.*s", (int)(next - 1 - word), word);
            return true;
        }
        if (*word != '#') {
            len = 0;
            continue;
        }
        word += strspn(word, "# ");
        len += (size_t)snprintf(text + len, 4000 - len, "%.*s ", (int)(next - 1 - word), word);
    }
    return false;
}

/* Ranges whose most is another key, or that stand for all of their section. */
static bool range_stands_apart(const char *name)
{
    return strncmp(name, "timeouts.", 9) == 0 || strcmp(name, "limits.queue_high_bytes") == 0 ||
           strcmp(name, "limits.queue_low_bytes") == 0 || strcmp(name, "limits.requests_max") == 0;
}

static void expect_in_example(const struct config_key *key, const char *name, void *arg)
{
    char text[4000], least[24], most[24];

    snprintf(text, sizeof text, "%s:", key->name);
    cr_expect(strstr(arg, text), "shuntd.yaml does not have %s", name);
    if (!comment_find(arg, name, key->name, text)) {
        return; /* one that stands in a comment */
    }
    if (key->kind != CONFIG_NUMBER || range_stands_apart(name)) {
        return;
    }
    /* Behind the value; where nothing is, in the comment above the key. */
    char *range = strchr(text, '#') ? strchr(text, '#') : text;

    while (range && sscanf(range, "%23[0-9KMGT] to %23[0-9KMGT]", least, most) != 2) {
        range = *range ? range + 1 : NULL;
    }
    cr_expect(range, "shuntd.yaml: %s: no range in: %s", name, text);
    if (range) {
        expect_range("shuntd.yaml", key, name, range);
    }
}

Test(server_config_keys, stand_in_the_commented_example_with_their_ranges)
{
    size_t len;
    char *example = files_read(SHUNTD "shuntd.yaml", &len);

    for_each_key(&config_top, "", expect_in_example, example);
    free(example);
}
