/*
 * Events of libyaml, which cost no memory, become nodes one by one, so this stops as soon as a bound
 * is passed. The bounds on anchors and on '%' are also for what compares each with all others: here
 * and in libyaml itself.
 */
#include "server/config_document.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A list or a mapping that is open. */
struct level {
    int node; /* 0: the document itself */
    bool mapping;
    int key;              /* of a mapping, waits for its value; 0: none does */
    unsigned children;    /* keys and values of a mapping, entries of a list */
    unsigned long values; /* all below it, aliases followed */
    unsigned anchor;      /* 1 + its number, 0: none */
};

struct anchor {
    char *name;
    int node;
    unsigned long values; /* what an alias stands for; 1 until it is complete */
};

struct composer {
    yaml_document_t *document;
    struct error *report;
    struct level levels[CONFIG_DEPTH_MAX + 1]; /* the document itself at the bottom */
    unsigned depth;
    struct anchor *anchors;
    unsigned anchor_count;
    unsigned documents;
};

static unsigned line_of(const yaml_event_t *event)
{
    return (unsigned)event->start_mark.line + 1;
}

static enum shunt_status bound_refuse(const struct composer *composer, const yaml_event_t *event,
                                      unsigned max, const char *what)
{
    return error_add(composer->report, line_of(event),
                     "document: expected at most %u %s, found more", max, what);
}

/* The whole of a problem, which may be named in two parts. */
static enum shunt_status syntax_refuse(struct error *report, unsigned line, const char *problem,
                                       const char *context)
{
    return error_add(report, line, "syntax: expected valid YAML, found: %s%s%s", problem,
                     context ? " " : "", context ? context : "");
}

/* `node` as a child of the innermost level, with `values` below it and itself. */
static enum shunt_status child_add(struct composer *composer, const yaml_event_t *event, int node,
                                   unsigned long values)
{
    struct level *level = &composer->levels[composer->depth];
    int added = 1;

    if (level->mapping && level->key) {
        added =
            yaml_document_append_mapping_pair(composer->document, level->node, level->key, node);
        level->key = 0;
    } else if (level->mapping) {
        level->key = node;
    } else if (level->node) {
        added = yaml_document_append_sequence_item(composer->document, level->node, node);
    }
    level->values += values;
    level->children++;
    if (level->mapping && level->children > 2 * CONFIG_KEYS_MAX) {
        return bound_refuse(composer, event, CONFIG_KEYS_MAX, "keys in a mapping");
    }
    if (level->node && !level->mapping && level->children > CONFIG_ENTRIES_MAX) {
        return bound_refuse(composer, event, CONFIG_ENTRIES_MAX, "entries in a list");
    }
    if (composer->levels[0].values > CONFIG_VALUES_MAX || level->values > CONFIG_VALUES_MAX) {
        return bound_refuse(composer, event, CONFIG_VALUES_MAX, "values, aliases followed");
    }
    return added ? SHUNT_OK : SHUNT_ENOMEM;
}

static struct anchor *anchor_find(const struct composer *composer, const yaml_char_t *name)
{
    for (unsigned i = composer->anchor_count; i-- > 0;) {
        if (strcmp(composer->anchors[i].name, (const char *)name) == 0) {
            return &composer->anchors[i];
        }
    }
    return NULL;
}

/* *number becomes 1 + the number of the anchor, 0 where there is no name. */
static enum shunt_status anchor_add(struct composer *composer, const yaml_event_t *event,
                                    const yaml_char_t *name, int node, unsigned *number)
{
    struct anchor *anchor;

    *number = 0;
    if (!name) {
        return SHUNT_OK;
    }
    if (composer->anchor_count == CONFIG_ANCHORS_MAX) {
        return bound_refuse(composer, event, CONFIG_ANCHORS_MAX, "anchors");
    }
    if (anchor_find(composer, name)) {
        return syntax_refuse(composer->report, line_of(event), "second occurrence",
                             "found duplicate anchor; first occurrence");
    }
    anchor = &composer->anchors[composer->anchor_count];
    *anchor = (struct anchor){strdup((const char *)name), node, 1};
    if (!anchor->name) {
        return SHUNT_ENOMEM;
    }
    *number = ++composer->anchor_count;
    return SHUNT_OK;
}

/* A node that has just been made, 0: it has not, at the place of its event. */
static enum shunt_status node_place(const struct composer *composer, const yaml_event_t *event,
                                    int node)
{
    if (node) {
        yaml_document_get_node(composer->document, node)->start_mark = event->start_mark;
    }
    return node ? SHUNT_OK : SHUNT_ENOMEM;
}

static enum shunt_status level_open(struct composer *composer, const yaml_event_t *event)
{
    bool mapping = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *name =
        mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    struct level level = {.mapping = mapping};
    enum shunt_status status;

    if (composer->depth == CONFIG_DEPTH_MAX) {
        return bound_refuse(composer, event, CONFIG_DEPTH_MAX, "levels");
    }
    level.node =
        mapping ? yaml_document_add_mapping(composer->document, NULL, YAML_ANY_MAPPING_STYLE)
                : yaml_document_add_sequence(composer->document, NULL, YAML_ANY_SEQUENCE_STYLE);
    status = node_place(composer, event, level.node);
    if (status == SHUNT_OK) {
        status = anchor_add(composer, event, name, level.node, &level.anchor);
    }
    composer->levels[++composer->depth] = level;
    return status;
}

static enum shunt_status level_close(struct composer *composer, const yaml_event_t *event)
{
    const struct level *level = &composer->levels[composer->depth--];

    if (level->anchor) {
        composer->anchors[level->anchor - 1].values = level->values + 1;
    }
    return child_add(composer, event, level->node, level->values + 1);
}

static enum shunt_status scalar_add(struct composer *composer, const yaml_event_t *event)
{
    int node = yaml_document_add_scalar(composer->document, NULL, event->data.scalar.value,
                                        (int)event->data.scalar.length, YAML_ANY_SCALAR_STYLE);
    unsigned unused;
    enum shunt_status status = node_place(composer, event, node);

    if (status == SHUNT_OK) {
        status = anchor_add(composer, event, event->data.scalar.anchor, node, &unused);
    }
    return status == SHUNT_OK ? child_add(composer, event, node, 1) : status;
}

static enum shunt_status alias_add(struct composer *composer, const yaml_event_t *event)
{
    const struct anchor *anchor = anchor_find(composer, event->data.alias.anchor);

    return anchor ? child_add(composer, event, anchor->node, anchor->values)
                  : syntax_refuse(composer->report, line_of(event), "found undefined alias", NULL);
}

static enum shunt_status event_add(struct composer *composer, const yaml_event_t *event)
{
    if (composer->documents > 1 && event->type != YAML_DOCUMENT_START_EVENT) {
        return error_add(composer->report, line_of(event),
                         "document: expected one document, found a second one");
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        composer->documents++;
        return SHUNT_OK;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return level_open(composer, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return level_close(composer, event);
    case YAML_SCALAR_EVENT:
        return scalar_add(composer, event);
    case YAML_ALIAS_EVENT:
        return alias_add(composer, event);
    default:
        return SHUNT_OK;
    }
}

static enum shunt_status events_add(struct composer *composer, yaml_parser_t *parser)
{
    enum shunt_status status = SHUNT_OK;
    bool last = false;

    while (status == SHUNT_OK && !last) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event)) {
            /* libyaml does not always name a lack of memory, but it names every other problem. */
            return parser->error == YAML_MEMORY_ERROR || !parser->problem
                       ? SHUNT_ENOMEM
                       : syntax_refuse(composer->report, (unsigned)parser->problem_mark.line + 1,
                                       parser->problem, parser->context);
        }
        status = event_add(composer, &event);
        last = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return status;
}

static enum shunt_status check_percent(const char *bytes, size_t len, struct error *report)
{
    unsigned lines = 0, percent = 0;

    for (size_t i = 0; i < len; lines++) {
        const char *feed = memchr(bytes + i, '\n', len - i);

        percent += bytes[i] == '%';
        if (percent > CONFIG_PERCENT_MAX) {
            return error_add(report, lines + 1,
                             "document: expected at most %u lines that begin with %%, found more",
                             CONFIG_PERCENT_MAX);
        }
        i = feed ? (size_t)(feed - bytes) + 1 : len;
    }
    return SHUNT_OK;
}

static enum shunt_status compose(yaml_document_t *document, const char *bytes, size_t len,
                                 struct error *report)
{
    struct composer composer = {.document = document, .report = report};
    enum shunt_status status;
    yaml_parser_t parser;

    composer.anchors = calloc(CONFIG_ANCHORS_MAX, sizeof *composer.anchors);
    if (!composer.anchors || !yaml_parser_initialize(&parser)) {
        free(composer.anchors);
        return SHUNT_ENOMEM;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    status = events_add(&composer, &parser);
    yaml_parser_delete(&parser);
    while (composer.anchor_count > 0) {
        free(composer.anchors[--composer.anchor_count].name);
    }
    free(composer.anchors);
    return status;
}

enum shunt_status config_document_parse(yaml_document_t *document, const char *bytes, size_t len,
                                        struct error *report)
{
    enum shunt_status status = check_percent(bytes, len, report);

    if (status != SHUNT_OK) {
        return status;
    }
    if (!yaml_document_initialize(document, NULL, NULL, NULL, 1, 1)) {
        return SHUNT_ENOMEM;
    }
    status = compose(document, bytes, len, report);
    if (status != SHUNT_OK) {
        yaml_document_delete(document);
    }
    return status;
}
