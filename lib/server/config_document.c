/* The file as libyaml sees it, with its lines. config_shape.c says what is wrong with it. */
#include "server/config_bounds.h"
#include "server/config_internal.h"
#include "server/config_node.h"

#include <stdlib.h>

static enum shunt_status syntax_error(const yaml_parser_t *parser, struct config_report *report)
{
    unsigned line = (unsigned)parser->problem_mark.line + 1;

    /* libyaml does not always name a lack of memory, but it names every other problem. */
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem) {
        config_refuse(report, CONFIG_LINE_WHOLE,
                      "memory: expected room for the document, found none");
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
        status = config_refuse(report, config_node_line(root),
                               "document: expected one document, found a second one");
        yaml_document_delete(document);
    }
    yaml_document_delete(&next);
    return status;
}

enum shunt_status config_document_open(struct config_document *document, const char *bytes,
                                       size_t len, struct config_report *report)
{
    yaml_parser_t parser;
    enum shunt_status status;

    status = config_bounds_check(bytes, len, report);
    if (status != SHUNT_OK) {
        return status;
    }
    if (!yaml_parser_initialize(&parser)) {
        config_refuse(report, CONFIG_LINE_WHOLE, "memory: expected room for a parser, found none");
        return SHUNT_ENOMEM;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    status = load_only_document(&parser, &document->yaml, report);
    yaml_parser_delete(&parser);
    if (status) {
        return status;
    }
    status = config_document_accept(document, report);
    if (status) {
        yaml_document_delete(&document->yaml);
    }
    return status;
}

void config_document_close(struct config_document *document)
{
    free(document->accepted);
    yaml_document_delete(&document->yaml);
}

/* Step into `key`; notes its line. */
static const yaml_node_t *step(yaml_document_t *yaml, const yaml_node_t *node, const char *key,
                               unsigned *line)
{
    const yaml_node_pair_t *pair =
        node && node->type == YAML_MAPPING_NODE ? config_node_pair(yaml, node, key, NULL) : NULL;

    if (!pair) {
        return NULL;
    }
    *line = config_node_line(yaml_document_get_node(yaml, pair->key));
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
        if (node->type != YAML_SEQUENCE_NODE ||
            index >= node->data.sequence.items.top - node->data.sequence.items.start) {
            return NULL;
        }
        node = yaml_document_get_node(yaml, node->data.sequence.items.start[index]);
        *line = config_node_line(node);
    }
    return node && key ? step(yaml, node, key, line) : node;
}
