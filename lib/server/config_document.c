/*
 * The file as libyaml sees it, with its lines. Here a document is held against the schema before
 * cyaml loads it, and here the free keys of `settings` come from. Values and ranges are not judged
 * here but for what the schema's types say.
 */
#include "server/config_bounds.h"
#include "server/config_internal.h"

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
    unsigned *unknown; /* keys: what is left can be loaded without them */
};

static void walk_value(const struct walk *walk, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, unsigned line, const struct place *place);

static bool is_enough(const struct walk *walk)
{
    return walk->report->mistakes > CONFIG_MISTAKES_MAX;
}

static unsigned line_of(const yaml_node_t *node)
{
    return (unsigned)node->start_mark.line + 1;
}

static const char *text_of(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static bool is_text(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && strlen(text_of(node)) == node->data.scalar.length;
}

static bool node_is(const yaml_node_t *node, const char *word)
{
    return node->type == YAML_SCALAR_NODE && strcmp(text_of(node), word) == 0;
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
        return !is_text(node) ? "text with a NUL byte" : *text_of(node) ? "text" : "nothing";
    default:
        return "nothing";
    }
}

static enum shunt_status refuse_kind(const struct walk *walk, unsigned line,
                                     const struct place *place, const char *expected,
                                     const yaml_node_t *node)
{
    if (is_text(node) && *text_of(node)) {
        return config_refuse(walk->report, line, "%s: expected %s, found \"%.60s\"", place->text,
                             expected, text_of(node));
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
    config_refuse(walk->report, line_of(key),
                  "%s: expected one of the keys %s, found an unknown key", place->text, known);
    ++*walk->unknown;
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

/* The key node of `key` in a mapping, before `end` (NULL: anywhere). */
static const yaml_node_pair_t *pair_of(yaml_document_t *document, const yaml_node_t *mapping,
                                       const char *key, const yaml_node_pair_t *end)
{
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

    for (end = end ? end : mapping->data.mapping.pairs.top; pair < end; pair++) {
        if (node_is(yaml_document_get_node(document, pair->key), key)) {
            return pair;
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

    if (!is_text(key) || !*text_of(key)) {
        here = below(place, "key");
        return refuse_kind(walk, line_of(key), &here, "text as the key", key);
    }
    earlier = pair_of(walk->document, mapping, text_of(key), pair);
    if (earlier) {
        here = below(place, text_of(key));
        return config_refuse(walk->report, line_of(key),
                             "%s: expected once, found again (first on line %u)", here.text,
                             line_of(yaml_document_get_node(walk->document, earlier->key)));
    }
    return SHUNT_OK;
}

static void walk_pair(const struct walk *walk, const cyaml_schema_value_t *schema,
                      const yaml_node_t *mapping, const yaml_node_pair_t *pair,
                      const struct place *place)
{
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(walk->document, pair->value);
    const cyaml_schema_field_t *field;
    struct place here;

    if (walk_key(walk, mapping, pair, place) != SHUNT_OK) {
        return;
    }
    field = field_of(schema, text_of(key));
    here = below(place, text_of(key));
    if (field) {
        walk_value(walk, &field->value, value, line_of(key), &here);
    } else {
        unknown_key(walk, schema, key, &here);
    }
}

/* A key that is missing is not reported beside one that may be meant for it. */
static void walk_mapping(const struct walk *walk, const cyaml_schema_value_t *schema,
                         const yaml_node_t *node, unsigned line, const struct place *place)
{
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    unsigned before = walk->report->mistakes;

    for (; pair < node->data.mapping.pairs.top && !is_enough(walk); pair++) {
        walk_pair(walk, schema, node, pair, place);
    }
    for (const cyaml_schema_field_t *f = schema->mapping.fields;
         f->key && walk->report->mistakes == before; f++) {
        if (!(f->value.flags & CYAML_FLAG_OPTIONAL) &&
            !pair_of(walk->document, node, f->key, NULL)) {
            config_refuse(walk->report, line, "%s: expected a value, found none",
                          below(place, f->key).text);
        }
    }
}

static void walk_list(const struct walk *walk, const cyaml_schema_value_t *schema,
                      const yaml_node_t *node, const struct place *place)
{
    const yaml_node_item_t *item = node->data.sequence.items.start;

    for (; item < node->data.sequence.items.top && !is_enough(walk); item++) {
        const yaml_node_t *entry = yaml_document_get_node(walk->document, *item);
        struct place here;

        snprintf(here.text, sizeof here.text, "%.100s[%td]", place->text,
                 item - node->data.sequence.items.start);
        walk_value(walk, schema->sequence.entry, entry, line_of(entry), &here);
    }
}

static void walk_word(const struct walk *walk, const cyaml_schema_value_t *schema,
                      const yaml_node_t *node, unsigned line, const struct place *place)
{
    char words[120] = "one of ";

    for (uint32_t i = 0; i < schema->enumeration.count; i++) {
        const char *word = schema->enumeration.strings[i].str;
        size_t len = strlen(words);

        if (node_is(node, word)) {
            return;
        }
        snprintf(words + len, sizeof words - len, "%s%s", i ? ", " : "", word);
    }
    refuse_kind(walk, line, place, words, node);
}

/* Only words that every version of cyaml reads alike: 1.3 takes "off" for true. */
static bool is_bool(const yaml_node_t *node)
{
    return node_is(node, "true") || node_is(node, "false") || node_is(node, "yes") ||
           node_is(node, "no");
}

static void walk_value(const struct walk *walk, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, unsigned line, const struct place *place)
{
    if (schema->type == CYAML_MAPPING && node->type == YAML_MAPPING_NODE) {
        walk_mapping(walk, schema, node, line, place);
    } else if (schema->type == CYAML_MAPPING) {
        refuse_kind(walk, line, place, "a mapping", node);
    } else if (schema->type == CYAML_SEQUENCE && node->type == YAML_SEQUENCE_NODE) {
        walk_list(walk, schema, node, place);
    } else if (schema->type == CYAML_SEQUENCE) {
        refuse_kind(walk, line, place, "a list", node);
    } else if (schema->type == CYAML_ENUM) {
        walk_word(walk, schema, node, line, place);
    } else if (schema->type == CYAML_BOOL && !is_bool(node)) {
        refuse_kind(walk, line, place, "true, false, yes or no", node);
    } else if (schema->type == CYAML_STRING && !is_text(node)) {
        refuse_kind(walk, line, place, "text", node);
    } /* CYAML_IGNORE: settings, read by config_document_settings() */
}

static enum shunt_status syntax_error(const yaml_parser_t *parser, struct config_report *report)
{
    unsigned line = (unsigned)parser->problem_mark.line + 1;

    /* libyaml does not always name a lack of memory, but it names every other problem. */
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem) {
        config_refuse(report, 0, "memory: expected room for the document, found none");
        return SHUNT_ENOMEM;
    }
    return config_refuse(report, line, "syntax: expected valid YAML, found: %s%s%s",
                         parser->problem, parser->context ? " " : "",
                         parser->context ? parser->context : "");
}

static enum shunt_status load_only_document(yaml_parser_t *parser, yaml_document_t *document,
                                            struct config_report *report)
{
    yaml_document_t next;
    const yaml_node_t *root;
    enum shunt_status status = SHUNT_OK;

    if (!yaml_parser_load(parser, document)) {
        return syntax_error(parser, report);
    }
    if (!yaml_parser_load(parser, &next)) {
        yaml_document_delete(document);
        return syntax_error(parser, report);
    }
    root = yaml_document_get_root_node(&next);
    if (root) {
        status = config_refuse(report, line_of(root),
                               "document: expected one document, found a second one");
        yaml_document_delete(document);
    }
    yaml_document_delete(&next);
    return status;
}

enum shunt_status config_document_open(struct config_document *document, const char *bytes,
                                       size_t len, struct config_report *report)
{
    unsigned unknown = 0;
    struct walk walk = {&document->yaml, report, &unknown};
    struct place top = {"document"}, nowhere = {""};
    const yaml_node_t *root;
    yaml_parser_t parser;
    enum shunt_status status;

    status = config_bounds_check(bytes, len, report);
    if (status != SHUNT_OK) {
        return status;
    }
    if (!yaml_parser_initialize(&parser)) {
        config_refuse(report, 0, "memory: expected room for a parser, found none");
        return SHUNT_ENOMEM;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    status = load_only_document(&parser, &document->yaml, report);
    yaml_parser_delete(&parser);
    if (status) {
        return status;
    }
    root = yaml_document_get_root_node(&document->yaml);
    if (!root) {
        status = config_refuse(report, 1, "document: expected a mapping, found nothing");
    } else if (root->type != YAML_MAPPING_NODE) {
        status = refuse_kind(&walk, line_of(root), &top, "a mapping", root);
    } else {
        walk_value(&walk, &config_schema, root, line_of(root), &nowhere);
        status = report->mistakes > unknown ? SHUNT_EINVAL : SHUNT_OK;
    }
    if (status) {
        yaml_document_delete(&document->yaml);
    }
    return status;
}

void config_document_close(struct config_document *document)
{
    yaml_document_delete(&document->yaml);
}

/* Step into `key`; notes its line. */
static const yaml_node_t *step(yaml_document_t *yaml, const yaml_node_t *node, const char *key,
                               unsigned *line)
{
    const yaml_node_pair_t *pair =
        node && node->type == YAML_MAPPING_NODE ? pair_of(yaml, node, key, NULL) : NULL;

    if (!pair) {
        return NULL;
    }
    *line = line_of(yaml_document_get_node(yaml, pair->key));
    return yaml_document_get_node(yaml, pair->value);
}

const yaml_node_t *config_document_find(struct config_document *document, const char *list,
                                        long index, const char *key, unsigned *line)
{
    yaml_document_t *yaml = &document->yaml;
    const yaml_node_t *node = yaml_document_get_root_node(yaml);

    *line = 0;
    if (list) {
        node = step(yaml, node, list, line);
    }
    if (node && index >= 0) {
        node = yaml_document_get_node(yaml, node->data.sequence.items.start[index]);
        *line = line_of(node);
    }
    return node && key ? step(yaml, node, key, line) : node;
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
        return refuse_kind(&walk, line_of(node), &place, "a mapping", node);
    }
    pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top && !is_enough(&walk); pair++) {
        const yaml_node_t *key = yaml_document_get_node(&document->yaml, pair->key);
        const yaml_node_t *value = yaml_document_get_node(&document->yaml, pair->value);

        if (walk_key(&walk, node, pair, &place) != SHUNT_OK) {
            status = SHUNT_EINVAL;
        } else if (!is_text(value)) {
            struct place here = below(&place, text_of(key));

            status =
                refuse_kind(&walk, line_of(key), &here, "text, a number or a truth value", value);
        } else if (plugin_settings_add(settings, text_of(key), text_of(value), line_of(key)) ==
                   SHUNT_ENOMEM) {
            return SHUNT_ENOMEM;
        }
    }
    return status;
}
