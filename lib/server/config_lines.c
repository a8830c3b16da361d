#include "server/config_lines.h"

#include "server/config_node.h"

#include <stdlib.h>

static const yaml_node_t *entry_of(yaml_document_t *document, const yaml_node_t *list, size_t i)
{
    return yaml_document_get_node(document, list->data.sequence.items.start[i]);
}

char *config_lines(yaml_document_t *document, const yaml_node_t *list, size_t *wrong)
{
    size_t count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    size_t bytes = 1;
    char *lines, *end;

    for (*wrong = 0; *wrong < count; ++*wrong) {
        const yaml_node_t *entry = entry_of(document, list, *wrong);

        if (!config_node_is_text(entry) || strchr(config_node_text(entry), '\n')) {
            return NULL;
        }
        bytes += entry->data.scalar.length + 1;
    }
    lines = end = calloc(1, bytes);
    for (size_t i = 0; lines && i < count; i++) {
        end = stpcpy(end, config_node_text(entry_of(document, list, i)));
        *end = i + 1 < count ? '\n' : '\0';
        end++;
    }
    return lines;
}
