/*
 * libyaml's events come one by one and cost no memory, so this stops as soon as a bound is passed.
 * The bounds on anchors and on '%' are for libyaml itself, which compares each with all others.
 */
#include "server/config_bounds.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A list or a mapping that is open. */
struct level {
    bool mapping;
    unsigned children;    /* keys and values of a mapping, entries of a list */
    unsigned long values; /* all below it, aliases followed */
    unsigned anchor;      /* 1 + its number, 0: none */
};

struct anchor {
    char *name;
    unsigned long values; /* what an alias stands for; 1 until it is complete */
};

struct bounds {
    struct error *report;
    struct level levels[CONFIG_DEPTH_MAX + 1]; /* the document itself at the bottom */
    unsigned depth;
    struct anchor *anchors;
    unsigned anchor_count;
};

static unsigned line_of(const yaml_event_t *event)
{
    return (unsigned)event->start_mark.line + 1;
}

static enum shunt_status refuse(const struct bounds *bounds, const yaml_event_t *event,
                                unsigned max, const char *what)
{
    return error_add(bounds->report, line_of(event), "document: expected at most %u %s, found more",
                     max, what);
}

/* `values` more below the innermost level, as one child of it. */
static enum shunt_status count(struct bounds *bounds, const yaml_event_t *event,
                               unsigned long values)
{
    struct level *level = &bounds->levels[bounds->depth];

    level->values += values;
    level->children++;
    if (level->mapping && level->children > 2 * CONFIG_KEYS_MAX) {
        return refuse(bounds, event, CONFIG_KEYS_MAX, "keys in a mapping");
    }
    if (bounds->depth > 0 && !level->mapping && level->children > CONFIG_ENTRIES_MAX) {
        return refuse(bounds, event, CONFIG_ENTRIES_MAX, "entries in a list");
    }
    if (bounds->levels[0].values > CONFIG_VALUES_MAX || level->values > CONFIG_VALUES_MAX) {
        return refuse(bounds, event, CONFIG_VALUES_MAX, "values, aliases followed");
    }
    return SHUNT_OK;
}

/* *number becomes 1 + the number of the anchor, 0 where there is no name. */
static enum shunt_status anchor_add(struct bounds *bounds, const yaml_event_t *event,
                                    const yaml_char_t *name, unsigned *number)
{
    struct anchor *anchor;

    *number = 0;
    if (!name) {
        return SHUNT_OK;
    }
    if (bounds->anchor_count == CONFIG_ANCHORS_MAX) {
        return refuse(bounds, event, CONFIG_ANCHORS_MAX, "anchors");
    }
    anchor = &bounds->anchors[bounds->anchor_count];
    anchor->name = strdup((const char *)name);
    anchor->values = 1;
    if (!anchor->name) {
        return SHUNT_ENOMEM;
    }
    *number = ++bounds->anchor_count;
    return SHUNT_OK;
}

/* The last anchor of a name is meant; one that is not there is the loader's to refuse. */
static unsigned long alias_values(const struct bounds *bounds, const yaml_char_t *name)
{
    for (unsigned i = bounds->anchor_count; i-- > 0;) {
        if (strcmp(bounds->anchors[i].name, (const char *)name) == 0) {
            return bounds->anchors[i].values;
        }
    }
    return 1;
}

static enum shunt_status open_level(struct bounds *bounds, const yaml_event_t *event, bool mapping,
                                    const yaml_char_t *anchor)
{
    unsigned number;
    enum shunt_status status = anchor_add(bounds, event, anchor, &number);

    if (status != SHUNT_OK) {
        return status;
    }
    if (bounds->depth == CONFIG_DEPTH_MAX) {
        return refuse(bounds, event, CONFIG_DEPTH_MAX, "levels");
    }
    bounds->levels[++bounds->depth] = (struct level){.mapping = mapping, .anchor = number};
    return SHUNT_OK;
}

static enum shunt_status close_level(struct bounds *bounds, const yaml_event_t *event)
{
    const struct level *level = &bounds->levels[bounds->depth--];

    if (level->anchor) {
        bounds->anchors[level->anchor - 1].values = level->values + 1;
    }
    return count(bounds, event, level->values + 1);
}

static enum shunt_status take(struct bounds *bounds, const yaml_event_t *event)
{
    unsigned number;
    enum shunt_status status;

    switch (event->type) {
    case YAML_SEQUENCE_START_EVENT:
        return open_level(bounds, event, false, event->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return open_level(bounds, event, true, event->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_level(bounds, event);
    case YAML_SCALAR_EVENT:
        status = anchor_add(bounds, event, event->data.scalar.anchor, &number);
        return status == SHUNT_OK ? count(bounds, event, 1) : status;
    case YAML_ALIAS_EVENT:
        return count(bounds, event, alias_values(bounds, event->data.alias.anchor));
    default:
        return SHUNT_OK;
    }
}

static enum shunt_status take_all(struct bounds *bounds, yaml_parser_t *parser)
{
    enum shunt_status status = SHUNT_OK;
    bool last = false;

    while (status == SHUNT_OK && !last) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event)) {
            return SHUNT_OK;
        }
        status = take(bounds, &event);
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
                             "document: expected at most %u lines that begin with %%, found "
                             "more",
                             CONFIG_PERCENT_MAX);
        }
        i = feed ? (size_t)(feed - bytes) + 1 : len;
    }
    return SHUNT_OK;
}

enum shunt_status config_bounds_check(const char *bytes, size_t len, struct error *report)
{
    struct bounds bounds = {.report = report};
    enum shunt_status status = check_percent(bytes, len, report);
    yaml_parser_t parser;

    if (status != SHUNT_OK) {
        return status;
    }
    bounds.anchors = calloc(CONFIG_ANCHORS_MAX, sizeof *bounds.anchors);
    if (!bounds.anchors || !yaml_parser_initialize(&parser)) {
        free(bounds.anchors);
        return SHUNT_ENOMEM;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    status = take_all(&bounds, &parser);
    yaml_parser_delete(&parser);
    while (bounds.anchor_count > 0) {
        free(bounds.anchors[--bounds.anchor_count].name);
    }
    free(bounds.anchors);
    return status;
}
