#include "server/config_document.h"

#include "server/config_bounds.h"
#include "server/config_node.h"

static enum shunt_status syntax_error(const yaml_parser_t *parser, struct error *report)
{
    unsigned line = (unsigned)parser->problem_mark.line + 1;

    /* libyaml does not always name a lack of memory, but it names every other problem. */
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem) {
        return SHUNT_ENOMEM;
    }
    return error_add(report, line, "syntax: expected valid YAML, found: %s%s%s", parser->problem,
                     parser->context ? " " : "", parser->context ? parser->context : "");
}

static enum shunt_status load_only_document(yaml_parser_t *parser, yaml_document_t *document,
                                            struct error *report)
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
        status = error_add(report, config_node_line(root),
                           "document: expected one document, found a second one");
        yaml_document_delete(document);
    }
    yaml_document_delete(&next);
    return status;
}

enum shunt_status config_document_parse(yaml_document_t *document, const char *bytes, size_t len,
                                        struct error *report)
{
    enum shunt_status status = config_bounds_check(bytes, len, report);
    yaml_parser_t parser;

    if (status != SHUNT_OK) {
        return status;
    }
    if (!yaml_parser_initialize(&parser)) {
        return SHUNT_ENOMEM;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    status = load_only_document(&parser, document, report);
    yaml_parser_delete(&parser);
    return status;
}
