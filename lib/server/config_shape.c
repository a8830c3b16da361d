/*
 * A document held against the schema. What fits is written down for cyaml, so that one mistake does
 * not hide those in the rest; and here the free keys of `settings` come from. Values and ranges are
 * not judged here but for what the schema's types say.
 */
#include "server/config_accepted.h"
#include "server/config_internal.h"
#include "server/config_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A place in the document: "routes[2].upgrade". Long names are cut, which only a message shows. */
struct place {
    char text[160];
};

/* The walk in progress. It goes on after a mistake, up to as many as the report takes. */
struct walk {
    yaml_document_t *document;
    struct config_report *report;
    struct config_accepted *accepted;
};

static void walk_value(const struct walk *walk, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, unsigned line, const struct place *place);
static bool fits(const struct walk *walk, const cyaml_schema_value_t *schema,
                 const yaml_node_t *node, unsigned line, const struct place *place);

static bool is_enough(const struct walk *walk)
{
    return walk->report->mistakes > CONFIG_MISTAKES_MAX;
}

static struct place below(const struct place *place, const char *key)
{
    struct place deeper;

    snprintf(deeper.text, sizeof deeper.text, "%.100s%s%.50s", place->text, *place->text ? "." : "",
             key);
    return deeper;
}

static const char *found_kind(const yaml_node_t *node)
{
    switch (node->type) {
    case YAML_SEQUENCE_NODE:
        return "a list";
    case YAML_MAPPING_NODE:
        return "a mapping";
    case YAML_SCALAR_NODE:
        return !config_node_is_text(node) ? "text with a NUL byte"
               : *config_node_text(node)  ? "text"
                                          : "nothing";
    default:
        return "nothing";
    }
}

static enum shunt_status refuse_kind(const struct walk *walk, unsigned line,
                                     const struct place *place, const char *expected,
                                     const yaml_node_t *node)
{
    if (config_node_is_text(node) && *config_node_text(node)) {
        return config_refuse(walk->report, line, "%s: expected %s, found \"%.60s\"", place->text,
                             expected, config_node_text(node));
    }
    return config_refuse(walk->report, line, "%s: expected %s, found %s", place->text, expected,
                         found_kind(node));
}

/* Append "one, two or three" style lists: here "one, two, three". */
static void append_word(char *list, size_t size, const char *word)
{
    size_t len = strlen(list);

    snprintf(list + len, size - len, "%s%s", len ? ", " : "", word);
}

static void unknown_key(const struct walk *walk, const cyaml_schema_value_t *schema,
                        const yaml_node_t *key, const struct place *place)
{
    char known[400] = "";

    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
        append_word(known, sizeof known, f->key);
    }
    config_refuse(walk->report, config_node_line(key),
                  "%s: expected one of the keys %s, found an unknown key", place->text, known);
}

static const cyaml_schema_field_t *field_of(const cyaml_schema_value_t *schema, const char *key)
{
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
        if (strcmp(f->key, key) == 0) {
            return f;
        }
    }
    return NULL;
}

/* A key is text and stands once; `place` is the mapping's. */
static enum shunt_status walk_key(const struct walk *walk, const yaml_node_t *mapping,
                                  const yaml_node_pair_t *pair, const struct place *place)
{
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
    const yaml_node_pair_t *earlier;
    struct place here;

    if (!config_node_is_text(key) || !*config_node_text(key)) {
        here = below(place, "key");
        return refuse_kind(walk, config_node_line(key), &here, "text as the key", key);
    }
    earlier = config_node_pair(walk->document, mapping, config_node_text(key), pair);
    if (earlier) {
        here = below(place, config_node_text(key));
        return config_refuse(
            walk->report, config_node_line(key),
            "%s: expected once, found again (first on line %u)", here.text,
            config_node_line(yaml_document_get_node(walk->document, earlier->key)));
    }
    return SHUNT_OK;
}

/* False: the key is none that is known, so that another one may be meant. */
static bool walk_pair(const struct walk *walk, const cyaml_schema_value_t *schema,
                      const yaml_node_t *mapping, const yaml_node_pair_t *pair,
                      const struct place *place)
{
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(walk->document, pair->value);
    const cyaml_schema_field_t *field;
    struct place here;

    if (walk_key(walk, mapping, pair, place) != SHUNT_OK) {
        return config_node_is_text(key) && field_of(schema, config_node_text(key));
    }
    field = field_of(schema, config_node_text(key));
    here = below(place, config_node_text(key));
    if (!field) {
        unknown_key(walk, schema, key, &here);
    } else if (fits(walk, &field->value, value, config_node_line(key), &here) &&
               field->value.type != CYAML_IGNORE) { /* settings: config_document_settings() */
        config_accepted_text(walk->accepted, field->key);
        walk_value(walk, &field->value, value, config_node_line(key), &here);
    }
    return field != NULL;
}

/* A key that is missing is not reported beside one that may be meant for it. */
static void walk_mapping(const struct walk *walk, const cyaml_schema_value_t *schema,
                         const yaml_node_t *node, unsigned line, const struct place *place)
{
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    bool known = true;

    config_accepted_begin_mapping(walk->accepted);
    for (; pair < node->data.mapping.pairs.top && !is_enough(walk); pair++) {
        known &= walk_pair(walk, schema, node, pair, place);
    }
    config_accepted_end_mapping(walk->accepted);
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key && known; f++) {
        if (config_schema_needs(f) && !config_node_pair(walk->document, node, f->key, NULL)) {
            config_refuse(walk->report, line, "%s: expected a value, found none",
                          below(place, f->key).text);
        }
    }
}

/* An entry that does not fit leaves an empty one, which keeps the numbers of those behind it. */
static void walk_entry(const struct walk *walk, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, const struct place *place)
{
    if (fits(walk, schema, node, config_node_line(node), place)) {
        walk_value(walk, schema, node, config_node_line(node), place);
    } else if (schema->type == CYAML_MAPPING) {
        config_accepted_begin_mapping(walk->accepted);
        config_accepted_end_mapping(walk->accepted);
    }
}

static void walk_list(const struct walk *walk, const cyaml_schema_value_t *schema,
                      const yaml_node_t *node, const struct place *place)
{
    const yaml_node_item_t *item = node->data.sequence.items.start;

    config_accepted_begin_list(walk->accepted);
    for (; item < node->data.sequence.items.top && !is_enough(walk); item++) {
        const yaml_node_t *entry = yaml_document_get_node(walk->document, *item);
        struct place here;

        snprintf(here.text, sizeof here.text, "%.100s[%td]", place->text,
                 item - node->data.sequence.items.start);
        walk_entry(walk, schema->sequence.entry, entry, &here);
    }
    config_accepted_end_list(walk->accepted);
}

static bool fits_word(const struct walk *walk, const cyaml_schema_value_t *schema,
                      const yaml_node_t *node, unsigned line, const struct place *place)
{
    char words[120] = "one of ";

    for (uint32_t i = 0; i < schema->enumeration.count; i++) {
        const char *word = schema->enumeration.strings[i].str;
        size_t len = strlen(words);

        if (config_node_is(node, word)) {
            return true;
        }
        snprintf(words + len, sizeof words - len, "%s%s", i ? ", " : "", word);
    }
    refuse_kind(walk, line, place, words, node);
    return false;
}

/* Only words that every version of cyaml reads alike: 1.3 takes "off" for true. */
static bool is_bool(const yaml_node_t *node)
{
    return config_node_is(node, "true") || config_node_is(node, "false") ||
           config_node_is(node, "yes") || config_node_is(node, "no");
}

/* The value itself is of the kind that the schema wants; what is in it is walk_value()'s. */
static bool fits(const struct walk *walk, const cyaml_schema_value_t *schema,
                 const yaml_node_t *node, unsigned line, const struct place *place)
{
    const char *expected = NULL;

    if (schema->type == CYAML_ENUM) {
        return fits_word(walk, schema, node, line, place);
    }
    if (schema->type == CYAML_MAPPING && node->type != YAML_MAPPING_NODE) {
        expected = "a mapping";
    } else if (schema->type == CYAML_SEQUENCE && node->type != YAML_SEQUENCE_NODE) {
        expected = "a list";
    } else if (schema->type == CYAML_BOOL && !is_bool(node)) {
        expected = "true, false, yes or no";
    } else if (schema->type == CYAML_STRING && !config_node_is_text(node)) {
        expected = "text";
    }
    if (expected) {
        refuse_kind(walk, line, place, expected, node);
    }
    return !expected;
}

/* Write down what fits, all that is within included. */
static void walk_value(const struct walk *walk, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, unsigned line, const struct place *place)
{
    if (schema->type == CYAML_MAPPING) {
        walk_mapping(walk, schema, node, line, place);
    } else if (schema->type == CYAML_SEQUENCE) {
        walk_list(walk, schema, node, place);
    } else {
        config_accepted_text(walk->accepted, config_node_text(node));
    }
}

enum shunt_status config_document_accept(struct config_document *document,
                                         struct config_report *report)
{
    static const struct place top = {"document"}, nowhere = {""};
    struct config_accepted accepted;
    const struct walk walk = {&document->yaml, report, &accepted};
    const yaml_node_t *root = yaml_document_get_root_node(&document->yaml);
    enum shunt_status status;

    if (!root) {
        return config_refuse(report, 1, "document: expected a mapping, found nothing");
    }
    if (!fits(&walk, &config_schema, root, config_node_line(root), &top)) {
        return SHUNT_EINVAL;
    }
    status = config_accepted_open(&accepted);
    if (status == SHUNT_OK) {
        walk_value(&walk, &config_schema, root, config_node_line(root), &nowhere);
        status = config_accepted_close(&accepted);
    }
    document->accepted = accepted.bytes;
    document->accepted_len = accepted.len;
    return status;
}

enum shunt_status config_document_settings(struct config_document *document,
                                           const yaml_node_t *node, const char *where,
                                           struct plugin_settings *settings,
                                           struct config_report *report)
{
    struct walk walk = {&document->yaml, report, NULL};
    struct place place;
    const yaml_node_pair_t *pair;
    enum shunt_status status = SHUNT_OK;

    snprintf(place.text, sizeof place.text, "%s.settings", where);
    if (!node) {
        return SHUNT_OK;
    }
    if (node->type != YAML_MAPPING_NODE) {
        return refuse_kind(&walk, config_node_line(node), &place, "a mapping", node);
    }
    pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top && !is_enough(&walk); pair++) {
        const yaml_node_t *key = yaml_document_get_node(&document->yaml, pair->key);
        const yaml_node_t *value = yaml_document_get_node(&document->yaml, pair->value);

        if (walk_key(&walk, node, pair, &place) != SHUNT_OK) {
            status = SHUNT_EINVAL;
        } else if (!config_node_is_text(value)) {
            struct place here = below(&place, config_node_text(key));

            status = refuse_kind(&walk, config_node_line(key), &here,
                                 "text, a number or a truth value", value);
        } else if (plugin_settings_add(settings, config_node_text(key), config_node_text(value),
                                       config_node_line(key)) == SHUNT_ENOMEM) {
            return SHUNT_ENOMEM;
        }
    }
    return status;
}
