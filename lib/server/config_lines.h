/* A list of text as one text with a line for each entry: how settings have lists. */
#ifndef SERVER_CONFIG_LINES_H
#define SERVER_CONFIG_LINES_H

#include <yaml.h>

/* Malloc'ed. NULL: *wrong is the number of the entry that is no text on one line, or, where all are,
 * how many there are, and there is no memory. */
char *config_lines(yaml_document_t *document, const yaml_node_t *list, size_t *wrong);

#endif
