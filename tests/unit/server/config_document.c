/* Bytes to a document; files that want time or memory are refused where a bound is passed. */
#include "server/config_document.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char faults[1024];

static enum shunt_status check(const char *yaml)
{
    struct error report = {.where = "c.yaml", .text = faults, .size = sizeof faults};
    yaml_document_t document;
    enum shunt_status status;

    faults[0] = '\0';
    status = config_document_parse(&document, yaml, strlen(yaml), &report);
    if (status == SHUNT_OK) {
        yaml_document_delete(&document);
    }
    return status;
}

/*
 * head, then `number` times `piece` with its number in place of '#', as often `closer`, then tail;
 * to be freed.
 */
static char *repeat(const char *head, const char *piece, const char *closer, unsigned number,
                    const char *tail)
{
    size_t size = strlen(head) + number * (strlen(piece) + strlen(closer) + 10) + strlen(tail) + 1;
    char *text = malloc(size);
    char *at = text;

    cr_assert(text);
    at = stpcpy(at, head);
    for (unsigned i = 0; i < number; i++) {
        const char *digits = strchr(piece, '#');

        at = digits ? at + sprintf(at, "%.*s%u%s", (int)(digits - piece), piece, i, digits + 1)
                    : stpcpy(at, piece);
    }
    for (unsigned i = 0; i < number; i++) {
        at = stpcpy(at, closer);
    }
    strcpy(at, tail);
    return text;
}

Test(server_config_document, each_bound_is_where_it_is_said_to_be)
{
    static const struct {
        const char *why, *head, *piece, *closer, *tail;
        unsigned most;
        const char *sentence;
    } rows[] = {
        {"levels in brackets", "a: ", "[", "]", "", CONFIG_DEPTH_MAX - 1,
         "c.yaml:1: document: expected at most 16 levels, found more"},
        {"levels by dashes", "", "- ", "", "a", CONFIG_DEPTH_MAX,
         "c.yaml:1: document: expected at most 16 levels, found more"},
        {"levels of mappings", "", "{a: ", "}", "", CONFIG_DEPTH_MAX,
         "c.yaml:1: document: expected at most 16 levels, found more"},
        {"keys", "", "k#: 1\n", "", "", CONFIG_KEYS_MAX,
         "c.yaml:1001: document: expected at most 1000 keys in a mapping, found more"},
        {"entries", "", "- 1\n", "", "", CONFIG_ENTRIES_MAX,
         "c.yaml:10001: document: expected at most 10000 entries in a list, found more"},
        {"anchors", "", "- &a# 1\n", "", "", CONFIG_ANCHORS_MAX,
         "c.yaml:1001: document: expected at most 1000 anchors, found more"},
        {"directives", "", "%TAG !t#! !x\n", "", "---\na: 1\n", CONFIG_PERCENT_MAX,
         "c.yaml:101: document: expected at most 100 lines that begin with %, found more"},
        {"values of aliases", "a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\nb:\n", "- *a\n", "", "", 4998,
         "c.yaml:5002: document: expected at most 50000 values, aliases followed, found more"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *within =
            repeat(rows[i].head, rows[i].piece, rows[i].closer, rows[i].most, rows[i].tail);
        char *beyond =
            repeat(rows[i].head, rows[i].piece, rows[i].closer, rows[i].most + 1, rows[i].tail);

        cr_expect_eq(check(within), SHUNT_OK, "%s: %s", rows[i].why, faults);
        cr_expect_eq(check(beyond), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect_str_eq(faults, rows[i].sentence, "%s: %s", rows[i].why, faults);
        free(within);
        free(beyond);
    }
}

Test(server_config_document, a_bomb_of_aliases_is_counted_and_not_followed)
{
    char bomb[2048], *at = bomb;

    at += sprintf(at, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (unsigned i = 1; i < 20; i++) {
        at += sprintf(at, "a%u: &a%u [*a%u,*a%u,*a%u,*a%u]\n", i, i, i - 1, i - 1, i - 1, i - 1);
    }
    cr_expect_eq(check(bomb), SHUNT_EINVAL);
    cr_expect(
        strstr(faults, "document: expected at most 50000 values, aliases followed, found more"),
        "%s", faults);
}

Test(server_config_document, what_is_no_document_is_refused_for_that)
{
    static const struct {
        const char *yaml, *sentence; /* NULL: taken, with or without content */
    } rows[] = {
        {"", NULL},
        {"a: &a [*a]", NULL},
        {"a: &a b\n*a : c\n", NULL},
        {"a: b: c", "c.yaml:1: syntax: expected valid YAML, found: mapping values are not allowed"},
        {"[", "c.yaml:2: syntax: expected valid YAML, found: did not find expected node content"},
        {"\xff", "syntax: expected valid YAML, found: "},
        {"a: *nobody", "c.yaml:1: syntax: expected valid YAML, found: found undefined alias"},
        {"a: &b 1\nc: &b 2\n", "c.yaml:2: syntax: expected valid YAML, found: second occurrence "
                               "found duplicate anchor"},
        {"a: 1\n---\nb: 2\n", "c.yaml:3: document: expected one document, found a second one"},
        {"a: 1\n--- \n", "c.yaml:3: document: expected one document, found a second one"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum shunt_status want = rows[i].sentence ? SHUNT_EINVAL : SHUNT_OK;

        cr_expect_eq(check(rows[i].yaml), want, "%s: %s", rows[i].yaml, faults);
        cr_expect(!rows[i].sentence || strstr(faults, rows[i].sentence), "%s: %s", rows[i].yaml,
                  faults);
    }
}
