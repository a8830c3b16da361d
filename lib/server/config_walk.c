/*
 * The walk: the table's keys are looked up in the document, and each kind of value is read in one
 * function. What several values mean together is not judged here.
 */
#include "server/config_walk.h"

#include "server/config_lines.h"
#include "server/config_node.h"
#include "server/config_place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void walk_mapping(struct config_walk *walk, const struct config_mapping *mapping,
                         const yaml_node_t *node, const struct config_place *place, void *structure,
                         struct config_seen *seen);

static bool is_enough(const struct config_walk *walk)
{
    return walk->no_memory || walk->report->count > ERROR_SENTENCES_MAX;
}

static const char *found_kind(const yaml_node_t *node)
{
    switch (node->type) {
    case YAML_SEQUENCE_NODE:
        return "a list";
    case YAML_MAPPING_NODE:
        return "a mapping";
    case YAML_SCALAR_NODE:
        return !config_node_is_text(node) ? "text with a NUL byte" : "nothing";
    default:
        return "nothing";
    }
}

/* Always false, which is what became of the value. */
static bool refuse(const struct config_walk *walk, const struct config_place *place,
                   const char *expected, const yaml_node_t *node)
{
    if (config_node_is_text(node) && *config_node_text(node)) {
        error_add(walk->report, place->line, "%s: expected %s, found \"%.200s\"", place->text,
                  expected, config_node_text(node));
    } else {
        error_add(walk->report, place->line, "%s: expected %s, found %s", place->text, expected,
                  found_kind(node));
    }
    return false;
}

static bool is_text(const struct config_walk *walk, const yaml_node_t *node,
                    const struct config_place *place)
{
    return config_node_is_text(node) || refuse(walk, place, "text", node);
}

static char *text_copy(struct config_walk *walk, const char *text)
{
    char *copy = strdup(text);

    walk->no_memory |= !copy;
    return copy;
}

/* ---- a value of each kind: true where it was stored ---- */

static bool read_number(struct config_walk *walk, const struct config_key *key,
                        const yaml_node_t *node, const struct config_place *place, void *structure)
{
    uint64_t number;

    if (!is_text(walk, node, place)) {
        return false;
    }
    if (key->kind == CONFIG_WORKERS && config_node_is(node, "auto")) {
        return true;
    }
    if (plugin_number_parse(key->name, config_node_text(node), &number) || number < key->least ||
        number > key->most) {
        error_add(walk->report, place->line,
                  "%s: expected %sa whole number from %" PRIu64 " to %" PRIu64 ", found \"%.60s\"",
                  place->text, key->kind == CONFIG_WORKERS ? "auto or " : "", key->least, key->most,
                  config_node_text(node));
        return false;
    }
    config_key_set_number(key, structure, number);
    return true;
}

static bool read_word(const struct config_walk *walk, const struct config_key *key,
                      const yaml_node_t *node, const struct config_place *place, void *structure)
{
    char words[120] = "one of ";

    for (const struct config_word *word = key->words; word->text; word++) {
        size_t len = strlen(words);

        if (config_node_is(node, word->text)) {
            config_key_set_number(key, structure, (uint64_t)word->value);
            return true;
        }
        snprintf(words + len, sizeof words - len, "%s%s", word > key->words ? ", " : "",
                 word->text);
    }
    return refuse(walk, place, words, node);
}

static bool read_bool(const struct config_walk *walk, const yaml_node_t *node,
                      const struct config_place *place, bool *value)
{
    *value = config_node_is(node, "true") || config_node_is(node, "yes");
    return *value || config_node_is(node, "false") || config_node_is(node, "no") ||
           refuse(walk, place, "true, false, yes or no", node);
}

/* The text itself, borrowed from the document; NULL: refused. */
static const char *read_text(const struct config_walk *walk, const struct config_key *key,
                             const yaml_node_t *node, const struct config_place *place)
{
    const char *expected;

    if (!is_text(walk, node, place)) {
        return NULL;
    }
    expected = key->expected ? key->expected(config_node_text(node)) : NULL;
    if (expected) {
        refuse(walk, place, expected, node);
    }
    return expected ? NULL : config_node_text(node);
}

static bool store_text(struct config_walk *walk, const char *text, char **value)
{
    if (text) {
        free(*value); /* the default */
        *value = text_copy(walk, text);
    }
    return text != NULL;
}

/* Those that are text; false where there is one that is not. */
static bool read_texts(struct config_walk *walk, const struct config_key *key,
                       const yaml_node_t *node, const struct config_place *place, char ***value)
{
    const yaml_node_item_t *item, *first;
    size_t count = 0;
    bool all = true;

    if (node->type != YAML_SEQUENCE_NODE) {
        return refuse(walk, place, "a list", node);
    }
    item = first = node->data.sequence.items.start;
    *value = calloc((size_t)(node->data.sequence.items.top - first) + 1, sizeof **value);
    walk->no_memory |= !*value;
    for (; item < node->data.sequence.items.top && !is_enough(walk); item++) {
        const yaml_node_t *entry = yaml_document_get_node(walk->document, *item);
        struct config_place here = config_place_entry(place, item - first, config_node_line(entry));
        const char *text = read_text(walk, key, entry, &here);

        all &= text && store_text(walk, text, &(*value)[count]);
        count += text != NULL;
    }
    return all;
}

/* ---- mappings ---- */

/* A key is text and stands once; `place` is the mapping's. */
static bool key_fits(const struct config_walk *walk, const yaml_node_t *mapping,
                     const yaml_node_pair_t *pair, const struct config_place *place)
{
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
    const yaml_node_pair_t *earlier;
    struct config_place here;

    if (!config_node_is_text(key) || !*config_node_text(key)) {
        here = config_place_below(place, "key", config_node_line(key));
        return refuse(walk, &here, "text as the key", key);
    }
    earlier = config_node_pair(walk->document, mapping, config_node_text(key), pair);
    if (earlier) {
        here = config_place_below(place, config_node_text(key), config_node_line(key));
        error_add(walk->report, here.line, "%s: expected once, found again (first on line %u)",
                  here.text,
                  config_node_line(yaml_document_get_node(walk->document, earlier->key)));
    }
    return !earlier;
}

static void store_setting(struct config_walk *walk, const char *key, const char *value,
                          const struct config_place *place, struct plugin_settings *settings)
{
    walk->no_memory |= plugin_settings_add(settings, key, value, place->line) == SHUNT_ENOMEM;
}

static void read_setting_list(struct config_walk *walk, const char *key, const yaml_node_t *node,
                              const struct config_place *place, struct plugin_settings *settings)
{
    const yaml_node_item_t *items = node->data.sequence.items.start;
    size_t wrong;
    char *lines = config_lines(walk->document, node, &wrong);

    if (lines) {
        store_setting(walk, key, lines, place, settings);
    } else if (items + wrong < node->data.sequence.items.top) {
        const yaml_node_t *entry = yaml_document_get_node(walk->document, items[wrong]);
        struct config_place here =
            config_place_entry(place, (ptrdiff_t)wrong, config_node_line(entry));

        refuse(walk, &here, "text on one line", entry);
    } else {
        walk->no_memory = true;
    }
    free(lines);
}

static bool read_settings(struct config_walk *walk, const struct config_key *of,
                          const yaml_node_t *node, const struct config_place *place,
                          struct plugin_settings *settings)
{
    unsigned before = walk->report->count;

    if (node->type != YAML_MAPPING_NODE) {
        return refuse(walk, place, "a mapping", node);
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top && !is_enough(walk); pair++) {
        const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(walk->document, pair->value);
        struct config_place here;

        if (!key_fits(walk, node, pair, place)) {
            continue;
        }
        here = config_place_below(place, config_node_text(key), config_node_line(key));
        if (value->type == YAML_SEQUENCE_NODE && of->lists) {
            read_setting_list(walk, config_node_text(key), value, &here, settings);
        } else if (!config_node_is_text(value)) {
            refuse(walk, &here, "text, a number or a truth value", value);
        } else {
            store_setting(walk, config_node_text(key), config_node_text(value), &here, settings);
        }
    }
    return walk->report->count == before;
}

static bool read_section(struct config_walk *walk, const struct config_key *key,
                         const yaml_node_t *node, const struct config_place *place, void *structure)
{
    struct config_seen unused = {.unknown = false};

    if (node->type != YAML_MAPPING_NODE) {
        return refuse(walk, place, "a mapping", node);
    }
    walk_mapping(walk, key->mapping, node, place, structure,
                 key->seen ? (struct config_seen *)(void *)((char *)structure + key->seen)
                           : &unused);
    return true;
}

static void defaults_set(struct config_walk *walk, const struct config_mapping *mapping,
                         void *structure)
{
    config_keys_default(mapping, structure);
    for (size_t i = 0; i < mapping->count; i++) {
        const struct config_key *key = &mapping->keys[i];

        if (key->text) {
            *(char **)(void *)((char *)structure + key->offset) = text_copy(walk, key->text);
        }
    }
}

static void read_entry(struct config_walk *walk, struct config_entry *entry,
                       const yaml_node_t *node, const struct config_place *place)
{
    const struct config_mapping *mapping = entry->list->mapping;

    entry->value = calloc(1, entry->list->bytes);
    if (!entry->value) {
        walk->no_memory = true;
        return;
    }
    defaults_set(walk, mapping, entry->value);
    if (node->type == YAML_MAPPING_NODE) {
        walk_mapping(walk, mapping, node, place, entry->value, &entry->seen);
    } else {
        entry->seen.unknown = true;
        refuse(walk, place, "a mapping", node);
    }
    entry->seen.unknown |= walk->no_memory; /* what is missing now may be there */
    walk->no_memory |= walk->append(walk->arg, entry) == SHUNT_ENOMEM;
    free(entry->value);
}

static bool read_list(struct config_walk *walk, const struct config_key *key,
                      const yaml_node_t *node, const struct config_place *place, void *structure)
{
    const yaml_node_item_t *item, *first;

    if (node->type != YAML_SEQUENCE_NODE) {
        return refuse(walk, place, "a list", node);
    }
    item = first = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top && !is_enough(walk); item++) {
        const yaml_node_t *value = yaml_document_get_node(walk->document, *item);
        struct config_place here = config_place_entry(place, item - first, config_node_line(value));
        struct config_entry entry = {.list = key,
                                     .place = here.text,
                                     .number = (size_t)(item - first),
                                     .structure = structure,
                                     .line = here.line};

        read_entry(walk, &entry, value, &here);
    }
    return true;
}

static bool read_value(struct config_walk *walk, const struct config_key *key,
                       const yaml_node_t *node, const struct config_place *place, void *structure)
{
    void *member = (char *)structure + key->offset;

    switch (key->kind) {
    case CONFIG_NUMBER:
    case CONFIG_WORKERS:
        return read_number(walk, key, node, place, structure);
    case CONFIG_WORD:
        return read_word(walk, key, node, place, structure);
    case CONFIG_BOOL:
        return read_bool(walk, node, place, member);
    case CONFIG_TEXT:
        return store_text(walk, read_text(walk, key, node, place), member);
    case CONFIG_TEXTS:
        return read_texts(walk, key, node, place, member);
    case CONFIG_SETTINGS:
        return read_settings(walk, key, node, place, member);
    case CONFIG_SECTION:
        return read_section(walk, key, node, place, structure);
    case CONFIG_LIST:
        return read_list(walk, key, node, place, structure);
    }
    return false;
}

static void unknown_refuse(const struct config_walk *walk, const struct config_mapping *mapping,
                           const struct config_place *place)
{
    char known[400] = "";

    for (size_t i = 0; i < mapping->count; i++) {
        size_t len = strlen(known);

        snprintf(known + len, sizeof known - len, "%s%s", i ? ", " : "", mapping->keys[i].name);
    }
    error_add(walk->report, place->line, "%s: expected one of the keys %s, found an unknown key",
              place->text, known);
}

/* The file's keys: each is known and stands once. */
static void check_keys(const struct config_walk *walk, const struct config_mapping *mapping,
                       const yaml_node_t *node, const struct config_place *place,
                       struct config_seen *seen)
{
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top && !is_enough(walk); pair++) {
        const yaml_node_t *name = yaml_document_get_node(walk->document, pair->key);
        const struct config_key *key =
            config_node_is_text(name) ? config_key_find(mapping, config_node_text(name)) : NULL;
        bool fits = key_fits(walk, node, pair, place);

        seen->unknown |= !key;
        if (key && !fits) {
            seen->refused |= 1u << (key - mapping->keys);
        } else if (!key && fits) {
            struct config_place here =
                config_place_below(place, config_node_text(name), config_node_line(name));

            unknown_refuse(walk, mapping, &here);
        }
    }
}

/* The table's key `i`: read, or missed where no key that is not known may be meant for it. */
static void read_key(struct config_walk *walk, const struct config_mapping *mapping, size_t i,
                     const yaml_node_t *node, const struct config_place *place, void *structure,
                     struct config_seen *seen)
{
    const struct config_key *key = &mapping->keys[i];
    const yaml_node_pair_t *pair = config_node_pair(walk->document, node, key->name, NULL);
    const yaml_node_t *name, *value;
    struct config_place here;

    if (!pair) {
        if (key->needed && !seen->unknown) {
            error_add(walk->report, place->line, "%s: expected a value, found none",
                      config_place_below(place, key->name, 0).text);
        }
        seen->refused |= key->needed ? 1u << i : 0;
        return;
    }
    name = yaml_document_get_node(walk->document, pair->key);
    value = yaml_document_get_node(walk->document, pair->value);
    here = config_place_below(place, key->name, config_node_line(name));
    seen->line[i] = here.line;
    if (!read_value(walk, key, value, &here, structure)) {
        seen->refused |= 1u << i;
    }
}

/* Lists after all else: what their entries mean may hang on the sections. */
static void walk_mapping(struct config_walk *walk, const struct config_mapping *mapping,
                         const yaml_node_t *node, const struct config_place *place, void *structure,
                         struct config_seen *seen)
{
    check_keys(walk, mapping, node, place, seen);
    for (int lists = 0; lists < 2; lists++) {
        for (size_t i = 0; i < mapping->count && !is_enough(walk); i++) {
            if ((mapping->keys[i].kind == CONFIG_LIST) == lists) {
                read_key(walk, mapping, i, node, place, structure, seen);
            }
        }
    }
}

enum shunt_status config_walk(struct config_walk *walk, const struct config_mapping *mapping,
                              void *structure, struct config_seen *seen)
{
    const yaml_node_t *root = yaml_document_get_root_node(walk->document);
    struct config_place place = {.text = "document", .line = 1};

    if (!root) {
        return error_add(walk->report, 1, "document: expected a mapping, found nothing");
    }
    place.line = config_node_line(root);
    if (root->type != YAML_MAPPING_NODE) {
        (void)refuse(walk, &place, "a mapping", root);
        return SHUNT_EINVAL;
    }
    place.text[0] = '\0';
    walk_mapping(walk, mapping, root, &place, structure, seen);
    return walk->no_memory ? SHUNT_ENOMEM : SHUNT_OK;
}
